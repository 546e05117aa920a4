"""Defines a course: what will be taken, day by day, and how it compares with what is taken now."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from operator import attrgetter

from cds_service.core.course.signed import Signed, Standing
from cds_service.core.dose.periods import later
from cds_service.core.model.dose import NOTHING, Span, Steps
from cds_service.core.model.findings import ToConfirm

_DAY = timedelta(days=1)

# The windows, in days, within which a fall and a rise are measured: the texts give a step down for two days, and one
# up for three.
FALL_DAYS = 2
RISE_DAYS = 3


class DoseTrend(Enum):
    """How a course compares with what is taken now."""

    FIRST = auto()
    RESUMED = auto()  # after days without, too many for a fall or a rise to be measured
    RISE = auto()
    SAME = auto()
    FALL = auto()  # never above what is taken now
    UNKNOWN = auto()


@dataclass(frozen=True)
class Course:
    """One reading of what will be taken, in mg a day.

    `steps` is the daily dose from the day judged on. In `held` the last level goes on after the ordinary end of
    a prescription, which is neither a fall nor a stop. `before` is the dose taken now: 0 for nothing, None for
    unknown. It is taken until the course `begins`. A fall is measured on `surely`, which is `held` without what is
    taken as needed and replaced by a regular order, and with what ends by itself. `complete` is False if a dose could
    not be computed: `possible_mg` is then what it may add, to be confirmed. A dose that is not above the threshold of
    the course is not worth a card. `signed` is the reading of the drafts that the course follows from.
    """

    on: date
    steps: Steps
    held: Steps
    before: Span | None
    complete: bool
    possible_mg: Fraction
    orders: tuple[str, ...]
    if_alcohol: bool
    if_addition: bool
    threshold_mg: Fraction
    signed: Signed
    begins: date
    surely: Steps

    @property
    def two_indications(self) -> bool:
        return bool(self.signed.replaced.apart)

    @cached_property
    def peak(self) -> Span:
        """The highest daily dose, including what is to be confirmed."""
        highest = max((step.mg_per_day for step in self.steps), key=lambda span: span.high, default=NOTHING)
        return highest + Span(self.possible_mg, self.possible_mg)

    @cached_property
    def last(self) -> Span:
        """The level on which the course ends."""
        return self.held[-1].mg_per_day if self.held else NOTHING

    @property
    def dose(self) -> Span | ToConfirm:
        """The peak as a fact of a finding."""
        return self.peak if self.complete else ToConfirm(self.peak)

    def at(self, day: date) -> Span | None:
        """The dose of a day; before the course begins it is what is taken now."""
        return self.before if day < self.begins else _dose_on(self.held, day)

    def _surely_at(self, day: date) -> Span | None:
        return self.signed.surely_before if day < self.begins else _dose_on(self.surely, day)

    @cached_property
    def fall_mg(self) -> Fraction:
        """The greatest fall within two days, of the upper bounds or of the lower bounds."""
        return max(self._fall(day, later(day, k)) for day, k in self._around(FALL_DAYS))

    @cached_property
    def rise_mg(self) -> Fraction:
        """The greatest rise within three days; a first rise from nothing is a start, not a rise."""
        return max(self._rise(day, later(day, k)) for day, k in self._around(RISE_DAYS))

    def _around(self, window: int) -> Iterator[tuple[date, int]]:
        """Each day shortly before a change of dose, with each number of days to look ahead to behind the change."""
        marks = {
            self.on,
            self.begins,
            *(step.since for step in (*self.held, *self.surely)),
            *(step.until for step in (*self.held, *self.surely) if step.until),
        }
        for k in range(1, window + 1):
            yield from ((mark - back * _DAY, k) for mark in marks for back in range(1, k + 1))

    def _fall(self, day: date, then: date) -> Fraction:
        first, second = self._surely_at(day), self._surely_at(then)
        if first is None or second is None or then < self.on or (day < self.begins and not self.complete):
            return Fraction(0)  # a course with an unknown dose cannot be compared with what is taken now
        if first is second:
            return Fraction(0)
        return max(first.high - second.high, first.low - second.low)

    def _rise(self, day: date, then: date) -> Fraction:
        first, second = self.at(day), self.at(then)
        if first is None or second is None or then < self.on or first.high == 0:
            return Fraction(0)
        return second.high - first.high

    @property
    def falls(self) -> int:
        """How often the dose falls, from what is taken now on."""
        levels = [*([self.before] if self.before else []), *(step.mg_per_day for step in self.held)]
        return sum(after.high < before.high for before, after in pairwise(levels))

    @cached_property
    def trend(self) -> DoseTrend:
        if self.signed.standing is Standing.RESUMED:
            return DoseTrend.RESUMED
        if self.before is None or not self.complete:
            return DoseTrend.UNKNOWN
        if self.before == NOTHING:
            return DoseTrend.FIRST
        if self.peak.high > self.before.high:
            return DoseTrend.RISE
        levels = {step.mg_per_day for step in self.held}
        return DoseTrend.SAME if levels == {self.before} else DoseTrend.FALL

    @property
    def goes_down(self) -> bool:
        """Whether the dose is never above what is taken now, never rises, and ends lower."""
        ends = self.surely[-1].mg_per_day if self.surely else NOTHING
        down = self.trend is DoseTrend.FALL and ends.high < (self.signed.surely_before or NOTHING).high
        return down and self.rise_mg <= 0

    @property
    def days(self) -> int | None:
        """The days from the day judged to the last end of an order; None if one has no end."""
        ends = [(step.until - self.on).days for step in self.steps if step.until]
        return max(ends, default=None) if len(ends) == len(self.steps) else None


def _dose_on(steps: Steps, day: date) -> Span:
    """The dose of a day. The steps are in time order and do not overlap."""
    begun = bisect_right(steps, day, key=_since)
    last = steps[begun - 1] if begun else None
    return last.mg_per_day if last and (last.until is None or day < last.until) else NOTHING


_since = attrgetter("since")
