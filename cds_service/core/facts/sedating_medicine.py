"""Reads whether an opioid, a gabapentinoid or sodium oxybate is taken now, by code."""

from collections.abc import Iterable, Iterator
from datetime import date

from cds_service.core.dose.supply import end_of_supply
from cds_service.core.facts.record_lines import LONGEST_PRESCRIPTION, is_over
from cds_service.core.facts.recorded import RecordedMedicine
from cds_service.core.model.known import Fact, Known, not_found
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Records
from cds_service.core.record.terminology import ListName, Terminology

_MOST_SUPPLIES = 366


def read_sedating_medicine(
    records: Records, medicines: Iterable[RecordedMedicine], terminology: Terminology, on: date
) -> Fact[bool]:
    """Known(True) by its code alone: a record without ATC codes hides these medicines, and the README says so."""
    sedating = (it.record for it in medicines if terminology.has(ListName.SEDATING_MEDICINE, it.codings))
    if any(_is_taken(record, on) for record in sedating):
        return Known(True, records.key)
    return not_found(records.gap, records.key)


def _is_taken(record: Resource, on: date) -> bool:
    if is_over(record):
        return False
    ends = known_end(record)
    written = fhir.day(record.get("authoredOn"))
    if ends is None and written is not None:
        ends = written + LONGEST_PRESCRIPTION
    return ends is None or ends >= on


def known_end(record: Resource) -> date | None:
    """The end of an order of any medicine: of its bounds, else of its supply, else of its validity."""
    return max(_bounds(record), default=None) or end_of_supply(record, _MOST_SUPPLIES) or _end_of_validity(record)


def _bounds(record: Resource) -> Iterator[date]:
    """The last days of its dosages."""
    dosages = [*fhir.objects(record.get("dosageInstruction")), *fhir.objects(record.get("dosage"))]
    timings = (fhir.as_object(dosage.get("timing")) for dosage in dosages)
    periods = [fhir.as_object(fhir.as_object(timing.get("repeat")).get("boundsPeriod")) for timing in timings]
    for period in (*periods, fhir.as_object(record.get("effectivePeriod"))):
        ended = fhir.last_day(period.get("end"))
        if ended is not None:
            yield ended


def _end_of_validity(record: Resource) -> date | None:
    validity = fhir.as_object(fhir.as_object(record.get("dispenseRequest")).get("validityPeriod"))
    return fhir.last_day(validity.get("end"))
