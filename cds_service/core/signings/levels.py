"""The dose of a line on a day, and of several lines together."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from itertools import pairwise

from cds_service.core.model.dose import NOTHING, NotComputable, Span
from cds_service.core.model.order import Order


def level(order: Order, day: date) -> Span | None:
    """The dose of a day; of one before or after the order its first or last dose; None if it cannot be computed.

    On a day between two of its doses, as an order beside another one has them, it is nothing.
    """
    if isinstance(order.dose, NotComputable):
        return None
    begun = [step for step in order.dose if step.since <= day]
    last = begun[-1] if begun else order.dose[0]
    pauses = len(begun) < len(order.dose) and last.until is not None and last.until <= day
    return NOTHING if pauses else last.mg_per_day


def together(orders: Iterable[Order], day: date) -> Span | None:
    """The sum of their doses on a day; None if one of them cannot be computed."""
    levels = [level(order, day) for order in orders]
    known = [span for span in levels if span is not None]
    if len(known) < len(levels):
        return None
    return sum(known[1:], known[0]) if known else NOTHING


def fall(before: Span | None, after: Span | None) -> Fraction:
    """By how much a dose falls, by its upper or by its lower bound; 0 if one of them is not known."""
    if before is None or after is None:
        return Fraction(0)
    return max(before.high - after.high, before.low - after.low, Fraction(0))


def goes_down(order: Order) -> bool:
    """Whether the first change of the dose of an order is to a lower one."""
    doses = [] if isinstance(order.dose, NotComputable) else [step.mg_per_day.high for step in order.dose]
    return next((after < before for before, after in pairwise(doses) if after != before), False)


def runs(line: Order, day: date) -> bool:
    """Whether a line has not ended on a day; one that begins later is held to run."""
    return line.ends is None or line.ends > day


def days_left(line: Order, day: date) -> int | None:
    """How many days a line still runs from a day on; None if it is open."""
    return None if line.ends is None else (line.ends - day).days
