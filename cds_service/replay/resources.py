"""Decodes the resources of an export, and makes their references ones that the core reads."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

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
    for element, kind in _MEANT.items():
        for reference in _references(resource.get(element)):
            if str(reference.get("reference", "")).startswith(_UUID):
                reference["reference"] = f"{kind}/{reference['reference'].removeprefix(_UUID)}"
    return resource


def _references(value: Any) -> Iterator[dict[str, Any]]:
    yield from (item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict))
