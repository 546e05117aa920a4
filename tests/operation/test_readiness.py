"""/readyz: what makes it 503, what it only reports, and that a corrected clock is accepted again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from cds_service.config.settings import Settings
from cds_service.core.model.ruleset import RuleSet
from cds_service.operation.readiness import (
    DEGRADED,
    NOT_READY,
    READY,
    clock,
    database,
    memory_of,
    overdue,
    readiness,
    review,
)
from cds_service.store import migrator
from cds_service.store.recorder import State
from cds_service.web import create_app
from tests.access.deployment import AUDIENCE, BODY, Deployment, as_toml, deployed, production
from tests.access.forge import Issuer, ecdsa, key_set
from tests.known import known
from tests.running.client import Answer
from tests.store.shown import execute
from tests.store.waiting import eventually

KNOWLEDGE = known()
RULES = KNOWLEDGE.rules
NEWEST = max(rule.reviewed for rule in RULES.rules)
WELL = State(reachable=True, at_head=True, keeping=True, spooled=0, lost=0)


def reviewed(day: date) -> RuleSet:
    """The rules, with another review date for one of them."""
    return replace(RULES, rules=(replace(RULES.rules[0], reviewed=day), *RULES.rules[1:]))


# --- what each part means --------------------------------------------------------------------


def test_the_worst_part_decides() -> None:
    assert readiness([("a", "ok", READY), ("b", "late", DEGRADED)]).status == DEGRADED
    assert readiness([("a", "gone", NOT_READY), ("b", "late", DEGRADED)]).http_status == 503
    assert readiness([("a", "ok", READY), ("b", "late", DEGRADED)]).http_status == 200


@pytest.mark.parametrize(
    ("days", "status"), [(-365, NOT_READY), (-2, NOT_READY), (-1, READY), (0, READY), (9_000, READY)]
)
def test_a_day_before_the_rules_were_read_is_not_today(days: int, status: str) -> None:
    assert clock(RULES, NEWEST + timedelta(days=days))[2] == status


def test_an_overdue_review_is_said_and_stops_nothing() -> None:
    rules = reviewed(NEWEST - timedelta(days=366))

    assert [rule.id for rule in overdue(rules, NEWEST)] == [RULES.rules[0].id]
    assert review(rules, NEWEST) == ("rules", "review-overdue", DEGRADED)
    assert review(reviewed(NEWEST - timedelta(days=365)), NEWEST)[2] == READY


@pytest.mark.parametrize(
    ("state", "with_tokens", "without"),
    [
        (WELL, READY, READY),
        (replace(WELL, reachable=False, at_head=False), NOT_READY, DEGRADED),
        (replace(WELL, at_head=False), NOT_READY, DEGRADED),
    ],
)
def test_without_the_database_no_token_can_be_proven_but_cards_go_on(
    state: State, with_tokens: str, without: str
) -> None:
    assert database(state, needs_tokens=True)[2] == with_tokens
    assert database(state, needs_tokens=False)[2] == without


def test_a_service_that_can_keep_nothing_is_not_ready() -> None:
    assert memory_of(replace(WELL, keeping=False, lost=3)) == ("record", "cannot-be-kept", NOT_READY)
    assert memory_of(replace(WELL, lost=3)) == ("record", "some-lost", DEGRADED)
    assert memory_of(replace(WELL, spooled=3))[2] == READY
    assert memory_of(replace(WELL, writing=False)) == ("record", "not-written", DEGRADED)


# --- as an operator sees it -------------------------------------------------------------------


def asked_on(day: date) -> tuple[int, dict[str, object]]:
    """The answer of a service whose clock shows `day`, while orders are judged by the rules of another day."""
    app = create_app(KNOWLEDGE, lambda: day, on=date(2018, 1, 1), settings=Settings())
    answer = app.test_client().get("/readyz")
    return answer.status_code, answer.get_json()


def test_the_clock_counts_and_not_the_day_that_orders_are_judged_by() -> None:
    assert asked_on(NEWEST)[0] == 200
    assert asked_on(NEWEST - timedelta(days=40))[0] == 503


def test_an_old_review_shows_as_a_field() -> None:
    status, body = asked_on(NEWEST + timedelta(days=400))

    assert (status, body["status"]) == (200, "degraded")
    assert body["checks"] == {"clock": "ok", "rules": "review-overdue"}
    assert body["oldest_review"] == min(rule.reviewed for rule in RULES.rules).isoformat()


def test_a_well_service_is_ready(demo: Deployment) -> None:
    answer = demo.service.get("/readyz")

    assert answer.status == 200
    assert answer.json["checks"] == {"clock": "ok", "rules": "ok", "database": "ok", "record": "ok"}


@pytest.fixture
def with_tokens(tmp_path: Path) -> Iterator[tuple[Deployment, Issuer, Path]]:
    signer, file, database = ecdsa(), tmp_path / "clients.toml", tmp_path / "cds.db"
    file.write_text(as_toml({"id": "ehr", "issuer": "https://ehr.example", "jwks": key_set(signer)}), "utf-8")
    migrator.migrate(f"sqlite:///{database}")
    more = {"CDS_SPOOL": str(tmp_path / "spool")}
    with deployed(tmp_path, production(file, f"sqlite:///{database}", **more), workers=2) as running:
        yield running, Issuer("https://ehr.example", signer, AUDIENCE), database


def test_row_95_a_database_that_breaks_is_said_where_tokens_are_needed(
    with_tokens: tuple[Deployment, Issuer, Path],
) -> None:
    running, issuer, database = with_tokens
    assert running.sign(issuer.token()).status == 200
    assert running.service.get("/readyz").status == 200

    for file in database.parent.glob("cds.db*"):
        if file.is_file():
            file.write_bytes(b"no database " * 1_000)

    answer = until(running, 503)
    assert answer["checks"]["database"] == "down"
    assert running.sign(issuer.token()).status == 503
    assert running.service.get("/healthz").status == 200


def test_row_95_a_database_whose_file_is_removed_is_said_and_takes_no_more_records(
    with_tokens: tuple[Deployment, Issuer, Path],
) -> None:
    """The old connections go on writing into the removed file: it would look well, and all of it would be lost."""
    running, issuer, database = with_tokens
    assert running.sign(issuer.token()).status == 200
    eventually(lambda: not list((database.parent / "spool").glob("*.jsonl")))

    for file in database.parent.glob("cds.db*"):
        if file.is_file():
            file.unlink()

    assert until(running, 503)["checks"]["database"] in ("behind", "down")
    assert running.sign(issuer.token()).status == 503


def test_row_95_a_database_that_takes_no_record_any_more_is_said(tmp_path: Path) -> None:
    """It answers, with the tables of this release and all; what it does not take waits on the disk."""
    url = f"sqlite:///{tmp_path}/cds.db"
    with deployed(tmp_path, {"CDS_MODE": "demo", "CDS_DATABASE_URL": url}) as running:
        assert running.service.get("/readyz").json["checks"]["record"] == "ok"
        execute(url, "DROP TABLE answers")
        assert running.service.sign(BODY).status == 200

        eventually(lambda: running.service.get("/readyz").json["checks"]["record"] == "not-written")
        answer = running.service.get("/readyz")
        assert (answer.status, answer.json["status"], answer.json["checks"]["database"]) == (200, "degraded", "ok")


def until(running: Deployment, status: int) -> dict[str, dict[str, str]]:
    """What `/readyz` says once it says so: each worker looks at most once a second."""
    answers: list[Answer] = []

    def says_so() -> bool:
        answers.append(running.service.get("/readyz"))
        return answers[-1].status == status

    eventually(says_so)
    found: dict[str, dict[str, str]] = answers[-1].json
    return found
