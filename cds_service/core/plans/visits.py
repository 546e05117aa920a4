"""The days of visits: on working days in France, at most so many days apart."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from math import ceil

from dateutil.easter import easter

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5

_FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
"""The month and day of the public holidays whose date never changes."""

_AFTER_EASTER = (1, 39, 50)
"""How many days after Easter Sunday the others are: its Monday, the Ascension, the Monday of Pentecost."""


def visits_of(begins: date, ends: date, most_days: int) -> Iterator[date]:
    """Visits at about equal intervals of at most `most_days`, each on a working day, the last by the end."""
    days = (ends - begins).days
    number = ceil(days / most_days)
    for place in range(1, number + 1):
        yield working_day_by(begins + timedelta(days=days * place // number), begins)


def working_day_by(day: date, after: date) -> date:
    """The last working day at or before `day`; if there is none after `after`, the next one."""
    earlier = day
    while earlier > after and not is_working_day(earlier):
        earlier -= _ONE_DAY
    if earlier > after:
        return earlier
    while not is_working_day(day):
        day += _ONE_DAY
    return day


def is_working_day(day: date) -> bool:
    return day.weekday() < _SATURDAY and day not in _public_holidays(day.year)


@cache
def _public_holidays(year: int) -> frozenset[date]:
    """Those of the whole of France (Code du travail, article L3133-1)."""
    fixed = (date(year, month, day) for month, day in _FIXED)
    moving = (easter(year) + timedelta(days=days) for days in _AFTER_EASTER)
    return frozenset((*fixed, *moving))
