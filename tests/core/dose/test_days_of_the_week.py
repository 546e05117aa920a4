"""Doses on some days of the week: each weekday has its own sum, however steps are cut and added."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cds_service.core.dose.sums import sum_steps
from cds_service.core.model.dose import NotComputable, Span, Step, Steps
from cds_service.core.wording import words
from tests.builders import Json
from tests.core import strategies as shapes
from tests.core.dose.oracle import Days, simulate
from tests.core.dose.reading import ON, read, step_of

HORIZON = 41  # a week or more after the last bound before it, so that the last step shows all its weekdays


def steps_of(*orders: Json) -> Steps:
    steps = read(*(dosage for order in orders for dosage in order["dosageInstruction"]))
    assume(not isinstance(steps, NotComputable))
    assert not isinstance(steps, NotComputable)
    return steps


def played(order: Json) -> Days:
    return simulate(order, Fraction(10), ON, HORIZON)


def days_of(step: Step) -> list[date]:
    last = ON + timedelta(days=HORIZON)
    until = min(step.until or date.max, last + timedelta(days=1))
    return [step.since + timedelta(days=number) for number in range((until - step.since).days)]


def held(steps: Steps) -> list[tuple[date, Span]]:
    return [(step.since, step.mg_per_day) for step in steps if days_of(step)]


def least_and_most(steps: Steps, days: Days) -> list[tuple[date, Span]]:
    """The lowest and highest dose that the simulator has on the days of each step."""
    doses = [(step.since, [days[day] for day in days_of(step)]) for step in steps]
    return [
        (since, Span(min(low for low, _ in each), max(high for _, high in each))) for since, each in doses if each
    ]


@given(order=shapes.orders_by_weekday())
def test_each_step_is_the_least_and_the_most_of_its_days(order: Json) -> None:
    taken = played(order)
    steps = steps_of(order)

    assert held(steps) == least_and_most(steps, taken)
    assert {day for step in steps for day in days_of(step)} == set(taken)


@given(orders=st.lists(shapes.orders_by_weekday(), min_size=1, max_size=3))
def test_orders_that_are_summed_are_as_one_order_of_all_their_dosages(orders: list[Json]) -> None:
    summed = sum_steps(step for order in orders for step in steps_of(order))

    assert summed == steps_of(*orders)
    assert sum_steps(summed) == summed


@given(order=shapes.orders_by_weekday(), day=st.integers(1, 30).map(lambda days: ON + timedelta(days=days)))
def test_steps_that_are_cut_hold_what_the_days_left_hold(order: Json, day: date) -> None:
    taken = played(order)
    left = [step for step in steps_of(order) if step.until is None or step.until > day]
    cut = sum_steps(replace(step, since=max(step.since, day)) for step in left)

    assert held(cut) == least_and_most(cut, taken)


def test_a_short_step_that_goes_on_holds_the_whole_week_again() -> None:
    weekend = step_of(read("dose 60 mg | dayOfWeek sat sun | boundsPeriod 2026-03-28 to 2026-03-29"))
    [held] = sum_steps([replace(weekend, until=None)])

    assert (weekend.mg_per_day, held.mg_per_day) == (
        Span(Fraction(60), Fraction(60)),
        Span(Fraction(0), Fraction(60)),
    )


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("fr", "40 mg × 1 par jour (lun., mer., ven.), si besoin"),
        ("en", "40 mg × 1 a day (Mon, Wed, Fri), as needed"),
    ],
)
def test_a_term_names_its_days_of_the_week(language: str, written: str) -> None:
    step = step_of(read("dose 40 mg | dayOfWeek fri wed mon | asNeeded"))

    assert [words.term(term, language) for term in step.terms] == [written]
