"""Reads a FHIR MedicationRequest of baclofen as an order: dose over time, framework, what it replaces."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from cds_service.core.dose.dosage import read_instruction
from cds_service.core.dose.order_dose import read_dose
from cds_service.core.model.dose import DoseReading, NotComputable, Steps
from cds_service.core.model.medicine import Medicine
from cds_service.core.model.order import Indication, Order
from cds_service.core.model.product import Route
from cds_service.core.model.ruleset import RuleSet
from cds_service.core.orders.authorisation import authorisation_of
from cds_service.core.orders.medicines import Medicines
from cds_service.core.orders.memory import Memory
from cds_service.core.orders.moments import moments_of
from cds_service.core.record import dstu2, fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.order_identity import ORDERS, Name, meant
from cds_service.core.record.terminology import ListName, Terminology

# MedicationRequest.status that ends a treatment ("ended" is of R5); MedicationRequest.intent that orders nothing.
_STOPS = {"stopped", "cancelled", "ended", "on-hold", "completed"}
_NOT_MEANT = ("proposal", "plan", "option")  # no sets: what a client sends may not be hashable

# MedicationRequest.status and MedicationStatement.status of a medicine that was not taken.
_NEVER_TAKEN = ("cancelled", "entered-in-error", "draft", "not-taken", "intended")

# No code for this aim is established; words are read, and never copied into a card.
ABSTINENCE = re.compile(r"(?<!pas d['’])(?<!pas l['’])(?<!sans )(?<!\bno )(?<!\bnot )abstinen", re.IGNORECASE)


@dataclass(frozen=True)
class Context:
    """The context in which orders are read: codes, rules, the day, and the resources that an order may refer to.

    `entries` are those of the drafts, `records` resources of the prefetch by `Type/id`. `names` gives the `Type/id`
    of a draft or recorded order for each name that a Reference may use for it. `memory` is there where many days of
    one record are judged.
    """

    terminology: Terminology
    rules: RuleSet
    on: date
    entries: Sequence[object] = ()
    records: Mapping[str, Resource] = field(default_factory=dict)
    names: Mapping[Name, str] = field(default_factory=dict)
    memory: Memory | None = None

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """All resources by `Type/id` and by fullUrl; a draft is preferred to a resource of the prefetch."""
        index = dict(self.records)
        for entry in map(fhir.as_object, self.entries):
            resource = fhir.as_object(entry.get("resource"))
            index |= {
                key: resource for key in (fhir.local_reference(resource), fhir.text(entry.get("fullUrl"))) if key
            }
        return index

    @cached_property
    def drafted(self) -> Medicines:
        """What the medicines of drafts are read with: nothing of the record takes away from what drafts may be."""
        return Medicines(self.resources, self.terminology)

    @cached_property
    def recorded(self) -> Medicines:
        """What the medicines of the record are read with."""
        return Medicines(self.resources, self.terminology)

    @cached_property
    def named_reasons(self) -> dict[int, tuple[object, Indication]]:
        """What reasons of orders were read as, by the identity of their CodeableConcept, which is kept beside."""
        return {}

    def order_meant(self, reference: Resource) -> str | None:
        """The `Type/id` of the order that a Reference names; one that is written in it need not be known."""
        return meant(reference, self.names) or fhir.relative(reference)


def read_order(
    reference: str,
    place: int,
    resource: Resource,
    medicine: Medicine,
    indication: Indication,
    context: Context,
    reason: Indication = Indication.UNKNOWN,
) -> Order:
    """Reads a MedicationRequest as an order. `place` counts the drafts from 1; 0 is an order of the record."""
    framework, authorised = authorisation_of(medicine, context.rules, context.on)
    read = _dose_of_draft_or_line(reference, place, resource, medicine, context)
    dose = read.dose
    return Order(
        reference=reference,
        place=place,
        medicine=medicine,
        indication=indication,
        framework=framework,
        authorised=authorised,
        dose=read.dose,
        begins=first_day(read.dose, context.on),
        reason=reason,
        older=isinstance(resource, dstu2.ReadAsR4),
        prior=_meant(resource.get("priorPrescription"), context),
        based_on=_meant(resource.get("basedOn"), context),
        stops=is_stop(resource),
        abstinence=_aims_at_abstinence(resource, context),
        group=_group(resource),
        questions=read.questions,
        resource=resource,
        status=fhir.text(resource.get("status")),
        began=first_day(dose, context.on),
        written=fhir.day(resource.get("authoredOn")) or context.on,
        ends=None if isinstance(dose, NotComputable) else dose[-1].until,
        requester=fhir.relative(resource.get("requester")) or "",
        moments=moments_of(resource.get("dosageInstruction")),
    )


def _dose_of_draft_or_line(
    reference: str, place: int, resource: Resource, medicine: Medicine, context: Context
) -> DoseReading:
    known, key = context.memory, (reference, resource.get("authoredOn"))
    if place or known is None:
        return dose_of(resource, medicine, context.terminology, context.on, is_draft=bool(place), known=known)
    if key not in known.doses:
        known.doses[key] = dose_of(resource, medicine, context.terminology, context.on, is_draft=False, known=known)
    return known.doses[key]


def dose_of(
    resource: Resource,
    medicine: Medicine,
    terminology: Terminology,
    on: date,
    *,
    is_draft: bool = True,
    known: Memory | None = None,
) -> DoseReading:
    """The dose over time. If a draft would be over already, its undated steps begin on the day judged."""
    judged, read_one = on if is_draft else None, known.instruction if known else read_instruction
    read = read_dose(resource, medicine, terminology, _anchor(resource, on), judged, read_one)
    ends = None if isinstance(read.dose, NotComputable) else read.dose[-1].until
    if ends and ends <= on and resource.get("status") == "draft":
        return read_dose(resource, medicine, terminology, on, judged, read_one)
    return read


def first_day(dose: Steps | NotComputable, on: date) -> date:
    """The day from which an order counts: its first, the day judged at the earliest."""
    return on if isinstance(dose, NotComputable) else max(dose[0].since, on)


def _anchor(resource: Resource, on: date) -> date:
    """The day on which undated doses begin: validityPeriod.start, else authoredOn, else the day judged."""
    validity = fhir.as_object(fhir.as_object(resource.get("dispenseRequest")).get("validityPeriod"))
    return fhir.day(validity.get("start")) or fhir.day(resource.get("authoredOn")) or on


def _meant(references: object, context: Context) -> frozenset[str]:
    """The orders that References name."""
    named = (context.order_meant(reference) for reference in fhir.objects(references))
    return frozenset(name for name in named if name)


def _group(resource: Resource) -> str | None:
    """The identifier that the orders of one plan share."""
    identifier = fhir.as_object(resource.get("groupIdentifier"))
    value = fhir.text(identifier.get("value"))
    return group_name(fhir.text(identifier.get("system")), value) if value else None


def group_name(system: str, value: str) -> str:
    return f"{system}|{value}"


def is_stop(resource: Resource) -> bool:
    """Whether a MedicationRequest ends what is taken: stopped, cancelled, completed, on hold, or "do not give"."""
    return fhir.text(resource.get("status")) in _STOPS or resource.get("doNotPerform") is True


def counts(resource: Resource) -> bool:
    """Whether a draft is meant to be acted on; a proposal, a plan and an option are not."""
    status, intent = fhir.text(resource.get("status")), fhir.text(resource.get("intent"))
    return status != "entered-in-error" and intent not in _NOT_MEANT


def was_ordered(record: Resource, on: date) -> bool:
    """Whether an entry of the record is a MedicationRequest or MedicationStatement that counts, written by `on`."""
    if record.get("resourceType") not in ORDERS:
        return False
    if record.get("status") in _NEVER_TAKEN or record.get("intent") in _NOT_MEANT:
        return False
    written = fhir.day(record.get("authoredOn"))
    return record.get("doNotPerform") is not True and (written is None or written <= on)


def is_oral(resource: Resource, medicine: Medicine, terminology: Terminology) -> bool:
    """Whether the baclofen is oral: by its product, else unless the route of a dosage is intrathecal."""
    if medicine.product is not None:
        return medicine.product.route is Route.ORAL
    routes = [dosage.get("route") for dosage in fhir.objects(resource.get("dosageInstruction"))]
    codings = [coding for route in routes for coding in fhir.codings(route)]
    return not terminology.has(ListName.ROUTE_INTRATHECAL, codings)


def _aims_at_abstinence(resource: Resource, context: Context) -> bool:
    reasons = list(fhir.objects(resource.get("reasonCode")))
    codings = [coding for reason in reasons for coding in fhir.codings(reason)]
    in_remission = context.terminology.has(ListName.ALCOHOL_DEPENDENCE_IN_REMISSION, codings)
    return in_remission or any(ABSTINENCE.search(fhir.words(reason)) for reason in reasons)
