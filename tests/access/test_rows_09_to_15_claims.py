"""Rows 9 to 15: the times, the audience and the issuer in a token."""

import json
import time
from typing import Any

import pytest

from tests.access.conftest import BETA, World, assert_401
from tests.access.deployment import AUDIENCE, BODY, PUBLIC_URL
from tests.access.forge import compact
from tests.running.client import HOOK_PATH


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iat": -400, "exp": -61}, "expired"),
        ({"nbf": 90}, "not-yet-valid"),
        ({"iat": 90, "exp": 300}, "not-yet-valid"),
    ],
)
def test_row_09_past_and_future_tokens_are_refused(world: World, changes: dict[str, int], reason: str) -> None:
    moments = {name: int(time.time()) + offset for name, offset in changes.items()}

    assert_401(world, world.deployment.sign(world.alpha.token(**moments)), reason)


def test_row_09_a_minute_of_clock_skew_is_forgiven(world: World) -> None:
    now = int(time.time())

    assert world.deployment.sign(world.alpha.token(iat=now + 50, nbf=now + 50)).status == 200
    assert world.deployment.sign(world.alpha.token(iat=now - 300, exp=now - 50)).status == 200


@pytest.mark.parametrize(
    ("issued", "expires", "reason"),
    [
        (0, 10 * 365 * 86_400, "lifetime"),
        (0, 901, "lifetime"),
        (-365 * 86_400, 300, "lifetime"),
        (0, 0, "lifetime"),
        (10, -10, "lifetime"),
    ],
)
def test_row_10_a_long_life_is_refused(world: World, issued: int, expires: int, reason: str) -> None:
    now = int(time.time())

    answer = world.deployment.sign(world.alpha.token(iat=now + issued, exp=now + expires))

    assert_401(world, answer, reason)


def test_row_10_the_fifteen_minutes_that_epic_documents_are_allowed(world: World) -> None:
    now = int(time.time())

    assert world.deployment.sign(world.alpha.token(iat=now, exp=now + 900)).status == 200


@pytest.mark.parametrize("name", ["exp", "iat"])
@pytest.mark.parametrize("value", [None, "2030-01-01", "1790000000", True, [], {}])
def test_row_11_moments_that_are_none_are_refused(world: World, name: str, value: Any) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token(**{name: value})), name)


@pytest.mark.parametrize(
    ("written", "reason"),
    [("NaN", "not-json"), ("Infinity", "not-json"), ("1e999", "exp"), ("1" + "0" * 400, "exp"), ("1e30", "lifetime")],
)
def test_row_11_huge_and_unreal_numbers_are_refused(world: World, written: str, reason: str) -> None:
    claims = json.dumps(world.alpha.claims(exp="EXP")).replace('"EXP"', written).encode()

    assert_401(world, world.deployment.sign(compact(world.alpha.header(), claims, world.alpha.signer.sign)), reason)


def test_row_11_a_float_is_a_moment(world: World) -> None:
    assert world.deployment.sign(world.alpha.token(exp=time.time() + 300.5)).status == 200


@pytest.mark.parametrize(
    "audience",
    [
        AUDIENCE + "/",
        AUDIENCE.replace("https", "http"),
        PUBLIC_URL + "/cds-services/other",
        PUBLIC_URL + "/cds-services",
        PUBLIC_URL,
        AUDIENCE[:-1],
        AUDIENCE + "x",
        AUDIENCE.upper(),
        AUDIENCE.replace("cds.example", "CDS.example"),
        AUDIENCE.replace("cds.example", "cds.example:443"),
        f"http://127.0.0.1{HOOK_PATH}",
        AUDIENCE + " ",
        "",
        None,
        5,
        {"url": AUDIENCE},
    ],
)
def test_row_12_only_the_exact_audience_is_ours(world: World, audience: Any) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token(aud=audience)), "audience")


def test_row_12_the_host_header_does_not_make_an_audience(world: World) -> None:
    token = world.alpha.token(aud=f"https://evil.example{HOOK_PATH}")

    shown = {"Authorization": f"Bearer {token}", "Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    answer = world.deployment.service.call("POST", HOOK_PATH, BODY, {"Content-Type": "application/json", **shown})

    assert_401(world, answer, "audience")


def test_row_12_the_same_call_with_a_slash_at_the_end_has_the_same_audience(world: World) -> None:
    shown = {"Content-Type": "application/json", "Authorization": f"Bearer {world.alpha.token()}"}

    assert world.deployment.service.call("POST", HOOK_PATH + "/", BODY, shown).status == 200


def test_row_13_a_list_may_name_us_and_what_the_entry_adds_but_nobody_else(world: World) -> None:
    sign = world.deployment.sign

    assert sign(world.alpha.token(aud=[AUDIENCE])).status == 200
    assert sign(world.alpha.token(aud="alpha-calls-us-so")).status == 200
    assert sign(world.alpha.token(aud=[AUDIENCE, "alpha-calls-us-so"])).status == 200
    for others in ([AUDIENCE, "https://other.example"], [], [AUDIENCE] * 11, [5], [[AUDIENCE]]):
        assert_401(world, sign(world.alpha.token(aud=others)), "audience")


@pytest.mark.parametrize(
    "issuer",
    [
        "https://unknown.example",
        "https://alpha.example/fhi",
        "https://alpha.example/fhir/",
        "https://alpha.example/fhirX",
        "HTTPS://alpha.example/fhir",
        ["https://alpha.example/fhir"],
        "",
        None,
        5,
    ],
)
def test_row_15_only_the_exact_issuer_is_known(world: World, issuer: Any) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token(iss=issuer)), "unknown-issuer")


def test_row_15_a_client_cannot_speak_for_another(world: World) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token(iss=BETA)), "unknown-key")
