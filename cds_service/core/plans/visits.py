"""The days of visits: on working days in France, at most so many days apart."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from math import ceil

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


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
    """Those of the whole of France (Code du travail, article L3133-1).

    The package is imported by the first plan, since it takes a fifth of a second; a server has made one when it
    starts.
    """
    from holidays import country_holidays

    return frozenset(country_holidays("FR", years=year))
