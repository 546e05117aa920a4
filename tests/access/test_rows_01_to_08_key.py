"""Rows 1 to 8, and 32 for a tampered part: only the client's own key proves a token."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.access.conftest import ALPHA_JKU, World, assert_401
from tests.access.forge import Issuer, b64, compact, ecdsa, hmac_signer


@pytest.mark.parametrize("issuer", ["alpha", "alpha_rsa", "beta"])
def test_a_good_token_is_let_in_with_es384_and_rs384_inline_and_fetched(world: World, issuer: str) -> None:
    signer: Issuer = getattr(world, issuer)

    assert world.deployment.sign(signer.token()).status == 200


def test_row_01_no_token_is_401_with_the_challenge(world: World) -> None:
    assert_401(world, world.deployment.sign(None), "no-token")


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "", None, 0, ["ES384"]])
def test_row_02_no_algorithm_is_refused_before_any_key_is_looked_for(world: World, algorithm: Any) -> None:
    before = world.keys.count("unknown-kids")
    forged = world.unknown_kids.token({"alg": algorithm})

    assert_401(world, world.deployment.sign(forged), "algorithm")
    assert world.keys.count("unknown-kids") == before


def test_row_02_a_token_without_a_signature_is_refused(world: World) -> None:
    head, claims, _ = world.alpha.token({"alg": "none"}).split(".")

    assert_401(world, world.deployment.sign(f"{head}.{claims}."), "not-a-bearer-token")


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("form", ["pem", "jwk"])
def test_row_03_hmac_with_the_public_key_is_refused(world: World, algorithm: str, form: str) -> None:
    signer = world.alpha_rsa.signer
    pem = signer.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    secret = pem if form == "pem" else json.dumps(signer.jwk).encode()
    header = world.alpha_rsa.header(alg=algorithm)

    forged = compact(header, world.alpha_rsa.claims(), hmac_signer(secret))

    assert_401(world, world.deployment.sign(forged), "algorithm")


def test_row_04_an_algorithm_that_is_not_the_keys_is_refused(world: World) -> None:
    other_type = compact(
        world.alpha.header(alg="RS384"), world.alpha.claims(), world.alpha_rsa.signer.sign
    )  # RS384 with the id of the EC key
    other_curve = compact(
        world.alpha.header(), world.alpha.claims(), ecdsa("256").sign
    )  # ES384 with a P-256 signature

    assert_401(world, world.deployment.sign(other_type), "signature")
    assert_401(world, world.deployment.sign(other_curve), "signature")
    assert_401(world, world.deployment.sign(world.alpha.token({"alg": "ES256"})), "algorithm")


@pytest.mark.parametrize("member", ["jwk", "x5c", "x5u"])
def test_row_05_a_key_in_the_header_is_never_used(world: World, member: str) -> None:
    attacker = ecdsa("384", world.alpha.signer.kid)
    value = {"jwk": attacker.jwk, "x5c": ["MIIB"], "x5u": world.keys.url("x5u")}[member]
    header = world.alpha.header(**{member: value})

    assert_401(world, world.deployment.sign(compact(header, world.alpha.claims(), attacker.sign)), "signature")
    assert world.keys.count("x5u") == 0


@pytest.mark.parametrize(
    "jku",
    [
        "https://attacker.example/jwks.json",
        "https://alpha.example/other.json",
        "https://user@alpha.example/jwks.json",
        "https://alpha.example:443/jwks.json",
        "https://alpha.example:444/jwks.json",
        "https://alpha.example/x/../jwks.json",
        "https://ALPHA.example/jwks.json",
        "https://alpha.example./jwks.json",
        "https://\u0430lpha.example/jwks.json",
        "http://alpha.example/jwks.json",
        "https://alpha.example/jwks.json?x=1",
        "https://alpha.example/jwks.json#x",
        "https://alpha.example/jwks.json ",
        "",
        5,
        [ALPHA_JKU],
    ],
)
def test_row_06_another_jku_is_refused(world: World, jku: Any) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token({"jku": jku})), "jku")


def test_row_06_a_jku_of_the_attacker_is_never_fetched_and_the_own_one_is_accepted(world: World) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token({"jku": world.keys.url("attacker")})), "jku")
    assert world.keys.count("attacker") == 0
    assert world.deployment.sign(world.alpha.token({"jku": ALPHA_JKU})).status == 200


@pytest.mark.parametrize("jku", ["file:///etc/passwd", "ftp://alpha.example/jwks.json", "data:application/json,{}"])
def test_row_07_other_schemes_in_a_jku_are_never_fetched(world: World, jku: str) -> None:
    assert_401(world, world.deployment.sign(world.beta.token({"jku": jku})), "jku")


@pytest.mark.parametrize(
    "header", [{"crit": ["x"], "x": 1}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"b64": False}]
)
def test_row_08_what_must_be_understood_is_refused(world: World, header: dict[str, Any]) -> None:
    assert_401(world, world.deployment.sign(world.alpha.token(header)), "crit")


def test_row_32_a_tampered_part_is_refused(world: World) -> None:
    head, claims, signature = world.alpha.token().split(".")
    other = b64(json.dumps(world.alpha.claims(tenant="x")).encode())

    assert_401(world, world.deployment.sign(f"{head}.{other}.{signature}"), "signature")
    assert world.deployment.sign(f"{head}.{claims}.{signature}").status == 200
