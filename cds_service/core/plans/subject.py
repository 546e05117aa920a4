"""Which order a suggestion may change, and what is taken in its place: or why nobody can say."""

from dataclasses import dataclass

from cds_service.core.course.course import Course
from cds_service.core.course.readings import courses, courses_with_stops
from cds_service.core.model.case import Case
from cds_service.core.model.findings import Decision, Indicator
from cds_service.core.model.known import Known
from cds_service.core.model.order import Indication, Order, Scope
from cds_service.core.plans.permission import Permission, permission

INDICATION_RULE = "indication-not-documented"
_NOT_ADULT_RULE = "not-adult"
_CONSUMPTION_RULE = "consumption-below-threshold"
_PSYCHIATRIC_RULE = "psychiatric-history"


@dataclass(frozen=True, slots=True)
class Subject:
    """A draft with the likeliest reading of what will be taken, and the one order of what is taken now."""

    order: Order
    course: Course
    taken: Order | None
    permitted: Permission


def order_to_change(case: Case) -> Order | str:
    """The baclofen order that suggestions may change; a reason if it is not clear which one.

    It is not clear with several orders, a copy under another id, an unread entry, data of another patient or a
    defect of ours; nor for an order without an id, named only in words, not certainly for alcohol dependence or
    surely for something else.
    """
    if len(case.orders) != 1 or case.copies or case.unread or case.strangers or case.defects:
        return "several"
    order = case.orders[0]
    if order.medicine.by_text or not order.reference.startswith("MedicationRequest/"):
        return "order"
    sure = order.scope is Scope.CERTAIN and order.indication is not Indication.OUTSIDE
    return order if sure else "indication"


def subject_of(decision: Decision) -> Subject | str:
    """What a plan is made for, or why none can be."""
    case = decision.case
    order = order_to_change(case)
    if isinstance(order, str):
        return order
    if any(finding.rule == INDICATION_RULE for finding in decision.findings):
        return "indication"
    course = next(courses_with_stops(case) if order.stops else courses(case), None)
    taken = taken_of(case)
    if any(known.questions for known in (order, *taken)):
        return "dose"  # it is to be confirmed first
    if course is None or not _is_clear(case):
        return "taken"
    permitted = permission(case, course)
    if permitted is Permission.NONE:
        return "taken"
    return Subject(order, course, next(iter(taken), None), permitted)


def _is_clear(case: Case) -> bool:
    """Whether a plan can begin with what is taken now: at most one order, none out of scope, no gap."""
    taken = taken_of(case)
    return len(taken) <= 1 and not _may_take_more(case) and all(it.scope is not Scope.OUT for it in taken)


def taken_of(case: Case) -> tuple[Order, ...]:
    taken = case.facts.taken_now
    return taken.value.lines if isinstance(taken, Known) else ()


def _may_take_more(case: Case) -> bool:
    """Whether the record of what is taken now is incomplete."""
    taken = case.facts.taken_now
    return isinstance(taken, Known) and taken.gap is not None and not taken.value.alone


def may_rise(decision: Decision) -> bool:
    """Whether a dose may rise by itself: not under age, not below the threshold of use, not with suicidality."""
    return not any(
        finding.rule in (_NOT_ADULT_RULE, _CONSUMPTION_RULE)
        or (finding.rule == _PSYCHIATRIC_RULE and finding.answer.case == "suicidality")
        for finding in decision.findings
        if finding.indicator > Indicator.INFO
    )
