"""Writes suggestions as FHIR R4: a plan as sequenced dosages, a product, a referral."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.base.names import CANONICAL
from cds_service.core.dose.periods import read_length
from cds_service.core.dose.text.free_text import is_dosage_in_words
from cds_service.core.model.order import Order
from cds_service.core.model.product import Product
from cds_service.core.plans.tablets import Intake, Tablet
from cds_service.core.plans.taper import Level, Plan
from cds_service.core.record import fhir

Json = dict[str, Any]

_EDQM = "http://standardterms.edqm.eu"
_TABLET_CODE = "15054000"
_SNOMED = "http://snomed.info/sct"
# Referral to specialist alcohol treatment service.
_REFERRAL_CODE = "431260004"
_REFERRAL_TEXT = "Évaluation et prise en charge pluridisciplinaire spécialisée en addictologie"
_ORAL_ROUTE = {"system": _EDQM, "code": "20053000", "display": "Voie orale"}

# http://hl7.org/fhir/event-timing
_WHEN = {"morning": "MORN", "noon": "NOON", "evening": "EVE", "bedtime": "HS"}

# The extension with the old dosage in words. It would contradict the new one and is removed; so are such notes.
_RENDERED = "renderedDosageInstruction"

_EMPTY: tuple[object, ...] = (None, "", [], {})

_PLANS = f"{CANONICAL}/plan"


def revised(order: Order, *, plan: Plan | None, product: Product | None, replaces: str | None, group: str) -> Json:
    """The draft as the suggestion changes it; every other element is kept, unknown extensions too."""
    resource: Json = _without_empties(dict(order.resource))
    if isinstance(resource.get("category"), dict):
        resource["category"] = [resource["category"]]  # as R4 has it; the CDS Hooks sandbox sends an object
    if order.stops:
        resource["status"] = "draft"
        resource.pop("doNotPerform", None)
        resource.pop("statusReason", None)
    if product is not None:
        _put_product(resource, product)
    if replaces is not None and replaces not in order.replaces:
        resource["priorPrescription"] = {"reference": replaces}
    if plan is not None:
        _put_plan(resource, plan, plan.tablets[0], group)
    resource.pop("text", None)  # the narrative describes the unchanged order
    return resource


def _without_empties(value: Any) -> Any:
    """A copy without members that are null, "", [] or {}: drafts may have them, the FHIR that we send may not."""
    if isinstance(value, dict):
        members = {name: _without_empties(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member not in _EMPTY}
    if isinstance(value, list):  # a null may belong to an extension of the same index
        items = [_without_empties(item) for item in value]
        return items if any(item not in _EMPTY for item in items) else []
    return value


def _put_product(resource: Json, product: Product) -> None:
    """Sets the product by name and codes, in place of medication[x] and of the contained Medication it refers to."""
    named = fhir.text(fhir.as_object(resource.pop("medicationReference", None)).get("reference"))
    resource["medicationCodeableConcept"] = concept_of(product)
    if named.startswith("#"):
        _keep(resource, "contained", lambda item: f"#{fhir.as_object(item).get('id')}" != named)


def _put_plan(resource: Json, plan: Plan, tablet: Tablet, group: str) -> None:
    resource["dosageInstruction"] = list(dosages(plan, tablet))
    if len(plan.tablets) > 1:
        resource.setdefault("groupIdentifier", {"system": _PLANS, "value": group})
    _keep(resource, "extension", lambda item: not fhir.text(fhir.as_object(item).get("url")).endswith(_RENDERED))
    _keep(resource, "note", lambda item: not is_dosage_in_words(fhir.text(fhir.as_object(item).get("text"))))
    _put_quantity(resource, resource, plan, tablet)


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


def companion(order: Order, plan: Plan, product: Product, tablet: Tablet, replaces: str | None, group: str) -> Json:
    """A second draft, for the tablets of the plan that the revised draft does not order."""
    kept = (
        "subject",
        "encounter",
        "requester",
        "recorder",
        "authoredOn",
        "reasonCode",
        "reasonReference",
        "category",
        "contained",
    )
    source = revised(order, plan=None, product=None, replaces=replaces, group=group)
    resource: Json = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order"}
    resource |= {element: source[element] for element in kept if element in source}
    _keep(resource, "contained", lambda item: fhir.as_object(item).get("resourceType") != "Medication")
    if "priorPrescription" in source:
        resource["priorPrescription"] = source["priorPrescription"]
    resource["medicationCodeableConcept"] = concept_of(product)
    resource["groupIdentifier"] = source.get("groupIdentifier", {"system": _PLANS, "value": group})
    resource["dosageInstruction"] = list(dosages(plan, tablet))
    _put_quantity(resource, source, plan, tablet)
    return resource


def dosages(plan: Plan, tablet: Tablet) -> Iterator[Json]:
    """The dosageInstruction of a plan for one tablet: one `sequence` a level, bounded by its first and last day."""
    for sequence, level in enumerate(plan.levels, start=1):
        for number, moments in _by_number(level, tablet).items():
            bounds = {"start": level.since.isoformat()}
            if level.until is not None:
                bounds["end"] = (level.until - timedelta(days=1)).isoformat()
            yield {
                "sequence": sequence,
                "timing": {"repeat": {"boundsPeriod": bounds, "when": [_WHEN[moment] for moment in moments]}},
                "route": {"coding": [dict(_ORAL_ROUTE)]},
                "doseAndRate": [{"doseQuantity": _quantity(number)}],
            }


def _by_number(level: Level, tablet: Tablet) -> Mapping[Fraction, list[str]]:
    """The moments of a day, by the number of these tablets taken then."""
    moments: dict[Fraction, list[str]] = {}
    for intake in level.intakes:
        number = _taken(intake, tablet)
        if number:
            moments.setdefault(number, []).append(intake.moment)
    return moments


def _taken(intake: Intake, tablet: Tablet) -> Fraction:
    return sum((count.number for count in intake.counts if count.tablet == tablet), Fraction(0))


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
