"""From a differential to a snapshot: every element of a profile on MedicationRequest, with what it inherits.

`r4/` holds HL7's own definitions of MedicationRequest and Dosage (R4, 4.0.1; CC0), without narrative and mappings,
their links made absolute.
It does what our profile needs: changes of elements that exist, on the resource and one level into Dosage; no slices.
"""

import json
from pathlib import Path

from cds_service.profiles.metadata import Json

_R4 = Path(__file__).parent / "r4"
_DOSAGE = "MedicationRequest.dosageInstruction"


def snapshot(differential: list[Json]) -> list[Json]:
    """The elements in the order of the specification. KeyError where the differential names one that is not there."""
    elements = {element["id"]: element for element in _unfolded(_elements("MedicationRequest"))}
    for change in differential:
        elements[change["id"]] = _merged(elements[change["id"]], change)
    return list(elements.values())


def _elements(kind: str) -> list[Json]:
    read: list[Json] = json.loads((_R4 / f"{kind}.json").read_text("utf-8"))["snapshot"]["element"]
    return read


def _unfolded(elements: list[Json]) -> list[Json]:
    """With the elements of a Dosage below that of the order."""
    inside = [_moved(element) for element in _elements("Dosage")[1:]]
    at = next(number for number, element in enumerate(elements, start=1) if element["id"] == _DOSAGE)
    return elements[:at] + inside + elements[at:]


def _moved(element: Json) -> Json:
    """`Dosage.timing` as `MedicationRequest.dosageInstruction.timing`; its base stays where it is defined."""
    return {**element, **{key: element[key].replace("Dosage", _DOSAGE, 1) for key in ("id", "path")}}


def _merged(element: Json, change: Json) -> Json:
    """Constraints are added to those inherited; every other property replaces what was there."""
    constraints = [*element.get("constraint", []), *change.get("constraint", [])]
    return {**element, **change, **({"constraint": constraints} if constraints else {})}
