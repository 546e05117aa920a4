"""What a draft is to the orders of the record, and whether its dose stays what it is with another product."""

from collections.abc import Sequence
from fractions import Fraction

from cds_service.core.model.dose import NotComputable, Span
from cds_service.core.model.order import Order


def not_stopped(taken: Sequence[Order], drafts: Sequence[Order]) -> list[Order]:
    """The lines taken now that no stop among the drafts names: a plan need not say that it takes their place."""
    stopped = frozenset().union(*(draft.replaces for draft in drafts if draft.stops))
    return [line for line in taken if line.reference not in stopped]


def ended_by(orders: Sequence[Order], taken: Sequence[Order], *, is_asked: bool) -> Order | None:
    """The line taken now that a plan replaces, where no draft says so, or it is asked whether it does."""
    named = frozenset().union(*(order.replaces for order in orders))
    unlinked = [line for line in taken if line.reference not in named]
    return next((it for it in unlinked if is_asked or not any(renews(order, it) for order in orders)), None)


def prior_of(order: Order, taken: Sequence[Order]) -> str:
    """The prescription taken now, if the draft does not name it; empty for what is not a MedicationRequest.

    Of several it is the one of the strength of the draft.
    """
    alike = [it for it in taken if it.medicine.strength_mg == order.medicine.strength_mg]
    named = [it.reference for it in alike or taken if it.reference not in order.replaces]
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
