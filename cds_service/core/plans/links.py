"""What a draft is to the orders of the record, and whether its dose stays what it is with another product."""

from fractions import Fraction

from cds_service.core.model.dose import NotComputable, Span
from cds_service.core.model.order import Order


def ended_by(order: Order, taken: tuple[Order, ...], *, is_asked: bool) -> Order | None:
    """The order taken now that a plan replaces, where the draft does not say so, or it is asked whether it does."""
    unlinked = [line for line in taken if line.reference not in order.replaces]
    return next((line for line in unlinked if is_asked or not renews(order, line)), None)


def prior_of(order: Order, taken: tuple[Order, ...]) -> str:
    """The prescription taken now, if the draft does not name it; empty for what is not a MedicationRequest."""
    named = [it.reference for it in taken if it.reference not in order.replaces]
    return next((reference for reference in named if reference.startswith("MedicationRequest/")), "")


def dose_of(order: Order) -> Span | None:
    if isinstance(order.dose, NotComputable):
        return None
    levels = [step.mg_per_day for step in order.dose]
    return Span(min(level.low for level in levels), max(level.high for level in levels))


def renews(order: Order, taken: Order) -> bool:
    """Whether a draft is of what is taken now, and so takes its place; of another product it adds to it."""
    products = (order.medicine.product, taken.medicine.product)
    return None in products or products[0] == products[1]


def keeps_dose(order: Order, strength_mg: Fraction | None) -> bool:
    """A dose counted in tablets stays the same only with tablets of the same strength."""
    if isinstance(order.dose, NotComputable):
        return False
    terms = [term for step in order.dose for term in step.terms if term.units_per_intake is not None]
    return all(term.strength_mg == strength_mg and not term.in_ml for term in terms)
