"""Computes the geometry of the charts: x in percent of the width, y in pixels, so that text keeps its size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from cds_service.pages.insights.figures import Tally

ENDINGS = ("accepted", "overridden", "unanswered")
BAR_PX = 18
HEIGHT_PX, TOP_PX, BOTTOM_PX = 240, 24, 28

_PLOT_PX = HEIGHT_PX - TOP_PX - BOTTOM_PX
_LEFT = 9.0  # percent of the width, for the labels of the grid
_GAP = 0.25  # share of a column
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000)
_MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class Box:
    """One segment of a bar or a column. `ending` is how its findings ended: one of ENDINGS."""

    ending: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the grid and the number that it stands for."""

    y: str
    number: int


def bar(tally: Tally) -> Iterator[Box]:
    """The segments of a bar. The full width stands for all findings shown."""
    at = 0.0
    for ending, number in _parts(tally):
        width = number / tally.shown * 100
        yield Box(ending, _percent(at), "0", _percent(width), str(BAR_PX))
        at += width


def columns(weeks: Sequence[Tally]) -> Iterator[Box]:
    """The segments of one column per week, stacked upwards from 0."""
    top = _step(weeks) * _lines(weeks)
    for number, week in enumerate(weeks):
        at = float(HEIGHT_PX - BOTTOM_PX)
        for ending, counted in _parts(week):
            height = counted / top * _PLOT_PX
            at -= height
            yield Box(ending, middle(number, weeks, -0.5 + _GAP / 2), f"{at:.2f}", _width(weeks), f"{height:.2f}")


def middle(number: int, weeks: Sequence[Tally], beside: float = 0.0) -> str:
    """The x position of the middle of a week's column, shifted by `beside` columns."""
    return _percent(_LEFT + (number + 0.5 + beside) * (100 - _LEFT) / len(weeks))


def grid(weeks: Sequence[Tally]) -> Iterator[Line]:
    for number in range(_lines(weeks) + 1):
        y = HEIGHT_PX - BOTTOM_PX - number / _lines(weeks) * _PLOT_PX
        yield Line(f"{y:.2f}", number * _step(weeks))


def _width(weeks: Sequence[Tally]) -> str:
    return _percent((100 - _LEFT) / len(weeks) * (1 - _GAP))


def _lines(weeks: Sequence[Tally]) -> int:
    """The number of grid lines above 0."""
    return max(ceil(_highest(weeks) / _step(weeks)), 1)


def _step(weeks: Sequence[Tally]) -> int:
    return next(step for step in _STEPS if _highest(weeks) <= step * _MOST_LINES or step == _STEPS[-1])


def _highest(weeks: Sequence[Tally]) -> int:
    return max((week.shown for week in weeks), default=0)


def _parts(tally: Tally) -> list[tuple[str, int]]:
    numbers = (tally.accepted, tally.overridden, tally.unanswered)
    return [(ending, number) for ending, number in zip(ENDINGS, numbers, strict=True) if number]


def _percent(value: float) -> str:
    return f"{value:.2f}%"
