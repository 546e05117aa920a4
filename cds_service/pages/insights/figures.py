"""Adds up the counts of the store by rule, week and reason, and marks rules that are nearly always overridden."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from cds_service.store.statistics import WeekOfFinding

WEEK = timedelta(days=7)

# Our choice: from this share of overrides on, with enough answers, a rule is marked as a cause of alert fatigue.
MOSTLY = Fraction(9, 10)
ENOUGH_ANSWERS = 20


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of findings shown on cards, by how they ended. `reasons` counts the overridden ones by reason."""

    shown: int = 0
    accepted: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def overridden(self) -> int:
        return sum(self.reasons.values())

    @property
    def answered(self) -> int:
        return self.accepted + self.overridden

    @property
    def unanswered(self) -> int:
        return self.shown - self.answered

    @property
    def override_percent(self) -> int | None:
        """Overrides in percent of the answers, not of the cards shown; None without answers."""
        return round(self.overridden * 100 / self.answered) if self.answered else None

    @property
    def is_mostly_overridden(self) -> bool:
        return self.answered >= ENOUGH_ANSWERS and self.overridden >= MOSTLY * self.answered


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """One rule in the whole period. `indicators` counts its findings by indicator."""

    finding: str
    tally: Tally
    indicators: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a period: all its weeks, even without cards; its rules, those mostly overridden first."""

    weeks: tuple[tuple[date, Tally], ...]
    rules: tuple[RuleFigures, ...]
    total: Tally

    @property
    def mostly_overridden(self) -> tuple[RuleFigures, ...]:
        return tuple(rule for rule in self.rules if rule.tally.is_mostly_overridden)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def figures(rows: Sequence[WeekOfFinding], since: date, until: date, finding: str = "") -> Figures:
    """Adds up rows for [since, until), two Mondays. With `finding` the weeks are those of one rule only."""
    of_weeks = [row for row in rows if finding in ("", row.finding)]
    mondays = (since + WEEK * number for number in range((until - since) // WEEK))
    return Figures(
        weeks=tuple((day, tally(row for row in of_weeks if row.week == day)) for day in mondays),
        rules=tuple(sorted(_of_rules(rows), key=_first)),
        total=tally(rows),
    )


def tally(rows: Iterable[WeekOfFinding]) -> Tally:
    shown = accepted = 0
    reasons: Counter[str] = Counter()
    for row in rows:
        shown += row.shown
        accepted += row.accepted
        reasons.update(row.overridden)
    return Tally(shown, accepted, dict(reasons.most_common()))


def _of_rules(rows: Sequence[WeekOfFinding]) -> Iterator[RuleFigures]:
    for finding in {row.finding for row in rows}:
        yield _of_rule(finding, [row for row in rows if row.finding == finding])


def _of_rule(finding: str, rows: Sequence[WeekOfFinding]) -> RuleFigures:
    indicators: Counter[str] = Counter()
    for row in rows:
        indicators[row.indicator] += row.shown
    return RuleFigures(finding, tally(rows), dict(indicators.most_common()))


def _first(rule: RuleFigures) -> tuple[bool, int, str]:
    return not rule.tally.is_mostly_overridden, -rule.tally.shown, rule.finding
