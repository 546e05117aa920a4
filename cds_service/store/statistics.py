"""Counts answers and the findings that were shown, and how these were answered: by week, or by another part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import groupby
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, Subquery, and_, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from cds_service.store.booking import booked
from cds_service.store.tables import ANSWER_PRODUCTS, ANSWERS, CARDS, FINDINGS, OTHER_CALLS

NO_REASON = "none"
"""The reason of an override that came without one. A code that is not ours is `unlisted`."""

SILENT = "silent"
URGENCIES = (SILENT, "info", "warning", "critical")
"""What an answer says at worst."""

_Counted = Row[*tuple[Any, ...]]


class Part(Enum):
    """By what the findings of a rule are counted."""

    PRODUCT = "product"
    VERSION = "version"
    CLIENT = "client"


@dataclass(frozen=True)
class Asked:
    """The answers that are counted: of weeks whose Monday is in [since, until), of one client, by its id, or of all.

    With `shadow` those whose cards were not sent, else all others.
    """

    since: date
    until: date
    client: str = ""
    shadow: bool = False

    @property
    def condition(self) -> ColumnElement[bool]:
        within = and_(ANSWERS.c.week >= self.since.isoformat(), ANSWERS.c.week < self.until.isoformat())
        within = and_(within, ANSWERS.c.shadow == self.shadow)
        return and_(within, ANSWERS.c.client == self.client) if self.client else within


@dataclass(frozen=True)
class WeekOfFinding:
    """One finding in one week. `shown` counts cards; a card that is sent again for the same call counts once.

    shown = accepted + sum(overridden.values()) + ignored.
    """

    week: date  # its Monday, in UTC
    finding: str
    indicator: str  # info, warning, critical
    shown: int
    accepted: int
    overridden: Mapping[str, int]  # by reason: one of our codes, `unlisted` or `none`
    ignored: int  # no feedback that is about it: silence is not acceptance


def by_week(connection: Connection, asked: Asked) -> list[WeekOfFinding]:
    """The counts by week, finding and indicator, in this order."""
    rows = connection.execute(_counts(asked, ANSWERS.c.week)).all()
    return [
        WeekOfFinding(date.fromisoformat(week), finding, indicator, **_folded(group))
        for (week, finding, indicator), group in groupby(rows, lambda row: (row.part, row.finding, row.indicator))
    ]


def by_part(connection: Connection, asked: Asked, finding: str, part: Part) -> dict[str, WeekOfFinding]:
    """The counts of one finding by product, rules version or client. An answer with two products counts for both.

    An empty name stands for an answer without a product of our list.
    """
    column = {
        Part.PRODUCT: func.coalesce(ANSWER_PRODUCTS.c.product, ""),
        Part.VERSION: ANSWERS.c.rules_version,
        Part.CLIENT: ANSWERS.c.client,
    }[part]
    rows = connection.execute(_counts(asked, column, finding)).all()
    return {
        name: WeekOfFinding(asked.since, finding, "", **_folded(group))
        for name, group in groupby(rows, lambda row: row.part)
    }


def answers_by_urgency(connection: Connection, asked: Asked) -> dict[str, int]:
    """How many answers were silent, and how many had a card of which urgency at worst."""
    ranks = case(*((CARDS.c.indicator == name, rank) for rank, name in enumerate(URGENCIES)), else_=0)
    worst = func.coalesce(func.max(ranks), 0).label("worst")
    joined = ANSWERS.outerjoin(CARDS, CARDS.c.answer == ANSWERS.c.id)
    each = select(worst).select_from(joined).where(asked.condition).group_by(ANSWERS.c.id).subquery()
    found = connection.execute(select(each.c.worst, func.count().label("answers")).group_by(each.c.worst))
    counted = dict.fromkeys(URGENCIES, 0) | {URGENCIES[row.worst]: int(row.answers) for row in found}
    return counted | {SILENT: counted[SILENT] + _other_calls(connection, asked)}


def _other_calls(connection: Connection, asked: Asked) -> int:
    """How many calls were not about baclofen: all are answered by silence, and kept as counts."""
    calls = OTHER_CALLS.c
    within = and_(calls.hour >= asked.since.isoformat(), calls.hour < asked.until.isoformat())
    within = and_(within, calls.shadow == asked.shadow)
    if asked.client:
        within = and_(within, calls.client == asked.client)
    return int(connection.execute(select(func.coalesce(func.sum(calls.calls), 0)).where(within)).scalar_one())


def _counts(asked: Asked, part: Column[str] | ColumnElement[str], finding: str = "") -> Select[Any]:
    shown = _shown(asked, part, finding)
    ended = booked(shown)
    same = and_(*(ended.c[column.name] == column for column in shown.c))
    columns = (shown.c.part, shown.c.finding, shown.c.indicator, ended.c.outcome, ended.c.reason)
    counted = select(*columns, func.count().label("cards")).select_from(shown.outerjoin(ended, same))
    if finding:
        counted = counted.where(shown.c.finding == finding)
    return counted.group_by(*columns).order_by(*columns[:3])


def _shown(asked: Asked, part: Column[str] | ColumnElement[str], finding: str) -> Subquery:
    columns = (part.label("part"), ANSWERS.c.client, FINDINGS.c.card, FINDINGS.c.finding, FINDINGS.c.indicator)
    joined = FINDINGS.join(ANSWERS, FINDINGS.c.answer == ANSWERS.c.id)
    if finding:
        joined = joined.outerjoin(ANSWER_PRODUCTS, ANSWER_PRODUCTS.c.answer == ANSWERS.c.id)
    within = and_(asked.condition, FINDINGS.c.card.is_not(None))
    # All findings of a card are needed to see which of them feedback is about.
    of_it = within if not finding else and_(within, FINDINGS.c.card.in_(_cards_with(finding)))
    return select(*columns).select_from(joined).where(of_it).distinct().subquery()


def _cards_with(finding: str) -> Select[Any]:
    return select(FINDINGS.c.card).where(FINDINGS.c.finding == finding)


def _folded(rows: Iterable[_Counted]) -> dict[str, Any]:
    counts: dict[tuple[str | None, str], int] = {}
    for row in rows:
        key = row.outcome, row.reason or NO_REASON
        counts[key] = counts.get(key, 0) + int(row.cards)
    overridden = {reason: cards for (outcome, reason), cards in counts.items() if outcome == "overridden"}
    return {
        "shown": sum(counts.values()),
        "accepted": counts.get(("accepted", NO_REASON), 0),
        "overridden": dict(sorted(overridden.items())),
        "ignored": counts.get((None, NO_REASON), 0),
    }
