"""A taper never rises and no step is larger than allowed; tablets and days are exact."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cds_service.core.plans.tablets import Tablet, can_make, intakes_of
from cds_service.core.plans.taper import (
    Kind,
    Pace,
    Plan,
    PlanError,
    nearest_below,
    packs_needed,
    rise,
    tablets_needed,
    taper,
)
from tests.core.plans.test_tablets import KINDS, tablets

# Leap days, both clock changes, the ends of months and of a year.
FIRST_DAYS = [
    date(2024, 2, 27), date(2023, 2, 27), date(2026, 3, 27), date(2026, 10, 23), date(2026, 12, 30),
    date(2024, 1, 31),
]  # fmt: skip

begins = st.one_of(st.sampled_from(FIRST_DAYS), st.dates(date(2017, 7, 24), date(2030, 12, 31)))
kinds = st.sampled_from(KINDS)
paces = st.sampled_from([Pace(Fraction(10), 2), Pace(Fraction(15), 2)])
rises = st.sampled_from([Pace(Fraction(10), 3), Pace(Fraction(10), 4)])
taken = st.one_of(
    st.integers(1, 200).map(lambda number: Fraction(5 * number)),
    st.sampled_from([Fraction("80.01"), Fraction("300.01"), Fraction("112.5"), Fraction(400, 3), Fraction("6.65")]),
    st.fractions(1, 1000, max_denominator=8),
)
targets = st.one_of(
    st.sampled_from([Fraction(0), Fraction(80), Fraction(300)]), st.fractions(0, 300, max_denominator=4)
)


@st.composite
def tapers(draw: st.DrawFn) -> Plan:
    from_mg, to_mg, pace, kind = draw(taken), draw(targets), draw(paces), draw(kinds)
    assume(to_mg < from_mg)
    try:
        return taper(from_mg, to_mg, pace, kind, draw(begins))
    except PlanError:
        assume(False)
        raise


@st.composite
def ups(draw: st.DrawFn) -> Plan:
    from_mg, to_mg, pace, kind = draw(st.one_of(st.just(Fraction(0)), taken)), draw(taken), draw(rises), draw(kinds)
    first = from_mg + pace.step_mg if from_mg else draw(st.sampled_from([Fraction(15), Fraction(20)]))
    try:
        return rise(Kind.STEP if from_mg else Kind.START, from_mg, first, to_mg, pace, kind, draw(begins))
    except PlanError:
        assume(False)
        raise


plans = st.one_of(tapers(), ups())


def levels(plan: Plan) -> list[Fraction]:
    return [level.mg_per_day for level in plan.levels]


# --- doses -------------------------------------------------------------------------------------


@given(plan=tapers())
def test_a_taper_begins_at_or_below_what_is_taken_and_never_rises(plan: Plan) -> None:
    assert all(second < first for first, second in pairwise([plan.from_mg, *levels(plan)]))


@given(plan=tapers())
def test_no_level_is_further_than_a_step_below_the_one_before(plan: Plan) -> None:
    assert all(first - second <= plan.pace.step_mg for first, second in pairwise([plan.from_mg, *levels(plan)]))


@given(plan=ups())
def test_a_rise_never_falls_nor_goes_further_than_a_step(plan: Plan) -> None:
    doses = levels(plan) if plan.kind is Kind.START else [plan.from_mg, *levels(plan)]

    assert all(0 < second - first <= plan.pace.step_mg for first, second in pairwise(doses))
    assert plan.to_mg <= plan.wanted_mg


@given(plan=plans)
def test_a_plan_ends_on_its_target_or_on_the_nearest_dose_below_that_tablets_make(plan: Plan) -> None:
    assert plan.to_mg <= plan.wanted_mg
    if can_make(plan.wanted_mg, plan.tablets):
        assert plan.to_mg == plan.wanted_mg


@given(to_mg=targets, kind=kinds)
def test_nothing_that_tablets_make_lies_between_the_nearest_dose_below_and_the_target(
    to_mg: Fraction, kind: tuple[Tablet, ...]
) -> None:
    nearest = nearest_below(to_mg, kind)

    between = [Fraction(5 * number, 2) for number in range(int(nearest / 5 * 2) + 1, int(to_mg / 5 * 2) + 1)]
    assert nearest <= to_mg
    assert can_make(nearest, kind)
    assert not [mg for mg in between if nearest < mg <= to_mg and can_make(mg, kind)]


@given(plan=plans)
def test_every_level_is_made_of_the_tablets_of_the_plan_and_of_no_kind_too_many(plan: Plan) -> None:
    used = set(tablets_needed(plan))
    for level in plan.levels:
        assert sum((intake.mg for intake in level.intakes), Fraction(0)) == level.mg_per_day
    assert used <= set(plan.tablets)
    assert used == set(plan.tablets) or not any(levels(plan))


@given(plan=tapers(), days=st.integers(1, 400))
def test_the_same_plan_some_days_later_is_the_same_plan(plan: Plan, days: int) -> None:
    begins = plan.levels[0].since + timedelta(days=days)
    later = taper(plan.from_mg, plan.wanted_mg, plan.pace, plan.tablets, begins)

    assert levels(later) == levels(plan)
    assert [level.since - timedelta(days=days) for level in later.levels] == [level.since for level in plan.levels]


# --- days and tablets --------------------------------------------------------------------------


@given(plan=plans)
def test_the_levels_follow_each_other_day_by_day(plan: Plan) -> None:
    for level, following in pairwise(plan.levels):
        assert level.until == following.since
        assert level.days == plan.pace.days
    assert plan.levels[-1].until is None
    assert (plan.ends - plan.levels[0].since).days == plan.days


@given(plan=plans)
def test_a_plan_ends_when_its_last_dose_was_held_like_the_others_or_when_nothing_is_taken(plan: Plan) -> None:
    last = plan.levels[-1]
    nothing_from_then_on = last.mg_per_day == 0 and len(plan.levels) > 1

    assert plan.ends == last.since + timedelta(days=0 if nothing_from_then_on else plan.pace.days)


@given(plan=plans)
def test_visits_are_no_more_than_a_month_apart_until_the_dose_is_stable(plan: Plan) -> None:
    marks = [plan.levels[0].since, *plan.visits]

    assert all(0 < (later - earlier).days <= 28 for earlier, later in pairwise(marks))
    assert len(plan.visits) == 1 or all((later - earlier).days >= 14 for earlier, later in pairwise(marks))
    assert plan.visits[-1] == plan.ends


@given(plan=plans)
def test_the_tablets_counted_are_the_tablets_taken_day_by_day(plan: Plan) -> None:
    swallowed: dict[Tablet, Fraction] = {}
    day = plan.levels[0].since
    while day < plan.ends:
        level = next(level for level in reversed(plan.levels) if level.since <= day)
        for count in (count for intake in level.intakes for count in intake.counts):
            swallowed[count.tablet] = swallowed.get(count.tablet, Fraction(0)) + count.number
        day += timedelta(days=1)

    assert tablets_needed(plan) == swallowed
    assert packs_needed(plan) == {tablet: ceil(number / 30) for tablet, number in swallowed.items()}


@given(plan=tapers())
def test_no_single_intake_is_above_those_of_the_higher_dose_before_where_it_can_be_divided(plan: Plan) -> None:
    for higher, level in pairwise(plan.levels):
        if len(level.intakes) == 1 and len(intakes_of(level.mg_per_day, plan.tablets, divided=True)) > 1:
            assert level.intakes[0].mg <= max(intake.mg for intake in higher.intakes)


# --- by eye ------------------------------------------------------------------------------------


def test_from_120_to_80_in_8_days() -> None:
    plan = taper(Fraction(120), Fraction(80), Pace(Fraction(10), 2), tablets("20", "10"), date(2026, 11, 22))

    assert levels(plan) == [110, 100, 90, 80]
    assert plan.days == 8
    assert plan.tablets == tablets("20")  # halves of 20 mg make every level: no second order
    assert plan.visits == (date(2026, 11, 30),)


def test_from_300_to_80_has_a_visit_within_the_month() -> None:
    plan = taper(Fraction(300), Fraction(80), Pace(Fraction(10), 2), tablets("40", "10"), date(2024, 2, 1))

    assert plan.days == 44
    assert plan.visits == (date(2024, 2, 23), date(2024, 3, 16))
    assert plan.tablets == tablets("40", "10")


def test_a_stop_ends_at_nothing() -> None:
    plan = taper(Fraction(25), Fraction(0), Pace(Fraction(10), 2), tablets("10"), date(2026, 10, 24))

    assert levels(plan) == [15, 5, 0]
    assert not plan.levels[-1].intakes
    assert plan.days == 4
    assert plan.visits == (plan.levels[-1].since,)


def test_40_mg_after_25_and_25_are_two_intakes_and_20_after_20_and_10_one() -> None:
    plan = taper(Fraction(60), Fraction(0), Pace(Fraction(10), 2), tablets("40", "10"), date(2026, 10, 5))

    assert [[intake.mg for intake in level.intakes] for level in plan.levels] == [
        [25, 25],
        [20, 20],
        [20, 10],
        [20],
        [10],
        [],
    ]


def test_from_150_to_nothing_has_no_two_visits_in_a_week() -> None:
    plan = taper(Fraction(150), Fraction(0), Pace(Fraction(10), 2), tablets("10"), date(2026, 10, 5))

    assert plan.visits == (date(2026, 11, 2),)


def test_three_times_26_67_mg_comes_down_to_80_in_one_step() -> None:
    plan = taper(Fraction("80.01"), Fraction(80), Pace(Fraction(10), 2), tablets("10"), date(2026, 10, 24))

    assert levels(plan) == [80]


def test_a_target_that_the_tablets_do_not_make_is_passed_to_the_nearest_below() -> None:
    plan = taper(Fraction(100), Fraction("82.5"), Pace(Fraction(10), 2), tablets("40", "10"), date(2026, 10, 24))

    assert plan.to_mg == 80
    assert plan.wanted_mg == Fraction("82.5")


def test_where_only_the_finer_tablet_is_needed_it_is_alone() -> None:
    plan = taper(Fraction(18), Fraction(0), Pace(Fraction(10), 2), tablets("30", "10"), date(2026, 10, 24))

    assert levels(plan) == [10, 0]
    assert plan.tablets == tablets("10")


@pytest.mark.parametrize(
    ("first", "days", "said"), [(20, 3, [20, 30, 40, 50, 60, 70, 80]), (15, 4, [15, 25, 35, 45, 55, 65, 75, 80])]
)
def test_a_start(first: int, days: int, said: list[int]) -> None:
    pace = Pace(Fraction(10), days)
    plan = rise(Kind.START, Fraction(0), Fraction(first), Fraction(80), pace, tablets("10"), date(2026, 10, 24))

    assert levels(plan) == said
    assert plan.days == len(said) * days


@pytest.mark.parametrize("kind", [tablets("10"), tablets("20", "10"), tablets("30", "10"), tablets("40", "10")])
def test_a_start_is_in_two_to_four_intakes_from_its_first_day(kind: tuple[Tablet, ...]) -> None:
    pace = Pace(Fraction(10), 3)
    plan = rise(Kind.START, Fraction(0), Fraction(20), Fraction(80), pace, kind, date(2026, 10, 24))

    assert all(2 <= len(level.intakes) <= 4 for level in plan.levels)


@pytest.mark.parametrize(("from_mg", "to_mg"), [(80, 80), (80, 120), (80, -1)])
def test_a_taper_goes_down(from_mg: int, to_mg: int) -> None:
    with pytest.raises(PlanError):
        taper(Fraction(from_mg), Fraction(to_mg), Pace(Fraction(10), 2), tablets("10"), date(2026, 10, 24))


def test_tablets_too_coarse_for_the_step_make_no_plan() -> None:
    with pytest.raises(PlanError):
        taper(Fraction(120), Fraction(80), Pace(Fraction(10), 2), tablets("40"), date(2026, 10, 24))
    with pytest.raises(PlanError):
        rise(
            Kind.START,
            Fraction(0),
            Fraction(20),
            Fraction(80),
            Pace(Fraction(10), 3),
            tablets("40"),
            date(2026, 10, 24),
        )
    with pytest.raises(PlanError):
        rise(
            Kind.STEP,
            Fraction(45),
            Fraction(55),
            Fraction(80),
            Pace(Fraction(10), 3),
            tablets("25!"),
            date(2026, 10, 24),
        )
