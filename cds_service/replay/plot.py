"""Draws the months as columns, in units of a viewBox, with a line on each day on which a rule changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from cds_service.replay.figures import WORST, Table
from cds_service.replay.view import FEWEST

WIDTH, HEIGHT = 1000, 260
_LEFT, _TOP, _BOTTOM = 48, 16, 28
_MOST_LINES = 5
_MOST_MONTHS = 240  # a day of a hundred years ago, a slip, would leave no room for the others
_STEPS = tuple(figure * 10**power for power in range(9) for figure in (1, 2, 5))


@dataclass(frozen=True)
class Box:
    """One part of a column; `kind` is one of WORST."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Plot:
    """`lines` are (y, number), `years` (x, year), `changes` (x, day)."""

    boxes: tuple[Box, ...]
    lines: tuple[tuple[float, int], ...]
    years: tuple[tuple[float, str], ...]
    changes: tuple[tuple[float, str], ...]


def plot_of(months: Table, changes: Table) -> Plot:
    """The plot. Counts from 1 to 5 are drawn as 5: no column tells more than its number."""
    by_month = {label: [_drawn(cell) for cell in cells] for label, cells in months.rows}
    axis = list(_axis(min(by_month), max(by_month)))[-_MOST_MONTHS:]
    width = (WIDTH - _LEFT) / len(axis)
    step = next(step for step in _STEPS if max(map(sum, by_month.values())) <= step * _MOST_LINES)
    lines = max(ceil(max(map(sum, by_month.values())) / step), 1)
    high = (HEIGHT - _TOP - _BOTTOM) / (step * lines)
    return Plot(
        boxes=tuple(_boxes(by_month, axis, width, high)),
        lines=tuple((round(_floor() - number * step * high, 1), number * step) for number in range(lines + 1)),
        years=tuple((round(_LEFT + place * width, 1), month[:4]) for place, month in _starts(axis)),
        changes=tuple((_x_of(day, axis, width), day) for day, _ in changes.rows if day[:7] in axis),
    )


def _floor() -> int:
    return HEIGHT - _BOTTOM


def _drawn(cell: object) -> int:
    return max(cell, FEWEST - 1) if isinstance(cell, int) and cell else 0


def _axis(first: str, last: str) -> Iterator[str]:
    year, month = int(first[:4]), int(first[5:])
    while (written := f"{year:04}-{month:02}") <= last:
        yield written
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _starts(axis: Sequence[str]) -> list[tuple[int, str]]:
    """The first month of each year, of not more years than there is room for."""
    starts = [(place, month) for place, month in enumerate(axis) if place == 0 or month.endswith("-01")]
    return starts[1:] if len(starts) > 1 and starts[1][0] < 6 else starts


def _boxes(by_month: dict[str, list[int]], axis: Iterable[str], width: float, high: float) -> Iterator[Box]:
    for place, month in enumerate(axis):
        y = float(_floor())
        for kind, number in zip(WORST, by_month.get(month, ()), strict=False):
            y -= number * high
            if number:
                x = _LEFT + place * width + width * 0.1
                yield Box(kind, round(x, 2), round(y, 2), round(width * 0.8, 2), round(number * high, 2))


def _x_of(written: str, axis: Sequence[str], width: float) -> float:
    day = date.fromisoformat(written)
    return round(_LEFT + (axis.index(written[:7]) + (day.day - 1) / 31) * width, 1)
