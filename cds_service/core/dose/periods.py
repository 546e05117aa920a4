"""Reads FHIR bounds and durations as whole calendar days; `until` is the first day after a period."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

from cds_service.core.dose.quantity import UCUM, is_well_formed, number
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource

# UCUM codes of time. A month and a year have no fixed length: they are counted on the calendar.
DAYS_PER_UNIT = {
    "s": Fraction(1, 86400),
    "min": Fraction(1, 1440),
    "h": Fraction(1, 24),
    "d": Fraction(1),
    "wk": Fraction(7),
}
_MONTHS_PER_UNIT = {"mo": 1, "a": 12}
_UNIT_WORDS = {
    "s": "s", "seconde": "s", "secondes": "s", "second": "s", "seconds": "s",
    "min": "min", "minute": "min", "minutes": "min",
    "h": "h", "heure": "h", "heures": "h", "hour": "h", "hours": "h", "hr": "h",
    "d": "d", "j": "d", "jour": "d", "jours": "d", "day": "d", "days": "d",
    "wk": "wk", "sem": "wk", "semaine": "wk", "semaines": "wk", "week": "wk", "weeks": "wk",
    "mo": "mo", "mois": "mo", "month": "mo", "months": "mo",
    "a": "a", "an": "a", "ans": "a", "année": "a", "années": "a", "year": "a", "years": "a",
}  # fmt: skip

_MOST_DAYS = 36500

# EHRs write an end up to a minute before the next beginning: 07:59:59, 07:59 (clinical dossier, D: 1 s).
_A_MINUTE = timedelta(minutes=1)
_A_DAY = timedelta(days=1)

_BOUNDS = {"boundsPeriod", "boundsDuration", "boundsRange"}


@dataclass(frozen=True, slots=True)
class Length:
    """A duration in calendar days and months, counted from the day on which it begins."""

    days: int = 0
    months: int = 0

    def longer_than(self, other: "Length") -> bool:
        """Whether it is longer, a month taken as 30 days."""
        return self.days + 30 * self.months > other.days + 30 * other.months

    def after(self, day: date) -> date:
        """The first day after a span of this length that begins on `day`."""
        month = day.month - 1 + self.months
        year, month = day.year + month // 12, month % 12 + 1
        if year > date.max.year:
            return date.max
        return later(date(year, month, min(day.day, monthrange(year, month)[1])), self.days)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a dosage: dates [since, until), or a length without a beginning, or none.

    `begins_at` and `ends_at` are the exact times of these bounds, if they are given. `reversed_ends`: of a range of
    lengths the low end is above the high end.
    """

    since: date | None = None
    until: date | None = None
    length: Length | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    reversed_ends: bool = False

    def before(self, following: datetime) -> "Bounds":
        """These bounds; if they end by the moment at which the next dosage begins, without the day of that moment."""
        if not (self.since and self.until and self.ends_at) or self.ends_at - following > _A_MINUTE:
            return self
        shared = self.since < following.date() < self.until
        return replace(self, until=following.date()) if shared else self


NO_BOUNDS = Bounds()


def later(day: date, days: int) -> date:
    """The day plus `days`; at most 9999-12-31."""
    return day + timedelta(days=min(days, (date.max - day).days))


def read_bounds(repeat: Resource) -> Bounds | None:
    """boundsPeriod, boundsDuration or boundsRange (its longest); NO_BOUNDS if absent; None if they cannot be read."""
    written = _BOUNDS & set(repeat)
    if len(written) > 1:
        return None
    if "boundsPeriod" in written:
        return _period(repeat["boundsPeriod"])
    if "boundsDuration" in written:
        return _of_length(repeat["boundsDuration"])
    if "boundsRange" in written:
        return _of_range(repeat["boundsRange"])
    return NO_BOUNDS


