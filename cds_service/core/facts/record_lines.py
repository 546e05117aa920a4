"""Reads the baclofen orders of the record as lines: when each began, when it was written, when it ends."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from cds_service.core.dose.supply import end_of_supply, renewals
from cds_service.core.facts.indication import own_indication
from cds_service.core.model.dose import NotComputable
from cds_service.core.model.medicine import Medicine
from cds_service.core.model.order import Order
from cds_service.core.orders.order import Context, is_oral, read_order, was_ordered
from cds_service.core.orders.work import Work
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Records
from cds_service.core.signings.history import cut

# http://hl7.org/fhir/CodeSystem/medicationrequest-status
_OVER = {"completed", "stopped", "on-hold"}

# A French prescription lasts a year at most; an order that is over and older was not taken this month.
LONGEST_PRESCRIPTION = timedelta(days=366)

# More renewals than a prescription has.
_MOST_REPEATS = 24


@dataclass(frozen=True, slots=True)
class RecordLines:
    """The baclofen of the record: its lines, those stopped on a day that nobody knows, why it may not be all.

    `names` are the references of all its orders, whatever became of them.
    """

    lines: tuple[Order, ...]
    stopped: tuple[Order, ...]
    gap: str | None
    names: frozenset[str]


def read_lines(records: Records, context: Context) -> RecordLines:
    """Each baclofen order of the record once; if they are too many, or too much work, those written last."""
    found = {reference: (record, _medicine(reference, record, context)) for reference, record in _named(records)}
    orders, all_read = _orders(found, context)
    stopped = {order.reference: order for order in orders if _was_stopped_some_day(order, context.on)}
    lines = sorted((order for order in orders if order.reference not in stopped), key=lambda line: line.written)
    kept = _held(lines, context.on)
    gaps = [records.gap, *(medicine for _, medicine in found.values() if isinstance(medicine, str))]
    gaps += [] if all_read and len(kept) == len(lines) else ["too-many"]
    return RecordLines(tuple(kept), tuple(stopped.values()), next(filter(None, gaps), None), frozenset(found))


_Found = Mapping[str, tuple[Resource, Medicine | str | None]]


def _orders(found: _Found, context: Context) -> tuple[list[Order], bool]:
    """The orders of what is oral baclofen, as far as the budget of work goes, and whether they are all."""
    ours = {name: (record, medicine) for name, (record, medicine) in found.items() if isinstance(medicine, Medicine)}
    done = _within_budget({name: record for name, (record, _) in ours.items()})
    read = (_line(name, *ours[name], context) for name in ours if name in done)
    return [order for order in read if order is not None], len(done) == len(ours)


def _within_budget(records: Mapping[str, Resource]) -> set[str]:
    """The records whose work is within the budget of a request, those written last first."""
    work = Work()
    newest_first = sorted(
        records, key=lambda name: fhir.day(records[name].get("authoredOn")) or date.max, reverse=True
    )
    return {name for name in newest_first if work.allows(records[name])}


def _held(lines: list[Order], on: date) -> list[Order]:
    """The lines written last whose doses can be added up together; what is over adds nothing."""
    work = Work()
    kept = [line for line in reversed(lines) if (line.ends and line.ends <= on) or work.holds(line.dose)]
    return kept[::-1]


def _was_stopped_some_day(order: Order, on: date) -> bool:
    """Whether an order is over, on a day that nobody knows: an end after the day judged is not that day."""
    return order.status in _OVER and (order.ends is None or order.ends > on)


def _named(records: Records) -> Iterator[tuple[str, Resource]]:
    for place, record in enumerate(records.resources):
        yield fhir.local_reference(record) or f"{records.key}[{place}]", record


def _medicine(reference: str, record: Resource, context: Context) -> Medicine | str | None:
    """The oral baclofen of a record; why it cannot be told to be that; None if it is none or does not count."""
    if not was_ordered(record, context.on):
        return None
    if context.memory:
        medicine = context.memory.medicine(reference, record, context.recorded)
    else:
        medicine = context.recorded.identify(record)
    if isinstance(medicine, str):
        return "uncoded" if not is_over(record) or _may_be_recent(record, context.on) else None
    return medicine if medicine is not None and is_oral(record, medicine, context.terminology) else None


def _line(reference: str, record: Resource, medicine: Medicine, context: Context) -> Order | None:
    """The order as a line in time; None if it ended before it began."""
    own = own_indication(record, medicine, context)
    effective, undated = _began(record), context.on - timedelta(days=1)
    order = read_order(reference, 0, _as_order(record, effective or undated), medicine, own, context)
    order = _renewed(order, record)
    since = undated if isinstance(order.dose, NotComputable) else order.dose[0].since
    began = effective if isinstance(order.dose, NotComputable) else since
    if effective is None and since == undated:
        began = None
    written = fhir.day(record.get("authoredOn"))
    order = replace(
        order,
        own=own,
        group=None,  # in French systems the number of the prescription or of the stay: no plan of doses
        began=began or date.min,
        written=written or began or date.min,
        resource=record,
    )
    return _until_known_end(order, record, context)


def _began(record: Resource) -> date | None:
    """The day on which undated doses began: that of the effective period, else of the signing."""
    period = fhir.as_object(record.get("effectivePeriod"))
    effective = fhir.day(period.get("start")) or fhir.day(record.get("effectiveDateTime"))
    return effective or fhir.day(record.get("authoredOn"))


def _as_order(record: Resource, began: date) -> Resource:
    """The record with the element names of a MedicationRequest, and the day on which undated doses began."""
    dispensed = dict(fhir.as_object(record.get("dispenseRequest")))
    dispensed.pop("validityPeriod", None)
    return {
        **record,
        "authoredOn": began.isoformat(),
        "dosageInstruction": record.get("dosageInstruction", record.get("dosage")),
        "dispenseRequest": dispensed,
    }


def _renewed(order: Order, record: Resource) -> Order:
    """The order for as long as it may be renewed: "28 days, to be renewed twice" are 84.

    Only of one dose that is bounded by a length: a plan of several doses is not taken twice.
    """
    times = renewals(record, _MOST_REPEATS)
    if not times or isinstance(order.dose, NotComputable) or len(order.dose) != 1:
        return order
    [step] = order.dose
    if step.until is None or not all(map(_has_length, fhir.objects(record.get("dosageInstruction")))):
        return order
    until = step.until + (step.until - step.since) * times
    return replace(order, dose=(replace(step, until=until),), ends=until)


def _has_length(dosage: Resource) -> bool:
    return "boundsDuration" in fhir.as_object(fhir.as_object(dosage.get("timing")).get("repeat"))


def _until_known_end(order: Order, record: Resource, context: Context) -> Order | None:
    """The order until its known end: of its bounds, else of its supply, else of its validity."""
    ends = order.ends or _end_of_period(record.get("effectivePeriod")) or end_of_supply(record, _MOST_REPEATS)
    ends = ends or _end_of_period(fhir.as_object(record.get("dispenseRequest")).get("validityPeriod"))
    if ends == context.on + timedelta(days=1) and order.status == "completed":
        ends = context.on  # today was its last day, and it is over
    return order if ends is None else cut(order, ends)


def _end_of_period(period: object) -> date | None:
    last = fhir.last_day(fhir.as_object(period).get("end"))
    return None if last is None or last == date.max else last + timedelta(days=1)


def is_over(record: Resource) -> bool:
    return fhir.text(record.get("status")) in _OVER


def _may_be_recent(record: Resource, on: date) -> bool:
    written = fhir.day(record.get("authoredOn"))
    return written is None or written >= on - LONGEST_PRESCRIPTION
