"""The days of a plan: it begins with the draft, its order lasts beyond the visit, and it may be signed again."""

from datetime import date, timedelta

import pytest

from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import NO_BREAK, TODAY, Answered, ask, found_on, steps
from tests.core.plans.signing import applied, decided, plan_days, plan_of, running
from tests.core.plans.test_closure import alarms

LATER = TODAY + timedelta(days=10)


@pytest.mark.parametrize(
    ("order", "taken"),
    [
        ("Baclocur 10, 60 mg TID from {}", []),
        ("Baclocur 10, 110 mg TID from {}", ["Baclocur 10, 110 mg TID"]),
        ("Baclocur 10, 30 mg TID from {}", ["Baclocur 10, 20 mg TID"]),
    ],
    ids=["start", "taper", "step up"],
)
@pytest.mark.parametrize("begins", [TODAY - timedelta(days=3), TODAY, LATER])
def test_a_plan_begins_on_the_day_on_which_the_draft_does_and_never_before_today(
    order: str, taken: list[str], begins: date, knowledge: Knowledge
) -> None:
    link = {"replaces": "taken-1"} if taken else {}
    asked = ask(knowledge, {"order": order.format(begins), **link}, *taken)
    plans = list(map(plan_of, asked.suggestions))

    assert any(plans)
    for plan in filter(None, plans):
        assert min(first for order in plan for first, _ in steps(order)) == max(begins, TODAY).isoformat()


def test_a_start_that_is_held_has_tablets_for_a_week_after_its_visit(knowledge: Knowledge) -> None:
    """Suicidality: 15 mg until a visit within 7 days, and 7 days more (design, 8): a missed visit is no stop."""
    asked = ask(
        knowledge,
        {"order": "Baclocur 10, 20 mg TID", "fhir": {"dispenseRequest": {"quantity": {"value": 90}}}},
        conditions=["F10.2", "R45.8 (WHO)"],
    )
    (plan,) = [item for item in asked.suggestions if plan_of(item)]
    (order,) = plan_of(plan)

    assert set(steps(order)) == {(TODAY.isoformat(), (TODAY + timedelta(days=13)).isoformat())}
    assert "Consultation le 27/11/2026 ; ensuite même dose, en réserve." in order["dosageInstruction"][0]["text"]
    assert order["dispenseRequest"]["quantity"]["value"] == 18  # 1.5 a day, to the Friday before and 7 days more


def test_a_first_titration_that_rises_too_fast_gets_the_start_that_does_not(knowledge: Knowledge) -> None:
    steps = [(15, 3), (30, 3), (45, 3), (60, 3)]
    order = ", then ".join(f"{mg} mg QD for {days} d" for mg, days in steps)
    asked = ask(knowledge, f"Baclocur 10, {order}")

    assert any(label.startswith("Titration") for label in asked.labels), asked.labels


def assert_quiet_on_each_day(asked: Answered, replaced: str) -> None:
    """Each plan of two orders, taken and signed again on any of its days, alarms nobody."""
    plans = [item for item in asked.suggestions if len(plan_of(item)) == 2]

    assert plans
    for plan in plans:
        signed = applied(asked.hook, plan)
        for day in plan_days(plan):
            assert not alarms(decided(running(signed, day, replaced), day)), (replaced, day)


@pytest.mark.parametrize("replaced", ["ended", "active"])
def test_a_plan_whose_second_order_is_over_may_be_signed_again_on_any_day(
    replaced: str, knowledge: Knowledge
) -> None:
    """320 mg to 300: the tablets of 10 mg are for two days only; the day after, their order is over."""
    on = date(2022, 8, 29)
    asked = ask(
        knowledge, "Baclocur 30, 320 mg EVE", "Baclocur 30, 320 mg EVE",
        on=on, conditions=["F10.2", "G40.9"], referrals=["active"],
    )  # fmt: skip

    assert_quiet_on_each_day(asked, replaced)


FOLLOWED = (  # the parts of a plan in two strengths: the coarse one is over two days before the visit of 22 November
    {"order": "Baclocur 40, 2 cp QD from 2026-11-08 until 2026-11-17, then 1 cp QD from 2026-11-18 until 2026-11-19",
     "written": date(2026, 10, 5)},
    {"order": "Baclocur 10, 2 cp QD from 2026-11-08 until 2026-11-17, then 6 cp QD from 2026-11-18 until 2026-11-19, "
     "then 9 cp QD from 2026-11-20 until 2026-11-21", "written": date(2026, 11, 8)},
)  # fmt: skip


def test_the_part_of_a_plan_that_was_over_before_the_rest_is_not_taken_at_the_visit(knowledge: Knowledge) -> None:
    """90 mg to 80: the tablets of 40 mg ended by plan, and nobody is told to renew them."""
    asked = ask(knowledge, "Baclocur 10, 8 cp QD", *FOLLOWED)
    found = {finding for card in asked.cards for finding in found_on(card)}
    details = " ".join(card["detail"] for card in asked.cards).replace(NO_BREAK, " ")

    assert found == {"specialist-care", "taper-in-progress", "close-follow-up"}
    assert "90 mg/j" in details
    assert "renouveler" not in details


def test_where_the_dose_changes_today_a_plan_begins_from_that_of_yesterday(knowledge: Knowledge) -> None:
    """A taper that runs comes to 140 mg today: 150 was taken, in intakes that are known."""
    line = "Baclocur 10, 15 cp QD from 2026-11-10 until 2026-11-21, then 14 cp QD from 2026-11-22 until 2026-11-30"
    asked = ask(knowledge, {"order": "Baclocur 10, 15 cp QD", "replaces": "taken-1"}, line)

    assert any(label.startswith("Décroissance 150 → 80 mg/j") for label in asked.labels), asked.labels


@pytest.mark.parametrize("replaced", ["ended", "active"])
def test_a_stop_whose_first_tablets_are_over_may_be_signed_again_on_any_day(
    replaced: str, knowledge: Knowledge
) -> None:
    """35 mg to 30: one tablet of 30 mg for two days, then tablets of 10 mg: the orders follow, and do not add up."""
    on = date(2021, 2, 28)
    stop = {"order": "Baclocur 30, 35 mg EVE", "stop": True, "replaces": "taken-1"}
    asked = ask(knowledge, stop, "Baclocur 30, 35 mg EVE", on=on)

    assert_quiet_on_each_day(asked, replaced)


def test_an_order_as_needed_gets_no_rise_of_regular_doses(knowledge: Knowledge) -> None:
    asked = ask(knowledge, "Baclocur 10, 4 cp TID as needed", "Baclocur 10, 2 cp TID")

    assert "Pas de plan : baclofène pris au besoin." in asked.cards[0]["detail"].replace(NO_BREAK, " ")
    assert not any(map(plan_of, asked.suggestions))
