"""Some ten thousand combinations of lines and drafts, the same each time, and each as an order-sign request in FHIR.

`combinations()` gives what the reference model reads: `read(c.record, c.drafts, TODAY, c.list_has_both)`;
`request(c)` what the product is asked on the day `ON`. The ids are `line-1`, `line-2`, `draft-1`, `draft-2`; a draft
that stops a line bears the line's id, as an EHR signs it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.reference.lines import ALCOHOL, AS_NEEDED, REGULAR, SPASTICITY, STOPS, Line

ON = date(2024, 9, 3)
Resource = dict[str, Any]

HOW_MANY = {(1, 1): 5000, (2, 1): 2500, (1, 2): 1200, (2, 2): 1200, (0, 1): 50, (0, 2): 50}  # (lines, drafts)

CIS = "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique"
PRODUCTS = {
    ("Baclocur", 10): "66009893",
    ("Baclocur", 20): "69650566",
    ("Baclocur", 30): "68677400",
    ("Baclocur", 40): "69038793",
    ("Zentiva", 10): "64073783",
    ("Liorésal", 10): "60304050",
}
# (brand, strength, mg a day): a tenth is of unknown strength, by its ingredient alone.
MEDICINES = [
    ("Baclocur", 10, 10), ("Baclocur", 10, 20), ("Baclocur", 10, 30), ("Baclocur", 10, 45), ("Zentiva", 10, 30),
    ("Zentiva", 10, 60), ("Liorésal", 10, 30), ("Baclocur", 20, 40), ("Baclocur", 20, 60), ("Baclocur", 30, 90),
    ("Baclocur", 40, 40), ("Baclocur", 40, 80), ("Baclocur", 40, 120), ("Baclocur", 40, 160), ("baclofen", None, 30),
]  # fmt: skip
OPEN_SINCE = [-1100, -400, -350, -90, -28, -27, -21, -20, -14, -13, -7, -6, -3, -2, -1]
BEGAN_AND_END = [
    (-24, 4), (-25, 3), (-21, 7), (-20, 8), (-14, 14), (-13, 15), (-9, 19), (-14, 70), (-13, 71), (-40, 44), (-27, 1),
    (-2, 26), (-1, 27), (-28, 0), (-31, -3), (-32, -4), (-35, -7), (-36, -8), (-58, -30), (-59, -31), (-100, -72),
    (3, 31),
]  # fmt: skip
MOMENTS = [None, None, None, {"MORN"}, {"EVE"}, {"MORN", "EVE"}, {"MORN", "NOON", "EVE"}]
RARELY = 0.1


@dataclass(frozen=True)
class Combination:
    record: tuple[Line, ...]
    drafts: tuple[Line, ...]
    list_has_both: bool = False


def combinations() -> Iterator[Combination]:
    dice = Random(15)  # noqa: S311  a seed, no secret
    seen: set[Combination] = set()
    for (lines, drafts), wanted in HOW_MANY.items():
        enough = len(seen) + wanted
        while len(seen) < enough:
            one = _combination(dice, lines, drafts)
            if one not in seen:
                seen.add(one)
                yield one


def _combination(dice: Random, lines: int, drafts: int) -> Combination:
    record = tuple(_line(dice) for _ in range(lines))
    start = 5 if dice.random() < RARELY else 0
    places = dice.sample(range(lines), lines)
    signed = tuple(_draft(dice, record, places[n] if n < lines else None, start) for n in range(drafts))
    return Combination(record, signed, dice.random() < RARELY)


def _medicine(dice: Random) -> Line:
    brand, strength, dose = dice.choice(MEDICINES)
    moments = dice.choice(MOMENTS)
    if moments and 2 * dose % ((strength or 5) * len(moments)):
        moments = None  # halves of a tablet do not make it
    return Line(
        strength,
        dose,
        brand,
        kind=AS_NEEDED if dice.random() < RARELY else REGULAR,
        moments=frozenset(moments) if moments else None,
        reason=dice.choice([None] * 8 + [ALCOHOL, SPASTICITY]),
        requester=dice.choice(["dr-a", "dr-a", "dr-b", None]),
    )


def _line(dice: Random) -> Line:
    status = dice.choice(["active"] * 16 + ["completed", "stopped", "on-hold", "cancelled"])
    line = replace(_medicine(dice), status=status)
    if dice.random() < 0.02:
        return line  # without any day
    if dice.random() < 0.4:
        return replace(line, written=dice.choice(OPEN_SINCE))
    began, end = dice.choice(BEGAN_AND_END)
    return replace(line, began=began, written=min(began, -1), end=end)


def _draft(dice: Random, record: tuple[Line, ...], place: int | None, start: int) -> Line:
    """A new order, linked or not, or a stop of the line at this place."""
    if place is not None and dice.random() < 0.2:
        return replace(record[place], status=dice.choice(sorted(STOPS - {"ended"})), link=place, began=start)
    again = place is not None and dice.random() < 0.3
    order = replace(record[place], status="draft") if again and place is not None else _medicine(dice)
    link = place if dice.random() < 0.2 else None
    end = start + 28 if dice.random() < 0.5 else None
    return replace(order, status="draft", began=start, written=0, end=end, link=link)


# --- in FHIR ----------------------------------------------------------------------------------


def request(combination: Combination) -> Resource:
    record = [_resource(line, f"line-{n}") for n, line in enumerate(combination.record, start=1)]
    drafts = [_draft_resource(draft, f"draft-{n}") for n, draft in enumerate(combination.drafts, start=1)]
    conditions = [_condition("F10.2")] + ([_condition("G82.1")] if combination.list_has_both else [])
    return {
        "hook": "order-sign",
        "hookInstance": "11111111-2222-3333-4444-555555555555",
        "context": {
            "userId": "Practitioner/dr-a",
            "patientId": "p1",
            "draftOrders": {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"resource": d} for d in drafts],
            },
        },
        "prefetch": {
            "patient": {"resourceType": "Patient", "id": "p1", "birthDate": "1979-01-01", "gender": "male"},
            "conditions": searchset(conditions),
            "medications": searchset([*record, _nalmefene()]),
            "observations": searchset([_consumption()]),
            "referrals": searchset([]),
            "goals": searchset([]),
        },
    }


def _draft_resource(draft: Line, identity: str) -> Resource:
    stops = draft.status in STOPS
    named = f"line-{draft.link + 1}" if draft.link is not None else None
    if stops and draft.status != "doNotPerform" and named:
        return _resource(draft, named)
    resource = _resource(draft, identity)
    if named:
        resource["priorPrescription"] = {"reference": f"MedicationRequest/{named}"}
    return resource | ({"status": "draft", "doNotPerform": True} if draft.status == "doNotPerform" else {})


def _resource(line: Line, identity: str) -> Resource:
    reasons = {ALCOHOL: "F10.2", SPASTICITY: "G82.1"}
    resource = {
        "resourceType": "MedicationRequest",
        "id": identity,
        "status": line.status,
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "authoredOn": _day(line.written),
        "requester": {"reference": f"Practitioner/{line.requester}"} if line.requester else None,
        "reasonCode": [_cim_10(reasons[line.reason])] if line.reason else None,
        "medicationCodeableConcept": _medication(line),
        "dosageInstruction": [_dosage(line)],
    }
    return {key: value for key, value in resource.items() if value is not None}


def _medication(line: Line) -> Resource:
    if line.strength is None:
        return {"coding": [{"system": "http://www.whocc.no/atc", "code": "M03BX01"}], "text": "baclofène"}
    name = f"{line.brand} {line.strength} mg"
    return {"coding": [{"system": CIS, "code": PRODUCTS[line.brand, line.strength], "display": name}], "text": name}


def _dosage(line: Line) -> Resource:
    tablet = {"unit": "comprimé", "system": "http://standardterms.edqm.eu", "code": "15054000"}
    milligram = {"unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
    times = len(line.moments) if line.moments else _intakes(line)
    amount = line.dose / times / (line.strength or 1)
    repeat: Resource = {"when": sorted(line.moments)} if line.moments else {}
    if not line.moments:
        repeat = {"frequency": times, "period": 1, "periodUnit": "d"}
    last = None if line.end is None else line.end - 1  # a Period's end is its last day
    bounds = {"start": _day(line.began), "end": _day(last)}
    if line.end is not None or (line.began is not None and line.began != line.written):
        repeat["boundsPeriod"] = {key: day for key, day in bounds.items() if day}
    needed = {"asNeededBoolean": True} if line.kind == AS_NEEDED else {}
    quantity = {"value": amount, **(tablet if line.strength else milligram)}
    return {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity}], **needed}


def _intakes(line: Line) -> int:
    """Three a day, or as many as halves of a tablet make."""
    return next(times for times in (3, 2, 1) if 2 * line.dose % ((line.strength or 5) * times) == 0)


def _day(number: int | None) -> str | None:
    return None if number is None else (ON + timedelta(days=number)).isoformat()


def searchset(resources: list[Resource]) -> Resource:
    entries = [{"resource": {"id": f"r-{n}", **resource}} for n, resource in enumerate(resources, start=1)]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _cim_10(code: str) -> Resource:
    return {"coding": [{"system": "https://smt.esante.gouv.fr/terminologie-cim-10", "code": code}]}


def _condition(code: str) -> Resource:
    status = "http://terminology.hl7.org/CodeSystem/condition-"
    return {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/p1"},
        "code": _cim_10(code),
        "recordedDate": "2020-01-15",
        "clinicalStatus": {"coding": [{"system": status + "clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": status + "ver-status", "code": "confirmed"}]},
    }


def _nalmefene() -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "status": "completed",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2021-03-01",
        "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "N07BB05"}]},
    }


def _consumption() -> Resource:
    return {
        "resourceType": "Observation",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "897148007"}]},
        "effectiveDateTime": "2024-08-04",
        "valueQuantity": {"value": 90, "unit": "g/d", "system": "http://unitsofmeasure.org", "code": "g/d"},
    }
