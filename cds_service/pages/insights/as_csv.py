"""Writes the counts as CSV: one row per week, rule and indicator, one column per override reason."""

import csv
import io
from collections.abc import Iterable

from cds_service.core.wording.texts import Texts
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
