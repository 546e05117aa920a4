"""EHRs for tests: each is a client of the service with a key, an entry in the clients' file and a FHIR server."""

import json
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from tests.fhir_stub import FhirStub, authorization, fhir_server
from tests.running.client import HOOK_PATH, Answer, Service
from tests.running.service import free_port, started
from tests.vignette_cases import encode


@dataclass
class Ehr:
    """One client. `options` are lines of its entry; `server` is its own FHIR server."""

    name: str
    options: str = "read_fhir = true"
    server: FhirStub = field(default_factory=FhirStub)
    service: Service = field(default_factory=lambda: Service(0))
    url: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-384", {"kid": "k1"}))

    def entry(self) -> str:
        """Its entry in the file of clients."""
        (jwk,) = [self.key.as_dict(private=False)]
        members = ", ".join(f"{name} = {json.dumps(value)}" for name, value in jwk.items())
        return (
            f'[[client]]\nid = "{self.name}"\nissuer = "https://{self.name}.example"\nrequests_per_minute = 6000\n'
            f"{self.options}\njwks = {{ keys = [{{ {members} }}] }}\n"
            f'[[client.fhir_servers]]\nbase = "{self.server.base}"\nallow_private = true\n'
        )

    def sign(self, hook: Mapping[str, Any], **headers: str) -> Answer:
        token = f"Bearer {self._token()}"
        return self.service.sign(encode(hook), Authorization=token, **headers)

    def _token(self) -> str:
        now = int(time.time())
        claims = {"iss": f"https://{self.name}.example", "aud": self.url + HOOK_PATH, "jti": str(uuid.uuid4())}
        header = {"alg": "ES384", "kid": "k1", "typ": "JWT"}
        return jwt.encode(header, {**claims, "iat": now, "exp": now + 300}, self.key, algorithms=["ES384"])

    def without_prefetch(self, hook: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
        """The same hook call with permission to read instead of the prefetch, whose content its server now has."""
        self.server.holding(hook["prefetch"])
        bare = {name: value for name, value in hook.items() if name != "prefetch"}
        return {**bare, "fhirServer": self.server.base, "fhirAuthorization": authorization(), **changes}


@contextmanager
def running(folder: Path, *ehrs: Ehr, workers: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    """The service as a command, with these EHRs as its clients, until the block ends. Its log is in `folder`."""
    with ExitStack() as stack:
        port = free_port()
        for ehr in ehrs:
            ehr.server = stack.enter_context(fhir_server())
            ehr.service, ehr.url = Service(port), f"http://127.0.0.1:{port}"
        clients = folder / "clients.toml"
        clients.write_text("\n".join(ehr.entry() for ehr in ehrs), encoding="utf-8")
        environment = {
            "CDS_CLIENTS": str(clients),
            "CDS_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "CDS_DATABASE_URL": f"sqlite:///{folder}/trust.db",
        }
        log = stack.enter_context((folder / "log").open("wb"))
        _, process = stack.enter_context(started(environment, workers=workers, port=port, stdout=log, stderr=log))
        yield process
