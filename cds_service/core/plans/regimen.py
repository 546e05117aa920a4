"""Reads the intakes of orders on a day: how many mg each, and at which moment where the orders say so."""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from cds_service.core.model.dose import EVERY_DAY, NotComputable, Step, Term
from cds_service.core.model.order import Order
from cds_service.core.plans.intakes import Share, Shares
from cds_service.core.plans.named_moments import named_intakes
from cds_service.core.plans.tablets import IN_TIME_ORDER, MOMENTS, MOST_INTAKES

# More intakes a day than this are nobody's.
_MOST_COUNTED = 24


def regimen_of(orders: Sequence[Order], day: date) -> Shares | None:
    """The intakes of a day, in the order of the day; None if they are not exact, or of several orders not named.

    Of one order without moments the greater ones are taken earlier. More than four cannot be planned, and have no
    moments.
    """
    named = [_named_on(order, day) for order in orders]
    if named and None not in named:
        return _together(share for shares in named for share in shares or ())
    amounts = _amounts(_step_of(orders[0], day)) if len(orders) == 1 else []
    moments = MOMENTS.get(len(amounts)) or tuple(map(str, range(len(amounts))))
    return tuple(map(Share, moments, sorted(amounts, reverse=True))) or None


def _named_on(order: Order, day: date) -> list[Share] | None:
    step = _step_of(order, day)
    return named_intakes(order, step.terms, day) if step and _amounts(step) else None


def _together(shares: Iterable[Share]) -> Shares:
    """What is taken at each moment, in the order of the day."""
    at: dict[str, Fraction] = {}
    for moment, mg in shares:
        at[moment] = at.get(moment, Fraction(0)) + mg
    return tuple(Share(moment, at[moment]) for moment in IN_TIME_ORDER if moment in at)


def _amounts(step: Step | None) -> list[Fraction]:
    """The mg of each intake of a day; empty if they are not exact or too many."""
    if step is None or step.week or not all(map(_is_exact, step.terms)):
        return []
    amounts = [term.mg_per_intake.high for term in step.terms for _ in range(_times(term))]
    whole = len(amounts) <= _MOST_COUNTED and sum(amounts) == step.mg_per_day.high
    return amounts if whole else []


def no_intakes(number: int) -> Shares:
    """So many intakes of nothing, from which a start begins."""
    return tuple(Share(moment, Fraction(0)) for moment in MOMENTS[number])


def start_of(ordered: Shares | None) -> Shares | None:
    """The intakes of a start: as many as are ordered, and two to four; None if more are ordered."""
    if ordered is None:
        return no_intakes(3)
    if len(ordered) > MOST_INTAKES:
        return None
    if len(ordered) == 1:
        return no_intakes(2)
    return tuple(Share(share.moment, Fraction(0)) for share in ordered)


def _step_of(order: Order, day: date) -> Step | None:
    """The step of a day; before the first it is the first, after the last the last."""
    steps = () if isinstance(order.dose, NotComputable) else order.dose
    begun = [step for step in steps if step.since <= day]
    return begun[-1] if begun else next(iter(steps), None)


def _is_exact(term: Term) -> bool:
    intakes, per_intake = term.intakes_per_day, term.mg_per_intake
    exact = intakes.low == intakes.high and per_intake.low == per_intake.high
    whole = intakes.high.denominator == 1 and intakes.high <= _MOST_COUNTED
    return exact and whole and not term.as_needed and term.weekdays == EVERY_DAY


def _times(term: Term) -> int:
    return int(term.intakes_per_day.high)
