"""FHIR R4 as two others see it who looked at the specification: fhirkit, and what is closed in it by name.

fhir.resources, which the service asks, takes `"value": "5"`, any text for a unit of time and a reference to anybody.
fhirkit (4.0.1) sees the first. The second and third are written down here from the pages of the specification:
the codes of value sets that are required, and the types that a reference may have.
"""

from collections.abc import Iterator
from typing import Any

import fhirkit

Json = dict[str, Any]

_REQUEST = "active on-hold cancelled completed entered-in-error stopped draft unknown"
_MOMENTS = (
    "MORN MORN.early MORN.late NOON AFT AFT.early AFT.late EVE EVE.early EVE.late NIGHT PHS HS WAKE "
    "C CM CD CV AC ACM ACD ACV PC PCM PCD PCV"
)
_UNITS = "s min h d wk mo a"
_ACTOR = "Practitioner PractitionerRole Organization Patient RelatedPerson Device"

# hl7.org/fhir/R4: the codes of elements whose binding is required.
CODES = {
    "MedicationRequest.status": _REQUEST,
    "MedicationRequest.intent": "proposal plan order original-order reflex-order filler-order instance-order option",
    "MedicationRequest.priority": "routine urgent asap stat",
    "ServiceRequest.status": "draft active on-hold revoked completed entered-in-error unknown",
    "ServiceRequest.intent": (
        "proposal plan directive order original-order reflex-order filler-order instance-order option"
    ),
    "ServiceRequest.priority": "routine urgent asap stat",
    "repeat.periodUnit": _UNITS,
    "repeat.durationUnit": _UNITS,
    "repeat.dayOfWeek": "mon tue wed thu fri sat sun",
    "repeat.when": _MOMENTS,
    "comparator": "< <= >= >",
    "groupIdentifier.use": "usual official temp secondary old",
    "identifier.use": "usual official temp secondary old",
    "text.status": "generated extensions additional empty",
}

# hl7.org/fhir/R4: the types that a reference of an element may have.
TYPES = {
    "MedicationRequest.subject": "Patient Group",
    "MedicationRequest.requester": _ACTOR,
    "MedicationRequest.performer": f"{_ACTOR} CareTeam",
    "MedicationRequest.recorder": "Practitioner PractitionerRole",
    "MedicationRequest.encounter": "Encounter",
    "MedicationRequest.basedOn": "CarePlan MedicationRequest ServiceRequest ImmunizationRecommendation",
    "MedicationRequest.priorPrescription": "MedicationRequest",
    "MedicationRequest.reasonReference": "Condition Observation",
    "MedicationRequest.medicationReference": "Medication",
    "ServiceRequest.subject": "Patient Group Location Device",
    "ServiceRequest.requester": _ACTOR,
    "ServiceRequest.encounter": "Encounter",
    "ServiceRequest.basedOn": "CarePlan ServiceRequest MedicationRequest",
    "ServiceRequest.reasonReference": "Condition Observation DiagnosticReport DocumentReference",
}


def faults(resource: Json) -> list[str]:
    """What one of the two says against a resource."""
    return [*(str(issue) for issue in fhirkit.validate(resource)), *_of_the_pages(resource)]


def _of_the_pages(resource: Json) -> Iterator[str]:
    for path, value in _elements(resource, str(resource["resourceType"])):
        parent, _, name = path.rpartition(".")
        short = path if path in CODES else f"{parent.rpartition('.')[2]}.{name}" if parent else name
        closed = CODES.get(short) or CODES.get(name)
        if closed and value not in closed.split():
            yield f"{path}: {value!r} is no code of this element"
        if name == "reference" and parent in TYPES and not _fits(value, TYPES[parent].split()):
            yield f"{path}: {value!r} is of another type"


def _fits(reference: str, types: list[str]) -> bool:
    """Whether a literal reference has one of these types; a fragment and a URN do not say theirs."""
    parts = reference.partition("/_history/")[0].split("/")
    return len(parts) < 2 or parts[-2] in types


def _elements(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """(path without numbers, value) of every primitive."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _elements(member, f"{path}.{name}")
    elif isinstance(value, list):
        for member in value:
            yield from _elements(member, path)
    else:
        yield path, value
