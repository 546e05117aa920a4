"""Row 85 between clients, with tokens: an answer to feedback does not reveal whether another client has the card."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from cds_service.store.statistics import Asked, by_week
from cds_service.store.tables import ANSWERS, FEEDBACK
from tests.access.deployment import AUDIENCE, Deployment, as_toml, deployed, production
from tests.access.forge import Issuer, ecdsa, key_set
from tests.running.client import Answer, assert_refused
from tests.store.shown import connected, count, feedback_on_unknown_cards, order, rows
from tests.store.waiting import eventually

FEEDBACK_URL = f"{AUDIENCE}/feedback"
PATH = FEEDBACK_URL.removeprefix("https://cds.example")


@dataclass(frozen=True)
class Two:
    deployment: Deployment
    database: str
    hospital_a: Issuer
    hospital_b: Issuer

    def tell(self, issuer: Issuer, card: str, audience: str = FEEDBACK_URL, **more: Any) -> Answer:
        item = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-20T08:15:30Z", **more}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {issuer.token(aud=audience)}"}
        return self.deployment.service.call("POST", PATH, msgspec.json.encode({"feedback": [item]}), headers)


@pytest.fixture
def two(database: str, tmp_path: Path) -> Iterator[Two]:
    signers = {name: ecdsa("384", name) for name in ("hospital-a", "hospital-b")}
    issuers = {name: f"https://{name}.example" for name in signers}
    entries = [{"id": name, "issuer": issuers[name], "jwks": key_set(signer)} for name, signer in signers.items()]
    file = tmp_path / "clients.toml"
    file.write_text("\n".join(as_toml(entry) for entry in entries), "utf-8")
    with deployed(tmp_path, production(file, database, CDS_SPOOL=str(tmp_path / "spool")), workers=2) as deployment:
        yield Two(deployment, database, *(Issuer(issuers[name], signers[name], AUDIENCE) for name in signers))


def test_row_85_feedback_on_the_card_of_another_is_answered_alike_and_counts_for_nothing(two: Two) -> None:
    answer = two.deployment.sign(two.hospital_a.token(), order(str(uuid4())))
    card = answer.json["cards"][0]["uuid"]

    on_anothers = two.tell(two.hospital_b, card)
    on_nobodys = two.tell(two.hospital_b, str(uuid4()))
    on_own = two.tell(two.hospital_a, card, outcome="accepted", acceptedSuggestions=[{"id": str(uuid4())}])

    for told in (on_anothers, on_nobodys, on_own):
        assert (told.status, told.body) == (200, b"")
        assert told.headers.keys() == on_own.headers.keys()
    eventually(lambda: count(two.database, FEEDBACK) == 3 and count(two.database, ANSWERS) == 1)
    assert {row.client for row in rows(two.database, FEEDBACK)} == {"hospital-a", "hospital-b"}
    with connected(two.database) as connection:
        weeks = by_week(connection, Asked(date(2020, 1, 1), date(2999, 1, 1)))
        assert feedback_on_unknown_cards(connection) == 2
    assert {(week.accepted, dict(week.overridden).get("none", 0)) for week in weeks if week.accepted} == {(1, 0)}
    assert not [week for week in weeks if week.overridden]


def test_fbk_7_feedback_asks_for_a_token_for_itself_or_for_the_service(two: Two) -> None:
    card = str(uuid4())

    assert two.tell(two.hospital_a, card, FEEDBACK_URL).status == 200
    assert two.tell(two.hospital_a, card, AUDIENCE).status == 200
    assert_refused(two.tell(two.hospital_a, card, "https://cds.example/cds-services"), 401)
    assert_refused(two.deployment.sign(two.hospital_a.token(aud=FEEDBACK_URL)), 401)
    without = two.deployment.service.call("POST", PATH, b'{"feedback": []}', {"Content-Type": "application/json"})
    assert_refused(without, 401)
