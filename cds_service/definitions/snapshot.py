"""Makes the snapshot of a profile on MedicationRequest from its differential.

`r4/` holds HL7's definitions of MedicationRequest and Dosage (R4, 4.0.1; CC0), without narrative and mappings, with
absolute links. Only what our profile needs is supported: changes of existing elements of the resource and of Dosage;
no slices.
"""

import json
from pathlib import Path

from cds_service.definitions.metadata import Json

_R4 = Path(__file__).parent / "r4"
_DOSAGE = "MedicationRequest.dosageInstruction"


def snapshot(differential: list[Json]) -> list[Json]:
    """The elements in the order of the specification. Raises KeyError if the differential has an unknown one."""
    elements = {element["id"]: element for element in _unfolded(_elements("MedicationRequest"))}
    for change in differential:
        elements[change["id"]] = _merged(elements[change["id"]], change)
    return list(elements.values())


def _elements(kind: str) -> list[Json]:
    read: list[Json] = json.loads((_R4 / f"{kind}.json").read_text("utf-8"))["snapshot"]["element"]
    return read


def _unfolded(elements: list[Json]) -> list[Json]:
    """The elements of MedicationRequest, with those of Dosage inserted below `dosageInstruction`."""
    inside = [_moved(element) for element in _elements("Dosage")[1:]]
    at = next(number for number, element in enumerate(elements, start=1) if element["id"] == _DOSAGE)
    return elements[:at] + inside + elements[at:]


def _moved(element: Json) -> Json:
    """`Dosage.timing` as `MedicationRequest.dosageInstruction.timing`. Its `base` is not changed."""
    return {**element, **{key: element[key].replace("Dosage", _DOSAGE, 1) for key in ("id", "path")}}


def _merged(element: Json, change: Json) -> Json:
    """Constraints are added to the inherited ones; every other property replaces the inherited one."""
    constraints = [*element.get("constraint", []), *change.get("constraint", [])]
    return {**element, **change, **({"constraint": constraints} if constraints else {})}
