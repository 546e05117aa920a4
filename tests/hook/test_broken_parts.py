"""An internal defect always gives a card: in a check, the planner, the words of a suggestion, the store.

The answer over HTTP still has every other finding, and a card at warning that says what was not done.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest

from cds_service.config.settings import Settings
from cds_service.core.rules.checks import CHECKS
from cds_service.core.rules.gap_checks import nothing
from cds_service.knowledge.loading import Knowledge
from tests.dated_service import DatedService, serving
from tests.hook.broken_parts import (
    assert_defect_logged,
    assert_named,
    assert_no_value_of,
    broken,
    findings,
    findings_but,
    log_lines,
    not_done,
    raises,
)
from tests.hook.card_contract import Card
from tests.known import known
from tests.vignette_cases import Vignette, read_vignettes

VIGNETTES = read_vignettes()
ABOVE_THE_LIMIT = Vignette(
    "",
    {"id": "above", "on": date(2018, 5, 10), "orders": ["Liorésal 10, 4 cp TID"], "taken": ["Liorésal 10, 4 cp TID"]},
)
OF_ANOTHER_PATIENT = Vignette(
    "", {"id": "of p2", "on": date(2022, 5, 10), "orders": [{"order": "Liorésal 10, 4 cp TID", "patient": "p2"}]}
)
IDLE_STOP = Vignette(
    "", {"id": "idle", "on": date(2022, 5, 10), "orders": [{"order": "Baclocur 10, 1 cp QD", "status": "stopped"}]}
)
OTHER_MEDICINE = Vignette("", {"id": "other", "on": date(2022, 5, 10), "orders": ["paracetamol, 1 g TID"]})
SOUND = next(vignette for vignette in VIGNETTES if not vignette.expected and vignette.on > date(2023, 5, 12))


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


@pytest.fixture(scope="module")
def service(knowledge: Knowledge) -> Iterator[DatedService]:
    with serving(knowledge, Settings(public_url="https://cds.example")) as service:
        yield service


# --- the checks ------------------------------------------------------------------------------


def spoken_by(check: str, knowledge: Knowledge) -> tuple[Vignette, set[str]]:
    """A vignette in which a rule of this check gives a finding, if it has a card, and that check's rules in force."""
    lines = any(rule.notice_on for rule in knowledge.rules.rules if rule.check == check)
    for vignette in VIGNETTES:
        asked = {rule.id for rule, _ in knowledge.rules.in_force(vignette.on) if rule.check == check}
        speaks = asked & vignette.expected.keys()
        has_no_card = CHECKS[check].ask is nothing or lines
        if asked and vignette.expected and "check-incomplete" not in vignette.expected and (speaks or has_no_card):
            return vignette, asked
    raise AssertionError(f"no vignette for {check}")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("check", CHECKS)
