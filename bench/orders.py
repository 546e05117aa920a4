"""French orders of baclofen as FHIR, for the months and the planted faults: the order, the record, the request.

Shapes are those of real requests: a CIS code with its name, tablets of EDQM, a Period whose end is its last day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

Resource = dict[str, Any]

CIS = "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique"
ATC = "http://www.whocc.no/atc"
CIM_10 = "https://smt.esante.gouv.fr/terminologie-cim-10"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
EDQM = "http://standardterms.edqm.eu"
STATUS = "http://terminology.hl7.org/CodeSystem/condition-"
CODES = {
    ("Baclocur", 10): "66009893",
    ("Baclocur", 20): "69650566",
    ("Baclocur", 30): "68677400",
    ("Baclocur", 40): "69038793",
    ("Zentiva", 10): "64073783",
    ("Liorésal", 10): "60304050",
    ("EG", 10): "63011070",
}
NAMES = {"Baclocur": "BACLOCUR", "Zentiva": "BACLOFENE ZENTIVA", "Liorésal": "LIORESAL", "EG": "BACLOFENE EG"}
MOMENTS = (("MORN", "le matin"), ("NOON", "le midi"), ("EVE", "le soir"))


@dataclass(frozen=True)
class Order:
    """Tablets in the morning, at noon, in the evening. `days`: how long, and None for an order without an end."""

    brand: str
    strength: float
    tablets: tuple[float, float, float]
    identity: str = "draft"
    status: str = "draft"
    written: date | None = None
    days: int | None = None
    end_in: str = "bounds"
    requester: str | None = "Practitioner/dr-a"
    reason: str | None = None
    words: str = ""
    timed: bool = True  # with the moments of the day, else so many times a day where the intakes are alike
    replaces: str | None = None
    unit: str = "comprimé"

    @property
    def mg(self) -> float:
        return self.strength * sum(self.tablets)


@dataclass(frozen=True)
class Record:
    orders: Sequence[Order] = ()
    conditions: Sequence[Resource] = ()
    referrals: Sequence[Resource] = ()
    prior: str | None = None
    born: date = date(1975, 5, 4)
    grams: int | None = None
    on: date = field(default_factory=lambda: date(2024, 9, 3))


def request(drafts: Iterable[Order], record: Record) -> Resource:
    others = [_other_medicine("A11DA01", "active", record.on), _other_medicine("N06AB06", "active", record.on)]
    prior = [_other_medicine(record.prior, "completed", record.on)] if record.prior else []
    return {
        "hook": "order-sign",
        "hookInstance": "5f0c4ee2-5cf0-4ad2-9f9c-0f4a7d9b1c11",
        "context": {
            "userId": "Practitioner/dr-a",
            "patientId": "p1",
            "draftOrders": {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"resource": medication_request(draft)} for draft in drafts],
            },
        },
        "prefetch": {
            "patient": {
                "resourceType": "Patient",
                "id": "p1",
                "gender": "male",
                "birthDate": record.born.isoformat(),
            },
            "conditions": searchset(record.conditions),
            "medications": searchset([*map(medication_request, record.orders), *others, *prior]),
            "observations": searchset([_consumption(record)] if record.grams else []),
            "referrals": searchset(record.referrals),
            "goals": searchset([]),
        },
    }


def medication_request(order: Order) -> Resource:
    name = f"{NAMES[order.brand]} {order.strength:g} mg, comprimé"
    code = CODES[order.brand, int(order.strength)]
    requester = {"reference": order.requester} if order.requester else None
    replaced = {"reference": f"MedicationRequest/{order.replaces}"} if order.replaces else None
    resource: Resource = {
        "resourceType": "MedicationRequest",
        "id": order.identity,
        "status": order.status,
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "authoredOn": order.written.isoformat() if order.written else None,
        "requester": requester,
        "reasonCode": [_concept(CIM_10, order.reason)] if order.reason else None,
        "priorPrescription": replaced,
        "medicationCodeableConcept": {"coding": [{"system": CIS, "code": code, "display": name}], "text": name},
        "dosageInstruction": _dosages(order),
        "dispenseRequest": _dispense(order),
    }
    return {key: value for key, value in resource.items() if value}


def _dosages(order: Order) -> list[Resource]:
    """One dosage for all intakes that are alike, each with the words where there are any."""
    intakes = {moment: count for (moment, _), count in zip(MOMENTS, order.tablets, strict=True) if count}
    amounts = sorted(set(intakes.values()))
    words = {"text": _words(order)} if order.words else {}
    return [
        words
        | {
            "timing": {"repeat": _repeat(order, intakes, amount)},
            "doseAndRate": [{"doseQuantity": _quantity(order, amount)}],
        }
        for amount in amounts
    ]


def _repeat(order: Order, intakes: dict[str, float], amount: float) -> Resource:
    moments = [moment for moment, count in intakes.items() if count == amount]
    alike = len(moments) == len(intakes)
    repeat: Resource = {"when": moments}
    if alike and not order.timed:
        repeat = {"frequency": len(moments), "period": 1, "periodUnit": "d"}
    if order.days and order.end_in == "bounds" and order.written:
        repeat["boundsPeriod"] = _period(order.written, order.days)
    return repeat


def _period(since: date, days: int) -> Resource:
    return {"start": since.isoformat(), "end": (since + timedelta(days=days - 1)).isoformat()}


def _dispense(order: Order) -> Resource | None:
    if not order.days or not order.written or order.end_in == "bounds":
        return None
    if order.end_in == "validity":
        return {"validityPeriod": _period(order.written, order.days)}
    months = order.days // 28
    supply = {"value": 28, "unit": "jour", "system": UCUM, "code": "d"}
    return {"expectedSupplyDuration": supply} | ({"numberOfRepeatsAllowed": months - 1} if months > 1 else {})


def _quantity(order: Order, amount: float) -> Resource:
    if order.unit == "g":
        return {"value": amount * order.strength, "unit": "g", "system": UCUM, "code": "g"}
    return {"value": amount, "unit": "comprimé", "system": EDQM, "code": "15054000"}


def _words(order: Order) -> str:
    named = [(count, when) for (_, when), count in zip(MOMENTS, order.tablets, strict=True) if count]
    said = [f"{count:g} comprimé{'s' if count > 1 else ''} {when}" for count, when in named]
    tablets = said[0] if len(said) == 1 else ", ".join(said[:-1]) + " et " + said[-1]
    return order.words.format(tablets=tablets, days=order.days or 28, mg=f"{order.mg:g}")


# --- the record -------------------------------------------------------------------------------


def searchset(resources: Sequence[Resource]) -> Resource:
    entries = [{"resource": {"id": f"r-{n}", **resource}} for n, resource in enumerate(resources, start=1)]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def condition(code: str, recorded: date | None) -> Resource:
    resource: Resource = {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/p1"},
        "code": _concept(CIM_10, code),
        "clinicalStatus": _concept(STATUS + "clinical", "active"),
        "verificationStatus": _concept(STATUS + "ver-status", "confirmed"),
    }
    return resource | ({"recordedDate": recorded.isoformat()} if recorded else {})


def referral(written: date) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "code": _concept(SNOMED, "431260004"),
        "authoredOn": written.isoformat(),
    }


def _consumption(record: Record) -> Resource:
    return {
        "resourceType": "Observation",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "code": _concept(SNOMED, "897148007"),
        "effectiveDateTime": (record.on - timedelta(days=40)).isoformat(),
        "valueQuantity": {"value": record.grams, "unit": "g/d", "system": UCUM, "code": "g/d"},
    }


def _other_medicine(atc: str, status: str, on: date) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "status": status,
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "authoredOn": (on - timedelta(days=400)).isoformat(),
        "medicationCodeableConcept": _concept(ATC, atc),
    }


def _concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}
