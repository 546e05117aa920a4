"""Writes a plan for the terminal: the table of the page and a small plot of block characters, at most 80 columns."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import zip_longest
from textwrap import wrap

from cds_service.core.plans.plan_request import PlanMade
from cds_service.core.plans.taper import Plan
from cds_service.core.wording import words
from cds_service.core.wording.texts import Texts
from cds_service.pages.plan.view import View, view_of
from cds_service.pages.sentences import Sentences

WIDTH = 80
_PLOT_WIDTH, _PLOT_HEIGHT = 60, 8
# Columns for the dose before the plan.
_BEFORE = 3
_BLOCKS = " ▁▂▃▄▅▆▇█"
_GAP = "  "


def printed(made: PlanMade, texts: Texts, language: str, rules_version: str) -> str:
    view, say = view_of(made, texts, language), Sentences(texts, language)
    version = say("on-paper", on=made.request.on, version=rules_version)
    parts = [
        [*_wrapped(view.title), "=" * min(WIDTH, len(view.title)), *_wrapped(say("banner"))],
        [line for label, value in view.facts for line in _labelled(label, value)],
        list(_plot(made.plan, language, say)),
        list(_table(view, say)),
        list(_after(view, made, say)),
        [*_source(view, say), *_wrapped(version)],
        _wrapped(say("alone")),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _labelled(label: str, value: str) -> list[str]:
    return _wrapped(f"{label.ljust(11)} {value}", " " * 12)


def _after(view: View, made: PlanMade, say: Sentences) -> Iterator[str]:
    yield from _labelled(say("visits"), ", ".join(view.visits))
    for number, total in enumerate(view.totals):
        yield from _labelled("" if number else say("tablets"), total)
    until = say("total-until", ends=made.plan.ends, every=made.plan.pace.days)
    yield from _labelled("", f"({until})")
    for note in view.notes:
        yield from _labelled("", note)


def _source(view: View, say: Sentences) -> Iterator[str]:
    yield from _labelled(say("source"), f"{view.source.title} ({view.published}). {view.source_says}")
    yield " " * 12 + view.source.url
    yield from _labelled(say("ours"), " ".join(view.ours))


# --- table -----------------------------------------------------------------------------------


def _table(view: View, say: Sentences) -> Iterator[str]:
    """The table of levels."""
    head, *rows = [[cell.split(" + ") for cell in row] for row in _rows(view, say)]
    widths = [_width(column) for column in zip_longest(head, *rows, fillvalue=[""])]
    yield from _lines(head, widths)
    yield _GAP.join("-" * width for width in widths)
    for row in rows:
        yield from _lines(row, widths)
    yield from ("", *_wrapped(say("abbreviation-short")))


def _rows(view: View, say: Sentences) -> Iterator[list[str]]:
    """The cells of the head, then of each level."""
    yield [say("first-day"), say("last-day"), say("dose"), *["%"] * view.of_start, *view.moments]
    for row in view.rows:
        yield [row.first_day, row.last_day, row.dose, *[row.of_start] * view.of_start, *row.short_intakes]


def _width(column: Iterable[list[str]]) -> int:
    return max(len(line) for cell in column for line in cell)


def _lines(row: list[list[str]], widths: list[int]) -> Iterator[str]:
    """The lines of a row: a cell has one for each strength of tablets."""
    for lines in zip_longest(*row, fillvalue=""):
        padded = (line.ljust(width) for line, width in zip(lines, widths, strict=False))
        yield _GAP.join(padded).rstrip()


# --- plot ------------------------------------------------------------------------------------


def _plot(plan: Plan, language: str, say: Sentences) -> Iterator[str]:
    doses = [*[plan.from_mg] * _BEFORE, *_sampled(plan)]
    highest = max(doses)
    labels = {0: words.number(highest, language), _PLOT_HEIGHT - 1: "0"}
    width = max(len(label) for label in labels.values())
    yield " " * width + f" ┌ {say('plot-unit')}"
    for line in range(_PLOT_HEIGHT):
        blocks = "".join(_block(dose / highest, _PLOT_HEIGHT - 1 - line) for dose in doses)
        yield f"{labels.get(line, '').rjust(width)} │{blocks}".rstrip()
    first, last = (words.short_day(day, language) for day in (plan.levels[0].since, plan.ends))
    yield " " * width + " └" + "─" * _BEFORE + "┴" + "─" * (len(doses) - _BEFORE - 1)
    yield " " * (width + 2 + _BEFORE) + first + last.rjust(len(doses) - _BEFORE - len(first))


def _sampled(plan: Plan) -> Iterator[Fraction]:
    """The dose of each column. All levels have the same number of columns if there is room."""
    number = len(plan.levels)
    columns = max(1, _PLOT_WIDTH // number) * number if number <= _PLOT_WIDTH else _PLOT_WIDTH
    for column in range(columns):
        yield plan.levels[column * number // columns].mg_per_day


def _block(part: Fraction, line: int) -> str:
    """How much of a line a column fills, in eighths."""
    eighths = round(part * _PLOT_HEIGHT * 8) - line * 8
    return _BLOCKS[max(0, min(8, eighths))]
