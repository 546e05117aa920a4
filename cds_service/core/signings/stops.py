"""Tells which lines the stops of a signing end, and which of its stops end nothing (docs/taken-now.md)."""

from collections.abc import Iterable, Sequence
from datetime import date

from cds_service.core.model.known import Fact, Known, ReportedNone
from cds_service.core.model.look_back import LookBack
from cds_service.core.model.order import Order
from cds_service.core.model.taken import TakenNow
from cds_service.core.signings.levels import days_left, runs

# These end only what they name; the others, if they name nothing, end all that is taken.
_NAMES_ITS_LINE = {"cancelled", "completed"}


def stopped_by(stop: Order, taken: TakenNow) -> frozenset[str]:
    """The lines that a stop ends: those that it names, with what they carry on; without a name all that is taken."""
    named = _named(stop, taken)
    if named:
        return named.union(*(taken.carries.get(line, frozenset()) for line in named))
    return frozenset(line.reference for line in taken.lines) | frozenset(taken.carries)


def _named(stop: Order, taken: TakenNow) -> frozenset[str]:
    return frozenset(line.reference for line in taken.present if line.reference in stop.replaces)


def without_idle_stops(
    orders: tuple[Order, ...], fact: Fact[TakenNow], windows: LookBack, on: date
) -> tuple[Order, ...]:
    """The drafts without the stops that end nothing; all of them where the record may not be complete."""
    stops = [order for order in orders if order.stops]
    if isinstance(fact, ReportedNone):
        return _without(orders, stops)
    if not isinstance(fact, Known) or _may_be_incomplete(fact):
        return orders
    ends = [order for order in stops if _ends_what_is_taken(order, fact.value, windows, on)]
    beside = _beside(orders, bool(ends), fact.value, on)
    return _without(orders, [order for order in stops if order not in (*ends, *beside)])


def _without(orders: tuple[Order, ...], idle: Sequence[Order]) -> tuple[Order, ...]:
    return tuple(order for order in orders if order not in idle)


def _may_be_incomplete(fact: Known[TakenNow]) -> bool:
    """Whether something of the record was not read; that something in it is unknown is no such gap."""
    return fact.gap is not None and not fact.value.unknown and not fact.value.alone


def _beside(orders: tuple[Order, ...], ends_something: bool, taken: TakenNow, on: date) -> list[Order]:
    """The stops that count beside another order, though alone they would be nothing: one signing is one change."""
    running = [order for order in orders if order.stops and _running(order, taken, on)]
    if any(not order.stops for order in orders):
        return running
    return [order for order in running if ends_something and order.status != "completed"]


def _ends_what_is_taken(stop: Order, taken: TakenNow, windows: LookBack, on: date) -> bool:
    """Whether a stop ends a line that is taken; not one that is written only, or that would have ended anyway."""
    if not _named(stop, taken):
        return _may_end_something(stop, taken)
    slips = {line.reference for line in taken.written if line.reference not in taken.carries}
    lines = [line for line in _running(stop, taken, on) if line.reference not in slips]
    if stop.status == "completed":
        return any(not _is_its_end(line, windows, on) for line in lines)
    return bool(lines) or _was_taken_yesterday(stop, taken, on)


def _may_end_something(stop: Order, taken: TakenNow) -> bool:
    """Whether a stop that names no line may end one: any, or one so old that nobody knows whether it is taken."""
    if stop.replaces & taken.names:
        return taken.stale is not None and taken.stale.reference in stop.replaces
    return stop.status not in _NAMES_ITS_LINE


def _was_taken_yesterday(stop: Order, taken: TakenNow, on: date) -> bool:
    """Whether yesterday was the last day of a line that a stop names: on the day of a visit it is taken still."""
    return any(line.ends == on and line.reference in stop.replaces for line in taken.lines)


def _running(stop: Order, taken: TakenNow, on: date) -> list[Order]:
    """The lines that a stop names and that have not ended."""
    return [line for line in taken.present if line.reference in _named(stop, taken) and runs(line, on)]


def _is_its_end(line: Order, windows: LookBack, on: date) -> bool:
    """Whether a line that is completed today would have ended in some days by itself."""
    left = days_left(line, on)
    return left is not None and left < windows.completed_days


def ends_by_itself(stops: Iterable[Order], taken: TakenNow) -> bool:
    """Whether all that ends is told to be completed, and would have ended some day or is not on record."""
    lines = {line.reference: line for line in taken.present}
    ended = [(stop, lines.get(name)) for stop in stops for name in stopped_by(stop, taken) or [""]]
    return bool(ended) and all(
        stop.status == "completed" and (line is None or line.ends is not None) for stop, line in ended
    )
