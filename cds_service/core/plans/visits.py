"""The days of visits: on working days in France, at most so many days apart.

The public holidays of France are computed here: eight fixed days and three that follow Easter (Code du travail,
article L3133-1), which is smaller than a package that knows those of two hundred countries.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from math import ceil

_ONE_DAY = timedelta(days=1)
_FIXED = frozenset({(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)})
_SATURDAY = 5
# Easter Monday, Ascension, Whit Monday, in days after Easter.
_AFTER_EASTER = (1, 39, 50)


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
    easter = _easter(day.year)
    movable = {easter + timedelta(days=days) for days in _AFTER_EASTER}
    return day.weekday() < _SATURDAY and (day.month, day.day) not in _FIXED and day not in movable


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the computus of Meeus, Jones and Butcher)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    leap, rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap - correction + 15) % 30
    weekday = (32 + 2 * rest + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
