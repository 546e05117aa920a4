"""Writes the figures as plain text: the rules to look at, all rules, the reasons."""

from collections.abc import Iterator, Sequence

from cds_service.core.wording.texts import Texts
from cds_service.pages.insights.figures import Figures
from cds_service.pages.insights.view import View, view_of
from cds_service.pages.sentences import Sentences


def text_of(figures: Figures, texts: Texts, language: str) -> str:
    say = Sentences(texts, language)
    return "\n".join(_lines(view_of(figures, texts, language), say)) + "\n"


def _lines(view: View, say: Sentences) -> Iterator[str]:
    yield from (say("insights-title"), view.period, "")
    if view.is_empty:
        yield say("insights-nothing")
        return
    for label, number, part in view.totals:
        yield f"{label:<14} {number:>8}  {part}".rstrip()
    yield from ("", say("insights-look"))
    for row in view.to_look_at:
        yield f"! {row.finding}: {row.mark.lower()}. {row.mark_says}"
    if not view.to_look_at:
        yield say("insights-none-mostly", enough=view.enough)
    yield ""
    yield from _rules(view, say)
    if view.reasons:
        yield from ("", say("insights-by-reason"))
        for rule, reasons in view.reasons:
            yield from (f"{rule}:", *(f"    {reason}" for reason in reasons))


def _rules(view: View, say: Sentences) -> Iterator[str]:
    heads = [say(f"insights-{name}") for name in ("rule", "shown", "accepted", "overridden", "unanswered", "percent")]
    rows = [
        (row.finding, cells.shown, cells.accepted, cells.overridden, cells.unanswered, cells.percent)
        for row in view.rules
        for cells in (row.cells,)
    ]
    yield from _table([tuple(heads), *rows])


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join([f"{first:<{widths[0]}}", *cells]).rstrip()
