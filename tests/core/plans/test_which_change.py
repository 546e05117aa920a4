"""Which change of dose is planned, from which intakes; and the reason that a card gives where none can be."""

from datetime import date, timedelta
from typing import Any

import pytest

from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import NO_BREAK, TODAY, Answered, Json, ask, found_on

REGIMEN: Json = {"groupIdentifier": {"system": "urn:regimen", "value": "1"}}
HIGH: Json = {"order": "Baclocur 10, 40 mg TID", "replaces": "taken-1"}


def line(order: str, replaces: str = "") -> Json:
    """A line of one regimen: all its lines have one groupIdentifier."""
    return {"order": order, "fhir": REGIMEN} | ({"replaces": replaces} if replaces else {})


def said(asked: Answered) -> str:
    return " ".join(card["detail"] for card in asked.cards).replace(NO_BREAK, " ")


# --- from what is taken now ------------------------------------------------------------------


@pytest.mark.parametrize("taken", ["30-40 mg TID", "120 mg every 2 d", "« selon besoin »"])
def test_of_a_dose_that_is_not_exact_the_card_says_so(taken: str, knowledge: Knowledge) -> None:
    asked = ask(knowledge, HIGH, f"Baclocur 10, {taken}")

    assert "Pas de plan : dose prise mal connue." in said(asked)
    assert not any("Décroissance" in label for label in asked.labels)


@pytest.mark.parametrize(
    ("orders", "taken"),
    [
        ([HIGH], ["Baclocur 10, 5 mg 30/d"]),  # thirty intakes are nobody's
        (
            [line("Baclocur 40, 1 cp TID", "taken-1"), line("Baclocur 10, 1 cp TID", "taken-2")],
            [line("Baclocur 40, 1 cp TID"), line("Baclocur 10, 1 cp TID")],
        ),  # which tablets of the one are taken with those of the other is not said
    ],
    ids=["too many", "two lines without moments"],
)
def test_of_an_exact_dose_in_intakes_that_nobody_knows_the_card_says_so(
    orders: list[Json], taken: list[Any], knowledge: Knowledge
) -> None:
    asked = ask(knowledge, orders, *taken)

    assert "Pas de plan : prises de chaque jour mal connues." in said(asked)
    assert not any("Décroissance" in label for label in asked.labels)


@pytest.mark.parametrize(("days_ago", "taken_mg"), [(0, 150), (1, 140), (2, 140)])
def test_a_plan_begins_from_the_dose_of_yesterday(days_ago: int, taken_mg: int, knowledge: Knowledge) -> None:
    """A taper that runs came to 140 mg so many days ago: on the day itself 150 is still what was taken."""
    change = TODAY - timedelta(days=days_ago)
    before = f"15 cp QD from 2026-11-10 until {change - timedelta(days=1)}"
    taken = f"Baclocur 10, {before}, then 14 cp QD from {change} until 2026-11-30"
    asked = ask(knowledge, {"order": "Baclocur 10, 15 cp QD", "replaces": "taken-1"}, taken)

    assert any(label.startswith(f"Décroissance {taken_mg} → 80 mg/j") for label in asked.labels), asked.labels


# --- up --------------------------------------------------------------------------------------


def test_a_regimen_of_which_one_line_is_as_needed_gets_no_rise_of_regular_doses(knowledge: Knowledge) -> None:
    """80 mg a day of which 40 may be left out: a plan would order them."""
    lines = [line("Baclocur 40, 1 cp MORN", "taken-1"), line("Baclocur 10, 2 cp NOON&EVE as needed", "taken-1")]
    asked = ask(knowledge, lines, "Baclocur 10, 30 mg MORN")

    assert "Pas de plan : baclofène pris au besoin." in said(asked)
    assert not any("Augmentation" in label for label in asked.labels)


def test_above_the_limit_with_less_taken_nobody_is_offered_to_rise(knowledge: Knowledge) -> None:
    """Design, section 8, 5: above 300 with less taken, to stay; the referral on record would let 300 be reached."""
    order = {"order": "Baclocur 10, 330 mg QD", "replaces": "taken-1"}
    asked = ask(knowledge, order, "Baclocur 10, 250 mg QD", referrals=["active"])

    assert "daily-dose-above-recommended" in found_on(asked.cards[0])
    assert [label.partition(",")[0] for label in asked.labels] == ["Rester à 250 mg/j"]


