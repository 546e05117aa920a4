"""The record of a vignette, as the EHR sends it in the prefetch keys, or fails to."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.vignette_orders import (
    EDITIONS,
    LOINC,
    PATIENT,
    SNOMED,
    UCUM,
    Resource,
    concept,
    medication_request,
    referral,
    system_and_code,
)

KEYS = ("patient", "conditions", "medications", "observations", "referrals", "goals")
CLINICAL_STATUS = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION_STATUS = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
_AGO = re.compile(r"(?P<what>.*?),? ?(?P<number>\d+) (?P<unit>day|month|year)s? ago")
_DAYS = {"day": 1.0, "month": 30.4375, "year": 365.25}

# The words of a condition before a day, and the element.
_DAY_OF = {"recorded": "recordedDate", "since": "onsetDateTime"}
_CLINICAL = ("resolved", "inactive", "remission", "recurrence", "relapse")

_ALCOHOL_UNITS = {
    "g/d": ("897148007", SNOMED, "g/d"),
    "g/wk": ("897148007", SNOMED, "g/wk"),
    "g/d in drinks a day": ("74013-4", LOINC, "g/d"),
    "drinks/d": ("74013-4", LOINC, "{drinks}/d"),
    "drinks/wk": ("44940-5", LOINC, "{drinks}/wk"),
    "drinks/drinking day": ("11287-0", LOINC, "{drinks}/d"),
}


def prefetch(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
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
    """The value of a prefetch key: everything, or one of the ways in which an EHR fails to send it."""
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
    written = {"gender": said.get("sex", "male"), "birthDate": str(born)}
    yield {
        "resourceType": "Patient",
        "id": PATIENT,
        **{element: value for element, value in written.items() if value != "not recorded"},
    }


def _conditions(said: Mapping[str, Any]) -> Iterator[Resource]:
    for written in said.get("conditions", ["F10.2"]):
        yield condition(written, said["on"])


def condition(written: str, on: date) -> Resource:
    """ "G40.9 (CM) resolved", "G40.9 recorded 2022-05-11 « name »": code, edition, what became of it, name.

    "since 2022-05-11" is the onset; then the day on which it was recorded is left out. "undated" leaves out both.
    """
    said, _, name = written.partition(" « ")
    name = name.removesuffix(" »")
    edition = next((words for words in EDITIONS if words in said), "")
    code, *words = said.replace(edition, "").split()
    days = {element: words[words.index(word) + 1] for word, element in _DAY_OF.items() if word in words}
    if not days and "undated" not in words:
        days = {"recordedDate": (on - timedelta(days=400)).isoformat()}
    over = next((word for word in _CLINICAL if word in words), "active")
    verified = next((word for word in ("refuted", "unconfirmed", "entered-in-error") if word in words), "confirmed")
    return {
        "resourceType": "Condition",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "code": {"text": name} if code == "uncoded" else concept(*system_and_code(code + edition), text=name),
        **days,
        "clinicalStatus": concept(CLINICAL_STATUS, over),
        "verificationStatus": concept(VERIFICATION_STATUS, verified),
    }


def _medications(said: Mapping[str, Any]) -> Iterator[Resource]:
    on = said["on"]
    for number, line in enumerate(said.get("taken", []), start=1):
        order = {"order": line} if isinstance(line, str) else line
        yield medication_request(order, f"taken-{number}", on - timedelta(days=60), status="active")
    for number, written in enumerate(said.get("prior", ["nalmefene"]), start=1):
        order = {"order": written} if isinstance(written, str) else written
        name, day = _ago(order["order"], on, default=timedelta(days=200))
        yield medication_request(order | {"order": name, "id": f"prior-{number}"}, "", day, status="completed")


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
        "code": concept(system, code),
        "effectiveDateTime": day.isoformat(),
        "valueQuantity": {"value": Decimal(number), "unit": ucum, "system": UCUM, "code": ucum},
    }


def _referrals(said: Mapping[str, Any]) -> Iterator[Resource]:
    for written in said.get("referrals", []):
        words, _, occurs = written.partition(", occurs ")
        words, _, authored = words.partition(", written ")
        status, day = _ago(words, said["on"], default=timedelta(days=30))
        made = referral(status, date.fromisoformat(authored) if authored else day)
        if occurs:
            del made["authoredOn"]
            made |= {} if occurs == "nobody knows when" else {"occurrenceDateTime": occurs}
        yield made


def _goals(said: Mapping[str, Any]) -> Iterator[Resource]:
    for written in said.get("goals", []):
        description, _, achievement = written.partition(": ")
        yield {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "subject": {"reference": f"Patient/{PATIENT}"},
            "description": {"text": description},
            "startDate": (said["on"] - timedelta(days=90)).isoformat(),
            **({"achievementStatus": concept(ACHIEVEMENT, achievement)} if achievement else {}),
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
    """ "completed 11 months ago" as a status and a day; the default if it has no "ago"."""
    read = _AGO.fullmatch(written)
    if read is None:
        return written, on - default
    return read["what"], on - timedelta(days=int(int(read["number"]) * _DAYS[read["unit"]]))
