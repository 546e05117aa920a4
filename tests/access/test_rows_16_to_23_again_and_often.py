"""Rows 16 to 20, 22 and 23 over HTTP, with four workers: repeated tokens, floods, keys that cannot be fetched."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests.access.conftest import TROUBLES, World, assert_401
from tests.access.deployment import AUDIENCE
from tests.access.forge import Issuer, compact
from tests.running.client import assert_refused


def test_row_16_a_token_is_used_once(world: World) -> None:
    token = world.alpha.token()

    assert world.deployment.sign(token).status == 200
    for _ in range(8):  # on whichever worker
        assert_401(world, world.deployment.sign(token), "replay")


def test_row_16_the_same_jti_of_another_client_is_another(world: World) -> None:
    assert world.deployment.sign(world.alpha.token(jti="shared")).status == 200
    assert world.deployment.sign(world.beta.token(jti="shared")).status == 200


def test_row_17_of_forty_at_once_on_four_workers_one_is_accepted(world: World) -> None:
    for _ in range(5):
        token, barrier = world.alpha.token(), Barrier(40)

        def call(token: str = token, barrier: Barrier = barrier) -> int:
            barrier.wait()
            return world.deployment.sign(token).status

        with ThreadPoolExecutor(40) as pool:
            statuses = [future.result() for future in [pool.submit(call) for _ in range(40)]]

        assert sorted(statuses) == [200, *[401] * 39]


def test_row_18_the_other_signature_of_the_same_token_is_a_replay(world: World) -> None:
    order = int(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16
    )
    claims = world.alpha.claims()

    def twin(message: bytes) -> bytes:
        signature = world.alpha.signer.sign(message)
        return signature[:48] + (order - int.from_bytes(signature[48:], "big")).to_bytes(48, "big")

    assert world.deployment.sign(compact(world.alpha.header(), claims, world.alpha.signer.sign)).status == 200
    assert_401(world, world.deployment.sign(compact(world.alpha.header(), claims, twin)), "replay")


@pytest.mark.parametrize("jti", ["", None, 5, "a" * 129, "a\u0000", "a\nb", "é", ["x"], {}])
def test_row_19_a_jti_that_is_none_is_refused(world: World, jti: Any) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token(jti=jti)), "jti")


def test_row_19_128_printable_characters_are_a_jti(world: World) -> None:
    assert world.deployment.sign(world.alpha.token(jti="~ " + "a" * 126)).status == 200


def test_row_20_a_client_that_floods_gets_429_exactly_at_its_limit_over_all_workers(world: World) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: world.deployment.sign(world.few.token()), range(12)))

    refused = [answer for answer in answers if answer.status == 429]
    assert [answer.status for answer in answers].count(200) == 3
    assert len(refused) == 9
    for answer in refused:
        assert_refused(answer, 429)
        assert 1 <= int(answer.headers["Retry-After"]) <= 20
    assert world.deployment.service.get("/healthz").status == 200


def test_row_22_a_thousand_unknown_kids_make_at_most_one_fetch_more(world: World) -> None:
    world.deployment.sign(world.unknown_kids.token())
    tokens = [world.unknown_kids.token({"kid": f"unknown-{number}"}) for number in range(1000)]

    with ThreadPoolExecutor(16) as pool:
        statuses = {answer.status for answer in pool.map(world.deployment.sign, tokens)}

    assert statuses == {401}
    assert world.keys.count("unknown-kids") <= 1


@pytest.mark.parametrize("trouble", list(TROUBLES))
def test_row_23_without_any_keys_a_client_is_told_to_come_again(world: World, trouble: str) -> None:
    issuer = Issuer(f"https://{trouble}.trouble", world.troubled, AUDIENCE)

    answer = world.deployment.sign(issuer.token())

    assert trouble not in ("slow", "trickle") or not world.keys.has_ended(f"trouble-{trouble}")
    assert_refused(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert world.deployment.reason(answer) == "no-keys"
    assert world.keys.count(f"trouble-{trouble}") == 1
    assert world.keys.count("elsewhere") == 0
