"""Shadow mode: every order is judged, kept and counted, no card is sent, and everybody who looks is told."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from cds_service.base.errors import SettingsError
from cds_service.config.settings import read_settings
from cds_service.store.tables import ANSWERS, CARDS
from tests.access.deployment import AUDIENCE, BODY, PUBLIC_URL, Deployment, as_toml, deployed, production
from tests.access.forge import Issuer, ecdsa, key_set
from tests.running.client import Answer
from tests.store.shown import rows
from tests.store.waiting import eventually

NAMES = ("trial", "usual")
OPERATOR = "an-operator's-token-of-40-characters-or-so"
NOTHING = b'{"cards":[]}'
WITHOUT_RECORD = json.dumps({**json.loads(BODY), "prefetch": {}}).encode()


@dataclass(frozen=True)
class Trial:
    """A service that one client tries, while another uses it."""

    deployment: Deployment
    database: str
    trial: Issuer
    usual: Issuer

    def as_operator(self, path: str) -> Answer:
        return self.deployment.service.get(path, Authorization=f"Bearer {OPERATOR}")


@pytest.fixture(scope="module", params=["entry", "service"])
def tried(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """In shadow mode by the entry of a client, or all clients by the setting."""
    folder, signer = tmp_path_factory.mktemp("shadow"), ecdsa()
    known: dict[str, dict[str, Any]] = {
        name: {"id": name, "issuer": f"https://{name}.example", "jwks": key_set(signer)} for name in NAMES
    }
    known["trial"] |= {"shows_errors": True, "on_missing": "412"}
    more = {"CDS_OPERATOR_TOKEN": OPERATOR}
    if request.param == "entry":
        known["trial"] |= {"shadow": True}
    else:
        more["CDS_SHADOW"] = "1"
    file = folder / "clients.toml"
    file.write_text("".join(as_toml(client) for client in known.values()), "utf-8")
    database = f"sqlite:///{folder}/cds.db"
    with deployed(folder, production(file, database, **more)) as deployment:
        issuers = {name: Issuer(f"https://{name}.example", signer, AUDIENCE) for name in NAMES}
        yield Trial(deployment, database, **issuers)


def is_for_all(trial: Trial) -> bool:
    says: str = trial.deployment.service.get("/readyz").json["shadow"]
    return says == "all"


def test_an_order_gets_no_card_and_its_decision_is_kept_and_counted(tried: Trial) -> None:
    answer = tried.deployment.sign(tried.trial.token())

    assert (answer.status, answer.body) == (200, NOTHING)
    eventually(lambda: any(row.client == "trial" for row in rows(tried.database, ANSWERS)))
    (kept, *_) = (row for row in rows(tried.database, ANSWERS) if row.client == "trial")
    assert kept.shadow is True
    assert [card for card in rows(tried.database, CARDS) if card.answer == kept.id]
    assert b'cds_findings_total{finding="specialist-care"' in tried.as_operator("/metrics").body


def test_a_client_that_uses_the_service_gets_its_cards(tried: Trial) -> None:
    answer = tried.deployment.sign(tried.usual.token())

    assert (answer.body == NOTHING) is is_for_all(tried)


def test_missing_data_are_no_refusal_that_somebody_would_see(tried: Trial) -> None:
    answer = tried.deployment.sign(tried.trial.token(), WITHOUT_RECORD)

    assert (answer.status, answer.body) == (200, NOTHING)


def test_discovery_readiness_and_metrics_say_so(tried: Trial) -> None:
    says = "all" if is_for_all(tried) else "some"
    (offered,) = tried.deployment.service.get("/cds-services").json["services"]

    assert offered["extension"]["org.baclofen-cds"]["shadow"] == says
    assert "SHADOW MODE" in offered["usageRequirements"]
    assert "trial" not in json.dumps(offered)
    assert f'cds_shadow{{clients="{says}"}} 1' in tried.as_operator("/metrics").body.decode()


def test_each_line_of_the_log_about_such_a_call_says_so_and_the_start_is_an_alarm(tried: Trial) -> None:
    tried.deployment.sign(tried.trial.token())
    tried.deployment.sign(tried.usual.token())
    lines = [line for line in tried.deployment.lines() if line.get("route", "").endswith("baclofen-order-sign")]
    (alarm,) = (line for line in tried.deployment.lines() if line["event"] == "shadow-mode")

    assert alarm["level"] == "error"
    assert {line.get("shadow", False) for line in lines if line["client"] == "trial"} == {True}
    assert {line.get("shadow", False) for line in lines if line["client"] == "usual"} == {is_for_all(tried)}


def test_insights_shows_what_would_have_been_said_and_never_mixes_it_with_what_was(tried: Trial) -> None:
    def of_trial() -> str:
        return tried.trial.token(aud=f"{PUBLIC_URL}/insights.csv")

    tried.deployment.sign(tried.trial.token())
    tried.deployment.sign(tried.usual.token())
    token = tried.trial.token(aud=f"{PUBLIC_URL}/insights")
    csv = "/insights.csv?shadow={}&lang=en"

    eventually(lambda: b"specialist-care" in tried.as_operator(csv.format(1)).body)
    page = tried.deployment.service.get("/insights?lang=en", Authorization=f"Bearer {token}").body.decode()
    assert "These cards were not sent" in page
    if is_for_all(tried):
        assert b"specialist-care" not in tried.as_operator(csv.format(0)).body
    else:
        eventually(lambda: b"specialist-care" in tried.as_operator(csv.format(0)).body)
        shown = tried.deployment.service.get("/insights.csv?shadow=0", Authorization=f"Bearer {of_trial()}")
        assert b"specialist-care" not in shown.body


@pytest.mark.parametrize("value", ["yes", "true", "01", " 1", ""])
def test_nothing_but_one_switches_it_on(value: str) -> None:
    with pytest.raises(SettingsError, match="CDS_SHADOW"):
        read_settings({"CDS_SHADOW": value})
    assert not read_settings({}).shadow
    assert read_settings({"CDS_SHADOW": "1"}).shadow_of == "all"
