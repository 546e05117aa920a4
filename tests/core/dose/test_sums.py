"""The sweep that adds up concurrent steps, held against its definition: each day has the sum of what runs on it."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.course.course import _dose_on
from cds_service.core.dose.steps import _step
from cds_service.core.dose.sums import sum_steps, truncated
from cds_service.core.model.dose import EVERY_DAY, NOTHING, Span, Step, Term

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(30)]

days = st.sampled_from(DAYS)


@st.composite
def single_steps(draw: st.DrawFn, *, weekly: bool) -> Step:
    some = st.frozensets(st.sampled_from(sorted(EVERY_DAY)), min_size=1)
    least = Fraction(draw(st.integers(1, 4)))
    term = Term(
        Span(least, least + draw(st.integers(0, 3))),
        Span(Fraction(1), Fraction(1)),
        weekdays=draw(some) if weekly else EVERY_DAY,
    )
    return _step(draw(days), draw(st.none() | days), term)


def runs(step: Step, day: date) -> bool:
    return step.since <= day and (step.until is None or day < step.until)


def dose_of_day(step: Step, day: date) -> Span:
    return step.week[day.weekday()] if step.week else step.mg_per_day


@given(steps=st.lists(single_steps(weekly=False), max_size=8))
def test_each_day_has_the_sum_of_what_runs(steps: list[Step]) -> None:
    summed = sum_steps(steps)

    for day in DAYS:
        assert _dose_on(summed, day) == sum((step.mg_per_day for step in steps if runs(step, day)), NOTHING)


@given(steps=st.lists(single_steps(weekly=False) | single_steps(weekly=True), max_size=8))
def test_each_day_of_the_week_has_the_sum_of_what_is_taken_on_it(steps: list[Step]) -> None:
    summed = sum_steps(steps)

    for day in DAYS:
        taken = [dose_of_day(step, day) for step in steps if runs(step, day)]
        held = [dose_of_day(step, day) for step in summed if runs(step, day)]
        assert held == ([sum(taken, NOTHING)] if taken else [])


@given(steps=st.lists(single_steps(weekly=False) | single_steps(weekly=True), max_size=20))
def test_the_steps_of_a_sum_follow_one_another_and_keep_the_order_of_terms(steps: list[Step]) -> None:
    summed = sum_steps(steps)

    assert all(first.until and first.until <= second.since for first, second in pairwise(summed))
    for step in summed:
        assert list(step.terms) == [term for one in steps if runs(one, step.since) for term in one.terms]


@given(steps=st.lists(single_steps(weekly=False) | single_steps(weekly=True), max_size=8), until=days)
def test_steps_that_are_cut_are_the_same_before_that_day_and_none_from_it_on(steps: list[Step], until: date) -> None:
    summed = sum_steps(steps)
    cut = truncated(summed, until)

    for day in DAYS:
        before = [dose_of_day(step, day) for step in summed if runs(step, day) and day < until]
        assert [dose_of_day(step, day) for step in cut if runs(step, day)] == before
    assert all(step.until and step.since < step.until <= until for step in cut)
