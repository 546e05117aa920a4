"""The orders of a vignette: turns a line such as "Baclocur 40, 1 cp BID" into a FHIR resource."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

PATIENT = "p1"

Resource = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
EDQM = "http://standardterms.edqm.eu"
ATC = "http://www.whocc.no/atc"
CIS = "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
CIM_10 = "https://smt.esante.gouv.fr/terminologie-cim-10"

# What stands behind a code that is not of CIM-10 FR, and the address that it then has.
EDITIONS = {
    " (CM)": "http://hl7.org/fhir/sid/icd-10-cm",
    " (CM by OID)": "urn:oid:2.16.840.1.113883.6.90",
    " (WHO)": "http://hl7.org/fhir/sid/icd-10",
    " (WHO by OID)": "urn:oid:2.16.840.1.113883.6.3",
    " (LOINC)": LOINC,
    " (ICPC-2)": "http://hl7.org/fhir/sid/icpc-2",
}

# The codes for the names in vignettes: clinical.md C.1 to C.4, C.13.
PRODUCTS = {
    "Baclocur 10": (CIS, "66009893"),
    "Baclocur 20": (CIS, "69650566"),
    "Baclocur 30": (CIS, "68677400"),
    "Baclocur 40": (CIS, "69038793"),
    "Zentiva 10": (CIS, "64073783"),
    "Liorésal 10": (CIS, "60304050"),
    "Baclofène EG 10": (CIS, "63011070"),
    "old generic 10": (CIS, "68062058"),
    "US tablet 5": (RXNORM, "430902"),
    "US tablet 10": (RXNORM, "197391"),
    "US tablet 20": (RXNORM, "197392"),
    "US solution 1 mg/ml": (RXNORM, "250976"),
    "intrathecal Aguettant 2 mg/ml": (CIS, "63914016"),
    "US cream": (RXNORM, "1494656"),
    "baclofen": (ATC, "M03BX01"),
    "acamprosate": (ATC, "N07BB03"),
    "nalmefene": (ATC, "N07BB05"),
    "naltrexone": (ATC, "N07BB04"),
    "disulfiram": (ATC, "N07BB01"),
    "paracetamol": (ATC, "N02BE01"),
    "morphine": (ATC, "N02AA01"),
    "methadone": (ATC, "N07BC02"),
    "gabapentin": (ATC, "N03AX12"),
    "pregabalin": (ATC, "N02BF02"),
    "sodium oxybate": (CIS, "67300599"),
    "opioid by CIS alone": (CIS, "60000001"),
}

_DOSAGE = re.compile(
    r"(?P<low>[\d.]+)(?:-(?P<high>[\d.]+))? (?P<unit>mg|cp|g|ml)"
    r"(?: (?P<times>QD|BID|TID|QID|\d+(?:-\d+)?/d|every \d+ [hd]|[A-Z]{2,5}(?:&[A-Z]{2,5})*"
    r"|\d\d:\d\d(?:&\d\d:\d\d)*))?"
    r"(?: for (?P<days>\d+) d)?(?: from (?P<since>[\dTZ:+-]+))?(?: until (?P<until>[\dTZ:+-]+))?"
    r"(?P<prn> as needed)?(?: max (?P<cap>\d+) mg/d)?"
)
_LATIN = {"QD": 1, "BID": 2, "TID": 3, "QID": 4}
_UNITS = {
    "mg": {"unit": "mg", "system": UCUM, "code": "mg"},
    "g": {"unit": "g", "system": UCUM, "code": "g"},
    "ml": {"unit": "mL", "system": UCUM, "code": "mL"},
    "cp": {"unit": "comprimé", "system": EDQM, "code": "15054000"},
}

_ORDER_MEMBERS = {
    "order", "words", "id", "status", "intent", "stop", "replaces", "based_on", "reason", "reason_words", "written",
    "patient", "fhir", "without", "dstu2",
}  # fmt: skip


def medication_request(said: Mapping[str, Any], identity: str, written: date, status: str) -> Resource:
    """A MedicationRequest from one line such as "Baclocur 40, 1 cp BID", with the further elements of its table."""
    assert set(said) <= _ORDER_MEMBERS, set(said)
    product, _, dose = said["order"].partition(", ")
    medicine = {"text": said["words"]} if "words" in said else concept(*PRODUCTS[product], text=product)
    resource: Resource = {
        "resourceType": "MedicationRequest",
        "id": said.get("id", identity),
        "status": said.get("status", status),
        "intent": said.get("intent", "order"),
        "subject": {"reference": f"Patient/{said.get('patient', PATIENT)}"},
        "authoredOn": said.get("written", written).isoformat(),
        "medicationCodeableConcept": medicine,
        "dosageInstruction": list(dosages(dose)),
    }
    resource |= dict(_beside(said))
    resource = (_of_dstu2(resource) if said.get("dstu2") else resource) | said.get("fhir", {})
    return {key: value for key, value in resource.items() if value and key not in said.get("without", ())}


def _of_dstu2(order: Resource) -> Resource:
    """The same order as FHIR DSTU2 has it: hl7.org/fhir/DSTU2/medicationorder.html."""
    names = {"subject": "patient", "authoredOn": "dateWritten", "reasonCode": "reasonCodeableConcept"}
    older = {names.get(name, name): value for name, value in order.items() if name != "intent"}
    older["resourceType"] = "MedicationOrder"
    older["dosageInstruction"] = [_dosage_of_dstu2(dosage) for dosage in order["dosageInstruction"]]
    if "reasonCode" in order:
        (older["reasonCodeableConcept"],) = order["reasonCode"]
    return older


def _dosage_of_dstu2(dosage: Resource) -> Resource:
    older = {name: value for name, value in dosage.items() if name != "doseAndRate"}
    repeat = dict(dosage.get("timing", {}).get("repeat", {}))
    for name, then in (("periodUnit", "periodUnits"), ("boundsDuration", "boundsQuantity")):
        if name in repeat:
            repeat[then] = repeat.pop(name)
    if "when" in repeat:
        (repeat["when"],) = repeat["when"]
    dose: Resource = dosage.get("doseAndRate", [{}])[0]
    return older | ({"timing": {"repeat": repeat}} if repeat else {}) | dose


def _beside(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if said.get("stop"):
        yield "doNotPerform", True
    if "replaces" in said:
        yield "priorPrescription", {"reference": f"MedicationRequest/{said['replaces']}"}
    if "based_on" in said:
        yield "basedOn", [{"reference": f"MedicationRequest/{said['based_on']}"}]
    if "reason" in said:
        yield "reasonCode", [concept(*system_and_code(said["reason"]))]
    if "reason_words" in said:
        yield "reasonCode", [{"text": said["reason_words"]}]


def dosages(line: str) -> Iterator[Resource]:
    """`a + b` run together; `a, then b` follow each other, as sequences 1, 2, …"""
    if not line:
        return
    steps = line.split(", then ")
    for number, step in enumerate(steps, start=1):
        for part in step.split(" + "):
            dosage = _dosage(part)
            yield {"sequence": number, **dosage} if len(steps) > 1 else dosage


def _dosage(written: str) -> Resource:
    if written.startswith("«"):
        return {"text": written.strip("« »")}
    read = _DOSAGE.fullmatch(written)
    assert read, f"not a dose: {written}"
    unit = _UNITS[read["unit"]]
    low = {"value": Decimal(read["low"]), **unit}
    dose = {"doseRange": {"low": low, "high": {"value": Decimal(read["high"]), **unit}}} if read["high"] else {}
    dosage: Resource = {"doseAndRate": [dose or {"doseQuantity": low}]}
    repeat = _times(read["times"] or "") | _bounds(read)
    dosage |= {"timing": {"repeat": repeat}} if repeat else {}
    dosage |= {"asNeededBoolean": True} if read["prn"] else {}
    if read["cap"]:
        day = {"value": 1, "unit": "d", "system": UCUM, "code": "d"}
        dosage["maxDosePerPeriod"] = {
            "numerator": {"value": Decimal(read["cap"]), **_UNITS["mg"]},
            "denominator": day,
        }
    return dosage


def _times(times: str) -> Resource:
    if not times:
        return {}
    if times in _LATIN:
        return {"frequency": _LATIN[times], "period": 1, "periodUnit": "d"}
    if times.startswith("every "):
        _, number, unit = times.split()
        return {"frequency": 1, "period": int(number), "periodUnit": unit}
    if times.endswith("/d"):
        low, _, high = times.removesuffix("/d").partition("-")
        most = {"frequencyMax": int(high)} if high else {}
        return {"frequency": int(low), **most, "period": 1, "periodUnit": "d"}
    if ":" in times:
        return {"timeOfDay": [f"{hour}:00" for hour in times.split("&")]}
    return {"when": times.split("&")}


def _bounds(read: re.Match[str]) -> Resource:
    if read["days"]:
        return {"boundsDuration": {"value": int(read["days"]), "unit": "d", "system": UCUM, "code": "d"}}
    period = {"start": read["since"], "end": read["until"]}
    period = {key: value for key, value in period.items() if value}
    return {"boundsPeriod": period} if period else {}


def referral(status: str, day: date) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "status": status,
        "intent": "order",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "code": concept(SNOMED, "431260004"),
        "authoredOn": day.isoformat(),
    }


def system_and_code(code: str) -> tuple[str, str]:
    """SNOMED codes are numbers; the others are CIM-10 (FR), or of the edition that follows, as "(CM)"."""
    for edition, system in EDITIONS.items():
        if code.endswith(edition):
            return system, code.removesuffix(edition)
    return (SNOMED, code) if code.isdigit() else (CIM_10, code)


def concept(system: str, code: str, text: str = "") -> Resource:
    return {"coding": [{"system": system, "code": code}], **({"text": text} if text else {})}
