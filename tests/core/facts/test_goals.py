"""What the patient's goals say: whether one about alcohol is not met, and whether abstinence is the aim."""

from datetime import date
from typing import Any

import pytest

from cds_service.core.facts.goals import read_goals
from cds_service.core.model.known import Known, ReportedNone, Unknown
from cds_service.core.orders.order import Context
from cds_service.core.record.prefetch import Records
from tests.known import known
from tests.vignette_orders import CIM_10, Resource, concept
from tests.vignette_record import ACHIEVEMENT

ON = date(2026, 10, 5)
NOT_MET = {"achievementStatus": concept(ACHIEVEMENT, "not-achieved")}
CONDITIONS = {
    "Condition/alcohol": {"resourceType": "Condition", "code": concept(CIM_10, "F10.2")},
    "Condition/back": {"resourceType": "Condition", "code": concept(CIM_10, "M54.5")},
}


def goal(words: str, **elements: Any) -> Resource:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": words},
        "startDate": "2026-07-01",
        **elements,
    }


def said(*goals: Resource) -> tuple[bool, bool]:
    """Whether the goal is not met, and whether abstinence is the aim."""
    context = Context(known().terminology, known().rules, ON, records=CONDITIONS)
    facts = read_goals(Records("goals", goals), context)
    assert {*facts} <= {Known(True, "goals"), ReportedNone("goals")}
    return isinstance(facts[0], Known), isinstance(facts[1], Known)


@pytest.mark.parametrize(
    ("words", "about_alcohol"),
    [
        ("Réduire l’alcool", True),
        ("Drink less", True),
        ("Trois verres par jour", True),
        ("Réduction de la consommation", True),
        ("Ne plus boire", True),
        ("Rester sobre", True),
        ("Boire plus d’eau", False),
        ("Réduction de la consommation de tabac", False),
        ("Tabac, puis alcool", True),
        ("Perdre du poids", False),
    ],
)
def test_a_goal_is_about_alcohol_by_its_words(words: str, about_alcohol: bool) -> None:
    assert said(goal(words, **NOT_MET)) == (about_alcohol, False)


@pytest.mark.parametrize(("condition", "about_alcohol"), [("alcohol", True), ("back", False), ("gone", False)])
def test_or_by_the_condition_that_it_addresses(condition: str, about_alcohol: bool) -> None:
    addresses = [{"reference": "Condition/back"}, {"reference": f"Condition/{condition}"}]

    assert said(goal("Aller mieux", addresses=addresses, **NOT_MET)) == (about_alcohol, False)


@pytest.mark.parametrize(
    ("words", "aimed_at"),
    [("Abstinence", True), ("Abstinence d’alcool", True), ("Abstinence tabagique", False), ("Boire moins", False)],
)
def test_abstinence_is_an_aim_where_it_is_from_alcohol(words: str, aimed_at: bool) -> None:
    assert said(goal(words)) == (False, aimed_at)
    assert said(goal(words, addresses=[{"reference": "Condition/alcohol"}])) == (False, aimed_at)


@pytest.mark.parametrize(
    ("elements", "counts"),
    [
        ({"startDate": "2026-10-05"}, True),
        ({"startDate": "2026-10-06"}, False),
        ({"startDate": "2026-10-06", "statusDate": "2026-10-01"}, False),
        ({"startDate": None, "statusDate": "2026-10-06"}, False),
        ({"startDate": None, "statusDate": "2026-10-05"}, True),
        ({"startDate": None}, True),
        *(({"lifecycleStatus": it}, False) for it in ("proposed", "cancelled", "rejected", "entered-in-error")),
        *(({"lifecycleStatus": it}, True) for it in ("planned", "accepted", "active", "completed")),
        ({"resourceType": "Condition"}, False),
    ],
)
def test_which_goals_count(elements: dict[str, Any], counts: bool) -> None:
    """Facts dated after the day are not used (design 4). What does not count hides no other."""
    first = goal("Moins d’alcool", **NOT_MET) | elements

    assert said(first) == (counts, False)
    assert said(first, goal("Moins d’alcool", **NOT_MET)) == (True, False)


@pytest.mark.parametrize(
    ("achievement", "not_met"),
    [
        *((it, True) for it in ("not-achieved", "no-progress", "not-attainable", "worsening", "no-change")),
        *((it, False) for it in ("achieved", "in-progress", "improving", "sustaining")),
    ],
)
def test_when_a_goal_is_not_met(achievement: str, not_met: bool) -> None:
    stands = {"achievementStatus": concept(ACHIEVEMENT, achievement)}

    assert said(goal("Boire moins", **stands)) == (not_met, False)


def test_what_a_list_in_part_does_not_say_is_unknown() -> None:
    context = Context(known().terminology, known().rules, ON)
    unknown = Unknown("paged", "goals")

    assert read_goals(Records("goals", (), "paged"), context) == (unknown, unknown)
    abstinence = Records("goals", (goal("Abstinence"),), "paged")
    assert read_goals(abstinence, context) == (unknown, Known(True, "goals"))
