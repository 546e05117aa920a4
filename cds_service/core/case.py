"""Reads a CDS Hooks order-sign request as a case. A defect in reading one draft does not affect the others."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.facts.indication import indication_by, own_by, reason_of
from cds_service.core.facts.patient_facts import read_facts
from cds_service.core.model.case import MOST_ENTRIES, Case, Facts, UnreadEntry
from cds_service.core.model.defects import INTERNAL_FAULT, where
from cds_service.core.model.medicine import Medicine
from cds_service.core.model.order import Order
from cds_service.core.model.ruleset import RuleSet, limits_mg, most_mg, taper_limit_mg, taper_step_mg, windows_of
from cds_service.core.orders.medication import identify, modifier_of
from cds_service.core.orders.order import Context, counts, is_oral, read_order
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.order_identity import line_of, named
from cds_service.core.record.prefetch import Records, failure, is_part, read_records
from cds_service.core.record.subject import is_stranger, person_of
from cds_service.core.record.terminology import Terminology
from cds_service.core.signings.stops import without_idle_stops

# Types of resource that an order refers to: its reason and its medicine.
_REFERRED = {"Condition", "Medication"}

# FHIR before STU3 had no MedicationRequest.
_OLDER_ORDERS = {"MedicationOrder", "MedicationPrescription"}

# Resources that only wrap others, and resources that may contain orders.
_WRAPPERS = {"Bundle", "Parameters"}
_GROUPS = {"RequestGroup", "RequestOrchestration", "CarePlan"}
_TYPE = re.compile(r"[A-Z][A-Za-z]+")


def read_case(hook: Mapping[str, Any], terminology: Terminology, rules: RuleSet, on: date) -> Case:
    """The case of a request that the contract has accepted."""
    return CaseReader(hook, terminology, rules, on).read(hook["context"]["draftOrders"])


class CaseReader:
    """Reads cases of one patient on one day. The prefetch is read once, even if several sets of drafts are judged."""

    def __init__(self, hook: Mapping[str, Any], terminology: Terminology, rules: RuleSet, on: date) -> None:
        self._person = person_of(hook)
        self._signer = _practitioner(hook["context"]["userId"])
        prefetch = hook.get("prefetch") or {}
        self._defects: list[str] = []
        self._records = {key: self._guarded_records(prefetch, key) for key in PREFETCH_KEYS}
        if self._records["patient"].stranger:
            # If the Patient sent is not context.patientId, ignore the whole prefetch.
            self._records = {key: Records(key, gap="other-patient", stranger=True) for key in PREFETCH_KEYS}
        self._terminology, self._rules, self._on = terminology, rules, on
        medications = fhir.as_object(prefetch.get("medications"))
        self._names = named(self._records["medications"].resources, medications.get("entry"))

    def read(self, bundle: Resource, facts: Facts | None = None) -> Case:
        """The case of a Bundle of drafts. If `facts` are given they are used and not read again."""
        entries = fhir.as_list(bundle.get("entry"))
        drafts = [_resource(entry) for entry in entries[:MOST_ENTRIES]]
        strange = [is_stranger(draft, self._person) for draft in drafts]
        of_patient = [entry for entry, is_strange in zip(entries, strange, strict=False) if not is_strange]
        context = self._context(of_patient)
        facts, defects = (facts, ()) if facts else read_facts(self._records, map(_resource, of_patient), context)
        reader = _Reader(self._records, facts, context)
        results = [
            reader.read(place, *draft) for place, draft in enumerate(zip(drafts, strange, strict=True), start=1)
        ]
        orders, unread, copies = _orders_and_unread(results)
        if len(entries) > MOST_ENTRIES:
            unread.append(UnreadEntry(f"draftOrders.entry[{MOST_ENTRIES}]", "too-many-entries", MOST_ENTRIES + 1))
        if is_part(bundle):
            unread.append(UnreadEntry("draftOrders", "drafts-in-part"))
        return Case(
            on=self._on,
            patient_id=self._person.id,
            orders=without_idle_stops(orders, facts.taken_now, windows_of(self._rules), self._on),
            unread=tuple(unread),
            strangers=reader.strangers(),
            facts=facts,
            windows=windows_of(self._rules),
            limits_mg=limits_mg(self._rules, self._on),
            most_mg=most_mg(self._rules, self._on),
            entries=len(entries),
            copies=copies,
            taper_step_mg=taper_step_mg(self._rules, self._on),
            taper_limit_mg=taper_limit_mg(self._rules, self._on),
            signer=self._signer,
            defects=(*self._defects, *defects, *reader.defects),
        )

    def _guarded_records(self, prefetch: Mapping[str, Any], key: str) -> Records:
        try:
            return read_records(prefetch, key, self._person)
        except Exception as defect:  # noqa: BLE001 - a defect in reading one key must not hide the others, nor the orders
            self._defects.append(where(defect))
            return Records(key, gap=INTERNAL_FAULT)

    def _context(self, entries: list[Any]) -> Context:
        names = {**named(map(_resource, entries), entries), **self._names}
        return Context(self._terminology, self._rules, self._on, entries, self._referred, names)

    @cached_property
    def _referred(self) -> dict[str, Resource]:
        records = [*self._records["conditions"].resources, *self._records["medications"].resources]
        referred = [record for record in records if record.get("resourceType") in _REFERRED]
        return {fhir.local_reference(record) or "": record for record in referred}


def _resource(entry: object) -> Resource:
    return fhir.as_object(fhir.as_object(entry).get("resource"))


def _practitioner(user: str) -> str:
    """context.userId if it refers to a Practitioner or PractitionerRole; else empty."""
    name = fhir.relative({"reference": user}) or ""
    return name if name == user and name.startswith(("Practitioner/", "PractitionerRole/")) else ""


def _orders_and_unread(
    results: Iterable[Order | UnreadEntry | None],
) -> tuple[tuple[Order, ...], list[UnreadEntry], tuple[str, ...]]:
    """The orders, the unread entries, and copies of an order under another id.

    An order sent twice counts once; two orders of one id are `duplicate-id`.
    """
    orders: dict[str, Order] = {}
    lines: set[str | None] = set()
    unread: list[UnreadEntry] = []
    copies: list[str] = []
    for result in results:
        if isinstance(result, UnreadEntry):
            unread.append(result)
        elif result is None:
            continue
        elif (line := line_of(result.resource)) in lines:
            copies += [] if result.reference in orders else [result.reference]
        elif result != replace(orders.setdefault(result.reference, result), place=result.place):
            unread.append(UnreadEntry(result.reference, "duplicate-id", result.place))
        else:
            lines |= {line} - {None}
    return tuple(orders.values()), unread, tuple(copies)


class _Reader:
    """Reads the drafts of one request one by one, with the same facts and context."""

    def __init__(self, records: Mapping[str, Records], facts: Facts, context: Context) -> None:
        self._records = records
        self._context = context
        self._other_patients: list[str] = []
        self._about_baclofen = False
        self.facts = facts
        self.defects: list[str] = []

    def read(self, place: int, draft: Resource, is_strange: bool) -> Order | UnreadEntry | None:
        """The order; or why it could not be read; or None if it is not oral baclofen or not this patient's."""
        reference = fhir.local_reference(draft) or f"draftOrders.entry[{place - 1}]"
        try:
            read = self._read(reference, place, draft, is_strange)
        except Exception as defect:  # noqa: BLE001 - a defect in reading one order must not hide another
            self.defects.append(where(defect))
            return UnreadEntry(reference, INTERNAL_FAULT, place)
        return UnreadEntry(reference, read, place) if isinstance(read, str) else read

    def _read(self, reference: str, place: int, draft: Resource, is_strange: bool) -> Order | str | None:
        """The order, the reason why it could not be read, or None."""
        if is_strange:
            self._other_patients.append(reference)
        if draft.get("resourceType") != "MedicationRequest":
            return _reason_by_type(draft) or ("entry-unreadable" if self._groups_baclofen(draft) else None)
        medicine = self._oral_baclofen(draft)
        self._about_baclofen = self._about_baclofen or medicine is not None
        return None if is_strange or medicine is None else self._of_baclofen(reference, place, draft, medicine)

    def _oral_baclofen(self, order: Resource) -> Medicine | str | None:
        """The medicine; or why it cannot be identified; or None if it is another one or the draft does not count."""
        medicine = identify(order, self._context.resources, self._context.terminology) if counts(order) else None
        is_swallowed = not isinstance(medicine, Medicine) or is_oral(order, medicine, self._context.terminology)
        return medicine if is_swallowed else None

    def _groups_baclofen(self, draft: Resource) -> bool:
        """Whether a group of orders contains an order that is or may be for baclofen; such orders are not read."""
        inside = fhir.objects(draft.get("contained")) if draft.get("resourceType") in _GROUPS else []
        orders = [{**item, "contained": inside} for item in inside if item.get("resourceType") == "MedicationRequest"]
        return any(self._oral_baclofen(order) is not None for order in orders)

    def _of_baclofen(
        self, reference: str, place: int, draft: Resource, medicine: Medicine | str
    ) -> Order | str | None:
        if isinstance(medicine, str):
            return medicine
        modifier = modifier_of(draft)
        if modifier:
            return modifier
        reason = reason_of(draft, self._context)
        indication = indication_by(reason, medicine, self.facts)
        order = read_order(reference, place, draft, medicine, indication, self._context, reason)
        return replace(order, own=own_by(medicine, reason))

    def strangers(self) -> tuple[str, ...]:
        """References to orders, and prefetch keys, of another patient; none unless a draft may be for baclofen."""
        keys = [f"prefetch.{key}" for key, records in self._records.items() if records.stranger]
        return (*self._other_patients, *keys) if self._about_baclofen else ()


def _reason_by_type(draft: Resource) -> str | None:
    """Why a draft of this type cannot be read; None for a type that is not judged."""
    kind = fhir.text(draft.get("resourceType"))
    if kind in _OLDER_ORDERS:
        return "fhir-version"
    is_fault = kind == "OperationOutcome" and failure(draft) is not None
    misspelt = not _TYPE.fullmatch(kind) or kind.lower() == "medicationrequest"
    return "entry-unreadable" if misspelt or kind in _WRAPPERS or is_fault else None
