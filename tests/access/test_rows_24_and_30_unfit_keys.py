"""Rows 24 and 30: unfit keys, and keys whose private key is public, prove nothing."""

from pathlib import Path
from typing import Any

import pytest

from cds_service.access.authenticate import TokenGate
from cds_service.access.token_store import TokenStore
from cds_service.base.errors import SettingsError
from cds_service.config import keys as keys_module
from cds_service.config.keys import PUBLIC_TEST_KEYS, read_document, read_keys
from cds_service.config.settings import read_settings
from tests.access.deployment import AUDIENCE, as_toml, production
from tests.access.forge import Signer, b64, ecdsa, eddsa, key_set, number, rsa_key
from tests.access.gate import ISSUER, Clock, Fetched, bearer, client, gate, reason

# The public keys, as their projects publish them; the private keys are public too.
SANDBOX_KEY = {
    "kty": "EC",
    "crv": "P-384",
    "kid": "44823f3d-0b01-4a6c-a80e-b9d3e8a7226f",
    "x": "dw_JGR8nB2I6XveNxUOl2qk699ZPLM2nYI5STSdiEl9avAkrm3CkfYMbrrjr8laB",
    "y": "Sm3mLE-n1zYNla_aiE3cb3nZsL51RbC7ysw3q8aJLxGm-hx79RPMYpITDjp7kgzy",
}
INFERNO_KEY = {
    "kty": "EC",
    "crv": "P-384",
    "kid": "4b49a739d1eb115b3225f4cf9beb6d1b",
    "x": "JQKTsV6PT5Szf4QtDA1qrs0EJ1pbimQmM2SKvzOlIAqlph3h1OHmZ2i7MXahIF2C",
    "y": "bRWWQRJBgDa6CTgwofYrHjVGcO-A7WNEnu4oJA5OUJPPPpczgx1g2NsfinK-D2Rw",
}


def changed(signer: Signer, **members: Any) -> dict[str, Any]:
    return signer.jwk | {"kid": "bad"} | members


GOOD = ecdsa("384", "good")
EC, RSA = ecdsa("384"), rsa_key()

UNFIT = {
    "private EC": changed(EC, d="AQAB"),
    "private RSA": changed(RSA, d="AQAB", p="AQAB"),
    "symmetric": {"kty": "oct", "k": "c2VjcmV0", "kid": "bad", "alg": "HS256"},
    "RSA 512": changed(RSA, n=number((1 << 511) + 1)),
    "RSA 1024": changed(rsa_key(size=1024)),
    "RSA 16384": changed(RSA, n=number((1 << 16383) + 1)),
    "e = 1": changed(RSA, e=number(1)),
    "e = 3": changed(RSA, e=number(3)),
    "e even": changed(RSA, e=number(65538)),
    "off the curve": changed(EC, y=number(5, 48)),
    "at infinity": changed(EC, x=number(0, 48), y=number(0, 48)),
    "other curve": changed(EC, crv="P-256"),
    "secp256k1": changed(EC, crv="secp256k1"),
    "for encryption": changed(EC, use="enc"),
    "for signing only": changed(EC, key_ops=["sign"]),
    "alg of another curve": changed(EC, alg="ES256"),
    "alg none": changed(EC, alg="none"),
    "alg HMAC": changed(RSA, alg="HS256"),
    "no kid": {name: value for name, value in EC.jwk.items() if name != "kid"},
    "kid a number": changed(EC, kid=5),
    "no type": {name: value for name, value in changed(EC).items() if name != "kty"},
    "type a list": changed(EC, kty=["EC"]),
    "no x": {name: value for name, value in changed(EC).items() if name != "x"},
    "x a number": changed(EC, x=5),
    "x not base64": changed(EC, x="***"),
    "Ed448": {"kty": "OKP", "crv": "Ed448", "x": b64(b"x" * 57), "kid": "bad"},
    "X25519": {"kty": "OKP", "crv": "X25519", "x": b64(b"x" * 32), "kid": "bad"},
    "not an object": "key",
    "null": None,
}


@pytest.mark.parametrize("name", list(UNFIT))
def test_row_24_an_unfit_key_is_dropped_and_the_others_used(name: str) -> None:
    assert read_keys({"keys": [UNFIT[name], GOOD.jwk]}).keys() == {"good"}


def test_row_24_of_two_keys_with_one_id_none_is_used() -> None:
    same = {"keys": [ecdsa(kid="same").jwk, rsa_key(kid="same").jwk, GOOD.jwk]}
    unfit_twin = {"keys": [ecdsa(kid="same").jwk, changed(RSA, kid="same", e=number(1)), GOOD.jwk]}

    assert read_keys(same).keys() == {"good"}
    assert read_keys(unfit_twin).keys() == {"good"}


@pytest.mark.parametrize(
    "document", [b"", b"null", b"[]", b"{", b'{"keys": {}}', b"[" * 100_000, b"\xff", b'{"keys": [[]]}']
)
def test_row_24_what_is_no_key_set_has_no_keys(document: bytes) -> None:
    assert read_document(document) == {}


@pytest.mark.parametrize("signer", [ecdsa("256"), ecdsa("384"), ecdsa("512"), rsa_key(), eddsa()])
def test_row_24_fit_keys_of_each_kind_are_read(signer: Signer) -> None:
    (key,) = read_keys(key_set(signer)).values()

    assert signer.algorithm in key.algorithms


@pytest.mark.parametrize("key", [SANDBOX_KEY, INFERNO_KEY])
def test_row_30_production_does_not_start_with_a_key_that_is_public(tmp_path: Path, key: dict[str, str]) -> None:
    assert_start_refused(tmp_path, {"id": "x", "issuer": ISSUER, "jwks": {"keys": [{**key, "kid": "renamed"}]}})


def test_row_30_production_does_not_start_with_the_sandbox_as_a_client(tmp_path: Path) -> None:
    sandbox = "https://sandbox.cds-hooks.org"
    jwks = key_set(ecdsa())

    assert_start_refused(tmp_path, {"id": "x", "issuer": sandbox, "jwks": jwks})
    assert_start_refused(tmp_path, {"id": "x", "issuer": ISSUER, "jwks_url": f"{sandbox}/.well-known/jwks.json"})


def assert_start_refused(tmp_path: Path, entry: dict[str, Any]) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(as_toml(entry), "utf-8")
    environment = production(file, f"sqlite:///{tmp_path}/trust.db")
    with pytest.raises(SettingsError, match="private half is public"):
        read_settings(environment)
    assert read_settings({**environment, "CDS_MODE": "demo"}).clients


def test_row_30_a_public_test_key_that_is_fetched_proves_nothing(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaked, clock = ecdsa(kid="leaked"), Clock()
    (key,) = read_keys(key_set(leaked)).values()
    monkeypatch.setattr(keys_module, "PUBLIC_TEST_KEYS", PUBLIC_TEST_KEYS | {key.thumbprint})
    fetched = Fetched(leaked, ecdsa(kid="other"))

    token_gate = gate(store, clock, fetched)
    demo = TokenGate([client()], store, anonymous=True, fetch=fetched, now=clock)

    assert reason(lambda: token_gate.admit(bearer(leaked, clock), AUDIENCE)) == "unknown-key"
    assert demo.admit(bearer(leaked, clock), AUDIENCE).id == "ehr"
