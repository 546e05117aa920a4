"""Counts the findings that were shown, and how they were answered, by week."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, Subquery, and_, func, select

from cds_service.store.tables import ANSWERS, FEEDBACK, FINDINGS

NO_REASON = "none"
"""The reason of an override that came without one. A code that is not ours is `unlisted`."""

_Counted = Row[*tuple[Any, ...]]


@dataclass(frozen=True)
class WeekOfFinding:
    """One finding in one week. `shown` counts cards; a card that is sent again for the same call counts once.

    shown = accepted + sum(overridden.values()) + ignored. A card with several findings counts for each of them.
    """

    week: date  # its Monday, in UTC
    finding: str
    indicator: str  # info, warning, critical
    shown: int
    accepted: int
    overridden: Mapping[str, int]  # by reason: one of our codes, `unlisted` or `none`
    ignored: int  # no feedback: silence is not acceptance


def by_week(
    connection: Connection, since: date, until: date, client: str = "", *, shadow: bool = False
) -> list[WeekOfFinding]:
    """The counts by week, finding and indicator, in this order, for weeks whose Monday is in [since, until).

    With `client`, an id, only the cards of that client are counted. With `shadow`, those that were not sent.
    """
    rows = connection.execute(_counts(since, until, client, shadow)).all()
    return [_fold(*key, group) for key, group in groupby(rows, lambda row: (row.week, row.finding, row.indicator))]


def _counts(since: date, until: date, client: str, shadow: bool) -> Select[Any]:
    shown, ending = _shown(since, until, client, shadow), _endings()
    told = and_(ending.c.client == shown.c.client, ending.c.card == shown.c.card, ending.c.place == 1)
    columns = (shown.c.week, shown.c.finding, shown.c.indicator, ending.c.outcome, ending.c.reason)
    counted = select(*columns, func.count().label("cards")).select_from(shown.outerjoin(ending, told))
    return counted.group_by(*columns).order_by(*columns[:3])


def _shown(since: date, until: date, client: str, shadow: bool) -> Subquery:
    columns = (ANSWERS.c.week, ANSWERS.c.client, FINDINGS.c.card, FINDINGS.c.finding, FINDINGS.c.indicator)
    within = and_(ANSWERS.c.week >= since.isoformat(), ANSWERS.c.week < until.isoformat())
    within = and_(within, ANSWERS.c.shadow == shadow)
    if client:
        within = and_(within, ANSWERS.c.client == client)
    joined = FINDINGS.join(ANSWERS, FINDINGS.c.answer == ANSWERS.c.id)
    return select(*columns).select_from(joined).where(within, FINDINGS.c.card.is_not(None)).distinct().subquery()


def _endings() -> Subquery:
    """Feedback, numbered from the latest on each card. The latest says how the card ended."""
    last_first = (FEEDBACK.c.effective_at.desc(), FEEDBACK.c.received_at.desc(), FEEDBACK.c.id)
    place = func.row_number().over(partition_by=(FEEDBACK.c.client, FEEDBACK.c.card), order_by=last_first)
    kept = (FEEDBACK.c.client, FEEDBACK.c.card, FEEDBACK.c.outcome, FEEDBACK.c.reason)
    return select(*kept, place.label("place")).subquery()


def _fold(week: str, finding: str, indicator: str, rows: Iterable[_Counted]) -> WeekOfFinding:
    counts = {(row.outcome, row.reason or NO_REASON): int(row.cards) for row in rows}
    overridden = {reason: cards for (outcome, reason), cards in counts.items() if outcome == "overridden"}
    return WeekOfFinding(
        week=date.fromisoformat(week),
        finding=finding,
        indicator=indicator,
        shown=sum(counts.values()),
        accepted=counts.get(("accepted", NO_REASON), 0),
        overridden=dict(sorted(overridden.items())),
        ignored=counts.get((None, NO_REASON), 0),
    )
