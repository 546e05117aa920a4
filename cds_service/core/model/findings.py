"""What a decision is made of: answers of checks, findings of rules, and how urgent they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum
from fractions import Fraction
from typing import NamedTuple

from cds_service.core.model.case import Case
from cds_service.core.model.dose import Span


class Indicator(IntEnum):
    """How urgent a card is (CDS Hooks). Greater is worse; `critical` never blocks."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def code(self) -> str:
        return self.name.lower()


class Group(Enum):
    """What a finding is about. A request gets at most one card a group."""

    DOSE = "dose"
    PRESCRIPTION = "prescription"
    PRECAUTIONS = "precautions"
    CHECK = "check"


# In `joins` of a rule: its finding is the last line of the most urgent card, and a card only where there is none.
MOST_URGENT = "most-urgent"


class Place(NamedTuple):
    """Where findings of a rule stand among equally urgent ones: first by section, then by rank within it.

    Both are places in cds_service/rules/order-of-cards.toml. The sections are the groups; behind them come the
    lines that end other cards.
    """

    section: int
    rank: int


DATED = "dated"
DATINGS = (DATED, "state", "decision", "not-before")

READ = "read"
LINKS = (READ, "given", "front-page")


@dataclass(frozen=True, slots=True)
class Source:
    """The published text that a rule rests on.

    `published` is the date of the text (`dating` is then "dated"). If the text has none, `dating` says which date
    it is: of the version read (`state`), of the decision reported, or the earliest possible one (`not-before`).
    `where` names the paragraph, in words. `link` says what `url` reaches: the text that was read; a page that the
    text gives, which nobody here has read (`given`); or only the front page of its publisher (`front-page`).
    """

    title: str
    url: str
    published: date
    dating: str = DATED
    where: str = ""
    link: str = READ


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """A daily dose of which a part could not be computed: what was read of it, to be confirmed."""

    mg_per_day: Span


FactValue = Fraction | Span | ToConfirm | date | int | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check says when its rule applies: which of its cases, about which orders, with what facts.

    `if_alcohol` marks an answer that holds only if the order is for alcohol dependence, which the
    record does not say; `if_addition` one that holds only if the order adds to what is taken and does
    not renew it; `if_confirmed` one that rests on the larger of two readings of a dosage that contradicts
    itself. Each makes it at most a warning, and worded so. `at_most` limits its
    urgency for other reasons.
    """

    case: str
    orders: tuple[str, ...]
    facts: Mapping[str, FactValue]
    if_alcohol: bool = False
    if_addition: bool = False
    if_confirmed: bool = False
    at_most: Indicator | None = None

    @property
    def conditions(self) -> tuple[str, ...]:
        """The names of the conditions under which it holds, in the order in which they are said."""
        held = {"alcohol": self.if_alcohol, "addition": self.if_addition, "confirmed": self.if_confirmed}
        return tuple(name for name, holds in held.items() if holds)


@dataclass(frozen=True, slots=True)
class MissingFact:
    """A check that could not be answered because a fact is unknown: its name in `Facts`, and why it is.

    `reason` is a key of cards/facts.toml.
    """

    fact: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that has something to say about a case.

    It is on the card of its `group`; a notice has none, and is a line that ends the first card of `notice_on`. One
    that `leads` speaks in the summary of its card, whatever is more urgent on it. `joins` names where it gives up
    the card of its group: rules or a group whose card it is then part of, or `MOST_URGENT`.
    """

    rule: str
    group: Group | None
    indicator: Indicator
    answer: Answer
    source: Source
    place: Place
    notice_on: tuple[Group, ...] = ()
    leads: bool = False
    joins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """All findings of a case, most urgent first, under one version of the rules."""

    case: Case
    rules_version: str
    findings: tuple[Finding, ...]
