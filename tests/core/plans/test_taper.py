"""A taper never rises, no step is larger than allowed; a rise ends at its visit with a reserve; days are exact."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cds_service.core.plans.intakes import Shares, total_mg
from cds_service.core.plans.plan_request import evenly
from cds_service.core.plans.supply import packs_needed, tablets_dispensed, tablets_needed
from cds_service.core.plans.tablets import Tablet, Tablets
from cds_service.core.plans.taper import Kind, Pace, Plan, PlanError, Signed, rise, stay, taper
from cds_service.core.plans.visits import is_working_day
from tests.core.plans.test_intakes import shares
from tests.core.plans.test_tablets import kinds, tablets

# Leap days, both clock changes, the ends of months and of a year.
FIRST_DAYS = [
    date(2024, 2, 27), date(2023, 2, 27), date(2026, 3, 27), date(2026, 10, 23), date(2026, 12, 30),
    date(2024, 1, 31),
]  # fmt: skip

TEN = tablets("10")
MONDAY = date(2026, 10, 5)
DOWN = Signed(28, 28, 7)
UP = Signed(14, 28, 7)


def pace_down(step: int = 10, least: int = 7) -> Pace:
    return Pace(Fraction(step), 2, Fraction(5), Fraction(30), least)


begins = st.one_of(st.sampled_from(FIRST_DAYS), st.dates(date(2017, 7, 24), date(2030, 12, 31)))
taken = st.lists(
    st.one_of(
        st.integers(1, 50).map(lambda number: Fraction(5 * number)),
        st.sampled_from([Fraction("26.67"), Fraction("37.5"), Fraction(100, 3), Fraction("6.65")]),
    ),
    min_size=1,
    max_size=4,
).map(lambda amounts: shares(*amounts))
targets = st.one_of(
    st.sampled_from([Fraction(0), Fraction(80), Fraction(300)]), st.fractions(0, 300, max_denominator=4)
)


@st.composite
def tapers(draw: st.DrawFn, towards: st.SearchStrategy[Fraction] = targets) -> tuple[Shares, Plan]:
    before, to_mg, kind = draw(taken), draw(towards), draw(kinds)
    assume(to_mg < total_mg(before))
    pace = pace_down(draw(st.sampled_from([10, 15])), draw(st.sampled_from([7, 14])))
    try:
        return before, taper(before, to_mg, pace, kind, draw(begins), DOWN)
    except PlanError:
        assume(False)
        raise


@st.composite
def ups(draw: st.DrawFn) -> tuple[Shares, Plan]:
    start = draw(st.booleans())
    before = shares(*[0] * draw(st.integers(2, 4))) if start else draw(taken)
    pace = Pace(Fraction(10), draw(st.sampled_from([3, 4])))
    first = Fraction(20 if len(before) > 3 else 15) if start else total_mg(before) + 10
    to_mg = total_mg(before) + draw(st.integers(3, 60)) * 5
    kind = Kind.START if start else Kind.STEP
    return before, rise(kind, before, first, to_mg, pace, draw(kinds), draw(begins), UP)


plans = st.one_of(tapers(), ups())


def levels(plan: Plan) -> list[Fraction]:
    return [level.mg_per_day for level in plan.levels]


# --- doses -------------------------------------------------------------------------------------


@given(made=tapers())
def test_a_taper_begins_below_what_is_taken_and_never_rises(made: tuple[Shares, Plan]) -> None:
    before, plan = made

    assert all(second < first for first, second in pairwise([total_mg(before), *levels(plan)]))


@given(made=tapers())
def test_no_level_is_further_than_a_step_below_the_one_before(made: tuple[Shares, Plan]) -> None:
    _, plan = made

    assert all(first - second <= plan.pace.step_mg for first, second in pairwise([plan.from_mg, *levels(plan)]))


@given(made=tapers(st.just(Fraction(0))))
def test_a_stop_goes_by_half_a_tablet_from_30_mg_down(made: tuple[Shares, Plan]) -> None:
    _, plan = made

    low = [(first, second) for first, second in pairwise([plan.from_mg, *levels(plan)]) if first <= 30]
    assert all(first - second <= 5 for first, second in low)


@given(made=ups())
def test_a_rise_never_falls_nor_goes_further_than_a_step(made: tuple[Shares, Plan]) -> None:
    _, plan = made
    doses = levels(plan) if plan.kind is Kind.START else [plan.from_mg, *levels(plan)]

    assert all(0 < second - first <= plan.pace.step_mg for first, second in pairwise(doses))
    assert plan.to_mg <= plan.wanted_mg


@given(made=tapers())
def test_a_taper_ends_on_its_target_or_within_half_a_tablet_of_it(made: tuple[Shares, Plan]) -> None:
    _, plan = made

    assert abs(plan.to_mg - plan.wanted_mg) < 5


@given(made=plans)
def test_every_level_is_made_of_the_tablets_of_the_plan_and_of_no_kind_too_many(made: tuple[Shares, Plan]) -> None:
    _, plan = made
    used = set(tablets_needed(plan))
    for level in plan.levels:
        assert sum((intake.mg for intake in level.intakes), Fraction(0)) == level.mg_per_day
    assert used == set(plan.tablets) or not any(levels(plan))


@given(made=plans)
def test_the_number_of_intakes_is_kept_as_long_as_halves_can_make_it(made: tuple[Shares, Plan]) -> None:
    before, plan = made

    for level in plan.levels:
        assert len(level.intakes) == min(len(before), level.mg_per_day // 5)


# --- days and tablets --------------------------------------------------------------------------


@given(made=plans)
def test_the_levels_follow_each_other_day_by_day(made: tuple[Shares, Plan]) -> None:
    _, plan = made
    for level, following in pairwise(plan.levels):
        assert level.until == following.since
        assert level.days is not None
        assert level.days >= plan.pace.days
    assert (plan.levels[-1].until is None) is (plan.to_mg == 0)
    assert (plan.ends - plan.levels[0].since).days == plan.days


@given(made=tapers(st.just(Fraction(0))))
def test_a_stop_takes_its_least_days_and_lower_doses_are_never_held_for_less(made: tuple[Shares, Plan]) -> None:
    _, plan = made
    assume(len(plan.levels) > 1)
    held = [level.days or 0 for level in plan.levels[:-1]]

    assert plan.days >= plan.pace.least_days
    assert held == sorted(held)
    assert max(held) - min(held) <= 1


@given(made=plans)
def test_what_is_signed_ends_at_the_visit_or_with_the_reserve_and_after_28_days_at_the_latest(
    made: tuple[Shares, Plan],
) -> None:
    _, plan = made
    assume(plan.days > 0)  # half a tablet is stopped at once
    signed = (plan.signed_until - plan.levels[0].since).days

    assert 0 < signed <= 29 or plan.signed_until == plan.visits[0]
    assert all(map(is_working_day, plan.visits))
    assert plan.has_reserve is (plan.kind is not Kind.TAPER)
    if plan.kind is not Kind.TAPER:
        assert signed == 28
        assert (plan.visits[0] - plan.levels[0].since).days <= 14
        assert all(level.since < plan.visits[0] for level in plan.levels)
    elif plan.to_mg:
        assert plan.ends == plan.visits[-1]


@given(made=plans)
def test_the_tablets_counted_are_the_tablets_taken_day_by_day(made: tuple[Shares, Plan]) -> None:
    _, plan = made
    swallowed: dict[Tablet, Fraction] = {}
    day = plan.levels[0].since
    while day < plan.ends:
        level = next(level for level in reversed(plan.levels) if level.since <= day)
        for count in (count for intake in level.intakes for count in intake.counts):
            swallowed[count.tablet] = swallowed.get(count.tablet, Fraction(0)) + count.number
        day += timedelta(days=1)

    assert tablets_needed(plan) == swallowed
    assert packs_needed(plan) == {tablet: ceil(number / 30) for tablet, number in swallowed.items()}


# --- by eye ------------------------------------------------------------------------------------


def down(before: Shares, to_mg: int, *, kind: Tablets = TEN, least: int = 7, on: date = MONDAY) -> Plan:
    return taper(before, Fraction(to_mg), pace_down(least=least), kind, on, DOWN)


def test_from_120_to_80_the_last_dose_goes_on_until_the_visit() -> None:
    plan = down(shares(40, 40, 40), 80)

    assert levels(plan) == [110, 100, 90, 80]
    assert plan.visits == (date(2026, 11, 2),)
    assert plan.ends == plan.signed_until == plan.visits[0]
    assert tablets_dispensed(plan) == {TEN[0]: 2 * (11 + 10 + 9) + 22 * 8 + 7 * 8}


def test_from_300_to_80_the_order_ends_at_the_first_visit() -> None:
    plan = down(shares(100, 100, 100), 80, kind=tablets("40", "10"), on=date(2024, 2, 1))

    assert plan.visits == (date(2024, 2, 29), date(2024, 3, 28))
    assert plan.signed_until == date(2024, 2, 29)
    assert plan.to_mg == 80


@pytest.mark.parametrize(
    ("before", "least", "said"),
    [
        ((10, 10, 10), 7, {25: 2, 20: 2, 15: 2, 10: 2, 5: 2}),
        ((10, 10, 10), 14, {25: 2, 20: 3, 15: 3, 10: 3, 5: 3}),
        ((10,), 7, {5: 7}),
        ((10,), 14, {5: 14}),
        ((20, 20), 7, {30: 2, 25: 2, 20: 2, 15: 2, 10: 2, 5: 2}),
    ],
)
def test_a_stop_by_eye(before: tuple[int, ...], least: int, said: dict[int, int]) -> None:
    plan = down(shares(*before), 0, least=least)

    assert {int(level.mg_per_day): level.days for level in plan.levels if level.mg_per_day} == said
    assert plan.levels[-1].intakes == ()
    assert plan.signed_until == plan.ends


@pytest.mark.parametrize(("to_mg", "said"), [("82.5", 85), ("62.5", 65), ("81", 85)])
def test_a_target_that_halves_do_not_make_is_rounded_up(to_mg: str, said: int) -> None:
    plan = taper(shares(40, 40, 20), Fraction(to_mg), pace_down(), TEN, MONDAY, DOWN)

    assert plan.to_mg == said


def test_where_the_pace_does_not_allow_to_round_up_it_is_rounded_down() -> None:
    assert levels(taper(shares(40, "32.5"), Fraction(71), pace_down(), TEN, MONDAY, DOWN)) == [70]


@pytest.mark.parametrize(
    ("number", "days", "said"), [(2, 3, [15, 25, 35, 45, 55]), (3, 4, [15, 25, 35, 45]), (4, 4, [20, 30, 40, 50])]
)
def test_a_start_rises_to_its_visit_and_has_a_reserve(number: int, days: int, said: list[int]) -> None:
    first = Fraction(20 if number > 3 else 15)
    before = shares(*[0] * number)
    plan = rise(Kind.START, before, first, Fraction(80), Pace(Fraction(10), days), TEN, MONDAY, UP)

    assert levels(plan) == said
    assert plan.visits == (date(2026, 10, 19),)
    assert plan.signed_until == date(2026, 11, 2)
    assert plan.dispensed_until == date(2026, 10, 26)


def test_to_stay_is_the_same_intakes_to_a_visit() -> None:
    plan = stay(shares(30, 30, 40), pace_down(), TEN, MONDAY, DOWN)

    assert levels(plan) == [100]
    assert [intake.mg for intake in plan.levels[0].intakes] == [30, 30, 40]
    assert plan.visits == (date(2026, 11, 2),)


@pytest.mark.parametrize(
    ("before", "to_mg", "reason"),
    [
        (shares(40, 40), 80, "no-way-down"),
        (shares(40, 40), -1, "no-way-down"),
        ((*shares(20, 20, 20, 20), shares(20)[0]), 80, "intakes"),
    ],
)
def test_what_has_no_plan_says_why(before: Shares, to_mg: int, reason: str) -> None:
    with pytest.raises(PlanError) as refused:
        down(before, to_mg)

    assert refused.value.reason == reason


def test_what_halves_do_not_make_is_in_the_last_of_even_intakes() -> None:
    assert [share.mg for share in evenly(Fraction(275, 2), 3)] == [45, 45, Fraction(95, 2)]
