"""The questions about the check itself: what could not be read, computed or judged."""

from fractions import Fraction

from cds_service.core.model.case import FACTS
from cds_service.core.model.defects import INTERNAL_FAULT
from cds_service.core.model.dose import NotComputable
from cds_service.core.model.findings import Answer
from cds_service.core.model.order import Order, Scope
from cds_service.core.model.ruleset import Values
from cds_service.core.rules.verdict import CaseReadings, Verdict, check, gap_of, references


@check("dose-not-computable", {"found": ("reason", "element")})
def dose_not_computable(readings: CaseReadings, values: Values) -> Verdict:
    """Orders whose daily dose cannot be computed: one answer for each reason and element."""
    del values
    found: dict[tuple[str, str], list[Order]] = {}
    for order in readings.orders:
        if order.scope is not Scope.OUT and not order.stops and isinstance(order.dose, NotComputable):
            found.setdefault((order.dose.reason, order.dose.element), []).append(order)
    for (reason, element), orders in found.items():
        yield Answer("found", references(orders), {"reason": reason, "element": element})


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
@check(
    "look-back",
    {},
    values={"taken_now_days": int, "consumption_days": int, "referral_days": int, "pregnancy_days": int},
)
def nothing(readings: CaseReadings, values: Values) -> Verdict:
    """Answered elsewhere: `check-incomplete` by the decision, which alone sees what the others could not judge.

    The others only give values to what is not a check.
    """
    del readings, values
    yield from ()
