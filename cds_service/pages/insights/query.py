"""Reads the start of the period from a query, fetches the counts from the store, and makes the figures."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Engine

from cds_service.pages.insights.figures import WEEK, Figures, figures, monday
from cds_service.store.database import reading
from cds_service.store.statistics import Asked, WeekOfFinding, by_week

FIRST_DAY = date(2012, 4, 24)  # the first day that has rules
_WEEKS = 26


def first_monday(asked: str, today: date) -> date | None:
    """The Monday of the week of a date; half a year ago if no date is given; None if it is not a past date."""
    if not asked:
        return monday(today) - WEEK * (_WEEKS - 1)
    try:
        day = date.fromisoformat(asked) if len(asked) == len("2026-11-22") else None
    except ValueError:
        return None
    return monday(day) if day and FIRST_DAY <= day <= today else None


def counted(engine: Engine | None, since: date, today: date, client: str = "") -> list[WeekOfFinding]:
    """The counts of all weeks from a Monday to the current week; empty without a database. Raises StoreDown."""
    if engine is None:
        return []
    with reading(engine) as connection:
        return by_week(connection, Asked(since, monday(today) + WEEK, client))


def figures_of(rows: Iterable[WeekOfFinding], since: date, today: date, finding: str = "") -> Figures:
    return figures(list(rows), since, monday(today) + WEEK, finding)
