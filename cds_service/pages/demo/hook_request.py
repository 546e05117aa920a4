"""Makes the order-sign request that an EHR would send for the fields of a case."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from cds_service.base.names import LANGUAGES
from cds_service.core.model.product import Product
from cds_service.core.plans.fhir_out import concept_of, dosages
from cds_service.core.plans.plan_request import NoPlanError, PlanMade, PlanRequest, make_plan
from cds_service.core.plans.products import ProductCatalogue
from cds_service.core.wording.dosage_words import dosage_words
from cds_service.knowledge.loading import Knowledge
from cds_service.pages.demo.cases import record_codes
from cds_service.pages.demo.fields import Fields

Json = dict[str, Any]

PATIENT = "invented-patient"
TAKEN, DRAFT = "taken-now", "order-to-sign"

_UCUM = "http://unitsofmeasure.org"
_TABLET = {"unit": "comprimé", "system": "http://standardterms.edqm.eu", "code": "15054000"}
_SNOMED = "http://snomed.info/sct"
_ATC = "http://www.whocc.no/atc"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"

# How long before the day the resources of the record are dated.
_MONTH, _LONG_AGO = timedelta(days=30), timedelta(days=400)

_encode = msgspec.json.Encoder(decimal_format="number").encode


def request_of(fields: Fields, knowledge: Knowledge) -> bytes:
    """The request as JSON. If the rules of the day give no taper, the draft goes to the target dose in one step."""
    return _encode(
        {
            "hook": "order-sign",
            "hookInstance": "5eed0000-0000-4000-8000-000000000000",
            "context": {
                "userId": "Practitioner/invented-practitioner",
                "patientId": PATIENT,
                "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": _drafts(fields, knowledge)},
            },
            "prefetch": {
                "patient": _patient(fields),
                "conditions": _searchset(_conditions(fields)),
                "medications": _searchset(_medications(fields, knowledge)),
                "observations": _searchset(_observations(fields)),
                "referrals": _searchset(_referrals(fields)),
                "goals": _searchset(iter(())),
            },
        }
    )


def dose_of(fields: Fields, knowledge: Knowledge) -> Decimal:
    """The daily dose of the order in mg/day."""
    strength = _product(fields, knowledge).strength_mg or Fraction(0)
    return fields.tablets * fields.times * strength.numerator / strength.denominator


# --- what is signed --------------------------------------------------------------------------


def _drafts(fields: Fields, knowledge: Knowledge) -> list[Json]:
    draft = _medication(DRAFT, "draft", fields.on, concept_of(_product(fields, knowledge)))
    if fields.taken:
        draft["priorPrescription"] = {"reference": f"MedicationRequest/{TAKEN}"}
    plan = _taper(fields, knowledge) if fields.act == "taper" else None
    if plan is not None:
        main, *finer = plan.plan.tablets
        say = dosage_words(knowledge.texts, LANGUAGES[0])
        draft["dosageInstruction"] = list(dosages(plan.plan, main, say))
        companions = [
            _medication(
                f"{DRAFT}-{tablet.product}", "draft", fields.on, concept_of(_named(tablet.product, knowledge))
            )
            | {"dosageInstruction": instructions}
            for tablet in finer
            if (instructions := list(dosages(plan.plan, tablet, say)))
        ]
        return [{"resource": resource} for resource in (draft, *companions)]
    draft["dosageInstruction"] = [_dosage(fields.tablets, _TABLET, fields.times)]
    if fields.act == "stop":
        draft["doNotPerform"] = True
    return [{"resource": draft}]


def _taper(fields: Fields, knowledge: Knowledge) -> PlanMade | None:
    target = Fraction(dose_of(fields, knowledge))
    wanted = PlanRequest(Fraction(fields.taken), target, fields.on, fields.product)
    if target >= wanted.from_mg:
        return None
    try:
        return make_plan(wanted, ProductCatalogue(knowledge.rules, knowledge.terminology, fields.on))
    except NoPlanError:
        return None


def _medication(identity: str, status: str, written: date, concept: Json) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "id": identity,
        "status": status,
        "intent": "order",
        "subject": _subject(),
        "authoredOn": written.isoformat(),
        "medicationCodeableConcept": concept,
    }


def _dosage(value: Decimal, unit: Json, times: int) -> Json:
    return {
        "timing": {"repeat": {"frequency": times, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": value, **unit}}],
    }


def _product(fields: Fields, knowledge: Knowledge) -> Product:
    return _named(fields.product, knowledge)


def _named(code: str, knowledge: Knowledge) -> Product:
    product = knowledge.terminology.product_named(code)
    if product is None:  # PRODUCTS names a code that the code system does not have
        raise LookupError(code)
    return product


# --- the record ------------------------------------------------------------------------------


def _patient(fields: Fields) -> Json:
    gender = {"gender": fields.sex} if fields.sex != "unknown" else {}
    return {"resourceType": "Patient", "id": PATIENT, "birthDate": f"{fields.on.year - fields.age}-01-01", **gender}


def _conditions(fields: Fields) -> Iterator[Json]:
    codes = record_codes()
    for name in fields.history:
        yield {
            "resourceType": "Condition",
            "id": name,
            "clinicalStatus": _concept(_CLINICAL, "active"),
            "verificationStatus": _concept(_VERIFIED, "confirmed"),
            "code": _concept(codes["system"], codes[name]),
            "subject": _subject(),
            "recordedDate": (fields.on - _LONG_AGO).isoformat(),
        }


def _medications(fields: Fields, knowledge: Knowledge) -> Iterator[Json]:
    if fields.taken:
        taken = _medication(TAKEN, "active", fields.on - 2 * _MONTH, concept_of(_product(fields, knowledge)))
        mg = {"unit": "mg", "system": _UCUM, "code": "mg"}
        intakes = _intakes(fields)
        yield taken | {"dosageInstruction": [_dosage(fields.taken / intakes, mg, intakes)]}
    if fields.tried:
        yield _medication("acamprosate", "completed", fields.on - _LONG_AGO, _concept(_ATC, "N07BB03"))


def _intakes(fields: Fields) -> int:
    """What is taken is taken as it is ordered, in fewer intakes where halves of a milligram do not make them."""
    halves = int(fields.taken * 2)
    return next(intakes for intakes in range(fields.times, 0, -1) if halves % intakes == 0)


def _observations(fields: Fields) -> Iterator[Json]:
    if fields.drinks is not None:
        yield {
            "resourceType": "Observation",
            "id": "alcohol",
            "status": "final",
            "code": _concept(_SNOMED, "897148007"),
            "subject": _subject(),
            "effectiveDateTime": (fields.on - _MONTH).isoformat(),
            "valueQuantity": {"value": fields.drinks, "unit": "g/d", "system": _UCUM, "code": "g/d"},
        }


def _referrals(fields: Fields) -> Iterator[Json]:
    if fields.referred:
        yield {
            "resourceType": "ServiceRequest",
            "id": "referral",
            "status": "active",
            "intent": "order",
            "code": _concept(_SNOMED, "431260004"),
            "subject": _subject(),
            "authoredOn": (fields.on - _MONTH).isoformat(),
        }


def _searchset(resources: Iterator[Json]) -> Json:
    entries = [{"resource": resource} for resource in resources]
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    return bundle | ({"entry": entries} if entries else {})


def _subject() -> Json:
    return {"reference": f"Patient/{PATIENT}"}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}
