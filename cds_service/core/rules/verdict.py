"""What every check shares: its shape, how it is declared, and the orders that it is about."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from cds_service.core.course.course import Course
from cds_service.core.course.readings import courses, courses_beside_another_disease, courses_with_stops, most_likely
from cds_service.core.course.signed import Signed, Standing
from cds_service.core.model.case import Case
from cds_service.core.model.findings import Answer, FactValue, Indicator, MissingFact
from cds_service.core.model.known import Fact, Known, Unknown
from cds_service.core.model.order import Indication, Order, Scope
from cds_service.core.model.ruleset import Values

T = TypeVar("T")


class CaseReadings:
    """A case with its readings, which the checks share: each is computed once, on first use."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.orders = case.orders
        self.facts = case.facts
        self.taper_step_mg = case.taper_step_mg

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        return tuple(courses(self.case, self.signed))

    @cached_property
    def of_the_sum(self) -> tuple[Course, ...]:
        """The readings on which a daily dose is judged: also of drafts for another disease, beside ours."""
        return self.courses or tuple(courses_beside_another_disease(self.case))

    @cached_property
    def judged(self) -> tuple[Order, ...]:
        """The orders that are or may be for alcohol dependence; else those of which the sum beside ours is judged."""
        ours = tuple(order for order in self.orders if order.scope is not Scope.OUT)
        return ours or (self.orders if self.of_the_sum else ())

    @cached_property
    def replacing(self) -> tuple[Course, ...]:
        """The readings in which the drafts replace what they can: all but the sum is judged on these."""
        return tuple(course for course in self.courses if not course.if_addition)

    def is_outside(self, answer: Answer) -> bool:
        """Whether an answer is about drafts that are outside the indication of their product, and no stop.

        One about no draft is not: what it says is never lowered for want of a draft.
        """
        drafts = [order for order in self.orders if order.reference in answer.orders]
        return bool(drafts) and all(order.indication is Indication.OUTSIDE and not order.stops for order in drafts)

    @cached_property
    def courses_with_stops(self) -> tuple[Course, ...]:
        return tuple(course for course in courses_with_stops(self.case, self.signed) if not course.if_addition)

    @cached_property
    def signed(self) -> Signed:
        return most_likely(self.case)


Verdict = Iterator[Answer | MissingFact]
Ask = Callable[[CaseReadings, Values], Verdict]


@dataclass(frozen=True)
class Check:
    """A question; for each of its cases what the answer gives to its card; the values that its rule file must give.

    A value that is a list may be left out, which reads as empty; so may the `optional` ones. `asks` are all facts
    of the patient that the question looks at itself.
    """

    ask: Ask
    cases: Mapping[str, tuple[str, ...]]
    values: Mapping[str, type]
    optional: tuple[str, ...]
    asks: tuple[str, ...]


DECLARED: dict[str, Check] = {}
"""Filled where each check stands; checks.py has them all."""


def check(
    name: str,
    cases: Mapping[str, tuple[str, ...]],
    *,
    values: Mapping[str, type] | None = None,
    optional: tuple[str, ...] = (),
    asks: tuple[str, ...] = (),
) -> Callable[[Ask], Ask]:
    """Declares the function below it as the check of this name, which a rule file may choose."""

    def declare(ask: Ask) -> Ask:
        if name in DECLARED:
            raise ValueError(f"two checks are named {name}")
        DECLARED[name] = Check(ask, cases, values or {}, optional, asks)
        return ask

    return declare


def certain(readings: CaseReadings) -> list[Order]:
    """The orders that are for alcohol dependence and ask for a dose."""
    return [order for order in readings.orders if order.scope is Scope.CERTAIN and not order.stops]


def possible(readings: CaseReadings) -> list[Order]:
    """The orders that are or may be for alcohol dependence; with those that stop, as the end of a decrease."""
    return [order for order in readings.orders if order.scope >= Scope.POSSIBLE]


def references(orders: Iterable[Order]) -> tuple[str, ...]:
    return tuple(order.reference for order in orders)


def most_likely_course(readings: CaseReadings) -> Course | None:
    """The most certain reading; None if no order to be judged asks for a dose."""
    return next(iter(readings.courses), None)


def answer_about(course: Course, case: str, **facts: FactValue) -> Answer:
    """An answer about the orders of a course, under the conditions of the course."""
    at_most = Indicator.WARNING if course.two_indications else None
    return Answer(case, course.orders, facts, course.if_alcohol, course.if_addition, at_most=at_most)


def missing(fact: Fact[T], name: str) -> Verdict:
    reason = gap_of(fact)
    if reason is not None:
        yield MissingFact(name, reason)


def gap_of(fact: Fact[T]) -> str | None:
    """Why a fact is unknown or incomplete; None if it is complete."""
    if isinstance(fact, Unknown):
        return fact.reason
    return fact.gap if isinstance(fact, Known) else None


def taken_unknown(readings: CaseReadings) -> MissingFact:
    """Either nobody knows what is taken now, or its dose cannot be computed."""
    return MissingFact("taken_now", gap_of(readings.facts.taken_now) or "dose-not-computable")


def is_first_prescription(readings: CaseReadings) -> bool:
    """Whether it is known that nothing is taken now, and was not lately."""
    return readings.signed.standing is Standing.FIRST


def may_be_first(readings: CaseReadings) -> bool:
    """Whether nobody can rule out that this is a first prescription."""
    return readings.signed.standing in (Standing.FIRST, Standing.WRITTEN_ONLY, Standing.UNKNOWN)


def says_yes(fact: Fact[bool]) -> bool:
    return isinstance(fact, Known) and fact.value
