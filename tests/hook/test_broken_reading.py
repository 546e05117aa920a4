"""If a defect of ours prevents reading an order, a fact or a prefetch key, a card says so.

The answer over HTTP still has every finding that does not need it, and a card at warning that says what was not read.
"""

from collections.abc import Callable, Iterator
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core import case
from cds_service.core.facts import patient_facts
from cds_service.core.facts.histories import Histories
from cds_service.core.model.case import FACTS
from cds_service.core.record import prefetch
from cds_service.core.record.prefetch import read_records
from cds_service.core.rules.checks import CHECKS
from tests.dated_service import DatedService, serving
from tests.hook.broken_parts import (
    FAULT,
    assert_defect_logged,
    assert_named,
    broken,
    findings_but,
    log_lines,
    not_done,
    raises,
    raises_where,
)
from tests.hook.card_contract import Card
from tests.known import known
from tests.vignette_cases import Vignette

# A boy of 17 who drinks little, with every history, an abstinence goal not achieved, and two orders for alcohol.
SAID: dict[str, Any] = {
    "id": "all at once",
    "on": date(2024, 1, 10),
    "age": 17,
    "orders": [
        {"order": "Baclofène EG 10, 3 cp TID", "reason": "F10.2"},
        {"order": "Liorésal 10, 4 cp TID", "reason": "F10.2"},
    ],
    "conditions": ["F10.2", "F33.2", "Z91.5", "G40.9"],
    "consumption": "30 g/d",
    "prior": [],
    "goals": ["reduce alcohol: not-achieved", "alcohol abstinence"],
}
WHOLE = Vignette("", SAID)
FIRST_ALONE = Vignette("", SAID | {"orders": SAID["orders"][:1]})

# The findings that may change if each fact is lost. All others stay the same; both orders name their indication.
CHANGES = {fact: {rule.id for rule in known().rules.rules if fact in CHECKS[rule.check].asks} for fact in FACTS}
# These look at the course of the dose, which begins with what is taken.
CHANGES["taken_now"] |= {"daily-dose-above-recommended", "psychiatric-history", "seizure-history"}

HISTORIES = {name: source.code_list for name, source in FACTS.items() if source.code_list}
READERS = {
    "taken_now": "read_taken",
    "age_years": "_age",
    "sex": "_sex",
    "consumption_g_per_day": "read_consumption",
    "prior_medicine": "read_prior_medicine",
    "sedating_medicine": "read_sedating_medicine",
    "referral": "_referral",
}
# Whether the dependence is refuted is asked of the entries that affirm it, too.
ALSO_LOST = {"alcohol_dependence": {"dependence_refuted"}}
KEYS = {key: {name for name, source in FACTS.items() if source.key == key} for key in PREFETCH_KEYS}


def _breaks() -> Iterator[tuple[str, object, str, Callable[..., Any], set[str]]]:
    """The name of each reader, its place, its replacement, and the facts that it reads."""
    for fact, name in HISTORIES.items():
        of = raises_where(Histories.of, lambda _, asked, __=None, name=name: asked == name)
        yield fact, Histories, "of", of, {fact, *ALSO_LOST.get(fact, ())}
    yield "dependence_refuted", Histories, "refutes", raises, {"dependence_refuted"}
    for fact, reader in READERS.items():
        yield fact, patient_facts, reader, raises, {fact}
    yield "goals", patient_facts, "read_goals", raises, KEYS["goals"]
    yield "the problem list", Histories, "__init__", raises, KEYS["conditions"]
    for key, lost in KEYS.items():
        by = raises_where(read_records, lambda asked, _, key=key: asked == key)
        yield f"prefetch {key}", prefetch, "read_records", by, lost


BREAKS = list(_breaks())


@pytest.fixture(scope="module")
def service() -> Iterator[DatedService]:
    with serving(known()) as service:
        yield service


@pytest.fixture(scope="module", params=["fr", "en"])
def whole(request: pytest.FixtureRequest, service: DatedService) -> tuple[str, list[Card]]:
    """The language, and the answer without a defect."""
    return request.param, service.cards(WHOLE, request.param)


def test_each_fact_is_broken() -> None:
    assert {*HISTORIES, "dependence_refuted", *READERS, *KEYS["goals"]} == FACTS.keys()


@pytest.mark.parametrize(
    ("target", "name", "by", "lost"), [item[1:] for item in BREAKS], ids=[item[0] for item in BREAKS]
)
def test_a_fact_that_cannot_be_read_is_named_and_hides_no_other(
    target: object,
    name: str,
    by: Callable[..., Any],
    lost: set[str],
    whole: tuple[str, list[Card]],
    service: DatedService,
) -> None:
    language, before = whole
    with log_lines() as lines, broken(target, name, by):
        cards = service.cards(WHOLE, language)

    assert {*not_done(cards, "parts")["parts"]} == lost
    assert_named(cards, lost, language)
    changed = {rule for fact in lost for rule in CHANGES[fact]} | {FAULT, "check-incomplete"}
    assert findings_but(cards, *changed) == findings_but(before, *changed)
    assert len({line["message"] for line in lines}) == len(lines) == 1
    assert_defect_logged(lines, WHOLE)


@pytest.mark.parametrize(
    ("module", "reader"),
    [(case, "oral_baclofen"), (case, "modifier_of"), (case, "reason_of"), (case, "read_order")],
    ids=["oral_baclofen", "modifier_of", "reason_of", "read_order"],
)
def test_an_order_that_cannot_be_read_is_named_and_hides_no_other(
    module: ModuleType, reader: str, whole: tuple[str, list[Card]], service: DatedService
) -> None:
    """The other order is judged as if it had been sent alone."""
    language, _ = whole
    alone = service.cards(FIRST_ALONE, language)
    second = raises_where(getattr(module, reader), lambda *args: any(_is_second(arg) for arg in args))
    with log_lines() as lines, broken(module, reader, second):
        cards = service.cards(WHOLE, language)

    assert not_done(cards, "reason") == {"reason": "internal-fault"}
    assert findings_but(cards, FAULT) == findings_but(alone)
    [detail] = [card["detail"] for card in cards if card["source"]["topic"]["code"] == FAULT]
    said = {"fr": "Prescription 2 : un défaut de cet outil", "en": "Order 2: a fault of this tool"}
    assert said[language] in detail.replace("\u00a0", " ")
    assert len(lines) == 1
    assert_defect_logged(lines, WHOLE)


def _is_second(argument: object) -> bool:
    return isinstance(argument, dict) and argument.get("id") == "draft-2"


def test_a_defect_in_the_record_alarms_nobody_who_orders_another_medicine(service: DatedService) -> None:
    other = Vignette("", SAID | {"orders": ["paracetamol, 1 g TID"]})

    with broken(patient_facts, "read_taken"):
        assert not service.cards(other)


def test_a_fact_that_cannot_be_read_is_not_named_where_no_order_is_left_to_be_judged(service: DatedService) -> None:
    """A stop of what is not taken is nothing."""
    idle = Vignette("", SAID | {"orders": [{"order": "Baclocur 10, 1 cp QD", "status": "stopped"}]})

    with broken(patient_facts, "_age"):
        assert not service.cards(idle)
