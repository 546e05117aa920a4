"""Benchmarks the verification of tokens: the service in production mode, with ES384 and RS384 tokens.

A token can be used only once, so each request has its own. The client signs it before the clock starts: only the
verification and the store of used tokens are measured.
"""

import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey, import_key

from bench.servers import Server, started
from cds_service.store import migrator

PUBLIC_URL = "https://cds.example"
AUDIENCE = f"{PUBLIC_URL}/cds-services/baclofen-order-sign"
ISSUER = "https://bench.example"
ALGORITHMS = ("ES384", "RS384")


@dataclass(frozen=True)
class Signer:
    """Makes tokens. Holds its key as JSON text, so that it can be sent to the processes of the load generator."""

    algorithm: str
    jwk: str

    def header(self) -> dict[str, str]:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4())}
        head = {"alg": self.algorithm, "typ": "JWT", "kid": self.algorithm}
        token = jws.serialize_compact(head, json.dumps(claims), _key(self.jwk), algorithms=[self.algorithm])
        return {"Authorization": f"Bearer {token}"}


def signers() -> list[Signer]:
    keys: dict[str, ECKey | RSAKey] = {"ES384": ECKey.generate_key("P-384"), "RS384": RSAKey.generate_key(2048)}
    return [Signer(name, json.dumps(keys[name].as_dict(private=True))) for name in ALGORITHMS]


@cache
def _key(jwk: str) -> ECKey | RSAKey:
    return import_key(json.loads(jwk))  # type: ignore[return-value]  # always one of the two types made above


@contextmanager
def verifying(arguments: list[str], known: list[Signer]) -> Iterator[Server]:
    """Starts the service in production mode with one client that has these keys."""
    keys = [{**_key(one.jwk).as_dict(private=False), "kid": one.algorithm} for one in known]
    entry = f'[[client]]\nid = "bench"\nissuer = "{ISSUER}"\nrequests_per_minute = 1_000_000\n'
    entry += "".join(f"[[client.jwks.keys]]\n{_members(key)}" for key in keys)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clients.toml"
        file.write_text(entry, encoding="utf-8")
        environment = {
            "CDS_MODE": "production",
            "CDS_CLIENTS": str(file),
            "CDS_PUBLIC_URL": PUBLIC_URL,
            "CDS_DATABASE_URL": f"sqlite:///{folder}/trust.db",
        }
        migrator.migrate(environment["CDS_DATABASE_URL"])
        with started("the service, verifying tokens", arguments, environment) as server:
            yield server


def _members(key: dict[str, Any]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in key.items() if isinstance(value, str))


def line(name: str, durations: list[float], cpu_seconds: float) -> str:
    cuts = statistics.quantiles(durations, n=100, method="inclusive")
    cpu = cpu_seconds / len(durations) * 1000
    return f"{name:12}{len(durations):10}{'':12}{cuts[49] * 1000:9.2f}{cuts[98] * 1000:9.2f}{cpu:16.3f}"
