"""FHIR R4 as others see it than fhir.resources, which the service asks: three of them, each with its own eyes.

fhir.resources takes `"value": "5"`, any text for a unit of time and a reference to anybody. fhirkit (4.0.1) sees the
first; HL7's own JSON schema of 4.0.1 the first and the second. The third, and the codes of a status, are in neither:
they are written down here from the pages of the specification.

The schema is tests/data/hl7-r4-4.0.1.schema.json.xz: fhir.schema.json as HL7 publishes it for R4 (CC0), without the
white space.
"""

import json
import lzma
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import fhirkit
import jsonschema_rs

Json = dict[str, Any]

_SCHEMA = Path(__file__).parents[1] / "data" / "hl7-r4-4.0.1.schema.json.xz"
_REQUEST = "active on-hold cancelled completed entered-in-error stopped draft unknown"
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
    """What any of them says against a resource."""
    return [fault for says in EYES.values() for fault in says(resource)]


def _of_fhirkit(resource: Json) -> Iterator[str]:
    yield from map(str, fhirkit.validate(resource))


def _of_the_schema(resource: Json) -> Iterator[str]:
    if resource["resourceType"] not in _whole_schema()["definitions"]:
        yield f"{resource['resourceType']}: no resource of R4"
        return
    for error in _validator(resource["resourceType"]).iter_errors(resource):
        yield f"{'.'.join(map(str, error.instance_path))}: {error.message}"


@cache
def _validator(kind: str) -> jsonschema_rs.Draft6Validator:
    """Of one type of resource: a schema of all would say of each fault only that no type fits."""
    whole = _whole_schema()
    return jsonschema_rs.Draft6Validator({**whole, "oneOf": [{"$ref": f"#/definitions/{kind}"}]})


@cache
def _whole_schema() -> Json:
    read: Json = json.loads(lzma.decompress(_SCHEMA.read_bytes()))
    return read


def _of_the_pages(resource: Json) -> Iterator[str]:
    for path, value in _elements(resource, str(resource["resourceType"])):
        parent, _, name = path.rpartition(".")
        short = path if path in CODES else f"{parent.rpartition('.')[2]}.{name}" if parent else name
        closed = CODES.get(short) or CODES.get(name)
        if closed and value not in closed.split():
            yield f"{path}: {value!r} is no code of this element"
        if name == "reference" and parent in TYPES and not _fits(value, TYPES[parent].split()):
            yield f"{path}: {value!r} is of another type"


EYES: dict[str, Callable[[Json], Iterator[str]]] = {
    "fhirkit": _of_fhirkit,
    "HL7's schema": _of_the_schema,
    "the pages": _of_the_pages,
}


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
