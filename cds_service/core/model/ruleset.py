"""Holds the rules and the days on which they change. A period is half-open: it ends when the next one begins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import cast

from cds_service.core.model.case import TaperPart
from cds_service.core.model.findings import Group, Indicator, Place, Source
from cds_service.core.model.look_back import LookBack, look_back

REVIEW_AGAIN_AFTER = timedelta(days=365)

Value = Fraction | int | str | tuple[str, ...]
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """The values of a rule from `since` on, and their source. `values` is None if the rule ended."""

    since: date
    values: Values | None
    source: Source
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One file of cds_service/rules. `indicators` gives the urgency of each case of its check.

    A rule has either a group, or `notice_on`: the groups of whose cards the first ends with what it says, in a line.
    The cases of `leads` speak first on their card, whatever is more urgent on it. `joins` names for some cases the
    rules, the group or `MOST_URGENT`, whose card they are part of, where there is one.
    """

    id: str
    check: str
    group: Group | None
    notice_on: tuple[Group, ...]
    indicators: Mapping[str, Indicator]
    reviewed: date
    changes: tuple[RuleChange, ...]
    place: Place
    leads: tuple[str, ...] = ()
    joins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def section(self) -> str:
        """Where pages and definitions list it: under its group, or among the lines on other cards."""
        if self.group is not None:
            return self.group.value
        return "notice" if len(self.notice_on) > 1 else f"{self.notice_on[0].value}-notice"

    def on(self, day: date) -> RuleChange | None:
        """The change in force on a day; None before the first one and after the rule has ended."""
        for change in reversed(self.changes):
            if change.since <= day:
                return change if change.values is not None else None
        return None


@dataclass(frozen=True)
class RuleSet:
    """All rules, and the version that every answer names."""

    version: str
    rules: tuple[Rule, ...]

    def overdue(self, on: date) -> list[Rule]:
        """The rules that were last compared with their sources more than a year before a day."""
        return [rule for rule in self.rules if on - rule.reviewed > REVIEW_AGAIN_AFTER]

    def in_force(self, day: date) -> list[tuple[Rule, RuleChange]]:
        return [(rule, change) for rule in self.rules if (change := rule.on(day)) is not None]

    def rule(self, identity: str) -> Rule:
        return self._by_id[identity]

    @cached_property
    def _by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def windows(self) -> LookBack:
        return look_back(self.rule(LOOK_BACK_RULE).changes[0].values or {})

    def values(self, identity: str, day: date) -> Values | None:
        """The values of a rule in force on a day; None before it began and after it ended."""
        change = self.rule(identity).on(day)
        return None if change is None else change.values


def milligrams(values: Values, name: str) -> Fraction:
    """A value of a rule that is a number; the loader has made sure that it is one."""
    return cast(Fraction, values[name])


def number_of(values: Values, name: str) -> Fraction | None:
    """A value of a rule that is a number; None if the rule file leaves it out."""
    return cast("Fraction | None", values.get(name))


def whole(values: Values, name: str) -> int:
    """A value of a rule that is a whole number."""
    return cast(int, values[name])


def days(values: Values, name: str) -> timedelta:
    """A value of a rule that is a number of days."""
    return timedelta(days=cast(int, values[name]))


def by_section(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Rules under their sections, these in the order of cards."""
    sections: dict[str, list[Rule]] = {}
    for rule in sorted(rules, key=lambda rule: (rule.place.section, rule.id)):
        sections.setdefault(rule.section, []).append(rule)
    return sections


# The rule files that limit the daily dose, the maximum first.
MAXIMUM_RULE = "daily-dose-above-maximum"
RECOMMENDED_RULE = "daily-dose-above-recommended"
CARE_RULE = "specialist-care"
LIMIT_RULES = (MAXIMUM_RULE, RECOMMENDED_RULE, CARE_RULE)

# The rule files that say how fast a dose may fall, and to where a taper goes.
TAPER_RULE = "dose-reduction-too-fast"
TAPER_LIMIT_RULE = "taper-in-progress"


def taper_step_mg(rules: RuleSet, on: date) -> Fraction | None:
    """The greatest fall of a taper within two days; None while no text says how to taper."""
    return _of_rule(rules, TAPER_RULE, "mg_per_2_days", on)


def taper_limit_mg(rules: RuleSet, on: date) -> Fraction | None:
    """The dose at or below which a taper is to end."""
    return _of_rule(rules, TAPER_LIMIT_RULE, "mg_per_day", on)


def taper_part(rules: RuleSet, on: date) -> TaperPart | None:
    """What is a part of a taper; None while no text says how to taper."""
    values = rules.values(TAPER_LIMIT_RULE, on)
    return None if values is None else TaperPart(whole(values, "part_days"), whole(values, "part_falls"))


def limits_mg(rules: RuleSet, on: date) -> tuple[Fraction, ...]:
    """All limits of the daily dose in force."""
    limits = (_of_rule(rules, name, "mg_per_day", on) for name in LIMIT_RULES)
    return tuple(limit for limit in limits if limit is not None)


# The rule file that says how far back and ahead the record is looked at.
LOOK_BACK_RULE = "look-back"


def _of_rule(rules: RuleSet, name: str, value: str, on: date) -> Fraction | None:
    values = rules.values(name, on)
    return None if values is None else milligrams(values, value)


def names(values: Values, name: str) -> tuple[str, ...]:
    """A value of a rule that is a list of names; absent reads as empty."""
    return cast("tuple[str, ...]", values.get(name, ()))
