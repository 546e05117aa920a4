"""A token that is good in all else and is of another kind, and a token that is used again after its end."""

from typing import Any

import pytest

from cds_service.access.token_store import KEPT_LONGER_S, TokenStore
from tests.access.deployment import AUDIENCE
from tests.access.forge import ecdsa
from tests.access.gate import Clock, Fetched, bearer, gate, reason


@pytest.mark.parametrize("kind", ["JWT", "jwt", "Jwt"])
def test_a_token_of_the_kind_that_cds_hooks_asks_for_is_let_in(store: TokenStore, kind: str) -> None:
    signer, clock = ecdsa(), Clock()

    assert gate(store, clock, Fetched(signer)).admit(bearer(signer, clock, {"typ": kind}), AUDIENCE).id == "ehr"


@pytest.mark.parametrize(
    "kind",
    [
        *("at+jwt", "dpop+jwt", "secevent+jwt", "application/jwt", "application/at+jwt"),
        *("JWT+x", "JWTX", "JWS", " JWT", "", None, 5, ["JWT"]),
    ],
)
def test_a_token_of_another_kind_is_refused_whoever_signed_it(store: TokenStore, kind: Any) -> None:
    """An access token or a proof of possession by the same key is meant for somebody else (RFC 8725, 3.11)."""
    signer, clock = ecdsa(), Clock()
    token_gate = gate(store, clock, Fetched(signer))

    assert reason(lambda: token_gate.admit(bearer(signer, clock, {"typ": kind}), AUDIENCE)) == "typ"


@pytest.mark.parametrize("after_its_end", [-1, 1, 30, 59])
def test_a_token_used_again_within_the_leeway_after_its_end_is_a_replay(
    store: TokenStore, after_its_end: int
) -> None:
    signer, clock = ecdsa(), Clock()
    token_gate = gate(store, clock, Fetched(signer))
    token = bearer(signer, clock)
    token_gate.admit(token, AUDIENCE)

    clock.ahead = 300 + after_its_end
    assert token_gate.admit(bearer(signer, clock), AUDIENCE).id == "ehr"  # who comes clears what is past

    assert reason(lambda: token_gate.admit(token, AUDIENCE)) == "replay"
    clock.ahead = 300 + 61
    assert reason(lambda: token_gate.admit(token, AUDIENCE)) == "expired"


def test_a_token_is_remembered_to_the_end_of_its_leeway_and_a_day_more(store: TokenStore) -> None:
    """By a clock that ran a day ahead, and is put right, nothing is let in a second time: the leeway too."""
    signer, clock = ecdsa(), Clock()
    token_gate = gate(store, clock, Fetched(signer))
    token = bearer(signer, clock)
    token_gate.admit(token, AUDIENCE)

    clock.ahead = 300 + KEPT_LONGER_S + 55
    token_gate.admit(bearer(signer, clock), AUDIENCE)
    clock.ahead = 300 + 55

    assert reason(lambda: token_gate.admit(token, AUDIENCE)) == "replay"
