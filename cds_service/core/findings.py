"""What a decision is made of: answers of checks, findings of rules, and how urgent they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction

from cds_service.core.model import Case, Span


class Indicator(IntEnum):
    """How urgent a card is (CDS Hooks). Greater is worse; `critical` never blocks."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def code(self) -> str:
        return self.name.lower()


class Group(IntEnum):
    """What a finding is about. A request gets at most one card a group, in this order when equal.

    A NOTICE is a line on dose and precaution cards, a DOSE_NOTICE on dose cards; neither is a card of its own.
    """

    DOSE = 1
    PRESCRIPTION = 2
    PRECAUTIONS = 3
    CHECK = 4
    NOTICE = 5
    DOSE_NOTICE = 6


DATED = "dated"
DATINGS = (DATED, "state", "decision", "not-before")


@dataclass(frozen=True, slots=True)
class Source:
    """The published text that a rule rests on.

    `published` is the date of the text (`dating` is then "dated"). If the text has none, `dating` says which date
    it is: of the version read (`state`), of the decision reported, or the earliest possible one (`not-before`).
    """

    title: str
    url: str
    published: date
    dating: str = DATED


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """A daily dose of which a part could not be computed: what was read of it, to be confirmed."""

    mg_per_day: Span


FactValue = Fraction | Span | ToConfirm | int | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check says when its rule applies: which of its cases, about which orders, with what facts.

    `if_alcohol` marks an answer that holds only if the order is for alcohol dependence, which the
    record does not say; `if_addition` one that holds only if the order adds to what is taken and does
    not renew it. Both make it at most a warning, and worded so.
    """

    case: str
    orders: tuple[str, ...]
    facts: Mapping[str, FactValue]
    if_alcohol: bool = False
    if_addition: bool = False


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A check that could not be answered because a fact is unknown: its name in `Facts`, and why it is.

    `reason` is a key of cards/facts.toml.
    """

    fact: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that has something to say about a case. Of equally urgent ones the lowest `rank` speaks first."""

    rule: str
    group: Group
    indicator: Indicator
    answer: Answer
    source: Source
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """All findings of a case, most urgent first, under one version of the rules."""

    case: Case
    rules_version: str
    findings: tuple[Finding, ...]
