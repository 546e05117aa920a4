"""Computes the geometry of the step plot of a plan; the page draws it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from cds_service.core.plans.taper import Plan
from cds_service.core.wording import words

WIDTH, HEIGHT = 640, 272
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 42, 44

# Grid steps in mg; the smallest that needs at most _MOST_LINES lines is used.
_STEPS = (5, 10, 20, 50, 100, 200)
_MOST_LINES = 6
# The time before the plan that is drawn, as a share of the plan's days.
_BEFORE = Fraction(1, 12)


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled position on an axis. `minor` marks are hidden if there is no room."""

    at: str
    label: str
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """The plot in SVG units. The first point is the dose before the plan; `visits` are x positions."""

    points: str
    y_marks: tuple[Mark, ...]
    x_marks: tuple[Mark, ...]
    visits: tuple[str, ...]


def plot_of(plan: Plan, language: str) -> Plot:
    scale = _Scale(plan)
    days = _labelled_days(plan)
    return Plot(
        points=" ".join(f"{scale.x(day)},{scale.y(dose)}" for day, dose in corners(plan, scale.first_day)),
        y_marks=tuple(Mark(scale.y(Fraction(mg)), words.number(Fraction(mg), language)) for mg in scale.lines()),
        x_marks=tuple(
            Mark(scale.x(Fraction((day - scale.begins).days)), words.short_day(day, language), minor)
            for day, minor in days
        ),
        visits=tuple(scale.x(Fraction((visit - scale.begins).days)) for visit in plan.visits),
    )


def corners(plan: Plan, first_day: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    """Every corner of the line, as (days since the plan begins, mg a day)."""
    begins = plan.levels[0].since
    dose = plan.from_mg
    yield first_day, dose
    for level in plan.levels:
        day = Fraction((level.since - begins).days)
        yield day, dose
        dose = level.mg_per_day
        yield day, dose
    yield Fraction(plan.days), dose


def _labelled_days(plan: Plan) -> list[tuple[date, bool]]:
    """The first, middle and last day, each with whether its label is minor."""
    begins = plan.levels[0].since
    return [(begins, False), (begins + timedelta(days=plan.days // 2), True), (plan.ends, False)]


class _Scale:
    """Converts days and mg to SVG units."""

    def __init__(self, plan: Plan) -> None:
        self.begins = plan.levels[0].since
        days = max(plan.days, 1)  # of less than half a tablet nothing is left to plan: it ends on the first day
        self.first_day = -days * _BEFORE
        self._last_day = Fraction(days)
        highest = max(plan.from_mg, *(level.mg_per_day for level in plan.levels))
        self._line = next(step for step in _STEPS if highest <= step * _MOST_LINES)
        self._top = ceil(highest / self._line) * self._line

    def lines(self) -> range:
        return range(0, self._top + 1, self._line)

    def x(self, day: Fraction) -> str:
        part = (day - self.first_day) / (self._last_day - self.first_day)
        return _units(LEFT + part * (WIDTH - LEFT - RIGHT))

    def y(self, mg: Fraction) -> str:
        return _units(HEIGHT - BOTTOM - mg / self._top * (HEIGHT - TOP - BOTTOM))


def _units(value: Fraction) -> str:
    return f"{float(value):.2f}"
