"""Writes suggestions as FHIR R4: a plan as sequenced dosages, a product, a referral."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.core.dose.periods import read_length
from cds_service.core.dose.text.free_text import is_dosage_in_words
from cds_service.core.dose.written import is_dosage_rendered
from cds_service.core.model.case import Case
from cds_service.core.model.order import Order
from cds_service.core.model.product import Product
from cds_service.core.orders.medication import is_medicine
from cds_service.core.plans.changes import (
    PLANS,
    Action,
    Change,
    Changes,
    Companion,
    Json,
    Update,
    group_of_plan,
)
from cds_service.core.plans.plan_dosages import plan_dosages
from cds_service.core.plans.tablets import Tablet
from cds_service.core.plans.taper import Level, Plan
from cds_service.core.record import fhir

_EDQM = "http://standardterms.edqm.eu"
_TABLET_CODE = "15054000"
_SNOMED = "http://snomed.info/sct"
# Referral to specialist alcohol treatment service.
_REFERRAL_CODE = "431260004"
_REFERRAL_TEXT = "Évaluation et prise en charge pluridisciplinaire spécialisée en addictologie"
_ORAL_ROUTE = {"system": _EDQM, "code": "20053000", "display": "Voie orale"}

# http://hl7.org/fhir/event-timing
_WHEN = {"morning": "MORN", "noon": "NOON", "evening": "EVE", "bedtime": "HS"}


def actions(case: Case, changes: Changes) -> tuple[Action, ...]:
    """What a client does to make these changes to the drafts of a case."""
    return tuple(_action(case, change) for change in changes)


def _action(case: Case, change: Change) -> Action:
    if isinstance(change, Update):
        text = "update-dosage" if change.plan else "update-product"
        return Action("update", revised(case.orders[0], change, case.on), text)
    if isinstance(change, Companion):
        return Action("create", companion(case.orders[0], change, case.on), "create-companion")
    return Action("create", referral(case.patient_id, *_asked_by(case)), "create-referral")


def _asked_by(case: Case) -> tuple[object, object]:
    """Requester and encounter of the first draft; who signs, if it has no requester."""
    first = case.orders[0].resource if case.orders else {}
    return first.get("requester") or {"reference": case.signer}, first.get("encounter")


def kept_of(order: Order) -> Json:
    """The draft as it may be sent back, before anything is changed: without empty members."""
    resource: Json = _without_empties(dict(order.resource))
    return resource


def revised(order: Order, change: Update, on: date) -> Json:
    """The draft as the suggestion changes it; every other element is kept, unknown extensions too."""
    resource = kept_of(order)
    if isinstance(resource.get("category"), dict):
        resource["category"] = [resource["category"]]  # as R4 has it; the CDS Hooks sandbox sends an object
    if order.stops:
        resource["status"] = "draft"
        resource.pop("doNotPerform", None)
        resource.pop("statusReason", None)
    if change.product is not None:
        _put_product(resource, change.product)
    if change.prior:
        resource["priorPrescription"] = {"reference": change.prior}
    if change.plan is not None:
        _put_plan(resource, order, change.plan, on)
    resource.pop("text", None)  # the narrative describes the unchanged order
    return resource


def _without_empties(value: Any) -> Any:
    """A copy without members that are null, "", [] or {}: drafts may have them, the FHIR that we send may not."""
    if isinstance(value, dict):
        members = {name: _without_empties(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if not fhir.is_empty(member)}
    if isinstance(value, list):  # a null may belong to an extension of the same index
        items = [_without_empties(item) for item in value]
        return items if not all(map(fhir.is_empty, items)) else []
    return value


def _put_product(resource: Json, product: Product) -> None:
    """Sets the product by name and codes, in place of medication[x] and of the contained Medication it refers to."""
    named = fhir.text(fhir.as_object(resource.pop("medicationReference", None)).get("reference"))
    resource["medicationCodeableConcept"] = concept_of(product)
    if named.startswith("#"):
        _keep(resource, "contained", lambda item: not is_medicine(fhir.as_object(item), named))


def _put_plan(resource: Json, order: Order, plan: Plan, on: date) -> None:
    resource["dosageInstruction"] = list(dosages(plan, plan.tablets[0]))
    if len(plan.tablets) > 1 and order.group is None:
        resource["groupIdentifier"] = {"system": PLANS, "value": group_of_plan(order, on)}
    _keep(resource, "extension", lambda item: not is_dosage_rendered(fhir.as_object(item)))
    _keep(resource, "note", lambda item: not is_dosage_in_words(fhir.text(fhir.as_object(item).get("text"))))
    _put_quantity(resource, resource, plan, plan.tablets[0])


def _keep(resource: Json, element: str, wanted: Callable[[object], bool]) -> None:
    """Keeps the wanted items of an array; removes the element if none is left, as FHIR has no empty array."""
    kept = [item for item in fhir.as_list(resource.pop(element, None)) if wanted(item)]
    if kept:
        resource[element] = kept


def _put_quantity(resource: Json, draft: Mapping[str, Any], plan: Plan, tablet: Tablet) -> None:
    """Sets dispenseRequest.quantity, if the draft has one, to the tablets of the whole plan.

    If expectedSupplyDuration is longer than the plan, the last level is supplied for the rest.
    """
    request = draft.get("dispenseRequest")
    if not isinstance(request, dict) or "quantity" not in request:
        return
    begins, supply = plan.levels[0].since, read_length(request.get("expectedSupplyDuration"))
    until = max(plan.ends, supply.after(begins)) if supply else plan.ends
    number = sum(
        (_number(level, tablet) * ((level.until or until) - level.since).days for level in plan.levels), Fraction(0)
    )
    resource["dispenseRequest"] = {**request, "quantity": _quantity(number)}


def _number(level: Level, tablet: Tablet) -> Fraction:
    counts = [count.number for intake in level.intakes for count in intake.counts if count.tablet == tablet]
    return sum(counts, Fraction(0))


# What a companion order has from the draft; its contained resources too, but not a Medication.
_SHARED = (
    "subject", "encounter", "requester", "recorder", "authoredOn", "reasonCode", "reasonReference", "category",
    "contained",
)  # fmt: skip


def companion(order: Order, change: Companion, on: date) -> Json:
    """A second draft, for the tablets of the plan that the revised draft does not order."""
    source = revised(order, Update(prior=change.prior), on)
    resource: Json = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order"}
    resource |= {element: source[element] for element in _SHARED if element in source}
    _keep(resource, "contained", lambda item: fhir.as_object(item).get("resourceType") != "Medication")
    if "priorPrescription" in source:
        resource["priorPrescription"] = source["priorPrescription"]
    resource["medicationCodeableConcept"] = concept_of(change.product)
    ours = {"system": PLANS, "value": group_of_plan(order, on)}
    resource["groupIdentifier"] = source["groupIdentifier"] if order.group else ours
    resource["dosageInstruction"] = list(dosages(change.plan, change.tablet))
    _put_quantity(resource, source, change.plan, change.tablet)
    return resource


def dosages(plan: Plan, tablet: Tablet) -> Iterator[Json]:
    """The dosageInstruction of a plan for one tablet: one `sequence` a level, bounded by its first and last day."""
    for dosage in plan_dosages(plan, tablet):
        bounds = {"start": dosage.since.isoformat()}
        if dosage.until is not None:
            bounds["end"] = (dosage.until - timedelta(days=1)).isoformat()
        yield {
            "sequence": dosage.sequence,
            "timing": {"repeat": {"boundsPeriod": bounds, "when": [_WHEN[moment] for moment in dosage.moments]}},
            "route": {"coding": [dict(_ORAL_ROUTE)]},
            "doseAndRate": [{"doseQuantity": _quantity(dosage.number)}],
        }


def _quantity(number: Fraction) -> Json:
    value = number.numerator if number.denominator == 1 else Decimal(number.numerator) / Decimal(number.denominator)
    return {"value": value, "unit": "comprimé", "system": _EDQM, "code": _TABLET_CODE}


def concept_of(product: Product) -> Json:
    """The CodeableConcept of a product; clients that read one coding read the first."""
    codings = [{"system": system, "code": code, "display": product.name} for system, code in product.codings]
    return {"text": product.name, "coding": codings}


def referral(patient_id: str, requester: object, encounter: object) -> Json:
    """A draft referral to multidisciplinary specialised addiction care."""
    resource: Json = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "category": [{"coding": [{"system": _SNOMED, "code": "103696004", "display": "Referral to specialist"}]}],
        "code": {
            "text": _REFERRAL_TEXT,
            "coding": [
                {
                    "system": _SNOMED,
                    "code": _REFERRAL_CODE,
                    "display": "Referral to specialist alcohol treatment service",
                }
            ],
        },
        "subject": {"reference": f"Patient/{patient_id}"},
        "reasonCode": [
            {
                "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F10.2"}],
                "text": "Alcoolodépendance traitée par baclofène",
            }
        ],
    }
    for element, known in (("requester", requester), ("encounter", encounter)):
        reference = fhir.text(fhir.as_object(known).get("reference"))
        if reference and not reference.startswith("#"):
            resource[element] = {"reference": reference}
    return resource
