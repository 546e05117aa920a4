"""Reads a CDS Hooks order-sign request as a case. A defect in reading one draft does not affect the others."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from cds_service.core.facts.indication import indication_by, own_by, reason_of
from cds_service.core.facts.patient_facts import read_facts
from cds_service.core.model.case import FACTS, Case, Facts, UnreadEntry
from cds_service.core.model.defects import INTERNAL_FAULT, where
from cds_service.core.model.known import Unknown
from cds_service.core.model.medicine import Medicine
from cds_service.core.model.order import Order
from cds_service.core.model.ruleset import RuleSet, limits_mg, taper_limit_mg, taper_part, taper_step_mg
from cds_service.core.orders.drafts import (
    are_older,
    is_order,
    missing_entries,
    oral_baclofen,
    resource_in,
    resources_of,
    why_unread,
)
from cds_service.core.orders.medication import modifier_of
from cds_service.core.orders.memory import Memory
from cds_service.core.orders.order import Context, read_order
from cds_service.core.orders.work import Work
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.order_identity import Name, line_of, named
from cds_service.core.record.prefetch import Record, Records, guarded, of_patient, read_record
from cds_service.core.record.subject import Person, is_stranger, person_of
from cds_service.core.record.terminology import Terminology
from cds_service.core.signings.stops import without_idle_stops

# Types of resource that an order refers to: its reason and its medicine.
_REFERRED = {"Condition", "Medication"}

# The reason why a draft is not read that comes after the budget of work, a key of cards/reasons.toml.
TOO_MUCH_WORK = "too-much-work"

# What is read of a record of FHIR DSTU2, whose elements mean the same in R4; and why the rest is unknown.
_READ_OF_DSTU2 = {"patient", "conditions"}
OLDER_RECORD = "older-version"

# The reason of every fact of a case whose record was not opened, a key of cards/facts.toml.
NOT_OPENED = "not-opened"
_FACTS_NOT_OPENED = Facts(**{name: Unknown(NOT_OPENED, source.key) for name, source in FACTS.items()})


@dataclass(frozen=True, slots=True)
class Chart:
    """What all cases of one call share: the patient, their record, who signs, the rules and the day.

    `referred` and `names` are what an order may refer to, in the record, and by which names. `memory` has what
    was read of the record on another day.
    """

    person: Person
    signer: str
    record: Record
    referred: Mapping[str, Resource]
    names: Mapping[Name, str]
    terminology: Terminology
    rules: RuleSet
    on: date
    memory: Memory | None = None


def read_case(hook: Mapping[str, Any], terminology: Terminology, rules: RuleSet, on: date) -> Case:
    """The case of a request that the contract has accepted, with its prefetch decoded."""
    record = read_record(hook.get("prefetch") or {})
    return case_of(hook["context"]["draftOrders"], read_chart(hook["context"], record, terminology, rules, on))


def read_chart(
    context: Mapping[str, Any], record: Record, terminology: Terminology, rules: RuleSet, on: date
) -> Chart:
    """What the cases of a call share, from the context of its hook and the record."""
    sent = [context["draftOrders"], *(records.sent for records in record.values())]
    person = person_of(context["patientId"], sent)
    own = _of_patient(record, person)
    if are_older(context["draftOrders"]):
        own = {key: records if key in _READ_OF_DSTU2 else _unread(records) for key, records in own.items()}
    medications = own["medications"]
    return Chart(
        person=person,
        signer=_practitioner(context["userId"]),
        record=own,
        referred=_referred(own),
        names=named(medications.resources, record["medications"].sent.get("entry")),
        terminology=terminology,
        rules=rules,
        on=on,
    )


def _of_patient(record: Record, person: Person) -> Record:
    """The record without data of another patient. If the Patient sent is another, nothing of it is used."""
    own = {key: guarded(key, partial(of_patient, records, person)) for key, records in record.items()}
    if not own["patient"].stranger:
        return own
    return {key: Records(key, gap="other-patient", stranger=True, defect=own[key].defect) for key in own}


def _unread(records: Records) -> Records:
    """The records as unknown: they are of FHIR DSTU2, and what they say in R4 is not certain."""
    return records if records.gap and not records.resources else replace(records, resources=(), gap=OLDER_RECORD)


def _practitioner(user: str) -> str:
    """context.userId if it refers to a Practitioner or PractitionerRole; else empty."""
    name = fhir.relative({"reference": user}) or ""
    return name if name == user and name.startswith(("Practitioner/", "PractitionerRole/")) else ""


def _referred(record: Record) -> dict[str, Resource]:
    resources = (*record["conditions"].resources, *record["medications"].resources)
    return {fhir.local_reference(item) or "": item for item in resources if item.get("resourceType") in _REFERRED}


def case_without_record(hook_context: Mapping[str, Any], rules: RuleSet, on: date) -> Case:
    """The case of a call whose drafts are surely other medicines: nobody has looked at its record."""
    person = person_of(hook_context["patientId"], ())
    return Case(
        on=on,
        patient_id=person.id,
        orders=(),
        unread=(),
        strangers=(),
        facts=_FACTS_NOT_OPENED,
        windows=rules.windows,
        limits_mg=limits_mg(rules, on),
        signer=_practitioner(hook_context["userId"]),
    )


def case_of(bundle: Resource, chart: Chart) -> Case:
    """The case of a Bundle of drafts."""
    drafts = resources_of(bundle)
    strange = [is_stranger(draft, chart.person) for draft in drafts]
    context = context_of(bundle, strange, chart)
    facts, defects = read_facts(chart.record, _resources(context.entries), context)
    work = Work()
    results = [
        _read(place, *draft, facts, context, work)
        for place, draft in enumerate(zip(drafts, strange, strict=True), start=1)
    ]
    orders, unread, copies = _orders_and_unread(result.read for result in results)
    windows = chart.rules.windows
    return Case(
        on=chart.on,
        patient_id=chart.person.id,
        orders=without_idle_stops(orders, facts.taken_now, windows, chart.on),
        unread=(*unread, *missing_entries(bundle)),
        strangers=tuple(_strangers(results, chart.record)),
        facts=facts,
        windows=windows,
        limits_mg=limits_mg(chart.rules, chart.on),
        entries=len(fhir.as_list(bundle.get("entry"))),
        copies=copies,
        taper_step_mg=taper_step_mg(chart.rules, chart.on),
        taper_limit_mg=taper_limit_mg(chart.rules, chart.on),
        taper_part=taper_part(chart.rules, chart.on),
        signer=chart.signer,
        defects=tuple(filter(None, (*_defects(chart.record), *defects, *(result.defect for result in results)))),
    )


def context_of(bundle: Resource, strange: Iterable[bool], chart: Chart) -> Context:
    """What the orders of the patient are read with; drafts of another patient are no part of it."""
    entries = fhir.as_list(bundle.get("entry"))
    own = [entry for entry, is_strange in zip(entries, strange, strict=False) if not is_strange]
    names = {**named(_resources(own), own), **chart.names}
    return Context(chart.terminology, chart.rules, chart.on, own, chart.referred, names, chart.memory)


def _resources(entries: Iterable[object]) -> list[Resource]:
    return [resource_in(entry) for entry in entries]


def _defects(record: Record) -> Iterator[str]:
    return (records.defect for records in record.values())


@dataclass(frozen=True, slots=True)
class _Read:
    """What one draft was read as; None if it is not oral baclofen or not this patient's.

    `stranger` refers to it if it is another patient's. `may_be_ours`: it is oral baclofen, or may be.
    """

    read: Order | UnreadEntry | None
    stranger: str = ""
    may_be_ours: bool = False
    defect: str = ""


def _read(place: int, draft: Resource, is_strange: bool, facts: Facts, context: Context, work: Work) -> _Read:
    reference = fhir.local_reference(draft) or f"draftOrders.entry[{place - 1}]"
    stranger, medicine = reference if is_strange else "", None
    try:
        if is_order(draft):
            medicine = oral_baclofen(draft, context.drafted)
            read = None if is_strange else _order(reference, place, draft, medicine, facts, context, work)
        else:
            read = why_unread(draft, context.drafted)
    except Exception as defect:  # noqa: BLE001 - a defect in reading one order must not hide another
        lost = UnreadEntry(reference, INTERNAL_FAULT, place)
        return _Read(lost, stranger, medicine is not None, where(defect))
    return _Read(
        UnreadEntry(reference, read, place) if isinstance(read, str) else read, stranger, medicine is not None
    )


def _order(
    reference: str,
    place: int,
    draft: Resource,
    medicine: Medicine | str | None,
    facts: Facts,
    context: Context,
    work: Work,
) -> Order | str | None:
    """The order, or the reason why it could not be read."""
    if not isinstance(medicine, Medicine):
        return medicine
    modifier = modifier_of(draft)
    if modifier:
        return modifier
    if not work.allows(draft):
        return TOO_MUCH_WORK
    reason = reason_of(draft, context)
    indication = indication_by(reason, medicine, facts)
    order = read_order(reference, place, draft, medicine, indication, context, reason)
    return replace(order, own=own_by(medicine, reason)) if work.holds(order.dose) else TOO_MUCH_WORK


def _strangers(results: list[_Read], record: Record) -> Iterator[str]:
    """References to orders, and prefetch keys, of another patient; none unless a draft may be for baclofen."""
    if any(result.may_be_ours for result in results):
        yield from (result.stranger for result in results if result.stranger)
        yield from (f"prefetch.{key}" for key, records in record.items() if records.stranger)


def _orders_and_unread(
    results: Iterable[Order | UnreadEntry | None],
) -> tuple[tuple[Order, ...], list[UnreadEntry], tuple[str, ...]]:
    """The orders, the unread entries, and the copies of an order, under its id or another.

    An order sent twice counts once; two different orders of one id are `duplicate-id`.
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
            copies.append(result.reference)
        elif (first := orders.setdefault(result.reference, result)) is result:
            lines |= {line} - {None}
        elif result == replace(first, place=result.place):
            copies.append(result.reference)
        else:
            unread.append(UnreadEntry(result.reference, "duplicate-id", result.place))
    return tuple(orders.values()), unread, tuple(copies)
