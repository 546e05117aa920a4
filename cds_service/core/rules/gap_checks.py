"""The questions about the check itself: what could not be read, computed or judged."""

from collections.abc import Iterator
from fractions import Fraction

from cds_service.core.model.case import FACTS
from cds_service.core.model.defects import INTERNAL_FAULT
from cds_service.core.model.dose import NotComputable, Question, Span
from cds_service.core.model.findings import Answer, FactValue, ToConfirm
from cds_service.core.model.known import Known
from cds_service.core.model.look_back import WINDOWS
from cds_service.core.model.order import Order, Scope
from cds_service.core.model.ruleset import Values
from cds_service.core.rules.line_questions import questions_about_lines
from cds_service.core.rules.verdict import CaseReadings, Verdict, check, gap_of, references


@check("dose-not-computable", {"found": ("reason", "element"), "read": ("reason", "element", "mg_per_day")})
def dose_not_computable(readings: CaseReadings, values: Values) -> Verdict:
    """Orders whose daily dose cannot be computed, with the dose that may be meant: one answer for each.

    So for an order for another disease, where its dose is a part of the sum with one for alcohol dependence.
    """
    del values
    found: dict[NotComputable, list[Order]] = {}
    summed = {reference for course in readings.of_the_sum for reference in course.orders}
    for order in readings.orders:
        counts = order.scope is not Scope.OUT or order.reference in summed
        if counts and not order.stops and isinstance(order.dose, NotComputable):
            found.setdefault(order.dose, []).append(order)
    for dose, orders in found.items():
        told: dict[str, FactValue] = {"reason": dose.reason, "element": dose.element}
        if dose.possible_mg_per_day is None:
            yield Answer("found", references(orders), told)
        else:
            read = ToConfirm(Span(dose.possible_mg_per_day, dose.possible_mg_per_day))
            yield Answer("read", references(orders), {**told, "mg_per_day": read})


@check(
    "dosage-to-confirm",
    {
        "found": ("reason", "elements", "mg_per_day"),
        "to-cancel": ("written", "mg_per_day"),
        "addition": ("mg_per_day",),
        "replaces-all": ("mg_per_day",),
        "not-renewed": ("last_day", "mg_per_day"),
        "older": (),
    },
    asks=("taken_now",),
)
def dosage_to_confirm(readings: CaseReadings, values: Values) -> Verdict:
    """What is to be asked about doses that are judged: inside an order, and beside those of the record."""
    del values
    yield from _questions_of_dosages(readings)
    yield from questions_about_lines(readings)
    older = [order for order in readings.orders if order.older and order.scope is not Scope.OUT]
    if older:
        yield Answer("older", references(older), {})


def _questions_of_dosages(readings: CaseReadings) -> Iterator[Answer]:
    """The questions about doses of drafts and of what is taken now: one answer a question."""
    found: dict[tuple[Question, Span], list[Order]] = {}
    for question, mg_per_day, order in asked_of_dosages(readings):
        found.setdefault((question, mg_per_day), []).append(order)
    for (question, mg_per_day), orders in found.items():
        told: dict[str, FactValue] = {
            "reason": question.reason,
            "elements": (question.element,),
            "mg_per_day": mg_per_day,
        }
        yield Answer("found", references(orders), told)


def asked_of_dosages(readings: CaseReadings) -> Iterator[tuple[Question, Span, Order]]:
    """What is asked about each dose that is judged, with the highest a day, of drafts and of what is taken now."""
    drafts = [order for order in readings.orders if order.scope is not Scope.OUT]
    taken = readings.facts.taken_now.value.lines if drafts and isinstance(readings.facts.taken_now, Known) else ()
    for order in (*drafts, *taken):
        if not isinstance(order.dose, NotComputable):
            highest = max((step.mg_per_day for step in order.dose), key=lambda dose: dose.high)
            yield from ((question, highest, order) for question in order.questions)


@check("check-not-done", {"found": ("reason",), "fault": ("parts",)})
def check_not_done(readings: CaseReadings, values: Values) -> Verdict:
    """Entries that were not judged, products named only in words, facts unknown because of a defect of ours."""
    del values
    found: dict[str, list[str]] = {}
    for unread in readings.case.unread:
        found.setdefault(unread.reason, []).append(unread.reference)
    for order in readings.orders:
        if order.scope is not Scope.OUT and order.medicine.by_text:
            found.setdefault("product-by-text", []).append(order.reference)
    for reason, orders in found.items():
        yield Answer("found", tuple(orders), {"reason": reason})
    hidden = tuple(name for name in FACTS if gap_of(getattr(readings.facts, name)) == INTERNAL_FAULT)
    if hidden and readings.orders:
        yield Answer("fault", references(readings.orders), {"parts": hidden})


@check("patient-mismatch", {"found": ()})
def patient_mismatch(readings: CaseReadings, values: Values) -> Verdict:
    """Orders or data of another patient."""
    del values
    if readings.case.strangers:
        yield Answer("found", readings.case.strangers, {})


@check("check-incomplete", {"found": ("facts", "reasons", "rules")})
@check(
    "taper-pace",
    {},
    values={
        "step_mg": Fraction,
        "greater_step_mg": Fraction,
        "days": int,
        "last_step_mg": Fraction,
        "last_from_mg": Fraction,
        "stop_days": int,
        "careful_stop_days": int,
        "visit_days": int,
        "reserve_days": int,
    },
)
@check(
    "start-pace",
    {},
    values={
        "first_mg": Fraction,
        "first_of_four_mg": Fraction,
        "step_mg": Fraction,
        "days": int,
        "careful_days": int,
        "visit_days": int,
        "order_days": int,
        "reserve_days": int,
        "held_days": int,
    },
)
@check("plan-limits", {}, values={"most_a_day": int, "most_an_intake": int, "most_times": int})
@check("look-back", {}, values={"consumption_days": int, "referral_days": int, "pregnancy_days": int, **WINDOWS})
def nothing(readings: CaseReadings, values: Values) -> Verdict:
    """Answered elsewhere: `check-incomplete` by the decision, which alone sees what the others could not judge.

    The others only give values to what is not a check.
    """
    del readings, values
    yield from ()
