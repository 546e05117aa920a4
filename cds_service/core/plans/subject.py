"""Which drafts a suggestion may change, and what is taken in their place: or why nobody can say."""

from collections.abc import Sequence
from dataclasses import dataclass

from cds_service.core.course.course import Course
from cds_service.core.course.readings import courses, courses_with_stops
from cds_service.core.model.case import Case
from cds_service.core.model.findings import Decision, Finding, Indicator
from cds_service.core.model.known import Known
from cds_service.core.model.order import Indication, Order, Scope
from cds_service.core.plans.permission import Permission, permission
from cds_service.core.plans.products import ProductCatalogue

INDICATION_RULE = "indication-not-documented"
NOT_ADULT_RULE = "not-adult"
_CONSUMPTION_RULE = "consumption-below-threshold"
_PSYCHIATRIC_RULE = "psychiatric-history"


@dataclass(frozen=True, slots=True)
class Subject:
    """The drafts to be changed, the likeliest reading of what will be taken, and the lines taken now.

    It is one draft and one line or none, or the lines of one regimen.
    """

    orders: tuple[Order, ...]
    course: Course
    taken: tuple[Order, ...]
    permitted: Permission


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision, with what all its suggestions are made from: worked out once.

    `found` has the worst finding of each rule, `readings` all courses, the most certain first. `subject` is what a
    plan is made for, or why there can be none.
    """

    case: Case
    found: dict[str, Finding]
    readings: tuple[Course, ...]
    subject: Subject | str
    may_rise: bool
    catalogue: ProductCatalogue


def asked_of(decision: Decision, catalogue: ProductCatalogue) -> Asked:
    readings = tuple(courses(decision.case))
    subject = _subject(decision, readings)
    return Asked(decision.case, worst_findings(decision), readings, subject, _may_rise(decision), catalogue)


def worst_findings(decision: Decision) -> dict[str, Finding]:
    """The worst finding of each rule; a decision has the worst first."""
    worst: dict[str, Finding] = {}
    for finding in decision.findings:
        worst.setdefault(finding.rule, finding)
    return worst


def orders_to_change(case: Case) -> tuple[Order, ...] | str:
    """The baclofen drafts that suggestions may change; a reason if it is not clear which.

    That is one order, whatever it stops beside it, or the lines of one regimen. It is not clear with others, a copy
    under another id, an unread entry, data of another patient or a defect of ours; nor for an order without an id,
    named only in words, not certainly for alcohol dependence or surely for something else.
    """
    orders = tuple(order for order in case.orders if not order.stops) or case.orders
    alone = len(orders) == 1 or _are_one_regimen(orders)
    if any((case.copies, case.unread, case.strangers, case.defects)):
        return "data"
    if not alone:
        return "several"
    if not all(map(_is_named, orders)):
        return "order"
    return orders if all(map(_is_surely_ours, orders)) else _why_not_ours(orders)


def _why_not_ours(orders: Sequence[Order]) -> str:
    """Of orders that are all for another disease only the sum beside ours is judged."""
    return "two-indications" if {order.scope for order in orders} == {Scope.OUT} else "indication"


def _is_named(order: Order) -> bool:
    return not order.medicine.by_text and order.reference.startswith("MedicationRequest/")


def _is_surely_ours(order: Order) -> bool:
    return order.scope is Scope.CERTAIN and order.indication is not Indication.OUTSIDE


def _are_one_regimen(orders: Sequence[Order]) -> bool:
    """Whether drafts are the lines of one regimen: of one group, each of its own strength."""
    groups, strengths = {order.group for order in orders}, {order.medicine.strength_mg for order in orders}
    return len(groups) == 1 and None not in groups | strengths and len(strengths) == len(orders)


def _subject(decision: Decision, readings: Sequence[Course]) -> Subject | str:
    """What a plan is made for, or why none can be."""
    case = decision.case
    orders = orders_to_change(case)
    if isinstance(orders, str):
        return orders
    if any(finding.rule == INDICATION_RULE for finding in decision.findings):
        return "indication"
    course = next(courses_with_stops(case) if orders[0].stops else iter(readings), None)
    taken = taken_of(case)
    if any(known.questions for known in (*orders, *taken)):
        return "dose"  # it is to be confirmed first
    return "taken" if course is None else _permitted(case, orders, course, readings)


def _permitted(case: Case, orders: tuple[Order, ...], course: Course, readings: Sequence[Course]) -> Subject | str:
    if unclear := _why_unclear(case, orders, course):
        return unclear
    permitted = permission(case, course, readings)
    return permitted if isinstance(permitted, str) else Subject(orders, course, taken_of(case), permitted)


def _why_unclear(case: Case, orders: Sequence[Order], course: Course) -> str:
    """Why no plan can take the place of what is taken now: several lines, one out of scope, a gap; "" if one can.

    Lines of one regimen may take the place of as many.
    """
    taken = taken_of(case)
    if course.two_indications or any(it.scope is Scope.OUT for it in taken):
        return "two-indications"
    if _may_take_more(case):
        return "taken"
    several = (
        len(orders) > 1 and len(taken) <= len(orders) and all(it.reference in course.signed.ends for it in taken)
    )
    return "" if several or len(taken) <= 1 else "several-taken"


def taken_of(case: Case) -> tuple[Order, ...]:
    taken = case.facts.taken_now
    return taken.value.lines if isinstance(taken, Known) else ()


def _may_take_more(case: Case) -> bool:
    """Whether the record of what is taken now is incomplete."""
    taken = case.facts.taken_now
    return isinstance(taken, Known) and taken.gap is not None and not taken.value.alone


def _may_rise(decision: Decision) -> bool:
    """Whether a dose may rise by itself: not under age, not below the threshold of use, not with suicidality."""
    return not any(
        finding.rule in (NOT_ADULT_RULE, _CONSUMPTION_RULE)
        or (finding.rule == _PSYCHIATRIC_RULE and finding.answer.case == "suicidality")
        for finding in decision.findings
        if finding.indicator > Indicator.INFO
    )
