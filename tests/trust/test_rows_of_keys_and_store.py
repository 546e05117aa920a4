"""Rows 14, 16, 20 to 25, 27 and 30 where time passes or a part is down: the gate itself, its clock in our hands."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select

from cds_service import keys as keys_module
from cds_service.border import guard
from cds_service.clients import ANONYMOUS, Client
from cds_service.errors import SettingsError
from cds_service.key_fetch import FetchFailed, fetch
from cds_service.keys import PUBLIC_TEST_KEYS, read_document, read_keys
from cds_service.settings import read_settings
from cds_service.store import schema
from cds_service.store.tables import USED_TOKENS
from cds_service.tokens import Refused, read_token
from cds_service.trust import Gate, TooEarly, Unproven
from cds_service.trust_store import StoreDown, TrustStore
from tests.http.client import HOOK_PATH, assert_refused
from tests.trust import key_server as server
from tests.trust.deployment import AUDIENCE, PUBLIC_URL, as_toml, deployed, production
from tests.trust.forge import Issuer, Signer, b64, ecdsa, eddsa, key_set, number, rsa_key
from tests.trust.key_server import KeyServer

ISSUER = "https://ehr.example"

# The public halves, as their projects publish them: anybody has the private ones.
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


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Fetched:
    """A key set that tests change, in place of the network; it counts."""

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


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    return made(tmp_path)


def made(folder: Path) -> TrustStore:
    url = f"sqlite:///{folder}/trust.db"
    schema.migrate(url)
    return TrustStore(url)


def client(**changes: Any) -> Client:
    return Client(**{"id": "ehr", "issuer": ISSUER, "jwks_url": "https://ehr.example/jwks.json", **changes})


def gate(store: TrustStore, clock: Clock, fetched: Callable[[str], bytes], one: Client | None = None) -> Gate:
    return Gate([one or client()], store, anonymous=False, fetch=fetched, now=clock)


def bearer(signer: Signer, clock: Clock, header: dict[str, Any] | None = None, **changes: Any) -> str:
    now = int(clock())
    issuer = Issuer(ISSUER, signer, AUDIENCE)
    return "Bearer " + issuer.token(header, **{"iat": now, "exp": now + 300, **changes})


def reason(enter: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        enter()
    return refused.value.reason


FEEDBACK = AUDIENCE + "/feedback"


def test_row_14_the_audience_of_feedback_does_not_open_the_service(store: TrustStore) -> None:
    signer, clock = ecdsa(), Clock()
    door = gate(store, clock, Fetched(signer))

    assert reason(lambda: door.admit(bearer(signer, clock, aud=FEEDBACK), AUDIENCE)) == "audience"
    assert door.admit(bearer(signer, clock, aud=AUDIENCE), AUDIENCE).id == "ehr"


@pytest.mark.parametrize("meant", [AUDIENCE, FEEDBACK])
def test_row_14_feedback_takes_a_token_for_itself_and_one_for_the_service(store: TrustStore, meant: str) -> None:
    """Some clients send one and some the other."""
    signer, clock = ecdsa(), Clock()
    door = gate(store, clock, Fetched(signer))

    assert door.admit(bearer(signer, clock, aud=meant), FEEDBACK, AUDIENCE).id == "ehr"
    assert reason(lambda: door.admit(bearer(signer, clock, aud=PUBLIC_URL), FEEDBACK, AUDIENCE)) == "audience"


def test_row_16_a_refused_token_is_not_used_up(store: TrustStore) -> None:
    signer, clock = ecdsa(), Clock()
    spare = {"seconds": 5.0}
    door = Gate([client()], store, anonymous=False, fetch=Fetched(signer), wait=lambda _: spare["seconds"], now=clock)
    token = bearer(signer, clock)

    with pytest.raises(TooEarly):
        door.admit(token, AUDIENCE)
    spare["seconds"] = 0.0

    assert door.admit(token, AUDIENCE).id == "ehr"
    assert reason(lambda: door.admit(token, AUDIENCE)) == "replay"


def test_row_20_used_tokens_are_forgotten_a_day_after_they_have_ended_and_not_before(
    store: TrustStore, tmp_path: Path
) -> None:
    """The day is for a clock that ran ahead for a while: row 88."""
    now = 1_000_000.0
    for jti in range(2_000):
        assert store.use("ehr", str(jti), now + 300, now)
    assert not store.use("ehr", "7", now + 300, now + 290)

    store.use("ehr", "later", now + 90_000, now + 86_699)
    assert not store.use("ehr", "7", now + 90_000, now + 86_699)
    store.use("ehr", "last", now + 90_000, now + 86_800)

    with create_engine(f"sqlite:///{tmp_path}/trust.db").connect() as connection:
        assert connection.execute(select(func.count()).select_from(USED_TOKENS)).scalar_one() == 2


def test_row_20_a_token_is_remembered_as_long_as_it_could_be_used(store: TrustStore) -> None:
    signer, clock = ecdsa(), Clock()
    door = gate(store, clock, Fetched(signer))
    token = bearer(signer, clock)
    door.admit(token, AUDIENCE)

    clock.ahead = 355  # five minutes of life, and nearly all of the leeway
    store.use("ehr", "another", clock() + 300, clock())

    assert reason(lambda: door.admit(token, AUDIENCE)) == "replay"


def test_row_21_without_the_store_nobody_is_let_in_and_it_is_told(tmp_path: Path) -> None:
    signer = ecdsa()
    file, database = tmp_path / "clients.toml", tmp_path / "trust.db"
    file.write_text(as_toml({"id": "ehr", "issuer": ISSUER, "jwks": key_set(signer)}), "utf-8")
    with deployed(tmp_path, production(file, f"sqlite:///{database}"), workers=2) as deployment:
        for path in tmp_path.glob("trust.db*"):
            if path.is_file():
                path.write_bytes(b"no database any more " * 500)

        answer = deployment.sign(Issuer(ISSUER, signer, AUDIENCE).token())

        assert_refused(answer, 503)
        assert int(answer.headers["Retry-After"]) > 0
        assert deployment.reason(answer) == "store-down"
        assert any(
            line["event"] == "cannot-verify-tokens" and line["level"] == "error" for line in deployment.lines()
        )
        assert deployment.service.get("/healthz").status == 200


def test_row_21_a_store_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreDown):
        TrustStore(f"sqlite:///{tmp_path}/no/such/folder/trust.db").keys("ehr")


def test_row_21_the_service_does_not_start_without_its_store(tmp_path: Path) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(as_toml({"id": "ehr", "issuer": ISSUER, "jwks": key_set(ecdsa())}), "utf-8")
    settings = read_settings(production(file, f"sqlite:///{tmp_path}/no/such/folder/trust.db"))

    with pytest.raises(SettingsError, match="CDS_DATABASE_URL: cannot be used"):
        guard(Flask(__name__), settings)


def test_row_22_who_comes_while_another_worker_fetches_the_first_keys_waits_for_them(tmp_path: Path) -> None:
    signer, clock = ecdsa(), Clock()
    url = f"sqlite:///{tmp_path}/trust.db"
    schema.migrate(url)

    def slowly(_url: str) -> bytes:
        time.sleep(0.4)
        return json.dumps(key_set(signer)).encode()

    def never(_url: str) -> bytes:
        raise AssertionError("a second fetch")

    first, second = gate(TrustStore(url), clock, slowly), gate(TrustStore(url), clock, never)
    with ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(first.admit, bearer(signer, clock), AUDIENCE)
        time.sleep(0.1)

        assert second.admit(bearer(signer, clock), AUDIENCE).id == "ehr"
        assert fetching.result().id == "ehr"


def test_row_22_one_fetch_a_minute_by_all_workers_together(tmp_path: Path) -> None:
    signer, clock, fetched = ecdsa(kid="unknown"), Clock(), Fetched(ecdsa())
    url = f"sqlite:///{tmp_path}/trust.db"
    schema.migrate(url)
    workers = [gate(TrustStore(url), clock, fetched) for _ in range(4)]

    def ask_each(minute: int) -> None:
        clock.ahead = 61.0 * minute
        for door in workers * 5:
            with pytest.raises(Refused, match="unknown-key"):
                door.admit(bearer(signer, clock), AUDIENCE)

    for minute in range(3):
        ask_each(minute)
        assert fetched.count == minute + 1


def test_row_23_known_keys_are_used_for_twelve_hours_and_then_no_more(store: TrustStore) -> None:
    signer, clock = ecdsa(), Clock()
    fetched = Fetched(signer)
    door = gate(store, clock, fetched)
    door.admit(bearer(signer, clock), AUDIENCE)
    fetched.down = True

    clock.ahead = 11.9 * 3600
    assert door.admit(bearer(signer, clock), AUDIENCE).id == "ehr"
    clock.ahead = 12.1 * 3600
    with pytest.raises(Unproven):
        door.admit(bearer(signer, clock), AUDIENCE)
    fetched.down = False
    clock.ahead += 61
    assert door.admit(bearer(signer, clock), AUDIENCE).id == "ehr"


def test_row_23_keys_are_looked_at_again_after_ten_minutes_so_that_a_withdrawn_one_ends(store: TrustStore) -> None:
    old, new, clock = ecdsa(kid="old"), ecdsa(kid="new"), Clock()
    fetched = Fetched(old)
    door = gate(store, clock, fetched)
    door.admit(bearer(old, clock), AUDIENCE)
    fetched.signers = (new,)

    clock.ahead = 601

    assert reason(lambda: door.admit(bearer(old, clock), AUDIENCE)) == "unknown-key"


def test_row_23_a_key_set_without_a_usable_key_does_not_take_the_place_of_the_known_ones(store: TrustStore) -> None:
    signer, clock = ecdsa(), Clock()
    fetched = Fetched(signer)
    door = gate(store, clock, fetched)
    door.admit(bearer(signer, clock), AUDIENCE)
    fetched.signers = ()

    clock.ahead = 3600

    assert door.admit(bearer(signer, clock), AUDIENCE).id == "ehr"


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (server.status(500), "status"),
        (server.redirect("https://localhost/elsewhere"), "status"),
        (server.body(b"<html>", "text/html"), "content-type"),
        (server.body(b" " * (64 * 1024 + 1)), "too-large"),
        (server.slow(2), "timeout"),
        (server.trickle, "timeout"),
        (server.cut, "cut-short"),
    ],
)
def test_row_23_each_way_to_fail_is_named_within_a_second(
    key_sets: KeyServer, trusted_ca: None, behaviour: server.Behaviour, said: str
) -> None:
    del trusted_ca
    began = time.monotonic()

    with pytest.raises(FetchFailed, match=said):
        fetch(key_sets.serve("failing", behaviour))

    assert time.monotonic() - began < 1.5


def test_row_23_a_server_that_no_authority_vouches_for_is_not_believed(key_sets: KeyServer) -> None:
    with pytest.raises(FetchFailed, match="SSLCertVerificationError"):
        fetch(key_sets.serve("good", server.keys(key_set(ecdsa()))))


@pytest.mark.parametrize(
    "url", ["http://localhost/x", "file:///etc/passwd", "ftp://localhost/x", "data:,x", "https:///x"]
)
def test_row_23_only_https_is_fetched(url: str) -> None:
    with pytest.raises(FetchFailed, match="not-https"):
        fetch(url)


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


def test_row_25_a_rotated_key_works_after_one_fetch(store: TrustStore, key_sets: KeyServer, trusted_ca: None) -> None:
    del trusted_ca
    old, new, clock = ecdsa(kid="old"), ecdsa(kid="new"), Clock()
    url = key_sets.serve("rotated", server.keys(key_set(old)))
    door = gate(store, clock, fetch, client(jwks_url=url))
    door.admit(bearer(old, clock), AUDIENCE)
    key_sets.serve("rotated", server.keys(key_set(new)))

    clock.ahead = 61

    assert door.admit(bearer(new, clock), AUDIENCE).id == "ehr"
    assert reason(lambda: door.admit(bearer(old, clock), AUDIENCE)) == "unknown-key"
    assert key_sets.count("rotated") == 2


def test_row_25_a_key_that_one_worker_has_fetched_serves_the_others_at_once(tmp_path: Path) -> None:
    old, new, clock = ecdsa(kid="old"), ecdsa(kid="new"), Clock()
    url = f"sqlite:///{tmp_path}/trust.db"
    schema.migrate(url)
    fetched = Fetched(old)
    first, second = gate(TrustStore(url), clock, fetched), gate(TrustStore(url), clock, fetched)
    first.admit(bearer(old, clock), AUDIENCE)
    second.admit(bearer(old, clock), AUDIENCE)
    fetched.signers = (new,)
    clock.ahead = 61
    first.admit(bearer(new, clock), AUDIENCE)

    assert second.admit(bearer(new, clock), AUDIENCE).id == "ehr"
    assert fetched.count == 2


def test_row_27_a_token_of_more_than_eight_kilobytes_is_not_even_decoded() -> None:
    assert reason(lambda: read_token("Bearer " + "a" * 9_000)) == "token-too-long"


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
    store: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaked, clock = ecdsa(kid="leaked"), Clock()
    (key,) = read_keys(key_set(leaked)).values()
    monkeypatch.setattr(keys_module, "PUBLIC_TEST_KEYS", PUBLIC_TEST_KEYS | {key.thumbprint})
    fetched = Fetched(leaked, ecdsa(kid="other"))

    door = gate(store, clock, fetched)

    assert reason(lambda: door.admit(bearer(leaked, clock), AUDIENCE)) == "unknown-key"


def test_in_demo_mode_a_token_of_an_unknown_issuer_is_ignored_and_one_of_a_client_is_verified(
    store: TrustStore,
) -> None:
    signer, clock = ecdsa(), Clock()
    door = Gate([client()], store, anonymous=True, fetch=Fetched(signer), now=clock)
    sandbox = Issuer("https://sandbox.cds-hooks.org", ecdsa(), AUDIENCE).token()

    for shown in (None, "Basic eDp5", "Bearer garbage", f"Bearer {sandbox}"):
        assert door.admit(shown, AUDIENCE) is ANONYMOUS
    assert door.admit(bearer(signer, clock), AUDIENCE).id == "ehr"
    assert reason(lambda: door.admit(bearer(ecdsa(), clock), AUDIENCE)) == "signature"


def test_discovery_asks_for_a_token_where_the_settings_say_so(tmp_path: Path) -> None:
    signer = ecdsa()
    file = tmp_path / "clients.toml"
    file.write_text(as_toml({"id": "ehr", "issuer": ISSUER, "jwks": key_set(signer)}), "utf-8")
    environment = production(file, f"sqlite:///{tmp_path}/trust.db", CDS_DISCOVERY="token")
    with deployed(tmp_path, environment, workers=1) as deployment:
        get = deployment.service.get
        meant = Issuer(ISSUER, signer, PUBLIC_URL + "/cds-services")

        assert_refused(get("/cds-services"), 401)
        assert get("/cds-services", Authorization=f"Bearer {meant.token()}").status == 200
        for_the_hook = Issuer(ISSUER, signer, PUBLIC_URL + HOOK_PATH).token()
        assert_refused(get("/cds-services", Authorization=f"Bearer {for_the_hook}"), 401)
        assert get("/healthz").status == 200
