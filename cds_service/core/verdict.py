"""What every check shares: its shape, and the orders that it is about."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from cds_service.core.course import Course
from cds_service.core.findings import Answer, FactValue, Unjudged
from cds_service.core.model import Case, Fact, Known, Order, ReportedNone, Scope, Unknown
from cds_service.core.readings import courses
from cds_service.core.ruleset import Values

T = TypeVar("T")
Verdict = Iterator[Answer | Unjudged]
Ask = Callable[[Case, Values], Verdict]


def certain(case: Case) -> list[Order]:
    """The orders that are for alcohol dependence and ask for a dose."""
    return [order for order in case.orders if order.scope is Scope.CERTAIN and not order.stops]


def possible(case: Case) -> list[Order]:
    """The orders that are, or may well be, for alcohol dependence and ask for a dose."""
    return [order for order in case.orders if order.scope >= Scope.POSSIBLE and not order.stops]


def references(orders: Iterable[Order]) -> tuple[str, ...]:
    return tuple(order.reference for order in orders)


def surest(case: Case) -> Course | None:
    """The course of the orders that are most surely ours."""
    return next(courses(case), None)


def about(course: Course, case: str, **facts: FactValue) -> Answer:
    """An answer on a course, with the conditions under which the course holds."""
    return Answer(case, course.orders, facts, course.if_alcohol, course.if_addition)


def unjudged(fact: Fact[T], name: str) -> Verdict:
    if isinstance(fact, Unknown):
        yield Unjudged((name,))


def is_first_prescription(case: Case) -> bool:
    """Nothing is taken now, and that is known."""
    return isinstance(case.facts.taken_now, ReportedNone)


def says_yes(fact: Fact[bool]) -> bool:
    return isinstance(fact, Known) and fact.value
