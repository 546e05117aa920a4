"""Reads what is taken now: the baclofen orders of the record that are active, or ended within the last days."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from cds_service.core.dose.periods import read_length
from cds_service.core.dose.sums import truncated
from cds_service.core.facts.indication import own_indication
from cds_service.core.model.dose import NotComputable
from cds_service.core.model.known import Fact, Known, ReportedNone, Unknown
from cds_service.core.model.order import Order
from cds_service.core.orders.medication import identify
from cds_service.core.orders.order import Context, is_oral, read_order, was_ordered
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Records

# http://hl7.org/fhir/CodeSystem/medicationrequest-status
_OVER = {"completed", "stopped", "on-hold"}

# A French prescription lasts a year at most; an order that is over and older was not taken this month.
_LONGEST_PRESCRIPTION = timedelta(days=366)

# A renewal begins at most so long before the end of what it renews; an earlier order is concurrent (our choice).
_MOST_RENEWED_EARLY = timedelta(days=7)


def read_taken(records: Records, context: Context, window: timedelta) -> Fact[tuple[Order, ...]]:
    """The baclofen orders of the record that were taken within the window before the day."""
    taken: dict[str, Order] = {}
    gap = records.gap
    for place, record in enumerate(records.resources):
        reference = fhir.local_reference(record) or f"{records.key}[{place}]"
        read = _read(reference, record, context, window)
        if isinstance(read, Order):
            taken[read.reference] = read
        else:
            gap = gap or read
    if taken:
        return Known(_still_taken(taken, context.on), records.key, gap=gap)
    return Unknown(gap, records.key) if gap else ReportedNone(records.key)


def _read(reference: str, record: Resource, context: Context, window: timedelta) -> Order | str | None:
    """An order of the record as it was taken; None if it was not; the gap if that cannot be read."""
    if not was_ordered(record, context.on):
        return None
    medicine = identify(record, context.resources, context.terminology)
    if isinstance(medicine, str):
        return _gap_of_unread(record, context.on)
    if medicine is None or not is_oral(record, medicine, context.terminology):
        return None
    aim = own_indication(record, medicine, context)
    order = read_order(reference, 0, _as_order(record, context.on), medicine, aim, context)
    ended = _ended(record, order, context.on)
    if ended is None:
        return _gap_of_unknown_end(record, context.on) if _is_over(record) else order
    return _cut(order, ended) if ended > context.on - window else None


def _still_taken(taken: Mapping[str, Order], on: date) -> tuple[Order, ...]:
    """The orders that no other recorded order has replaced; all of them if none would be left."""
    begun = [order for order in taken.values() if _has_begun(order, on)]
    replaced = {reference for order in begun for reference in order.replaces - {order.reference}}
    left = [order for order in taken.values() if order.reference not in replaced] or list(taken.values())
    return tuple(order for order in left if not _is_followed(order, left, on))


def _has_begun(order: Order, on: date) -> bool:
    """Whether an order has begun; one whose dose cannot be computed is held to have."""
    return isinstance(order.dose, NotComputable) or order.dose[0].since <= on


def _is_followed(order: Order, orders: Iterable[Order], on: date) -> bool:
    """Whether an order has ended and a later one continues it, so that successive renewals do not add up.

    An order that began well before that end was concurrent; one that ended before it continues nothing.
    """
    if isinstance(order.dose, NotComputable):
        return False
    ended = order.dose[-1].until or date.max
    if ended >= on:
        return False
    since = max(order.dose[0].since + timedelta(days=1), ended - _MOST_RENEWED_EARLY)
    others = [other.dose for other in orders if not isinstance(other.dose, NotComputable)]
    return any(since <= dose[0].since < on and (dose[-1].until or date.max) > ended for dose in others)


def _as_order(record: Resource, on: date) -> Resource:
    """The record with the element names of a MedicationRequest; without a date it is dated the day before."""
    period = fhir.as_object(record.get("effectivePeriod"))
    written = fhir.day(record.get("authoredOn")) or fhir.day(period.get("start"))
    return {
        **record,
        "authoredOn": (written or on - timedelta(days=1)).isoformat(),
        "dosageInstruction": record.get("dosageInstruction", record.get("dosage")),
    }


def _is_over(record: Resource) -> bool:
    return fhir.text(record.get("status")) in _OVER


def _ended(record: Resource, order: Order, on: date) -> date | None:
    """The first day after the order; None if unknown.

    By its dosage. If its status says that it is over: by its dosage, else by its supply, and `on` at the latest.
    """
    ends = None if isinstance(order.dose, NotComputable) else order.dose[-1].until
    if not _is_over(record):
        return ends
    written = fhir.day(record.get("authoredOn"))
    supply = read_length(fhir.as_object(record.get("dispenseRequest")).get("expectedSupplyDuration"))
    ends = ends or (supply.after(written) if supply and written else None)
    return ends and min(ends, on)


def _cut(order: Order, ended: date) -> Order | None:
    """The order truncated at its end date; None if that is before its start."""
    if isinstance(order.dose, NotComputable):
        return order
    steps = truncated(order.dose, ended)
    return replace(order, dose=steps) if steps else None


def _gap_of_unread(record: Resource, on: date) -> str | None:
    """The gap of a medicine that cannot be identified and may be baclofen; None if it is over and too old."""
    return "uncoded" if not _is_over(record) or _gap_of_unknown_end(record, on) else None


def _gap_of_unknown_end(record: Resource, on: date) -> str | None:
    written = fhir.day(record.get("authoredOn"))
    return None if written is not None and written < on - _LONGEST_PRESCRIPTION else "end-unknown"
