"""A daily dose over time: an exact interval, the terms that it is the sum of, and the steps that it changes by."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

EVERY_DAY = frozenset(range(7))  # of the week, Monday first


@dataclass(frozen=True, slots=True)
class Span:
    """An exact interval, both ends included: mg for a dose, a number a day for intakes."""

    low: Fraction
    high: Fraction

    def __add__(self, other: "Span") -> "Span":
        return Span(self.low + other.low, self.high + other.high)

    def __sub__(self, other: "Span") -> "Span":
        """The inverse of an addition: what is left of a sum without one of its parts."""
        return Span(self.low - other.low, self.high - other.high)

    def __mul__(self, other: "Span") -> "Span":
        return Span(self.low * other.low, self.high * other.high)


NOTHING = Span(Fraction(0), Fraction(0))


@dataclass(frozen=True, slots=True)
class NotComputable:
    """Why a daily dose cannot be computed.

    `reason` is a key of cards/reasons.toml, `element` the FHIR path of what could not be read.
    `possible_mg_per_day` is a dose to be confirmed: it may raise an alert, it never clears one.
    """

    reason: str
    element: str
    possible_mg_per_day: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Something beside a dose that was not understood, or contradicts it: the dose is judged all the same, and asked.

    `reason` is a key of cards/reasons.toml, `element` a key of cards/facts.toml: what is in question, and which part
    of the order it is in. `contradicts`: the elements give two doses, of which the larger is judged.
    """

    reason: str
    element: str
    contradicts: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a daily dose, as the clinician wrote it: units x strength x times a day, on some `weekdays`.

    `strength_mg` is mg a tablet, or mg a ml if `in_ml`. A rate is one intake of the whole daily dose. A dose
    `as_needed` is from 0 to its full amount. `cap_mg_per_day` is the maximum of a day.
    """

    mg_per_intake: Span
    intakes_per_day: Span
    units_per_intake: Span | None = None
    strength_mg: Fraction | None = None
    in_ml: bool = False
    as_needed: bool = False
    cap_mg_per_day: Fraction | None = None
    weekdays: frozenset[int] = EVERY_DAY

    @property
    def mg_per_day(self) -> Span:
        whole = self.mg_per_intake * self.intakes_per_day
        high = whole.high if self.cap_mg_per_day is None else min(whole.high, self.cap_mg_per_day)
        some_days = self.as_needed or self.weekdays != EVERY_DAY
        return Span(Fraction(0) if some_days else min(whole.low, high), high)


@dataclass(frozen=True, slots=True)
class Step:
    """The daily dose on each day of [since, until), and the terms that it is the sum of.

    If the days of the step differ (every other day), `mg_per_day` is the interval of their doses. If the dose goes
    by the day of the week, `week` has that of each, Monday first. `until` is None if there is no end.
    """

    since: date
    until: date | None
    mg_per_day: Span
    terms: tuple[Term, ...]
    week: tuple[Span, ...] = ()


Steps = tuple[Step, ...]  # in time order, without overlap; days between two steps have no dose


@dataclass(frozen=True, slots=True)
class DoseReading:
    """The dose of an order over time, or why it cannot be computed, and what is to be asked about it."""

    dose: Steps | NotComputable
    questions: tuple[Question, ...] = ()
