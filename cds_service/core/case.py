"""From a CDS Hooks order-sign request to a case. Each draft order is read in a guard of its own."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from cds_service.core import fhir
from cds_service.core.facts import read_facts
from cds_service.core.fhir import Resource
from cds_service.core.indication import indication_of
from cds_service.core.medication import identify
from cds_service.core.model import Case, Facts, Medicine, Order, Unread
from cds_service.core.orders import Library, counts, is_oral, read_order
from cds_service.core.records import Records, is_stranger, read_records
from cds_service.core.ruleset import RuleSet, taper_step_mg
from cds_service.core.terminology import Terminology

# What we ask the EHR for. Any of them may be missing: then its facts are unknown, and a card says so.
PREFETCH_KEYS = ("patient", "conditions", "medications", "observations", "referrals", "goals")

MOST_ENTRIES = 500

# FHIR before STU3 had no MedicationRequest.
_OLDER_ORDERS = {"MedicationOrder", "MedicationPrescription"}


def read_case(
    hook: Mapping[str, Any], terminology: Terminology, rules: RuleSet, on: date, facts: Facts | None = None
) -> Case:
    """The case of a request that the contract has accepted. `facts` are given where they are known already."""
    context = hook["context"]
    patient_id = context["patientId"].removeprefix("Patient/")
    entries = fhir.as_list(context["draftOrders"].get("entry"))
    prefetch = hook.get("prefetch") or {}
    records = {key: read_records(prefetch, key, patient_id) for key in PREFETCH_KEYS}
    referred = [*records["conditions"].resources, *records["medications"].resources]
    library = Library(terminology, rules, on, entries[:MOST_ENTRIES], referred)
    drafts = [fhir.as_object(fhir.as_object(entry).get("resource")) for entry in entries[:MOST_ENTRIES]]
    facts = facts or read_facts(records, drafts, library)
    reader = _Reader(patient_id, records, facts, library)
    results = [reader.read(place, draft) for place, draft in enumerate(drafts, start=1)]
    unread = [result for result in results if isinstance(result, Unread)]
    if len(entries) > MOST_ENTRIES:
        unread.append(Unread(f"draftOrders.entry[{MOST_ENTRIES}]", "too-many-entries", MOST_ENTRIES + 1))
    orders = {result.reference: result for result in results if isinstance(result, Order)}
    return Case(
        on=on,
        patient_id=patient_id,
        orders=tuple(orders.values()),
        unread=tuple(unread),
        strangers=reader.strangers(),
        facts=reader.facts,
        taper_step_mg=taper_step_mg(rules, on),
    )


class _Reader:
    """Reads the drafts of one request one by one; what they share is worked out once."""

    def __init__(self, patient_id: str, records: Mapping[str, Records], facts: Facts, library: Library) -> None:
        self._patient_id = patient_id
        self._records = records
        self._library = library
        self._other_patients: list[str] = []
        self._about_baclofen = False
        self.facts = facts

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
        if kind != "MedicationRequest":
            return _reason_by_type(kind)
        medicine = identify(draft, self._library.resources, self._library.terminology) if counts(draft) else None
        if isinstance(medicine, Medicine) and not is_oral(draft, medicine, self._library.terminology):
            return None
        return None if medicine is None else self._of_baclofen(reference, place, draft, medicine)

    def _of_baclofen(
        self, reference: str, place: int, draft: Resource, medicine: Medicine | str
    ) -> Order | str | None:
        self._about_baclofen = True
        if is_stranger(draft, self._patient_id):
            self._other_patients.append(reference)
            return None
        if isinstance(medicine, str):
            return medicine
        if "modifierExtension" in draft:
            return "modifier-extension"
        indication = indication_of(draft, medicine, self.facts, self._library)
        return read_order(reference, place, draft, medicine, indication, self._library)

    def strangers(self) -> tuple[str, ...]:
        """Other patients' orders and data; their data concern us only where baclofen is ordered."""
        keys = [f"prefetch.{key}" for key, records in self._records.items() if records.stranger]
        return (*self._other_patients, *(keys if self._about_baclofen else []))


def _reason_by_type(kind: object) -> str | None:
    """Why a draft of this type cannot be read; None for a type that is none of our business."""
    if not isinstance(kind, str):
        return "entry-unreadable"
    return "fhir-version" if kind in _OLDER_ORDERS else None


def _where(defect: Exception) -> str:
    """Type and place of a defect, without its message: a message may hold what the request held."""
    trace = defect.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else ""
    return type(defect).__name__ + place
