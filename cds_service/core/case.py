"""From a CDS Hooks order-sign request to a case. Each draft order is read in a guard of its own."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any

from cds_service.core import fhir
from cds_service.core.authorisation import authorisation_of
from cds_service.core.dosage import daily_dose
from cds_service.core.facts import is_oral, read_facts
from cds_service.core.fhir import Resource
from cds_service.core.indication import indication_of
from cds_service.core.medication import identify
from cds_service.core.model import Case, Facts, Medicine, Order, ReportedNone, Unread
from cds_service.core.records import Records, is_stranger, read_records
from cds_service.core.ruleset import RuleSet
from cds_service.core.terminology import Terminology

# What we ask the EHR for. Any of them may be missing: then its facts are unknown, and a card says so.
PREFETCH_KEYS = ("patient", "conditions", "medications")

MOST_ENTRIES = 500

# FHIR before STU3 had no MedicationRequest.
_OLDER_ORDERS = {"MedicationOrder", "MedicationPrescription"}
# An order in one of these states or intents is not about to be taken (R4 MedicationRequest.status, .intent).
_STOPS = {"stopped", "cancelled", "on-hold"}
_NOT_COUNTED = {"completed", "entered-in-error"}
_NOT_MEANT = {"proposal", "plan", "option"}


def read_case(hook: Mapping[str, Any], terminology: Terminology, rules: RuleSet, on: date) -> Case:
    """The case of a request that the contract has accepted."""
    context = hook["context"]
    patient_id = context["patientId"].removeprefix("Patient/")
    entries = fhir.as_list(context["draftOrders"].get("entry"))
    drafts = [fhir.as_object(fhir.as_object(entry).get("resource")) for entry in entries[:MOST_ENTRIES]]
    prefetch = hook.get("prefetch") or {}
    records = {key: read_records(prefetch, key, patient_id) for key in PREFETCH_KEYS}
    reader = _Reader(patient_id, records, _index(entries, records), terminology, rules, on, drafts)
    results = [reader.read(place, draft) for place, draft in enumerate(drafts, start=1)]
    unread = [result for result in results if isinstance(result, Unread)]
    if len(entries) > MOST_ENTRIES:
        unread.append(Unread(f"draftOrders.entry[{MOST_ENTRIES}]", "too-many-entries", MOST_ENTRIES + 1))
    return Case(
        on=on,
        orders=tuple(result for result in results if isinstance(result, Order)),
        unread=tuple(unread),
        strangers=reader.strangers(),
        facts=reader.facts,
    )


class _Reader:
    """Reads the drafts of one request one by one; what they share is worked out once."""

    def __init__(
        self,
        patient_id: str,
        records: Mapping[str, Records],
        resources: Mapping[str, Resource],
        terminology: Terminology,
        rules: RuleSet,
        on: date,
        drafts: list[Resource],
    ) -> None:
        self._patient_id = patient_id
        self._records = records
        self._resources = resources
        self._terminology = terminology
        self._rules = rules
        self._on = on
        self._other_patients: list[str] = []
        self._about_baclofen = False
        self.facts: Facts = read_facts(records, drafts, resources, terminology, on)

    def read(self, place: int, draft: Resource) -> Order | Unread | None:
        """The order, why it could not be read, or None where it is none of our business."""
        reference = fhir.local_reference(draft) or f"draftOrders.entry[{place - 1}]"
        try:
            read = self._read(reference, place, draft)
        except Exception as defect:  # noqa: BLE001 - a defect in reading one order must not hide another
            return Unread(reference, "internal-fault", place, _where(defect))
        return Unread(reference, read, place) if isinstance(read, str) else read

    def _read(self, reference: str, place: int, draft: Resource) -> Order | str | None:
        """The order, the reason why it could not be read, or None."""
        kind = draft.get("resourceType")
        if kind in _OLDER_ORDERS or not isinstance(kind, str):
            return "fhir-version" if kind in _OLDER_ORDERS else "entry-unreadable"
        if kind != "MedicationRequest" or not _counts(draft):
            return None
        medicine = identify(draft, self._resources, self._terminology)
        if medicine is None or (isinstance(medicine, Medicine) and not self._is_oral(draft, medicine)):
            return None
        self._about_baclofen = True
        if is_stranger(draft, self._patient_id):
            self._other_patients.append(reference)
            return None
        if isinstance(medicine, str):
            return medicine
        if _stops(draft):
            taken = not isinstance(self.facts.baclofen_taken_now, ReportedNone)
            return "stop-not-judged" if taken else None
        return "modifier-extension" if "modifierExtension" in draft else self._order(reference, place, draft, medicine)

    def _order(self, reference: str, place: int, draft: Resource, medicine: Medicine) -> Order:
        framework, authorised = authorisation_of(medicine, self._rules, self._on)
        indication = indication_of(draft, medicine, self.facts, self._resources, self._terminology)
        dose = daily_dose(draft, medicine, self._terminology)
        return Order(reference, place, medicine, indication, framework, authorised, dose)

    def _is_oral(self, draft: Resource, medicine: Medicine) -> bool:
        if medicine.product is not None:
            return is_oral(medicine)
        routes = [dosage.get("route") for dosage in fhir.objects(draft.get("dosageInstruction"))]
        codings = [coding for route in routes for coding in fhir.codings(route)]
        return "route-intrathecal" not in self._terminology.lists_of(codings)

    def strangers(self) -> tuple[str, ...]:
        """Other patients' orders and data; their data concern us only where baclofen is ordered."""
        keys = [f"prefetch.{key}" for key, records in self._records.items() if records.stranger]
        return (*self._other_patients, *(keys if self._about_baclofen else []))


def _counts(draft: Resource) -> bool:
    return draft.get("status") not in _NOT_COUNTED and draft.get("intent") not in _NOT_MEANT


def _stops(draft: Resource) -> bool:
    return draft.get("status") in _STOPS or draft.get("doNotPerform") is True


def _index(entries: list[Any], records: Mapping[str, Records]) -> dict[str, Resource]:
    """Resources that a reference may point to, by `Type/id` and by fullUrl."""
    index: dict[str, Resource] = {}
    for resource in _all_of(records):
        index[fhir.local_reference(resource) or ""] = resource
    for entry in map(fhir.as_object, islice(entries, MOST_ENTRIES)):
        resource = fhir.as_object(entry.get("resource"))
        for key in (fhir.local_reference(resource), fhir.text(entry.get("fullUrl"))):
            if key:
                index[key] = resource
    return index


def _all_of(records: Mapping[str, Records]) -> Iterator[Resource]:
    for key in ("conditions", "medications"):
        yield from records[key].resources


def _where(defect: Exception) -> str:
    """Type and place of a defect, without its message: a message may hold what the request held."""
    trace = defect.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else ""
    return type(defect).__name__ + place