def test_a_check_that_raises_is_named_and_hides_no_other(
    check: str, language: str, service: DatedService, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    vignette, rules = spoken_by(check, knowledge)
    whole = service.cards(vignette, language)

    monkeypatch.setitem(CHECKS, check, replace(CHECKS[check], ask=raises))
    with log_lines() as lines:
        cards = service.cards(vignette, language)

    assert {*not_done(cards, "parts")["parts"]} == rules
    assert_named(cards, rules, language)
    assert findings_but(cards, "check-not-done") == findings_but(whole, "check-not-done", *rules)
    assert {line["message"].rpartition(" ")[2] for line in lines} == rules
    assert_defect_logged(lines, vignette)


def test_a_check_that_raises_alarms_nobody_who_orders_another_medicine(
    service: DatedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CHECKS, "not-adult", replace(CHECKS["not-adult"], ask=raises))

    assert not service.cards(OTHER_MEDICINE)


def test_a_check_that_raises_alarms_nobody_who_stops_what_is_not_taken(
    service: DatedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a stop is nothing, so that no order is left to be judged."""
    monkeypatch.setitem(CHECKS, "not-adult", replace(CHECKS["not-adult"], ask=raises))

    assert not service.cards(IDLE_STOP)


def test_a_check_that_raises_is_named_where_the_only_order_is_of_another_patient(
    service: DatedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CHECKS, "not-adult", replace(CHECKS["not-adult"], ask=raises))

    cards = service.cards(OF_ANOTHER_PATIENT)
    assert not_done(cards, "parts") == {"parts": ["not-adult"]}
    assert any("patient-mismatch" in finding for finding in findings(cards))


def test_after_a_defect_nothing_is_suggested_that_changes_a_dose(
    service: DatedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Because a suggestion could not be fully judged."""
    assert "update" in offered(service.cards(ABOVE_THE_LIMIT))

    monkeypatch.setitem(CHECKS, "psychiatric-history", replace(CHECKS["psychiatric-history"], ask=raises))

    assert "update" not in offered(service.cards(ABOVE_THE_LIMIT))


def offered(cards: list[Card]) -> set[str]:
    suggestions = [suggestion for card in cards for suggestion in card.get("suggestions", [])]
    return {action["type"] for suggestion in suggestions for action in suggestion["actions"]}


# --- suggestions -----------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "part",
    [
        # the planner
        "cds_service.core.plans.suggest.proposals",
        "cds_service.core.plans.suggest.changed",
        "cds_service.core.plans.fhir_out.revised",
        "cds_service.hook.order_sign.as_fhir",
        "cds_service.hook.client_capabilities.takeable",
        # its words
        "cds_service.core.wording.suggestion_words._as_suggestion",
        "cds_service.core.wording.suggestion_words.plan_in_words",
        "cds_service.core.wording.suggestion_words.level_in_words",
        "cds_service.core.plans.plan_request.query_of",
    ],
)
def test_suggestions_that_cannot_be_made_or_worded_hold_back_no_finding(
    part: str, language: str, service: DatedService
) -> None:
    whole = service.cards(ABOVE_THE_LIMIT, language)
    assert any("suggestions" in card for card in whole)

    owner, _, name = part.rpartition(".")
    with log_lines() as lines, broken(owner_of(owner), name):
        cards = service.cards(ABOVE_THE_LIMIT, language)

    assert not_done(cards, "parts")["parts"] == ["suggestions"]
    assert_named(cards, {"suggestions"}, language)
    assert findings_but(cards, "check-not-done") == findings(whole)
    assert {card["summary"] for card in whole} < {card["summary"] for card in cards}
    assert not any("suggestions" in card for card in cards)
    assert_defect_logged(lines, ABOVE_THE_LIMIT)


def owner_of(path: str) -> object:
    """The module of this name, or the object in a module."""
    try:
        return import_module(path)
    except ModuleNotFoundError:
        module, _, name = path.rpartition(".")
        owner: object = getattr(import_module(module), name)
        return owner


@pytest.mark.parametrize("vignette", [SOUND, OTHER_MEDICINE], ids=["a sound order", "another medicine"])
def test_a_broken_planner_says_nothing_where_nothing_was_to_be_suggested(
    vignette: Vignette, service: DatedService
) -> None:
    with broken(import_module("cds_service.hook.order_sign"), "suggestions"):
        assert not service.cards(vignette)


# --- the store -------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["recorder.of_answer", "recorder.Recorder._keep", "spool.Spool.append"])
def test_a_store_that_raises_changes_nothing_of_the_answer(part: str, knowledge: Knowledge, tmp_path: Path) -> None:
    """All checks were done, so no card mentions the store; the log and /readyz do."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/store.db", spool=tmp_path / "spool")
    owner, _, name = f"cds_service.store.{part}".rpartition(".")
    with serving(knowledge, settings) as service:
        whole = service.answer(ABOVE_THE_LIMIT)
        with log_lines() as lines, broken(owner_of(owner), name):
            answer = service.answer(ABOVE_THE_LIMIT)

    assert whole.json["cards"]
    assert answer.body == whole.body
    lost = [line for line in lines if line["event"] == "record-lost"]
    assert [(line["level"], line["reason"]) for line in lost] == [("error", "RuntimeError")]
    assert_no_value_of(ABOVE_THE_LIMIT, lines)
