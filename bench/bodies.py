"""Builds the request bodies of the benchmark, in the shape that the CDS Hooks sandbox sends. The bytes never change.

What is signed and the numbers of conditions and medications are parameters. The relevant ones (alcohol dependence,
epilepsy, the baclofen taken now) stand in the middle of their lists, so that stopping early at a match gains little.
"""

import json
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
Resource = dict[str, Any]

ON = "2025-06-01"
"""The day judged: four weeks after everything in the bodies was written."""

PATIENT = "bench-patient"
BASE = "https://ehr.example/fhir"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
UCUM = "http://unitsofmeasure.org"

# (SNOMED CT code, ICD-10 code, display): conditions that no rule looks for.
ORDINARY_CONDITIONS = [
    ("38341003", "I10", "Essential hypertension"),
    ("44054006", "E11.9", "Type 2 diabetes mellitus"),
    ("195967001", "J45.9", "Asthma"),
    ("235595009", "K21.9", "Gastro-oesophageal reflux disease"),
    ("279039007", "M54.5", "Low back pain"),
    ("68566005", "N39.0", "Urinary tract infection"),
    ("43116000", "L30.9", "Eczema"),
    ("55822004", "E78.5", "Hyperlipidaemia"),
]
ALCOHOL_DEPENDENCE = ("7200002", "F10.2", "Alcohol dependence syndrome")
EPILEPSY = ("84757009", "G40.9", "Epilepsy, unspecified")
BACLOCUR = ("http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique", "66009893")

# (ATC code, display, mg per intake)
ORDINARY_MEDICATIONS = [
    ("C09AA05", "Ramipril 5 MG Oral Tablet", 5),
    ("A10BA02", "Metformin 500 MG Oral Tablet", 500),
    ("A02BC01", "Omeprazole 20 MG Oral Capsule", 20),
    ("C10AA05", "Atorvastatin 40 MG Oral Tablet", 40),
    ("H03AA01", "Levothyroxine 0.075 MG Oral Tablet", 0.075),
    ("A11DA01", "Thiamine 250 MG Oral Tablet", 250),
]


@dataclass(frozen=True)
class Signing:
    """What is signed, and what of the record matters to it."""

    draft: Resource
    taken: Resource
    conditions: tuple[tuple[str, str, str], ...]


def signings() -> dict[str, Signing]:
    """A medicine of another kind; a renewal that gets no card; a dose that gets cards and plans."""
    dependent, epileptic = (ALCOHOL_DEPENDENCE,), (ALCOHOL_DEPENDENCE, EPILEPSY)
    foreign = medication("baclofen-now", [(RXNORM, "197391")], "Baclofen 10 MG Oral Tablet", 3, milligrams(10))
    brand = medication("baclofen-now", [BACLOCUR], "Baclocur 10 mg", 3, milligrams(10))
    high = medication("draft-1", [(RXNORM, "197392")], "Baclofen 20 MG Oral Tablet", 3, tablets(2))
    return {
        "no baclofen": Signing(
            drafted(medication("draft-1", [(ATC, "N02BE01")], "Paracetamol", 3, tablets(1))), foreign, epileptic
        ),
        "a renewal": Signing(drafted(brand), brand, dependent),
        "cards and plans": Signing(drafted(high), foreign, epileptic),
    }


def request_body(signed: str, conditions: int, medications: int) -> bytes:
    """An order-sign request with one draft."""
    signing = signings()[signed]
    request = {
        "hookInstance": "5f0c4ee2-5cf0-4ad2-9f9c-0f4a7d9b1c11",
        "hook": "order-sign",
        "context": {
            "userId": "Practitioner/bench-practitioner",
            "patientId": PATIENT,
            "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": signing.draft}]},
        },
        "prefetch": {
            "patient": patient(),
            "conditions": searchset(condition_list(conditions, signing.conditions)),
            "medications": searchset(medication_list(medications, signing.taken)),
            "observations": searchset([consumption(number) for number in range(2)]),
            "referrals": searchset([]),
            "goals": searchset([goal()]),
        },
    }
    return json.dumps(request, separators=(",", ":")).encode()


def call_without_orders() -> bytes:
    """An order-sign request without draft orders: its cost is that of HTTP, the gate and the contract."""
    request = json.loads(request_body("cards and plans", 2, 1)) | {"prefetch": {}}
    request["context"]["draftOrders"]["entry"] = []
    return json.dumps(request, separators=(",", ":")).encode()


