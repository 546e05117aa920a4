"""Prepares the rules for the page: the days on which they change, a chart of doses, and the rules of one day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from cds_service.config.clock import FIRST_DAY
from cds_service.core.model.findings import Source
from cds_service.core.model.ruleset import (
    LIMIT_RULES,
    Rule,
    RuleChange,
    by_section,
    milligrams,
)
from cds_service.core.wording import words
from cds_service.knowledge.loading import Knowledge
from cds_service.reports.rule_words import RuleWriter, rule_words

WIDTH, HEIGHT = 960, 236
LEFT, RIGHT, TOP, BOTTOM = 76, 16, 24, 32
_TOP_MG = 350
_LINES = (0, 80, 300)
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class ChangeDay:
    """A day on which rules begin, change or end: the number of changes, and the topics of the rules."""

    day: date
    label: str
    changes: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DoseBar:
    """The dose of a rule during one period, as a bar of the chart. Coordinates are in SVG units."""

    rule: str
    left: str
    width: str
    y: str
    label: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule in force on a day. `fresh` is True if it began or changed on that day."""

    id: str
    name: str
    value: str
    since: str
    indicator: str
    source: Source
    published: str
    note: str
    reviewed: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """The doses of rules from the first text to today; `marker` is the x position of the chosen day."""

    bands: tuple[DoseBar, ...]
    years: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, str], ...]
    marker: str


@dataclass(frozen=True, slots=True)
class RulesOfDay:
    """The rules in force on a day by group, in the order of cards; and (topic, begin or end) of the others."""

    day: str
    groups: tuple[tuple[str, tuple[Entry, ...]], ...]
    not_in_force: tuple[tuple[str, str], ...]
    number: int


def stops(knowledge: Knowledge, today: date, language: str) -> tuple[ChangeDay, ...]:
    """The days up to today on which rules change, oldest first."""
    by_day: dict[date, list[str]] = {}
    for rule in knowledge.rules.rules:
        for change in rule.changes:
            if FIRST_DAY <= change.since <= today:
                by_day.setdefault(change.since, []).append(knowledge.texts.topics[rule.id, language])
    return tuple(
        ChangeDay(day, words.short_day(day, language), len(names), tuple(dict.fromkeys(names)))
        for day, names in sorted(by_day.items())
    )


def rules_of_day(knowledge: Knowledge, day: date, language: str) -> RulesOfDay:
    write = rule_words(knowledge, language)
    in_force = knowledge.rules.in_force(day)
    groups = tuple(
        (
            write.phrase(f"group-{section}"),
            tuple(_entry(rule, change, day, write) for rule, change in in_force if rule in rules),
        )
        for section, rules in by_section(rule for rule, _ in in_force).items()
    )
    others = tuple(
        (write.texts.topics[rule.id, language], write.when_in_force(rule, day))
        for rule in knowledge.rules.rules
        if rule.on(day) is None
    )
    return RulesOfDay(write.day(day), groups, others, len(in_force))


def _entry(rule: Rule, change: RuleChange, day: date, write: RuleWriter) -> Entry:
    return Entry(
        id=rule.id,
        name=write.texts.topics[rule.id, write.language],
        value=words.typeset(write.values(rule, change), write.language),
        since=write.day(change.since),
        indicator=write.indicators(rule),
        source=change.source,
        published=write.cited(change.source),
        note=change.note,
        reviewed=write.day(rule.reviewed),
        fresh=change.since == day,
    )


# --- the chart -------------------------------------------------------------------------------


def chart(knowledge: Knowledge, today: date, chosen: date, language: str) -> Chart:
    return Chart(
        bands=tuple(band for name in LIMIT_RULES for band in _bands(knowledge.rules.rule(name), today, language)),
        years=tuple((_x(date(year, 1, 1), today), str(year)) for year in range(2013, today.year + 1)),
        lines=tuple((_y(Fraction(mg)), words.number(Fraction(mg), language)) for mg in _LINES),
        marker=_x(chosen, today),
    )


def _bands(rule: Rule, today: date, language: str) -> Iterator[DoseBar]:
    """A bar for each value; where only the text changes, the bar goes on."""
    values = [change.values for change in rule.changes]
    new = [change for change, earlier in zip(rule.changes, [None, *values], strict=False) if change.values != earlier]
    ends = [change.since for change in new[1:]] + [today]
    for change, until in zip(new, ends, strict=True):
        if change.values is not None:
            mg = milligrams(change.values, "mg_per_day")
            left, right = _units(change.since, today), _units(until, today)
            width, label = f"{right - left:.1f}", words.mg_per_day(mg, language)
            yield DoseBar(rule.id, f"{left:.1f}", width, _y(mg), label)


def _x(day: date, today: date) -> str:
    return f"{_units(day, today):.1f}"


def _units(day: date, today: date) -> float:
    """The x position of a day in SVG units. The chart begins four months before the first text."""
    first = FIRST_DAY - _YEAR / 3
    return LEFT + (day - first) / (today - first) * (WIDTH - LEFT - RIGHT)


def _y(mg: Fraction) -> str:
    return f"{float(HEIGHT - BOTTOM - mg / _TOP_MG * (HEIGHT - TOP - BOTTOM)):.1f}"
