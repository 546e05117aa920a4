"""What a header and the claims may say at the edge of each limit, by a clock that stands: rows 6, 9 to 11, 27, 29."""

from typing import Any

import pytest

from cds_service.access.tokens import LONGEST, check_claims, check_header, read_token
from tests.access.deployment import AUDIENCE
from tests.access.gate import client, reason

NOW = 1_800_000_000
LIFETIME = 300
FULL_LIFE = 900  # of a client that says nothing else


def claims_at(issued: float, expires: float, **others: Any) -> dict[str, Any]:
    return {"iat": NOW + issued, "exp": NOW + expires, "aud": AUDIENCE, **others}


@pytest.mark.parametrize(
    "claims",
    [
        claims_at(0, FULL_LIFE),
        claims_at(0, 1),
        claims_at(-LIFETIME, -59),  # a minute of clock skew, both ways
        claims_at(60, 60 + LIFETIME),
        claims_at(0, LIFETIME, nbf=NOW + 60),
        claims_at(0, LIFETIME, nbf=NOW - 86_400),
    ],
    ids=str,
)
def test_a_token_is_good_to_the_second(claims: dict[str, Any]) -> None:
    assert check_claims(claims, client(), [AUDIENCE], NOW) == claims["exp"]


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        (claims_at(-LIFETIME, -60), "expired"),
        (claims_at(61, 61 + LIFETIME), "not-yet-valid"),
        (claims_at(0, LIFETIME, nbf=NOW + 61), "not-yet-valid"),
        (claims_at(0, LIFETIME, nbf=None), "nbf"),
        (claims_at(0, LIFETIME, nbf=True), "nbf"),
        (claims_at(0, 0), "lifetime"),
        (claims_at(0, FULL_LIFE + 1), "lifetime"),
    ],
    ids=str,
)
def test_and_not_a_second_more(claims: dict[str, Any], said: str) -> None:
    assert reason(lambda: check_claims(claims, client(), [AUDIENCE], NOW)) == said


@pytest.mark.parametrize(
    ("named", "said"),
    [({"sub": "app", "tenant": "b"}, ""), ({"sub": "app"}, "tenant"), ({"tenant": "a"}, "subject")],
    ids=str,
)
def test_row_29_the_subject_and_a_tenant_of_the_entry_are_asked_for(named: dict[str, str], said: str) -> None:
    one = client(subject="app", tenants=("a", "b"))
    claims = claims_at(0, LIFETIME, **named)

    if said:
        assert reason(lambda: check_claims(claims, one, [AUDIENCE], NOW)) == said
    else:
        assert check_claims(claims, one, [AUDIENCE], NOW) == claims["exp"]


def header_of(**changes: Any) -> dict[str, Any]:
    return {"alg": "ES384", "typ": "JWT", "kid": "key", **changes}


@pytest.mark.parametrize("kid", ["", None, 5, "a b", "a\n", "é", "a" * 257])
def test_a_key_id_that_is_none_is_refused_before_any_key_is_looked_for(kid: Any) -> None:
    assert reason(lambda: check_header(header_of(kid=kid), client())) == "kid"


def test_256_printable_characters_are_a_key_id() -> None:
    assert check_header(header_of(kid="!" + "a" * 255), client()) == ("ES384", "!" + "a" * 255)


@pytest.mark.parametrize("jku", ["", None, "https://ehr.example/jwks.json"])
def test_row_06_no_jku_is_that_of_a_client_whose_keys_have_no_address(jku: Any) -> None:
    assert reason(lambda: check_header(header_of(jku=jku), client(jwks_url=""))) == "jku"


@pytest.mark.parametrize(("length", "said"), [(LONGEST, "not-a-bearer-token"), (LONGEST + 1, "token-too-long")])
def test_row_27_a_header_of_eight_kilobytes_is_looked_at_and_no_longer_one(length: int, said: str) -> None:
    assert LONGEST == 8 * 1024
    assert reason(lambda: read_token("Bearer ".ljust(length, "a"))) == said