def patient() -> Resource:
    return {
        "resourceType": "Patient",
        "id": PATIENT,
        "active": True,
        "gender": "male",
        "birthDate": "1975-04-12",
        "name": [{"use": "official", "family": "Exemple", "given": ["Alain"]}],
    }


def drafted(order: Resource) -> Resource:
    """An order as a draft, with its reason and its supply."""
    return {
        **order,
        "status": "draft",
        "reasonCode": [concept([(SNOMED, "7200002"), (ICD10, "F10.2")], "Alcohol dependence syndrome")],
        "dispenseRequest": {"expectedSupplyDuration": {"value": 28, "unit": "days", "system": UCUM, "code": "d"}},
    }


def condition_list(count: int, relevant: tuple[tuple[str, str, str], ...]) -> list[Resource]:
    ordinary = cycle(ORDINARY_CONDITIONS, count - len(relevant))
    middle = len(ordinary) // 2
    codes = [*ordinary[:middle], *relevant, *ordinary[middle:]]
    return [condition(f"condition-{number}", *code) for number, code in enumerate(codes)]


def condition(identity: str, snomed: str, icd10: str, words: str) -> Resource:
    return {
        "resourceType": "Condition",
        "id": identity,
        **unread(identity),
        "clinicalStatus": concept([(f"{TERMINOLOGY}/condition-clinical", "active")]),
        "verificationStatus": concept([(f"{TERMINOLOGY}/condition-ver-status", "confirmed")]),
        "code": concept([(SNOMED, snomed), (ICD10, icd10)], words),
        "subject": {"reference": f"Patient/{PATIENT}"},
        "onsetDateTime": "2019-03-01",
    }


def medication_list(count: int, taken: Resource) -> list[Resource]:
    ordinary = [
        medication(f"medication-{number}", [(ATC, atc)], words, 2, milligrams(dose))
        for number, (atc, words, dose) in enumerate(cycle(ORDINARY_MEDICATIONS, count - 1))
    ]
    middle = len(ordinary) // 2
    return [*ordinary[:middle], taken, *ordinary[middle:]]


def medication(identity: str, codes: list[tuple[str, str]], words: str, times: int, dose: Resource) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "id": identity,
        **unread(identity),
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept(codes, words),
        "subject": {"reference": f"Patient/{PATIENT}"},
        "authoredOn": "2025-05-04",
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": times, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": dose}],
            }
        ],
    }


def unread(identity: str) -> Resource:
    """What servers send with each resource, and no rule reads."""
    return {
        "meta": {"versionId": "1", "lastUpdated": "2025-05-04T09:30:00.000+02:00"},
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{identity}: généré par le dossier du service</div>',
        },
        "encounter": {"reference": f"Encounter/of-{identity}"},
    }


def consumption(number: int) -> Resource:
    return {
        "resourceType": "Observation",
        "id": f"consumption-{number}",
        "status": "final",
        "code": concept([("http://loinc.org", "74013-4")], "Alcoholic drinks per drinking day"),
        "subject": {"reference": f"Patient/{PATIENT}"},
        "effectiveDateTime": "2025-05-04",
        "valueQuantity": {"value": 8 + number, "unit": "drinks/d", "system": UCUM, "code": "{drinks}/d"},
    }


def goal() -> Resource:
    return {
        "resourceType": "Goal",
        "id": "goal-1",
        "lifecycleStatus": "active",
        "description": {"text": "Drink less"},
        "subject": {"reference": f"Patient/{PATIENT}"},
    }


def concept(codes: list[tuple[str, str]], words: str = "") -> Resource:
    coding = [{"system": system, "code": code} for system, code in codes]
    return {"coding": coding, "text": words} if words else {"coding": coding}


def tablets(value: int) -> Resource:
    return {"value": value, "system": UCUM, "code": "{tbl}", "unit": "tablet"}


def milligrams(value: float) -> Resource:
    return {"value": value, "unit": "mg", "system": UCUM, "code": "mg"}


def searchset(resources: list[Resource]) -> Resource:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "entry": [
            {
                "fullUrl": f"{BASE}/{resource['resourceType']}/{resource['id']}",
                "resource": resource,
                "search": {"mode": "match"},
            }
            for resource in resources
        ],
    }


def cycle(items: list[T], count: int) -> list[T]:
    return [items[number % len(items)] for number in range(count)]
