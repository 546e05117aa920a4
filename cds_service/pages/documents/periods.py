"""The periods of a rule as bars through time, for its page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from cds_service.core.model.ruleset import Rule
from cds_service.core.wording import words
from cds_service.reports.rule_words import RuleWriter

HEIGHT = 60
_FIRST = date(2012, 1, 1)
_MOST_PERCENT = 96


@dataclass(frozen=True, slots=True)
class Bar:
    """A period in which one value holds. Coordinates are in percent of the width."""

    x: str
    width: str
    label: str


@dataclass(frozen=True, slots=True)
class Periods:
    """All bars of a rule, the years below them, and the same in words."""

    bars: tuple[Bar, ...]
    years: tuple[tuple[str, str], ...]
    says: str
    height: int = HEIGHT


def periods_of(rule: Rule, today: date, write: RuleWriter) -> Periods:
    bars = tuple(_bars(rule, today, write))
    years = tuple((f"{_x(date(year, 1, 1), today):.2f}", str(year)) for year in range(2012, today.year + 1))
    return Periods(bars, years, " ; ".join(bar.label for bar in bars))


def _bars(rule: Rule, today: date, write: RuleWriter) -> Iterator[Bar]:
    ends = [change.since for change in rule.changes[1:]] + [today]
    for change, until in zip(rule.changes, ends, strict=True):
        if change.values is not None and change.since <= today:
            left = _x(change.since, today)
            days = write.day(change.since) + (f" → {write.day(until)}" if until < today else "")
            label = f"{days}{words.COLON[write.language]}{write.values(rule, change)}"
            yield Bar(f"{left:.2f}", f"{max(_x(until, today) - left - 0.15, 0.1):.2f}", label)


def _x(day: date, today: date) -> float:
    """A day before the first year, of what always held, is drawn there; room is left for the label of this year."""
    return max((day - _FIRST).days, 0) / max((today - _FIRST).days, 1) * _MOST_PERCENT
