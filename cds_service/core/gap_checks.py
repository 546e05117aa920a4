"""The questions about the check itself: what could not be read, computed or judged."""

from dataclasses import fields

from cds_service.core.defects import INTERNAL_FAULT
from cds_service.core.findings import Answer
from cds_service.core.model import Facts, NotComputable, Order, Scope
from cds_service.core.ruleset import Values
from cds_service.core.verdict import Situation, Verdict, gap_of, references


def dose_not_computable(situation: Situation, values: Values) -> Verdict:
    """Orders whose daily dose cannot be worked out. One answer a reason and element."""
    del values
    found: dict[tuple[str, str], list[Order]] = {}
    for order in situation.orders:
        if order.scope is not Scope.OUT and not order.stops and isinstance(order.dose, NotComputable):
            found.setdefault((order.dose.reason, order.dose.element), []).append(order)
    for (reason, element), orders in found.items():
        yield Answer("found", references(orders), {"reason": reason, "element": element})


def check_not_done(situation: Situation, values: Values) -> Verdict:
    """Entries that were not judged at all, products that only words name, facts that a defect of ours hides."""
    del values
    found: dict[str, list[str]] = {}
    for unread in situation.case.unread:
        found.setdefault(unread.reason, []).append(unread.reference)
    for order in situation.orders:
        if order.scope is not Scope.OUT and order.medicine.by_text:
            found.setdefault("product-by-text", []).append(order.reference)
    for reason, orders in found.items():
        yield Answer("found", tuple(orders), {"reason": reason})
    facts = {item.name: getattr(situation.facts, item.name) for item in fields(Facts)}
    hidden = tuple(name for name, fact in facts.items() if gap_of(fact) == INTERNAL_FAULT)
    if hidden and situation.orders:
        yield Answer("fault", references(situation.orders), {"parts": hidden})


def patient_mismatch(situation: Situation, values: Values) -> Verdict:
    """Orders or data of another patient."""
    del values
    if situation.case.strangers:
        yield Answer("found", situation.case.strangers, {})


def nothing(situation: Situation, values: Values) -> Verdict:
    """Answered elsewhere: `check-incomplete` by the decision, which alone sees what the others could not judge."""
    del situation, values
    yield from ()
