"""What was shown and how it was answered, by week: counted from real answers and every kind of feedback."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from cds_service.store.database import open_engine, writing
from cds_service.store.insert import write
from cds_service.store.kept import Record, of_answer, of_feedback
from cds_service.store.statistics import (
    NO_REASON,
    Asked,
    Part,
    WeekOfFinding,
    answers_by_urgency,
    by_part,
    by_week,
)
from tests.store.shown import KEY, connected, feedback_on_unknown_cards, shown, told

MONDAY = date(2026, 11, 16)
SUNDAY_NIGHT = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)
YEAR = (date(2026, 1, 1), date(2027, 1, 1))
FINDING = "daily-dose-above-recommended"


def answer_at(at: datetime, client: str = "ehr", hook_instance: str = "") -> Record:
    return of_answer(shown(client, hook_instance), at, KEY)


def card_of(answer: Record, finding: str = FINDING) -> str:
    (card,) = (found["card"] for found in answer["findings"] if found["finding"] == finding)
    return str(card)


def tell(card: str, client: str = "ehr", received: datetime = SUNDAY_NIGHT, **more: Any) -> Record:
    return of_feedback(told(card, **{"at": received, **more}), client, received, KEY)


def keep(url: str, *records: Record) -> None:
    engine = open_engine(url)
    with writing(engine) as connection:
        write(connection, records)
    engine.dispose()


def weeks(url: str, since: date = YEAR[0], until: date = YEAR[1]) -> list[WeekOfFinding]:
    with connected(url) as connection:
        return by_week(connection, Asked(since, until))


def row(found: Sequence[WeekOfFinding], finding: str = FINDING) -> WeekOfFinding:
    (one,) = (week for week in found if week.finding == finding)
    return one


def test_each_way_to_answer_a_card_is_counted_apart(database: str) -> None:
    answers = [answer_at(SUNDAY_NIGHT) for _ in range(6)]
    cards = [card_of(answer) for answer in answers]
    keep(
        database,
        *answers,
        tell(cards[0], outcome="accepted", suggestions=["7c9e6679-7425-40de-944b-e07fc1f90ae7"]),
        tell(cards[1], reason="patient-refuses"),
        tell(cards[2], reason="patient-refuses"),
        tell(cards[3], reason="unlisted"),
        tell(cards[4]),
    )

    assert row(weeks(database)) == WeekOfFinding(
        week=MONDAY,
        finding=FINDING,
        indicator="critical",
        shown=6,
        accepted=1,
        overridden={NO_REASON: 1, "patient-refuses": 2, "unlisted": 1},
        ignored=1,
    )


def test_every_finding_of_a_card_counts_and_a_notice_does_not(database: str) -> None:
    answer = answer_at(SUNDAY_NIGHT)
    keep(database, answer, tell(card_of(answer)))

    found = weeks(database)

    assert {week.finding for week in found} == {item["finding"] for item in answer["findings"] if item["card"]}
    assert {week.shown for week in found} == {1}
    same_card = {item["finding"] for item in answer["findings"] if item["card"] == card_of(answer)}
    assert len(same_card) > 1
    assert {week.finding for week in found if week.overridden} == same_card


def test_the_last_that_was_told_of_a_card_counts(database: str) -> None:
    answer = answer_at(SUNDAY_NIGHT)
    card, early = card_of(answer), SUNDAY_NIGHT - timedelta(hours=1)
    keep(
        database,
        answer,
        tell(card, outcome="accepted", suggestions=["7c9e6679-7425-40de-944b-e07fc1f90ae7"]),
        tell(card, at=early, reason="patient-refuses"),
    )

    assert (row(weeks(database)).accepted, row(weeks(database)).overridden) == (1, {})


def test_a_moment_in_the_future_is_worth_no_more_than_when_it_was_told(database: str) -> None:
    answer = answer_at(SUNDAY_NIGHT)
    card, later = card_of(answer), SUNDAY_NIGHT + timedelta(minutes=1)
    future = SUNDAY_NIGHT.replace(year=2099)
    keep(
        database,
        answer,
        tell(card, at=future, reason="patient-refuses"),
        tell(card, received=later, reason="unlisted"),
    )

    assert row(weeks(database)).overridden == {"unlisted": 1}


def test_a_card_that_is_given_again_for_the_same_call_counts_once(database: str) -> None:
    again = [answer_at(SUNDAY_NIGHT, hook_instance="same") for _ in range(3)]
    keep(database, *again, tell(card_of(again[0])))

    assert (row(weeks(database)).shown, row(weeks(database)).ignored) == (1, 0)


def test_feedback_of_another_client_changes_nothing(database: str) -> None:
    answer = answer_at(SUNDAY_NIGHT, "hospital-a")
    keep(database, answer, tell(card_of(answer), "hospital-b"))

    assert (row(weeks(database)).shown, row(weeks(database)).ignored) == (1, 1)
    with connected(database) as connection:
        assert feedback_on_unknown_cards(connection) == 1


def test_two_clients_with_the_same_call_are_two(database: str) -> None:
    answers = [answer_at(SUNDAY_NIGHT, client, "same") for client in ("hospital-a", "hospital-b")]
    assert card_of(answers[0]) == card_of(answers[1])
    keep(database, *answers, tell(card_of(answers[0]), "hospital-a"))

    assert (row(weeks(database)).shown, row(weeks(database)).ignored) == (2, 1)
    with connected(database) as connection:
        assert feedback_on_unknown_cards(connection) == 0


# --- what feedback is about ------------------------------------------------------------------


def findings_of(answer: Record, card: str) -> list[str]:
    return [found["finding"] for found in answer["findings"] if found["card"] == card]


def endings(url: str) -> dict[str, str]:
    """By finding how its one card ended."""
    return {
        week.finding: "accepted" if week.accepted else next(iter(week.overridden), "ignored") for week in weeks(url)
    }


def test_an_accepted_suggestion_counts_for_what_it_answers_and_for_nothing_else_of_its_card(database: str) -> None:
    answer = answer_at(SUNDAY_NIGHT)
    card = card_of(answer)
    (written,) = [one for one in answer["cards"] if one["uuid"] == card]
    suggestion, answers = next((uuid, found) for uuid, found in written["answers"].items() if found)
    keep(database, answer, tell(card, outcome="accepted", suggestions=[suggestion]))

    found = endings(database)

    assert set(answers) < set(findings_of(answer, card))
    assert {finding for finding, ending in found.items() if ending == "accepted"} == set(answers)
    assert {ending for finding, ending in found.items() if finding not in answers} == {"ignored"}


def test_an_override_counts_for_what_its_reason_is_about(database: str) -> None:
    answer = answer_at(SUNDAY_NIGHT)
    card = card_of(answer)
    assert {FINDING, "seizure-history"} < set(findings_of(answer, card))
    keep(database, answer, tell(card, reason="monitoring-organised", about=["close-follow-up", "seizure-history"]))

    found = endings(database)

    assert found["seizure-history"] == "monitoring-organised"
    assert {ending for finding, ending in found.items() if finding != "seizure-history"} == {"ignored"}


def test_a_reason_about_nothing_on_the_card_counts_for_all_of_it(database: str) -> None:
    """A client may offer each of our codes on each card."""
    answer = answer_at(SUNDAY_NIGHT)
    card = card_of(answer)
    keep(database, answer, tell(card, reason="identity-checked", about=["patient-mismatch"]))

    found = endings(database)

    assert {finding for finding, ending in found.items() if ending == "identity-checked"} == set(
        findings_of(answer, card)
    )


def test_two_answers_about_two_findings_of_one_card_both_count(database: str) -> None:
    answer = answer_at(SUNDAY_NIGHT)
    card, later = card_of(answer), SUNDAY_NIGHT + timedelta(minutes=1)
    (written,) = [one for one in answer["cards"] if one["uuid"] == card]
    suggestion, answers = next((uuid, found) for uuid, found in written["answers"].items() if found)
    keep(
        database,
        answer,
        tell(card, outcome="accepted", suggestions=[suggestion]),
        tell(card, received=later, reason="monitoring-organised", about=["seizure-history"]),
    )

    found = endings(database)

    assert found["seizure-history"] == "monitoring-organised"
    assert {found[finding] for finding in answers} == {"accepted"}


# --- answers, and the parts of a rule --------------------------------------------------------


def test_answers_are_counted_by_what_they_say_at_worst(database: str) -> None:
    silent = answer_at(SUNDAY_NIGHT) | {"findings": [], "cards": []}
    keep(database, answer_at(SUNDAY_NIGHT), answer_at(SUNDAY_NIGHT), silent)

    with connected(database) as connection:
        counted = answers_by_urgency(connection, Asked(*YEAR))

    assert counted == {"silent": 1, "info": 0, "warning": 0, "critical": 2}


def test_a_client_on_trial_is_counted_apart(database: str) -> None:
    tried = of_answer(replace(shown("trial"), shadow=True), SUNDAY_NIGHT, KEY)
    keep(database, answer_at(SUNDAY_NIGHT), tried)

    with connected(database) as connection:
        sent, unsent = (by_week(connection, Asked(*YEAR, shadow=shadow)) for shadow in (False, True))
        answers = [answers_by_urgency(connection, Asked(*YEAR, shadow=shadow)) for shadow in (False, True)]

    assert (row(sent).shown, row(unsent).shown) == (1, 1)
    assert [sum(counted.values()) for counted in answers] == [1, 1]


def test_a_rule_is_counted_by_product_version_and_client(database: str) -> None:
    one, other = answer_at(SUNDAY_NIGHT, "hospital-a"), answer_at(SUNDAY_NIGHT, "hospital-b")
    other |= {"rules_version": "0.1.0+1", "orders": [{"product": "baclocur-10"}, {"product": "lioresal-10"}]}
    keep(
        database,
        one,
        other,
        tell(card_of(one), "hospital-a", reason="monitoring-organised", about=["seizure-history"]),
    )

    with connected(database) as connection:
        found = {
            part: {
                name: (counted.shown, counted.overridden)
                for name, counted in by_part(connection, Asked(*YEAR), "seizure-history", part).items()
            }
            for part in Part
        }

    overridden: Any = {"monitoring-organised": 1}
    product = one["orders"][0]["product"] or ""
    assert found == {
        Part.PRODUCT: {product: (1, overridden), "baclocur-10": (1, {}), "lioresal-10": (1, {})},
        Part.VERSION: {one["rules_version"]: (1, overridden), "0.1.0+1": (1, {})},
        Part.CLIENT: {"hospital-a": (1, overridden), "hospital-b": (1, {})},
    }


@pytest.mark.parametrize(
    ("since", "until", "counted"),
    [
        (MONDAY, MONDAY + timedelta(days=7), [MONDAY]),
        (MONDAY + timedelta(days=1), MONDAY + timedelta(days=8), [MONDAY + timedelta(days=7)]),
        (MONDAY - timedelta(days=7), MONDAY, []),
    ],
)
def test_a_week_begins_on_monday_and_the_last_is_left_out(
    database: str, since: date, until: date, counted: list[date]
) -> None:
    keep(database, answer_at(SUNDAY_NIGHT), answer_at(SUNDAY_NIGHT + timedelta(seconds=1)))

    assert sorted({week.week for week in weeks(database, since, until)}) == counted


def test_the_same_on_each_kind_of_database_is_meant(database: str) -> None:
    """Checks that these tests really run on both databases: SQLite and PostgreSQL."""
    assert make_url(database).get_backend_name() in ("sqlite", "postgresql")
    assert weeks(database) == []
