"""What the record shows as taken now: baclofen that is active, or that ended within the last days."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from cds_service.core import fhir
from cds_service.core.fhir import Resource
from cds_service.core.indication import own_indication
from cds_service.core.medication import identify
from cds_service.core.model import Fact, Known, NotComputable, Order, ReportedNone, Unknown
from cds_service.core.orders import Library, is_oral, read_order, was_ordered
from cds_service.core.periods import read_length
from cds_service.core.records import Records

# http://hl7.org/fhir/CodeSystem/medicationrequest-status
_OVER = {"completed", "stopped", "on-hold"}

# A French prescription is not renewed beyond a year; one that is over and older was not taken this month.
_LONGEST_PRESCRIPTION = timedelta(days=366)

# A renewal may begin before the last tablets are taken; what began earlier ran beside them (our choice).
_MOST_RENEWED_EARLY = timedelta(days=7)


def read_taken(records: Records, library: Library, window: timedelta) -> Fact[tuple[Order, ...]]:
    """The baclofen orders of the record that were taken within the window before the day."""
    taken: dict[str, Order] = {}
    gap = records.gap
    for place, record in enumerate(records.resources):
        medicine = (
            identify(record, library.resources, library.terminology) if was_ordered(record, library.on) else None
        )
        if isinstance(medicine, str):
            gap = gap or _gap_of_unread(record, library.on)
        elif medicine is not None and is_oral(record, medicine, library.terminology):
            reference = fhir.local_reference(record) or f"{records.key}[{place}]"
            aim = own_indication(record, medicine, library)
            order = read_order(reference, 0, _as_order(record, library.on), medicine, aim, library)
            ended = _ended(record, order, library.on)
            if ended is None and _is_over(record):
                gap = gap or _gap_of_unknown_end(record, library.on)
            elif ended is None or ended > library.on - window:
                taken |= {cut.reference: cut for cut in _cut(order, ended)}
    if taken:
        return Known(_still_taken(taken, library.on), records.key, gap=gap)
    return Unknown(gap, records.key) if gap else ReportedNone(records.key)


def _still_taken(taken: Mapping[str, Order], on: date) -> tuple[Order, ...]:
    """Without the orders that another one of the record has taken the place of; never without all of them."""
    begun = [order for order in taken.values() if isinstance(order.dose, NotComputable) or order.dose[0].since <= on]
    replaced = {reference for order in begun for reference in order.replaces - {order.reference}}
    left = [order for order in taken.values() if order.reference not in replaced] or list(taken.values())
    return tuple(order for order in left if not _is_followed(order, left, on))


def _is_followed(order: Order, orders: Iterable[Order], on: date) -> bool:
    """Whether an order has come to its end and a later one goes on in its place: months of renewals do not add up.

    What began well before that end ran beside the order, and what ended before it takes no place of it.
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
    """With what a MedicationStatement says under other names; a record without a date was written before the day."""
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
    """The first day without the order; None where nothing tells it.

    By its dosage; of one that is over, by its supply where the dosage tells none, and on the day at the latest.
    """
    ends = None if isinstance(order.dose, NotComputable) else order.dose[-1].until
    if not _is_over(record):
        return ends
    written = fhir.day(record.get("authoredOn"))
    supply = read_length(fhir.as_object(record.get("dispenseRequest")).get("expectedSupplyDuration"))
    ends = ends or (supply.after(written) if supply and written else None)
    return ends and min(ends, on)


def _cut(order: Order, ended: date | None) -> Iterator[Order]:
    """The order without its days from its end on; none where it ended before it began."""
    if isinstance(order.dose, NotComputable) or ended is None:
        yield order
        return
    steps = [replace(step, until=min(step.until or ended, ended)) for step in order.dose if step.since < ended]
    if steps:
        yield replace(order, dose=tuple(steps))


def _gap_of_unread(record: Resource, on: date) -> str | None:
    """A medicine that nobody can tell may be baclofen, unless it is over for longer than a prescription lasts."""
    return "uncoded" if not _is_over(record) or _gap_of_unknown_end(record, on) else None


def _gap_of_unknown_end(record: Resource, on: date) -> str | None:
    written = fhir.day(record.get("authoredOn"))
    return None if written is not None and written < on - _LONGEST_PRESCRIPTION else "end-unknown"