@pytest.mark.parametrize(("ordered", "wanted"), [("20 mg TID", 60), ("30 mg TID", 80), ("110 mg TID", 80)])
def test_a_start_is_planned_towards_the_dose_ordered_and_above_no_limit(
    ordered: str, wanted: int, knowledge: Knowledge
) -> None:
    """The lowest limit is that without a referral; the page of the plan goes on towards it after the visit."""
    asked = ask(knowledge, f"Baclocur 10, {ordered}")
    plans = [item.proposal.plan for item in asked.offered if item.proposal]

    assert [plan.wanted_mg for plan in plans] == [wanted]


def test_a_first_prescription_that_ends_below_a_half_tablet_gets_no_start(knowledge: Knowledge) -> None:
    """A plan never ends above what is ordered, and halves of tablets of 10 mg make no 4 mg a day."""
    asked = ask(knowledge, "Baclocur 10, 3 cp TID for 5 d, then 2 mg BID")

    assert "Pas de plan : la dose prescrite ne dépasse pas un premier palier." in said(asked)
    assert not any("Titration" in label for label in asked.labels)


# --- neither ---------------------------------------------------------------------------------


@pytest.mark.parametrize("referrals", [[], ["active"]])
def test_of_a_dose_that_only_dips_no_plan_fits_whoever_is_referred(
    referrals: list[str], knowledge: Knowledge
) -> None:
    """60 mg for some days, then what is taken again; nobody is told to refer who is referred already."""
    order = {"order": "Baclocur 10, 60 mg QD for 5 d, then 100 mg QD", "replaces": "taken-1"}
    asked = ask(knowledge, order, "Baclocur 10, 100 mg QD", referrals=referrals)

    assert "dose-reduction-too-fast" in found_on(asked.cards[0])
    assert ("Pas de plan : aucun ne convient." in said(asked)) is bool(referrals)
    assert "orienter d’abord" not in said(asked)


def test_what_is_alarming_without_an_addition_too_is_not_only_to_be_confirmed(knowledge: Knowledge) -> None:
    """250 mg beside 80 at another moment: added (330 in all) or not, it is more than three times what is taken."""
    asked = ask(knowledge, "Baclocur 10, 250 mg MORN", "Baclocur 10, 80 mg EVE")

    assert {"daily-dose-above-recommended", "dose-increase-too-fast"} <= set(found_on(asked.cards[0]))
    assert "Pas de plan : plus de trois fois la dose prise (faute de frappe ?)." in said(asked)


@pytest.mark.parametrize(("age", "offered"), [(45, True), (17, False)])
def test_a_plan_that_makes_something_worse_is_not_offered_beside_a_stop_either(
    age: int, offered: bool, knowledge: Knowledge
) -> None:
    """In 2020 Zentiva is under the RTU and the tablets taken, of 40 mg, are for adults alone: a plan needs these."""
    stop: Json = {"order": "Baclocur 40, 2 cp BID", "stop": True, "replaces": "taken-1"}
    order: Json = {"order": "Zentiva 10, 80 mg BID", "replaces": "taken-1"}
    asked = ask(knowledge, [stop, order], "Baclocur 40, 2 cp BID", on=date(2020, 12, 15), age=age)

    assert "not-adult" not in [finding for card in asked.cards for finding in found_on(card)]
    assert any(label.startswith("Décroissance 160 → 80 mg/j") for label in asked.labels) is offered


def test_of_the_lines_of_a_regimen_none_alone_gets_another_product(knowledge: Knowledge) -> None:
    """Changed by itself it would be taken out of what is ordered together."""
    lines = [line("Liorésal 10, 1 cp QD"), line("Baclocur 20, 10 mg QD")]
    asked = ask(knowledge, lines)

    assert "product-not-authorised" in [finding for card in asked.cards for finding in found_on(card)]
    assert not any(label.startswith("Remplacer") for label in asked.labels)
