"""Row 88, the clock: it jumps an hour ahead or back and is corrected; tokens are then judged as if it never had."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cds_service.access.authenticate import TokenGate
from cds_service.access.token_store import TokenStore
from cds_service.access.tokens import Refused
from cds_service.config.clients import Client
from cds_service.store import migrator
from tests.access.deployment import AUDIENCE
from tests.access.forge import Issuer, Signer, ecdsa, key_set

ISSUER = "https://ehr.example"
HOUR = 3600.0
NOW = 1_800_000_000.0


@dataclass
class World:
    """The true time, and the error of the service's clock."""

    folder: Path
    now: float = NOW
    off: float = 0.0

    def clock(self) -> float:
        return self.now + self.off

    def token(self, signer: Signer) -> str:
        issued = int(self.now)
        return "Bearer " + Issuer(ISSUER, signer, AUDIENCE).token(iat=issued, exp=issued + 300)

    def gate(self, fetch: Callable[[str], bytes]) -> TokenGate:
        url = f"sqlite:///{self.folder}/trust.db"
        migrator.migrate(url)
        client = Client(id="ehr", issuer=ISSUER, jwks_url=f"{ISSUER}/jwks.json")
        return TokenGate([client], TokenStore(url), anonymous=False, fetch=fetch, now=self.clock)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def reason(gate: TokenGate, token: str) -> str:
    try:
        gate.admit(token, AUDIENCE)
    except Refused as refused:
        return refused.reason
    return "admitted"


@pytest.mark.parametrize(("jump", "meanwhile"), [(HOUR, "expired"), (-HOUR, "not-yet-valid")])
def test_row_88_tokens_are_accepted_again_once_the_clock_is_right(world: World, jump: float, meanwhile: str) -> None:
    signer = ecdsa()
    gate = world.gate(lambda _url: json.dumps(key_set(signer)).encode())
    assert reason(gate, world.token(signer)) == "admitted"

    world.off = jump
    world.now += 5
    assert reason(gate, world.token(signer)) == meanwhile

    world.off = 0.0
    world.now += 5
    assert reason(gate, world.token(signer)) == "admitted"


def test_row_88_a_token_that_was_used_before_the_jump_stays_used(world: World) -> None:
    signer = ecdsa()
    gate = world.gate(lambda _url: json.dumps(key_set(signer)).encode())
    used = world.token(signer)
    assert reason(gate, used) == "admitted"

    world.off = HOUR
    ahead = World(world.folder, now=world.clock())
    assert reason(gate, ahead.token(signer)) == "admitted"  # a client whose clock is ahead too; purges used tokens

    world.off = 0.0
    world.now += 60
    assert reason(gate, used) == "replay"


def test_row_88_a_new_key_is_fetched_though_the_last_fetch_seems_to_lie_ahead(world: World) -> None:
    old, new = ecdsa(kid="old"), ecdsa(kid="new")
    known = [old]
    gate = world.gate(lambda _url: json.dumps(key_set(*known)).encode())

    world.off = HOUR
    reason(gate, world.token(old))  # fetches the keys while the clock is wrong
    world.off = 0.0
    known.append(new)

    assert reason(gate, world.token(new)) == "admitted"
    assert reason(gate, world.token(old)) == "admitted"
