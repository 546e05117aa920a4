"""Writes suggestions as FHIR R4: a plan as sequenced dosages, a product."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.core.dose.text.notes import is_of_a_dose
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
    draft_of,
    group_of_plan,
)
from cds_service.core.plans.plan_dosages import PlanDosage, plan_dosages
from cds_service.core.plans.referral import as_declared, referral
from cds_service.core.plans.supply import tablets_dispensed
from cds_service.core.plans.tablets import Tablet
from cds_service.core.plans.taper import Plan
from cds_service.core.record import fhir

# Writes a dosage of a plan in the words of the client's language.
Say = Callable[[PlanDosage, Plan], str]

UCUM = "http://unitsofmeasure.org"
_EDQM = "http://standardterms.edqm.eu"
_TABLET_CODE = "15054000"
# Required codes of R4, of an order that may be updated; the first stands for what is none of them.
_CODES = {
    "status": (
        "draft", "active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "unknown",
    ),
    "intent": (
        "order", "proposal", "plan", "original-order", "reflex-order", "filler-order", "instance-order", "option",
    ),
}  # fmt: skip
_PRIORITIES = ("routine", "urgent", "asap", "stat")  # another one is left out
NEW_STATUS = "draft"  # of an order that we write, and of a stop that becomes one
_ORAL_ROUTE = {"system": _EDQM, "code": "20053000", "display": "Voie orale"}

# http://hl7.org/fhir/event-timing
_WHEN = {"morning": "MORN", "noon": "NOON", "afternoon": "AFT", "evening": "EVE", "bedtime": "HS"}


def actions(case: Case, changes: Changes, say: Say) -> tuple[Action, ...]:
    """What a client does to make these changes to the drafts of a case. `say` writes a dosage in words."""
    return tuple(_action(case, change, say) for change in changes)


def _action(case: Case, change: Change, say: Say) -> Action:
    if isinstance(change, Update):
        order = draft_of(case.orders, change.draft)
        written = revised(order, change, case.on, say)
        return Action("update", written, _name(change), _left_out(order, written))
    if isinstance(change, Companion):
        order = draft_of(case.orders, change.draft)
        return Action("create", companion(order, change, case.on, say), "create-companion")
    made = referral(case.patient_id, *_asked_by(case))
    if not change.is_made:
        return Action("create", made, "create-referral")
    return Action("create", as_declared(made, case.on), "create-referral-made")


def _name(change: Update) -> str:
    """A line of a regimen that orders the finer tablets of a plan is told as a part of it."""
    if change.part is None:
        return "update-product"
    plan, tablet = change.part
    return "update-dosage" if tablet == plan.tablets[0] else "update-line"


def _left_out(order: Order, written: Json) -> str:
    return "priority-left-out" if "priority" in order.resource and "priority" not in written else ""


def _asked_by(case: Case) -> tuple[object, object]:
    """Requester and encounter of the first draft; who signs, if it has no requester."""
    first = case.orders[0].resource if case.orders else {}
    return first.get("requester") or {"reference": case.signer}, first.get("encounter")


def kept_of(order: Order) -> Json:
    """The draft as it may be sent back, before anything is changed: without empty members, with codes of R4."""
    resource: Json = _without_empties(dict(order.resource))
    _mend_codes(resource)
    return resource


def revised(order: Order, change: Update, on: date, say: Say) -> Json:
    """The draft as the suggestion changes it; every other element is kept, unknown extensions too."""
    resource = kept_of(order)
    if isinstance(resource.get("category"), dict):
        resource["category"] = [resource["category"]]  # as R4 has it; the CDS Hooks sandbox sends an object
    if order.stops:
        resource["status"] = NEW_STATUS
        resource.pop("doNotPerform", None)
        resource.pop("statusReason", None)
    if change.product is not None:
        _put_product(resource, change.product)
    if change.prior:
        resource["priorPrescription"] = {"reference": change.prior}
    if change.part is not None:
        _put_plan(resource, order, change.part, on, say)
    resource.pop("text", None)  # the narrative describes the unchanged order
    return resource


def status_after(order: Order) -> str:
    """The status of a draft once it is changed; a stop becomes a draft."""
    return NEW_STATUS if order.stops else order.status and mended(order.status, _CODES["status"])


def mended(written: str, known: tuple[str, ...]) -> str:
    if written in known:
        return written
    return written.lower() if written.lower() in known else known[0]


def _mend_codes(resource: Json) -> None:
    """Codes that R4 has, in place of those that clients write otherwise: "Draft" is `draft`."""
    for element, known in _CODES.items():
        written = resource.get(element)
        if isinstance(written, str):
            resource[element] = mended(written, known)
    priority = resource.get("priority")
    if isinstance(priority, str) and priority not in _PRIORITIES:
        resource.pop("priority")


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


def _put_plan(resource: Json, order: Order, part: tuple[Plan, Tablet], on: date, say: Say) -> None:
    plan, tablet = part
    written = list(dosages(plan, tablet, say, _element_of_words(order)))
    resource["dosageInstruction"] = written
    if len(plan.tablets) > 1 and order.group is None:
        resource["groupIdentifier"] = {"system": PLANS, "value": group_of_plan(order, on)}
    _put_rendered(resource, [dosage.get("text") or dosage["patientInstruction"] for dosage in written])
    _keep(resource, "note", lambda item: not is_of_a_dose(fhir.text(fhir.as_object(item).get("text"))))
    _put_supply(resource, resource, plan, tablet)


def _put_rendered(resource: Json, said: list[str]) -> None:
    """The dosage in words of the whole order: ours, where the client writes it in an extension."""
    theirs = [item for item in fhir.objects(resource.get("extension")) if is_dosage_rendered(item)]
    _keep(resource, "extension", lambda item: not is_dosage_rendered(fhir.as_object(item)))
    if theirs and fhir.text(theirs[0].get("url")):
        ours = {"url": theirs[0]["url"], "valueMarkdown": " ".join(said)}
        resource["extension"] = [*resource.get("extension", []), ours]


def _keep(resource: Json, element: str, wanted: Callable[[object], bool]) -> None:
    """Keeps the wanted items of an array; removes the element if none is left, as FHIR has no empty array."""
    kept = [item for item in fhir.as_list(resource.pop(element, None)) if wanted(item)]
    if kept:
        resource[element] = kept


def _put_supply(resource: Json, draft: Mapping[str, Any], plan: Plan, tablet: Tablet) -> None:
    """Sets what is dispensed, as far as the draft says it: whole tablets for the days to the visit and a reserve.

    It is not repeated: what comes after the visit is ordered there.
    """
    request = draft.get("dispenseRequest")
    if not isinstance(request, dict):
        return
    ours = {"quantity": _quantity(Fraction(tablets_dispensed(plan).get(tablet, 0)))}
    if "quantity" in request and "expectedSupplyDuration" in request:
        days = (plan.dispensed_until - plan.levels[0].since).days
        ours["expectedSupplyDuration"] = {"value": days, "unit": "d", "system": UCUM, "code": "d"}
    kept = {name: value for name, value in request.items() if name.removeprefix("_") not in _OF_OLD_DOSE}
    resource.pop("dispenseRequest", None)
    if kept:
        resource["dispenseRequest"] = kept | (ours if "quantity" in request else {})


# Of dispenseRequest: how often, and how much at first and until when, the dose that is replaced was to be dispensed.
_OF_OLD_DOSE = ("numberOfRepeatsAllowed", "initialFill", "validityPeriod")

# What a companion order has from the draft; its contained resources too, but not a Medication.
_SHARED = (
    "subject", "encounter", "requester", "recorder", "reasonCode", "reasonReference", "category",
    "contained",
)  # fmt: skip


def companion(order: Order, change: Companion, on: date, say: Say) -> Json:
    """A second draft, for the tablets of the plan that the revised draft does not order."""
    source = revised(order, Update(order.reference, prior=change.prior), on, say)
    resource: Json = {"resourceType": "MedicationRequest", "status": NEW_STATUS, "intent": "order"}
    if "authoredOn" in source:
        resource["authoredOn"] = on.isoformat()
    resource |= {element: source[element] for element in _SHARED if element in source}
    _keep(resource, "contained", lambda item: fhir.as_object(item).get("resourceType") != "Medication")
    if "priorPrescription" in source:
        resource["priorPrescription"] = source["priorPrescription"]
    resource["medicationCodeableConcept"] = concept_of(change.product)
    ours = {"system": PLANS, "value": group_of_plan(order, on)}
    resource["groupIdentifier"] = source["groupIdentifier"] if order.group else ours
    resource["dosageInstruction"] = list(dosages(change.plan, change.tablet, say, _element_of_words(order)))
    if "quantity" in fhir.as_object(source.get("dispenseRequest")):
        _put_supply(resource, source, change.plan, change.tablet)
    return resource


def dosages(plan: Plan, tablet: Tablet, say: Say, element: str = "text") -> Iterator[Json]:
    """The dosageInstruction of a plan for one tablet: one `sequence` a level, bounded by its first and last day."""
    for dosage in plan_dosages(plan, tablet):
        yield {
            "sequence": dosage.sequence,
            element: say(dosage, plan),
            **timing_of(dosage),
            "route": {"coding": [dict(_ORAL_ROUTE)]},
            "doseAndRate": [{"doseQuantity": _quantity(dosage.number)}],
        }


def timing_of(dosage: PlanDosage) -> Json:
    """Its days, and the moments of each."""
    last = dosage.until - timedelta(days=1)
    bounds = {"start": dosage.since.isoformat(), "end": last.isoformat()}
    return {"timing": {"repeat": {"boundsPeriod": bounds, "when": [_WHEN[moment] for moment in dosage.moments]}}}


def _element_of_words(order: Order) -> str:
    """Where the client writes a dosage in words: for the patient, or as the text of the dosage."""
    written = fhir.objects(order.resource.get("dosageInstruction"))
    to_patient = any(item.get("patientInstruction") for item in written) and not any(map(_has_text, written))
    return "patientInstruction" if to_patient else "text"


def _has_text(dosage: Mapping[str, Any]) -> bool:
    return bool(dosage.get("text"))


def _quantity(number: Fraction) -> Json:
    value = number.numerator if number.denominator == 1 else Decimal(number.numerator) / Decimal(number.denominator)
    return {"value": value, "unit": "comprimé", "system": _EDQM, "code": _TABLET_CODE}


def concept_of(product: Product) -> Json:
    """The CodeableConcept of a product; clients that read one coding read the first."""
    codings = [{"system": system, "code": code, "display": product.name} for system, code in product.codings]
    return {"text": product.name, "coding": codings}
