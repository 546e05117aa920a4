"""Reads the start of the period from a query, fetches the counts from the store, and makes the figures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Engine

from cds_service.config.clock import FIRST_DAY
from cds_service.pages.insights.figures import WEEK, Figures, figures, monday
from cds_service.store.database import reading
from cds_service.store.statistics import Asked, Part, WeekOfFinding, answers_by_urgency, by_part, by_week

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


def counted(
    engine: Engine | None, since: date, today: date, client: str = "", *, shadow: bool = False
) -> list[WeekOfFinding]:
    """The counts of all weeks from a Monday to the current week; empty without a database. Raises StoreDown."""
    if engine is None:
        return []
    with reading(engine) as connection:
        return by_week(connection, Asked(since, monday(today) + WEEK, client, shadow))


@dataclass(frozen=True)
class Counts:
    """All that the page shows. `answers` are by urgency; those on trial are apart, and what they would have said.

    `parts` are those of one rule.
    """

    rows: list[WeekOfFinding] = field(default_factory=list)
    answers: Mapping[str, int] = field(default_factory=dict)
    trial_answers: Mapping[str, int] = field(default_factory=dict)
    trial_rows: list[WeekOfFinding] = field(default_factory=list)
    parts: Mapping[Part, Mapping[str, WeekOfFinding]] = field(default_factory=dict)


def counts(engine: Engine | None, since: date, today: date, client: str = "", finding: str = "") -> Counts:
    """The counts of all weeks from a Monday to the current one. Raises StoreDown."""
    if engine is None:
        return Counts()
    sent, trial = (Asked(since, monday(today) + WEEK, client, shadow) for shadow in (False, True))
    parts = [part for part in Part if finding and not (client and part is Part.CLIENT)]
    with reading(engine) as connection:
        return Counts(
            by_week(connection, sent),
            answers_by_urgency(connection, sent),
            answers_by_urgency(connection, trial),
            by_week(connection, trial),
            {part: by_part(connection, sent, finding, part) for part in parts},
        )


def figures_of(rows: Iterable[WeekOfFinding], since: date, today: date, finding: str = "") -> Figures:
    return figures(list(rows), since, monday(today) + WEEK, finding)
