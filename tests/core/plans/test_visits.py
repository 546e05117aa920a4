"""Visits are on working days: no Saturday, no Sunday, none of the eleven public holidays of France."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.plans.visits import is_working_day, visits_of, working_day_by

HOLIDAYS = {
    2024: "01-01 04-01 05-01 05-08 05-09 05-20 07-14 08-15 11-01 11-11 12-25",
    2025: "01-01 04-21 05-01 05-08 05-29 06-09 07-14 08-15 11-01 11-11 12-25",
    2026: "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25",
    2038: "01-01 04-26 05-01 05-08 06-03 06-14 07-14 08-15 11-01 11-11 12-25",  # the latest Easter but for one day
}


@pytest.mark.parametrize("year", HOLIDAYS)
def test_the_days_that_are_not_worked_in_a_year(year: int) -> None:
    named = {date.fromisoformat(f"{year}-{day}") for day in HOLIDAYS[year].split()}
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]

    assert {day for day in days if day.weekday() < 5 and not is_working_day(day)} == {
        day for day in named if day.weekday() < 5
    }
    assert not [day for day in days if day.weekday() >= 5 and is_working_day(day)]


def test_the_holidays_are_those_that_others_keep() -> None:
    years = range(2012, 2101)
    theirs = set(country_holidays("FR", years=years))
    days = [date(2012, 1, 1) + timedelta(days=number) for number in range((date(2101, 1, 1) - date(2012, 1, 1)).days)]

    assert [day for day in days if is_working_day(day) != (day.weekday() < 5 and day not in theirs)] == []


days = st.dates(date(2017, 1, 1), date(2060, 12, 31))


@given(begins=days, length=st.integers(1, 400), most=st.sampled_from([7, 14, 28]))
def test_visits_are_on_working_days_and_no_further_apart(begins: date, length: int, most: int) -> None:
    visits = list(visits_of(begins, begins + timedelta(days=length), most))

    assert all(map(is_working_day, visits))
    assert visits[0] > begins
    assert visits == sorted(visits)
    assert all((later - earlier).days <= most + 4 for earlier, later in pairwise([begins, *visits]))


@given(day=days)
def test_within_two_weeks_there_is_always_a_working_day(day: date) -> None:
    visit = working_day_by(day + timedelta(days=14), day)

    assert 9 <= (visit - day).days <= 14


def test_a_visit_on_christmas_is_the_day_before_it_and_after_an_order_of_that_day_the_next() -> None:
    assert working_day_by(date(2026, 12, 25), date(2026, 12, 11)) == date(2026, 12, 24)
    assert working_day_by(date(2026, 12, 25), date(2026, 12, 24)) == date(2026, 12, 28)
