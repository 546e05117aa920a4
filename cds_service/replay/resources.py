"""Decodes the resources of an export, and makes their references ones that the core reads."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from cds_service.core.record import fhir

_EXPONENT_LIMIT = 400
_UUID = "urn:uuid:"

# Which type of resource a `urn:uuid` in these elements means.
_MEANT = {
    "medicationReference": "Medication",
    "reasonReference": "Condition",
    "addresses": "Condition",
    "priorPrescription": "MedicationRequest",
    "basedOn": "MedicationRequest",
}


def _exact(digits: str) -> Decimal:
    number = Decimal(digits)
    if abs(number.adjusted()) > _EXPONENT_LIMIT:
        raise ValueError("a number that is too large to compute with")
    return number


_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=_exact)


def decoded(line: str | bytes) -> dict[str, Any] | None:
    """The resource of a line, with exact numbers; None if it cannot be read."""
    try:
        resource = _DECODER.decode(line)
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError):
        return None
    return _with_types(resource) if _UUID in (line if isinstance(line, str) else line.decode()) else resource


def _with_types(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource with `Type/id` for each `urn:uuid:id`."""
    for kind, reference in _references(resource):
        written = fhir.text(reference.get("reference"))
        if written.startswith(_UUID):
            reference["reference"] = f"{kind}/{written.removeprefix(_UUID)}"
    return resource


def _references(resource: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The references of a resource, each with the type of resource that it means."""
    for element, kind in _MEANT.items():
        yield from ((kind, reference) for reference in fhir.objects(resource.get(element)))
    for ingredient in fhir.objects(resource.get("ingredient")):
        yield from (("Medication", reference) for reference in fhir.objects(ingredient.get("itemReference")))


def subject_of(resource: fhir.Resource) -> str:
    """The id of the patient whom a resource is about; empty if it names none."""
    if resource.get("resourceType") == "Patient":
        return fhir.text(resource.get("id"))
    for element in ("subject", "patient"):
        reference = fhir.as_object(resource.get(element))
        kind, _, identity = (fhir.relative(reference) or "").partition("/")
        if kind == "Patient":
            return identity
        if fhir.text(reference.get("reference")).startswith(_UUID):
            return fhir.text(reference.get("reference")).removeprefix(_UUID)
    return ""
