"""Defines what all checks share: their type, the readings of a case, and answers about orders and facts."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TypeVar

from cds_service.core.course import Course
from cds_service.core.findings import Answer, FactValue, Unjudged
from cds_service.core.model import Case, Fact, Known, Order, ReportedNone, Scope, Span, Unknown
from cds_service.core.readings import courses, courses_with_stops, taken_before
from cds_service.core.ruleset import Values

T = TypeVar("T")


class Situation:
    """A case with its readings, which the checks share: each is computed once, on first use."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.orders = case.orders
        self.facts = case.facts
        self.taper_step_mg = case.taper_step_mg

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        return tuple(courses(self.case))

    @cached_property
    def courses_with_stops(self) -> tuple[Course, ...]:
        return tuple(courses_with_stops(self.case))

    @cached_property
    def taken_before(self) -> Span | None:
        return taken_before(self.case)


Verdict = Iterator[Answer | Unjudged]
Ask = Callable[[Situation, Values], Verdict]


def certain(situation: Situation) -> list[Order]:
    """The orders that are for alcohol dependence and ask for a dose."""
    return [order for order in situation.orders if order.scope is Scope.CERTAIN and not order.stops]


def possible(situation: Situation) -> list[Order]:
    """The orders that are or may be for alcohol dependence; with those that stop, as the end of a decrease."""
    return [order for order in situation.orders if order.scope >= Scope.POSSIBLE]


def references(orders: Iterable[Order]) -> tuple[str, ...]:
    return tuple(order.reference for order in orders)


def surest(situation: Situation) -> Course | None:
    """The most certain reading; None if no order to be judged asks for a dose."""
    return next(iter(situation.courses), None)


def about(course: Course, case: str, **facts: FactValue) -> Answer:
    """An answer about the orders of a course, under the conditions of the course."""
    return Answer(case, course.orders, facts, course.if_alcohol, course.if_addition)


def unjudged(fact: Fact[T], name: str) -> Verdict:
    reason = gap_of(fact)
    if reason is not None:
        yield Unjudged(name, reason)


def gap_of(fact: Fact[T]) -> str | None:
    """Why a fact is unknown or incomplete; None if it is complete."""
    if isinstance(fact, Unknown):
        return fact.reason
    return fact.gap if isinstance(fact, Known) else None


def is_first_prescription(situation: Situation) -> bool:
    """Whether it is known that nothing is taken now."""
    return isinstance(situation.facts.taken_now, ReportedNone)


def says_yes(fact: Fact[bool]) -> bool:
    return isinstance(fact, Known) and fact.value
