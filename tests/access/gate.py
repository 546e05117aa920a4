"""The gate alone, with a clock and keys that tests set."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from cds_service.access.authenticate import TokenGate
from cds_service.access.key_fetch import FetchFailed
from cds_service.access.token_store import TokenStore
from cds_service.access.tokens import Refused
from cds_service.config.clients import Client
from tests.access.deployment import AUDIENCE
from tests.access.forge import Issuer, Signer, key_set

ISSUER = "https://ehr.example"


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Fetched:
    """A key set that tests change, instead of one from the network; it counts its fetches."""

    def __init__(self, *signers: Signer) -> None:
        self.signers = signers
        self.down = False
        self.count = 0

    def __call__(self, url: str) -> bytes:
        del url
        self.count += 1
        if self.down:
            raise FetchFailed("timeout")
        return json.dumps(key_set(*self.signers)).encode()


def client(**changes: Any) -> Client:
    return Client(**{"id": "ehr", "issuer": ISSUER, "jwks_url": "https://ehr.example/jwks.json", **changes})


def gate(store: TokenStore, clock: Clock, fetched: Callable[[str], bytes], one: Client | None = None) -> TokenGate:
    return TokenGate([one or client()], store, anonymous=False, fetch=fetched, now=clock)


def bearer(signer: Signer, clock: Clock, header: dict[str, Any] | None = None, **changes: Any) -> str:
    now = int(clock())
    issuer = Issuer(ISSUER, signer, AUDIENCE)
    return "Bearer " + issuer.token(header, **{"iat": now, "exp": now + 300, **changes})


def reason(enter: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        enter()
    return refused.value.reason