def _period(period: Any) -> Bounds | None:
    if not isinstance(period, Mapping) or set(period) - {"start", "end", "id", "extension"}:
        return None
    start, end = period.get("start"), period.get("end")
    since, until = fhir.day(start), _until(start, end)
    unread = (since is None and "start" in period) or (until is None and "end" in period)
    backwards = since and until and until <= since
    return (
        None if unread or backwards else Bounds(since, until, begins_at=fhir.moment(start), ends_at=fhir.moment(end))
    )


def _until(start: object, end: object) -> date | None:
    """The first day after a Period. If its two times are whole days apart, these are counted from its first day."""
    until, begins_at, ends_at = _day_after(end), fhir.moment(start), fhir.moment(end)
    if begins_at is None or ends_at is None:
        return until
    days = _whole_days(begins_at, ends_at)
    return later(begins_at.date(), days) if days else until


def _day_after(end: object) -> date | None:
    """The first day after a FHIR end (inclusive); an end at midnight in Paris excludes the day that then begins."""
    day, at = fhir.last_day(end), fhir.moment(end)
    if day is None or day == date.max:
        return None
    return day if at and (at.hour, at.minute, at.second) == (0, 0, 0) else day + _A_DAY


def _whole_days(start: datetime, end: datetime) -> int:
    """The days of 24 hours in a period, by local time or by elapsed time; 0 if it is not a whole number of days.

    An end is written a second before the next beginning (clinical dossier, D): from 08:00 to 07:59:59 two days
    later is two days, and the third day belongs to the dosage that begins at 08:00.
    """
    by_clock = end - start
    passed = by_clock - ((end.utcoffset() or timedelta()) - (start.utcoffset() or timedelta()))
    for length in (by_clock, passed):
        days, rest = divmod(length + _A_MINUTE, _A_DAY)
        if rest <= 2 * _A_MINUTE:
            return max(days, 0)
    return 0


def _of_range(lengths: Any) -> Bounds | None:
    if not isinstance(lengths, Mapping) or set(lengths) - {"low", "high", "id", "extension"}:
        return None
    low = read_length(lengths.get("low"))
    if "low" in lengths and low is None:
        return None
    if "high" not in lengths:
        return NO_BOUNDS
    high = read_length(lengths["high"])
    if high is None:
        return None
    reversed_ends = low is not None and low.longer_than(high)
    return Bounds(length=low if reversed_ends else high, reversed_ends=reversed_ends)


def _of_length(quantity: object) -> Bounds | None:
    length = read_length(quantity)
    return None if length is None else Bounds(length=length)


def read_length(quantity: object) -> Length | None:
    """A Duration in calendar days (rounded up) or months; None if it cannot be read."""
    value, unit = _value(quantity), _unit(quantity)
    if value is None or unit is None:
        return None
    if unit in _MONTHS_PER_UNIT and value.denominator == 1 and value * _MONTHS_PER_UNIT[unit] <= _MOST_DAYS // 31:
        return Length(months=int(value) * _MONTHS_PER_UNIT[unit])
    if unit in DAYS_PER_UNIT and value * DAYS_PER_UNIT[unit] <= _MOST_DAYS:
        return Length(days=ceil(value * DAYS_PER_UNIT[unit]))
    return None


def read_days(quantity: object) -> Fraction | None:
    """A Quantity of time as exact days; None for a month or a year, which have no fixed length."""
    value, unit = _value(quantity), _unit(quantity)
    return None if value is None or unit not in DAYS_PER_UNIT else value * DAYS_PER_UNIT[unit]


def _value(quantity: object) -> Fraction | None:
    written = fhir.as_object(quantity)
    value = number(written.get("value"))
    positive = value is not None and value > 0 and written.get("comparator") is None
    return value if positive and is_well_formed(quantity) else None


def _unit(quantity: object) -> str | None:
    """The unit of time, by its UCUM code, else by its text; None if it is unknown or the two differ."""
    written = fhir.as_object(quantity)
    code, said = fhir.text(written.get("code")), _UNIT_WORDS.get(fhir.text(written.get("unit")).strip().lower())
    if not code:
        return said
    conflict = said is not None and said != code
    return None if conflict or fhir.text(written.get("system")) not in (UCUM, "") else code
