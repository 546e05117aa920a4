"""Writes the counts as CSV: one row per week, rule and indicator, one column per override reason; or one per rule."""

import csv
import io
from collections.abc import Iterable

from cds_service.core.wording.texts import Texts
from cds_service.pages.insights.figures import Figures
from cds_service.pages.insights.view import rule_name
from cds_service.pages.sentences import Sentences
from cds_service.store.statistics import NO_REASON, WeekOfFinding

_COUNTS = ("week", "finding", "indicator", "shown", "accepted", "overridden", "unanswered")
_UNLISTED = "unlisted"


def csv_of(rows: Iterable[WeekOfFinding], texts: Texts) -> str:
    """The CSV text. Each cell is an id of ours, a date or a number, so none can be a spreadsheet formula."""
    reasons = [*(reason.code for reason in texts.override_reasons), _UNLISTED, NO_REASON]
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow([*_COUNTS, *(f"overridden:{reason}" for reason in reasons)])
    for row in rows:
        counts = (row.shown, row.accepted, sum(row.overridden.values()), row.ignored)
        of_reasons = [row.overridden.get(reason, 0) for reason in reasons]
        table.writerow([row.week.isoformat(), row.finding, row.indicator, *counts, *of_reasons])
    return written.getvalue()


def csv_by_rule(figures: Figures, texts: Texts, language: str) -> str:
    """The table of rules of the page, with its names; the id of each rule stands behind its name."""
    say = Sentences(texts, language)
    heads = [say(f"insights-{name}") for name in ("rule", "shown", "accepted", "overridden", "unanswered", "percent")]
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow([heads[0], "finding", *heads[1:]])
    for rule in figures.rules:
        tally, percent = rule.tally, rule.tally.override_percent
        numbers = (tally.shown, tally.accepted, tally.overridden, tally.unanswered)
        name = rule_name(rule.finding, texts, language)
        table.writerow([name, rule.finding, *numbers, "" if percent is None else percent])
    return written.getvalue()
