"""From when to when a dosage holds, in whole calendar days; `until` is the first day after it."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from cds_service.core import fhir
from cds_service.core.fhir import Resource
from cds_service.core.quantity import number

# UCUM codes of time. A month and a year have no fixed length: they are counted on the calendar.
DAYS_PER_UNIT = {
    "s": Fraction(1, 86400),
    "min": Fraction(1, 1440),
    "h": Fraction(1, 24),
    "d": Fraction(1),
    "wk": Fraction(7),
}
_MONTHS_PER_UNIT = {"mo": 1, "a": 12}

_MOST_DAYS = 36500


@dataclass(frozen=True, slots=True)
class Length:
    """How long something lasts, counted on the calendar from the day on which it begins."""

    days: int = 0
    months: int = 0

    def after(self, day: date) -> date:
        """The first day after a span of this length that begins on `day`."""
        month = day.month - 1 + self.months
        year, month = day.year + month // 12, month % 12 + 1
        moved = date(year, month, min(day.day, monthrange(year, month)[1]))
        return moved + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of a dosage in time: dated, or a length still to be dated, or neither."""

    since: date | None = None
    until: date | None = None
    length: Length | None = None


def read_bounds(repeat: Resource) -> Bounds | None:
    """boundsPeriod, boundsDuration or boundsRange (its longest); None where they cannot be read."""
    if "boundsPeriod" in repeat:
        return _period(fhir.as_object(repeat["boundsPeriod"]))
    if "boundsDuration" in repeat:
        return _of_length(repeat["boundsDuration"])
    if "boundsRange" in repeat:
        high = fhir.as_object(repeat["boundsRange"]).get("high")
        return Bounds() if high is None else _of_length(high)
    return Bounds()


def _period(period: Resource) -> Bounds | None:
    since, until = fhir.day(period.get("start")), day_after(period.get("end"))
    unread = (since is None and "start" in period) or (until is None and "end" in period)
    if unread or (since and until and until <= since):
        return None
    return Bounds(since, until)


def day_after(end: object) -> date | None:
    """The first day after a FHIR end, which is inclusive; an end at midnight excludes the day that begins."""
    written = fhir.text(end)
    day = fhir.last_day(written)
    if day is None or day == date.max:
        return None
    at_midnight = written.partition("T")[2].startswith("00:00:00")
    return day if at_midnight else day + timedelta(days=1)


def _of_length(quantity: object) -> Bounds | None:
    length = read_length(quantity)
    return None if length is None else Bounds(length=length)


def read_length(quantity: object) -> Length | None:
    """A Duration as whole calendar days, a part of a day counting as one; None where it cannot be read."""
    quantity = fhir.as_object(quantity)
    value = number(quantity.get("value"))
    unit = fhir.text(quantity.get("code")) or _UNIT_WORDS.get(fhir.text(quantity.get("unit")).lower(), "")
    if value is None or value <= 0 or quantity.get("comparator") is not None:
        return None
    if unit in _MONTHS_PER_UNIT and value.denominator == 1 and value * _MONTHS_PER_UNIT[unit] <= _MOST_DAYS // 31:
        return Length(months=int(value) * _MONTHS_PER_UNIT[unit])
    if unit in DAYS_PER_UNIT and value * DAYS_PER_UNIT[unit] <= _MOST_DAYS:
        return Length(days=ceil(value * DAYS_PER_UNIT[unit]))
    return None


_UNIT_WORDS = {
    "d": "d", "day": "d", "days": "d", "jour": "d", "jours": "d", "j": "d",
    "wk": "wk", "week": "wk", "weeks": "wk", "semaine": "wk", "semaines": "wk",
    "mo": "mo", "month": "mo", "months": "mo", "mois": "mo", "h": "h", "heures": "h", "hours": "h",
}  # fmt: skip
