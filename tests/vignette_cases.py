"""From a vignette that a pharmacist can read to the order-sign request that an EHR would send.

How a vignette is written is told in tests/vignettes/README.md. What a vignette does not say takes the
default of this file: a man of 45 with alcohol dependence, who drinks 80 g a day, has had nalmefene, takes
no baclofen, and of whom the EHR has sent everything.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).parent / "vignettes"
PATIENT = "p1"
KEYS = ("patient", "conditions", "medications", "observations", "referrals", "goals")
CONDITIONS = ("if for alcohol", "if added")

Resource = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
EDQM = "http://standardterms.edqm.eu"
ATC = "http://www.whocc.no/atc"
CIS = "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
CIM_10 = "https://smt.esante.gouv.fr/terminologie-cim-10"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
CLINICAL_STATUS = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION_STATUS = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"

# Names of vignettes to codes: clinical.md C.1 to C.4, C.13.
PRODUCTS = {
    "Baclocur 10": (CIS, "66009893"),
    "Baclocur 20": (CIS, "69650566"),
    "Baclocur 30": (CIS, "68677400"),
    "Baclocur 40": (CIS, "69038793"),
    "Zentiva 10": (CIS, "64073783"),
    "Liorésal 10": (CIS, "60304050"),
    "Baclofène EG 10": (CIS, "63011070"),
    "old generic 10": (CIS, "68062058"),
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
}

_DOSAGE = re.compile(
    r"(?P<low>[\d.]+)(?:-(?P<high>[\d.]+))? (?P<unit>mg|cp|g|ml)"
    r"(?: (?P<times>QD|BID|TID|QID|\d+(?:-\d+)?/d|every \d+ [hd]|[A-Z]{3,4}(?:&[A-Z]{3,4})*))?"
    r"(?: for (?P<days>\d+) d)?(?: from (?P<since>[\d-]+))?(?: until (?P<until>[\dT:+-]+))?"
    r"(?P<prn> as needed)?(?: max (?P<cap>\d+) mg/d)?"
)
_LATIN = {"QD": 1, "BID": 2, "TID": 3, "QID": 4}
_UNITS = {
    "mg": {"unit": "mg", "system": UCUM, "code": "mg"},
    "g": {"unit": "g", "system": UCUM, "code": "g"},
    "ml": {"unit": "mL", "system": UCUM, "code": "mL"},
    "cp": {"unit": "comprimé", "system": EDQM, "code": "15054000"},
}
_AGO = re.compile(r"(?P<what>.*?),? ?(?P<number>\d+) (?P<unit>day|month|year)s? ago")
_DAYS = {"day": 1.0, "month": 30.4375, "year": 365.25}

_ALCOHOL_UNITS = {
    "g/d": ("897148007", SNOMED, "g/d"),
    "g/wk": ("897148007", SNOMED, "g/wk"),
    "g/d in drinks a day": ("74013-4", LOINC, "g/d"),
    "drinks/d": ("74013-4", LOINC, "{drinks}/d"),
    "drinks/wk": ("44940-5", LOINC, "{drinks}/wk"),
    "drinks/drinking day": ("11287-0", LOINC, "{drinks}/d"),
}

encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True)
class Expected:
    """What is expected of one finding: its indicators (more than one where either will do) and its condition."""

    indicators: frozenset[str]
    condition: str | None
    may_be_silent: bool

    @property
    def answers(self) -> set[str]:
        """Each answer that will do, in the words of the vignette."""
        return {f"{indicator} {self.condition or ''}".strip() for indicator in self.indicators}


@dataclass(frozen=True)
class Vignette:
    """One clinical situation, as the file says it."""

    file: str
    said: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.said["id"])

    @property
    def on(self) -> date:
        day: date = self.said["on"]
        return day

    @property
    def mg_per_day(self) -> tuple[Fraction, Fraction]:
        low, _, high = str(self.said["mg_per_day"]).partition("-")
        return Fraction(low), Fraction(high or low)

    @property
    def expected(self) -> dict[str, Expected]:
        return {rule: _expected(said) for rule, said in self.said["expected"].items()}

    def body(self) -> bytes:
        """The request, as bytes of JSON; doses are written as they are in the file."""
        return encode(request(self.said))


def read_vignettes() -> list[Vignette]:
    return [
        Vignette(path.name, said)
        for path in sorted(FOLDER.glob("*.toml"))
        for said in tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["vignette"]
    ]


_MEMBERS = {
    "id", "name", "on", "orders", "taken", "expected", "mg_per_day", "sex", "age", "born", "conditions",
    "consumption", "prior", "referrals", "goals", "records",
}  # fmt: skip


def _expected(said: str) -> Expected:
    condition = next((words for words in CONDITIONS if said.endswith(words)), None)
    indicators = said.removesuffix(condition or "").rstrip().split(" or ")
    assert {*indicators} <= {"info", "warning", "critical", "silent"}, said
    return Expected(frozenset(indicators) - {"silent"}, condition, "silent" in indicators)


def request(said: Mapping[str, Any]) -> Resource:
    unknown = set(said) - _MEMBERS
    assert not unknown, f"{said['id']}: {unknown}"
    entries = [_entry(order, place, said["on"]) for place, order in enumerate(said["orders"], start=1)]
    return {
        "hook": "order-sign",
        "hookInstance": "11111111-2222-3333-4444-555555555555",
        "context": {
            "userId": "Practitioner/dr1",
            "patientId": PATIENT,
            "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": entries},
        },
        "prefetch": dict(_prefetch(said)),
    }


# --- drafts ----------------------------------------------------------------------------------


def _entry(order: str | Mapping[str, Any], place: int, on: date) -> Resource:
    if order == "referral to addiction care":
        return {"resource": referral("draft", on) | {"id": f"draft-{place}"}}
    said = {"order": order} if isinstance(order, str) else dict(order)
    if "resource" in said:
        return {"resource": said["resource"]}
    return {"resource": medication_request(said, f"draft-{place}", on, status="draft")}


_ORDER_MEMBERS = {
    "order", "words", "id", "status", "intent", "stop", "replaces", "based_on", "reason", "reason_words", "written",
    "patient", "fhir", "without",
}  # fmt: skip


def medication_request(said: Mapping[str, Any], identity: str, written: date, status: str) -> Resource:
    """A MedicationRequest of one line such as "Baclocur 40, 1 cp BID", and what is said beside it."""
    assert set(said) <= _ORDER_MEMBERS, set(said)
    product, _, dose = said["order"].partition(", ")
    medicine = {"text": said["words"]} if "words" in said else _concept(*PRODUCTS[product], text=product)
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
    resource |= dict(_beside(said)) | said.get("fhir", {})
    return {key: value for key, value in resource.items() if value and key not in said.get("without", ())}


def _beside(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if said.get("stop"):
        yield "doNotPerform", True
    if "replaces" in said:
        yield "priorPrescription", {"reference": f"MedicationRequest/{said['replaces']}"}
    if "based_on" in said:
        yield "basedOn", [{"reference": f"MedicationRequest/{said['based_on']}"}]
    if "reason" in said:
        yield "reasonCode", [_concept(*_system_and_code(said["reason"]))]
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
    return {"when": times.split("&")}


def _bounds(read: re.Match[str]) -> Resource:
    if read["days"]:
        return {"boundsDuration": {"value": int(read["days"]), "unit": "d", "system": UCUM, "code": "d"}}
    period = {"start": read["since"], "end": read["until"]}
    period = {key: value for key, value in period.items() if value}
    return {"boundsPeriod": period} if period else {}


# --- the record ------------------------------------------------------------------------------


def _prefetch(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    states = said.get("records", {})
    assert set(states) <= set(KEYS), states
    for key in KEYS:
        resources = list(_RECORDS[key](said))
        for number, resource in enumerate(resources, start=1):
            resource.setdefault("id", f"{key}-{number}")
        whole = resources[0] if key == "patient" else searchset(resources)
        if states.get(key) != "not sent":
            yield key, _in_state(states.get(key, "sent"), whole, resources)


def _in_state(state: str, whole: Resource, resources: list[Resource]) -> Any:
    """What the EHR sends under a prefetch key: all of it, or one of the ways in which it fails to."""
    if state == "of another patient":
        return _of_another(whole, resources)
    states = {
        "sent": whole,
        "null": None,
        "failed": {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]},
        "paged": whole | {"link": [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]},
        "fewer than the total": whole | {"total": len(resources) + 1},
        "not FHIR": "<html>Error 500</html>",
        "Epic's nothing found": searchset(
            [{"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "processing"}]}]
        ),
    }
    return states[state]


def _of_another(whole: Resource, resources: list[Resource]) -> Resource:
    if whole["resourceType"] == "Patient":
        return whole | {"id": "p2"}
    return searchset([resource | {"subject": {"reference": "Patient/p2"}} for resource in resources])


def searchset(resources: list[Resource]) -> Resource:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "entry": [{"resource": resource} for resource in resources],
    }


def _patient(said: Mapping[str, Any]) -> Iterator[Resource]:
    born = said.get("born") or f"{said['on'].year - said.get('age', 45)}-01-01"
    sex = {"gender": said.get("sex", "male")} if said.get("sex", "male") != "not recorded" else {}
    yield {"resourceType": "Patient", "id": PATIENT, "birthDate": str(born), **sex}


def _conditions(said: Mapping[str, Any]) -> Iterator[Resource]:
    for written in said.get("conditions", ["F10.2"]):
        yield condition(written, said["on"])


def condition(written: str, on: date) -> Resource:
    """ "G40.9 (CM) resolved", "F33.2 recorded 2022-05-11": the code, its edition, what became of it."""
    code, *words = written.split()
    edition = " (CM)" if "(CM)" in words else ""
    recorded = words[words.index("recorded") + 1] if "recorded" in words else (on - timedelta(days=400)).isoformat()
    over = next((word for word in ("resolved", "inactive", "remission") if word in words), "active")
    verified = next((word for word in ("refuted", "unconfirmed", "entered-in-error") if word in words), "confirmed")
    return {
        "resourceType": "Condition",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "code": _concept(*_system_and_code(code + edition)),
        "recordedDate": recorded,
        "clinicalStatus": _concept(CLINICAL_STATUS, over),
        "verificationStatus": _concept(VERIFICATION_STATUS, verified),
    }


def _medications(said: Mapping[str, Any]) -> Iterator[Resource]:
    on = said["on"]
    for number, line in enumerate(said.get("taken", []), start=1):
        order = {"order": line} if isinstance(line, str) else line
        yield medication_request(order, f"taken-{number}", on - timedelta(days=60), status="active")
    for number, written in enumerate(said.get("prior", ["nalmefene"]), start=1):
        name, day = _ago(written, on, default=timedelta(days=200))
        yield medication_request({"order": name, "id": f"prior-{number}"}, "", day, status="completed")


def _observations(said: Mapping[str, Any]) -> Iterator[Resource]:
    written = said.get("consumption", "80 g/d")
    if written == "not on record":
        return
    words, day = _ago(written, said["on"], default=timedelta(days=30))
    number, _, unit = words.partition(" ")
    code, system, ucum = _ALCOHOL_UNITS[unit]
    yield {
        "resourceType": "Observation",
        "status": "final",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "code": _concept(system, code),
        "effectiveDateTime": day.isoformat(),
        "valueQuantity": {"value": Decimal(number), "unit": ucum, "system": UCUM, "code": ucum},
    }


def _referrals(said: Mapping[str, Any]) -> Iterator[Resource]:
    for written in said.get("referrals", []):
        status, day = _ago(written, said["on"], default=timedelta(days=30))
        yield referral(status, day)


def referral(status: str, day: date) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "status": status,
        "intent": "order",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "code": _concept(SNOMED, "431260004"),
        "authoredOn": day.isoformat(),
    }


def _goals(said: Mapping[str, Any]) -> Iterator[Resource]:
    for written in said.get("goals", []):
        description, _, achievement = written.partition(": ")
        yield {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "subject": {"reference": f"Patient/{PATIENT}"},
            "description": {"text": description},
            "startDate": (said["on"] - timedelta(days=90)).isoformat(),
            **({"achievementStatus": _concept(ACHIEVEMENT, achievement)} if achievement else {}),
        }


_RECORDS = {
    "patient": _patient,
    "conditions": _conditions,
    "medications": _medications,
    "observations": _observations,
    "referrals": _referrals,
    "goals": _goals,
}


def _ago(written: str, on: date, default: timedelta) -> tuple[str, date]:
    """ "completed 11 months ago" as what it says and the day; without "ago", the default."""
    read = _AGO.fullmatch(written)
    if read is None:
        return written, on - default
    return read["what"], on - timedelta(days=int(int(read["number"]) * _DAYS[read["unit"]]))


def _system_and_code(code: str) -> tuple[str, str]:
    """SNOMED codes are numbers; the others are CIM-10 (FR), or ICD-10-CM where "(CM)" follows."""
    if code.endswith(" (CM)"):
        return ICD_10_CM, code.removesuffix(" (CM)")
    return (SNOMED, code) if code.isdigit() else (CIM_10, code)


def _concept(system: str, code: str, text: str = "") -> Resource:
    return {"coding": [{"system": system, "code": code}], **({"text": text} if text else {})}
