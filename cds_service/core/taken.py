"""What the record shows as taken now: baclofen that is active, or that ended within the last days."""

from collections.abc import Mapping
from datetime import date, timedelta

from cds_service.core import fhir
from cds_service.core.fhir import Resource
from cds_service.core.medication import identify
from cds_service.core.model import Fact, Indication, Known, NotComputable, Order, ReportedNone, Unknown
from cds_service.core.orders import Library, is_oral, read_order
from cds_service.core.periods import read_length
from cds_service.core.records import Records

# http://hl7.org/fhir/CodeSystem/medicationrequest-status
_NEVER_TAKEN = {"cancelled", "entered-in-error", "draft", "not-taken", "intended"}
_OVER = {"completed", "stopped", "on-hold"}
_NOT_MEANT = {"proposal", "plan", "option"}

# A French prescription is not renewed beyond a year; one that is over and older was not taken this month.
_LONGEST_PRESCRIPTION = timedelta(days=366)


def read_taken(records: Records, library: Library, window: timedelta) -> Fact[tuple[Order, ...]]:
    """The baclofen orders of the record that were taken within the window before the day."""
    taken: dict[str, Order] = {}
    gap = records.gap
    for place, record in enumerate(records.resources):
        medicine = (
            identify(record, library.resources, library.terminology) if _may_be_taken(record, library.on) else None
        )
        if isinstance(medicine, str):
            gap = gap or "uncoded"
        elif medicine is not None and is_oral(record, medicine, library.terminology):
            reference = fhir.local_reference(record) or f"{records.key}[{place}]"
            order = read_order(reference, 0, _with_dosage(record), medicine, Indication.UNKNOWN, library)
            ended = _ended(record, order)
            if ended is None and fhir.text(record.get("status")) in _OVER:
                gap = gap or _gap_of_unknown_end(record, library.on)
            elif ended is None or ended > library.on - window:
                taken[reference] = order
    if taken:
        return Known(_still_taken(taken, library.on), records.key, gap=gap)
    return Unknown(gap, records.key) if gap else ReportedNone(records.key)


def _still_taken(taken: Mapping[str, Order], on: date) -> tuple[Order, ...]:
    """Without the orders that another one of the record has taken the place of; never without all of them."""
    begun = [order for order in taken.values() if isinstance(order.dose, NotComputable) or order.dose[0].since <= on]
    replaced = {reference for order in begun for reference in order.replaces - {order.reference}}
    left = tuple(order for order in taken.values() if order.reference not in replaced)
    return left or tuple(taken.values())


def _may_be_taken(record: Resource, on: date) -> bool:
    if record.get("resourceType") not in ("MedicationRequest", "MedicationStatement"):
        return False
    status, intent = fhir.text(record.get("status")), fhir.text(record.get("intent"))
    written = fhir.day(record.get("authoredOn"))
    meant = status not in _NEVER_TAKEN and intent not in _NOT_MEANT and record.get("doNotPerform") is not True
    return meant and (written is None or written <= on)


def _with_dosage(record: Resource) -> Resource:
    """A MedicationStatement says `dosage` for what a MedicationRequest says in `dosageInstruction`."""
    return record if "dosageInstruction" in record else {**record, "dosageInstruction": record.get("dosage")}


def _ended(record: Resource, order: Order) -> date | None:
    """The first day without the order: by its dosage, else by its supply when it is over; None where it says none."""
    if not isinstance(order.dose, NotComputable) and order.dose[-1].until is not None:
        return order.dose[-1].until
    if fhir.text(record.get("status")) not in _OVER:
        return None
    written = fhir.day(record.get("authoredOn"))
    supply = read_length(fhir.as_object(record.get("dispenseRequest")).get("expectedSupplyDuration"))
    return supply.after(written) if supply and written else None


def _gap_of_unknown_end(record: Resource, on: date) -> str | None:
    written = fhir.day(record.get("authoredOn"))
    return None if written is not None and written < on - _LONGEST_PRESCRIPTION else "end-unknown"
