"""The edges of a plan, by eye: half a tablet stopped at once, where steps are small, what nobody can stay at."""

from datetime import date
from fractions import Fraction

import pytest

from cds_service.core.plans.intakes import Shares
from cds_service.core.plans.tablets import Tablets
from cds_service.core.plans.taper import Kind, PlanError, rise, stay, taper
from tests.core.plans.test_intakes import shares
from tests.core.plans.test_tablets import tablets
from tests.core.plans.test_taper import DOWN, MONDAY, TEN, UP, down, levels, pace_down

TUESDAY = date(2026, 10, 6)


@pytest.mark.parametrize("kind", [TEN, tablets("40", "10")])
def test_half_a_tablet_is_stopped_at_once_and_looked_at_on_the_next_working_day(kind: Tablets) -> None:
    plan = down(shares(5), 0, kind=kind)

    assert levels(plan) == [0]
    assert (plan.ends, plan.days, plan.visits) == (MONDAY, 0, (TUESDAY,))
    assert [tablet.strength_mg for tablet in plan.tablets] == [10]
    assert not plan.has_reserve


def test_the_last_steps_are_small_only_where_the_plan_goes_to_nothing() -> None:
    assert levels(down(shares(20, 20), 20)) == [30, 20]
    assert levels(down(shares(20, 20), 0)) == [30, 25, 20, 15, 10, 5, 0]


def test_a_long_stop_is_signed_to_its_first_visit_and_a_short_one_to_its_end() -> None:
    long, short = down(shares(100, 100, 100, 100), 0), down(shares(10, 10, 10), 0)

    assert (long.signed_until, len(long.visits)) == (date(2026, 11, 2), 3)
    assert short.signed_until == short.ends == date(2026, 10, 15)
    assert not any(plan.ends_at_a_visit for plan in (long, short))


def test_to_stay_has_a_visit_and_tablets_for_a_week_more() -> None:
    plan = stay(shares(30, 30, 40), pace_down(), TEN, MONDAY, DOWN)

    assert plan.kind is Kind.STAY
    assert (plan.ends, plan.signed_until, plan.visits) == (date(2026, 11, 2),) * 2 + ((date(2026, 11, 2),),)
    assert plan.dispensed_until == date(2026, 11, 9)
    assert not plan.has_reserve
    assert not plan.ends_at_a_visit


def test_a_visit_on_the_day_on_which_the_last_dose_begins_is_not_its_last() -> None:
    """Four weeks from a Sunday are a Sunday: the visit is on the Friday before, on which 80 mg begin."""
    plan = down(shares(60, 60, 60, 40), 80, on=date(2026, 10, 4))

    assert (plan.levels[-1].since, plan.visits[0]) == (date(2026, 10, 30),) * 2
    assert plan.ends == plan.visits[-1] == date(2026, 11, 27)
    assert plan.ends_at_a_visit


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        (shares(0, 0), "not-made"),
        (shares("12.5"), "not-made"),
        (shares(10, "12.5"), "not-made"),
        ((), "intakes"),
        ((*shares(20, 20, 20, 20), shares(20)[0]), "intakes"),
    ],
)
def test_nobody_stays_at_nothing_nor_at_what_halves_do_not_make(before: Shares, reason: str) -> None:
    with pytest.raises(PlanError) as refused:
        stay(before, pace_down(), TEN, MONDAY, DOWN)

    assert refused.value.reason == reason


def test_a_step_of_less_than_a_half_is_refused() -> None:
    with pytest.raises(PlanError) as refused:
        taper(shares(20), Fraction(10), pace_down(step=2), TEN, MONDAY, DOWN)

    assert refused.value.reason == "not-made"


def test_what_no_intakes_make_is_refused() -> None:
    """One intake is raised by a step of 10 mg, and not to 40; a step down of more than 80 mg is not divided."""
    with pytest.raises(PlanError) as no_way_up:
        rise(Kind.STEP, shares(20), Fraction(40), Fraction(60), pace_down(), TEN, MONDAY, UP)
    with pytest.raises(PlanError) as no_way_down:
        taper(shares(100), Fraction(10), pace_down(step=90), TEN, MONDAY, DOWN)

    assert [refused.value.reason for refused in (no_way_up, no_way_down)] == ["not-made"] * 2


def test_an_odd_dose_rounded_down_falls_by_no_more_than_a_step() -> None:
    """From 12.5 mg there is no multiple of 5 mg within a step above 11 and below what is taken: 10."""
    assert levels(down(shares("12.5"), 11)) == [10]
    assert levels(down(shares(Fraction("14.5")), 4)) == [5]
    assert levels(taper(shares(15), Fraction(12), pace_down(step=5), TEN, MONDAY, DOWN)) == [10]


@pytest.mark.parametrize(("before", "to_mg"), [(shares(0, 0), 3), (shares(60, 60), 120), (shares("61", 60), 124)])
def test_there_is_no_way_up_where_halves_make_no_dose_above_what_is_taken(before: Shares, to_mg: int) -> None:
    with pytest.raises(PlanError) as refused:
        rise(Kind.STEP, before, Fraction(to_mg), Fraction(to_mg), pace_down(), TEN, MONDAY, UP)

    assert refused.value.reason == "no-way-up"
