"""Rows 14, 16, 20, 21 and 27, when time passes or the store is down: the gate alone, with a clock that tests set."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select

from cds_service.access.authenticate import RateLimited, TokenGate
from cds_service.access.gate import register_gate
from cds_service.access.token_store import StoreDown, TokenStore
from cds_service.access.tokens import read_token
from cds_service.base.errors import SettingsError
from cds_service.config.clients import ANONYMOUS
from cds_service.config.settings import read_settings
from cds_service.store.tables import USED_TOKENS
from tests.access.deployment import AUDIENCE, PUBLIC_URL, as_toml, deployed, production
from tests.access.forge import Issuer, ecdsa, key_set
from tests.access.gate import ISSUER, Clock, Fetched, bearer, client, gate, reason
from tests.running.client import HOOK_PATH, assert_refused

FEEDBACK = AUDIENCE + "/feedback"


def test_row_14_the_audience_of_feedback_does_not_open_the_service(store: TokenStore) -> None:
    signer, clock = ecdsa(), Clock()
    token_gate = gate(store, clock, Fetched(signer))

    assert reason(lambda: token_gate.admit(bearer(signer, clock, aud=FEEDBACK), AUDIENCE)) == "audience"
    assert token_gate.admit(bearer(signer, clock, aud=AUDIENCE), AUDIENCE).id == "ehr"


@pytest.mark.parametrize("meant", [AUDIENCE, FEEDBACK])
def test_row_14_feedback_takes_a_token_for_itself_and_one_for_the_service(store: TokenStore, meant: str) -> None:
    """Some clients send the one, some the other."""
    signer, clock = ecdsa(), Clock()
    token_gate = gate(store, clock, Fetched(signer))

    assert token_gate.admit(bearer(signer, clock, aud=meant), FEEDBACK, AUDIENCE).id == "ehr"
    assert reason(lambda: token_gate.admit(bearer(signer, clock, aud=PUBLIC_URL), FEEDBACK, AUDIENCE)) == "audience"


def test_row_16_a_refused_token_is_not_used_up(store: TokenStore) -> None:
    signer, clock = ecdsa(), Clock()
    spare = {"seconds": 5.0}
    token_gate = TokenGate(
        [client()], store, anonymous=False, fetch=Fetched(signer), wait=lambda _: spare["seconds"], now=clock
    )
    token = bearer(signer, clock)

    with pytest.raises(RateLimited):
        token_gate.admit(token, AUDIENCE)
    spare["seconds"] = 0.0

    assert token_gate.admit(token, AUDIENCE).id == "ehr"
    assert reason(lambda: token_gate.admit(token, AUDIENCE)) == "replay"


def test_row_20_used_tokens_are_forgotten_a_day_after_they_have_ended_and_not_before(
    store: TokenStore, tmp_path: Path
) -> None:
    """One day, in case a clock was ahead for a while: row 88."""
    now = 1_000_000.0
    for jti in range(2_000):
        assert store.use("ehr", str(jti), now + 300, now)
    assert not store.use("ehr", "7", now + 300, now + 290)

    store.use("ehr", "later", now + 90_000, now + 86_699)
    assert not store.use("ehr", "7", now + 90_000, now + 86_699)
    store.use("ehr", "last", now + 90_000, now + 86_800)

    with create_engine(f"sqlite:///{tmp_path}/trust.db").connect() as connection:
        assert connection.execute(select(func.count()).select_from(USED_TOKENS)).scalar_one() == 2


def test_row_20_a_token_is_remembered_as_long_as_it_could_be_used(store: TokenStore) -> None:
    signer, clock = ecdsa(), Clock()
    token_gate = gate(store, clock, Fetched(signer))
    token = bearer(signer, clock)
    token_gate.admit(token, AUDIENCE)

    clock.ahead = 355  # five minutes of lifetime, and nearly all of the leeway
    store.use("ehr", "another", clock() + 300, clock())

    assert reason(lambda: token_gate.admit(token, AUDIENCE)) == "replay"


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
        TokenStore(f"sqlite:///{tmp_path}/no/such/folder/trust.db").keys("ehr")


def test_row_21_the_service_does_not_start_without_its_store(tmp_path: Path) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(as_toml({"id": "ehr", "issuer": ISSUER, "jwks": key_set(ecdsa())}), "utf-8")
    settings = read_settings(production(file, f"sqlite:///{tmp_path}/no/such/folder/trust.db"))

    with pytest.raises(SettingsError, match="CDS_DATABASE_URL: cannot be used"):
        register_gate(Flask(__name__), settings)


def test_row_27_a_token_of_more_than_eight_kilobytes_is_not_even_decoded() -> None:
    assert reason(lambda: read_token("Bearer " + "a" * 9_000)) == "token-too-long"


def test_in_demo_mode_a_token_of_an_unknown_issuer_is_ignored_and_one_of_a_client_is_verified(
    store: TokenStore,
) -> None:
    signer, clock = ecdsa(), Clock()
    token_gate = TokenGate([client()], store, anonymous=True, fetch=Fetched(signer), now=clock)
    sandbox = Issuer("https://sandbox.cds-hooks.org", ecdsa(), AUDIENCE).token()

    for shown in (None, "Basic eDp5", "Bearer garbage", f"Bearer {sandbox}"):
        assert token_gate.admit(shown, AUDIENCE) is ANONYMOUS
    assert token_gate.admit(bearer(signer, clock), AUDIENCE).id == "ehr"
    assert reason(lambda: token_gate.admit(bearer(ecdsa(), clock), AUDIENCE)) == "signature"


def test_discovery_asks_for_a_token_where_the_settings_say_so(tmp_path: Path) -> None:
    signer = ecdsa()
    file = tmp_path / "clients.toml"
    file.write_text(as_toml({"id": "ehr", "issuer": ISSUER, "jwks": key_set(signer)}), "utf-8")
    environment = production(file, f"sqlite:///{tmp_path}/trust.db", CDS_DISCOVERY="token")
    with deployed(tmp_path, environment) as deployment:
        get = deployment.service.get
        meant = Issuer(ISSUER, signer, PUBLIC_URL + "/cds-services")

        assert_refused(get("/cds-services"), 401)
        assert get("/cds-services", Authorization=f"Bearer {meant.token()}").status == 200
        for_the_hook = Issuer(ISSUER, signer, PUBLIC_URL + HOOK_PATH).token()
        assert_refused(get("/cds-services", Authorization=f"Bearer {for_the_hook}"), 401)
        assert get("/healthz").status == 200
