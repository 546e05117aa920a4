"""Reads a MedicationOrder of FHIR DSTU2 as R4, if each of its elements has a certain meaning in R4.

The elements: hl7.org/fhir/DSTU2/medicationorder.html and hl7.org/fhir/R4/medicationrequest.html. What is not in the
tables below has another meaning in R4, or none: then nothing is read. So `substitution` (its codes), `dateEnded`, a
rate, a site by reference, a medicine by reference (Medication differs), and several dosages: DSTU2 has no `sequence`,
so that they may be parts of one day or steps in time. `intent` and `category` are of R4: the CDS Hooks sandbox adds
them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource

OLDER_ORDER = "MedicationOrder"


class ReadAsR4(dict[str, Any]):
    """A MedicationOrder with the elements of a MedicationRequest of R4. Its type and id stay: they name it."""


class _UncertainError(Exception):
    """An element has no certain meaning in R4."""


# The name of an element in DSTU2: its name in R4, and how its value is read.
_Table = Mapping[str, tuple[str, Callable[[Any], Any]]]


def as_r4(order: Resource) -> ReadAsR4 | None:
    """The order with the elements of R4; None if the meaning of one of them is not certain."""
    try:
        return ReadAsR4({"intent": "order", **_read(order, _ORDER)})
    except _UncertainError:
        return None


def _read(element: Any, table: _Table) -> dict[str, Any]:
    if not isinstance(element, dict) or element.keys() - table.keys():
        raise _UncertainError
    named = [(table[name][0], table[name][1](value)) for name, value in element.items()]
    if len(dict(named)) < len(named):  # two choices of one element
        raise _UncertainError
    return dict(named)


def _same(*names: str) -> dict[str, tuple[str, Callable[[Any], Any]]]:
    return {name: (name, lambda value: value) for name in names}


def _one_of(*codes: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value not in codes:
            raise _UncertainError
        return value

    return read


def _dosages(value: Any) -> list[dict[str, Any]]:
    if len(fhir.as_list(value)) > 1:
        raise _UncertainError
    return [_read(dosage, _DOSAGE) for dosage in fhir.as_list(value)]


_REPEAT: _Table = {
    **_same("boundsPeriod", "boundsRange", "count", "duration", "durationMax", "extension", "frequency"),
    **_same("frequencyMax", "id", "period", "periodMax"),
    "boundsQuantity": ("boundsDuration", lambda value: value),
    "durationUnits": ("durationUnit", lambda value: value),
    "periodUnits": ("periodUnit", lambda value: value),
    "when": ("when", fhir.as_list),
}
_TIMING: _Table = {
    **_same("code", "event", "extension", "id"),
    "repeat": ("repeat", lambda value: _read(value, _REPEAT)),
}
_DOSAGE: _Table = {
    **_same("asNeededBoolean", "asNeededCodeableConcept", "extension", "id", "maxDosePerPeriod", "method"),
    **_same("modifierExtension", "route", "text"),
    "additionalInstructions": ("additionalInstruction", fhir.as_list),
    "doseQuantity": ("doseAndRate", lambda value: [{"doseQuantity": value}]),
    "doseRange": ("doseAndRate", lambda value: [{"doseRange": value}]),
    "siteCodeableConcept": ("site", lambda value: value),
    "timing": ("timing", lambda value: _read(value, _TIMING)),
}
_DISPENSE: _Table = _same(
    "expectedSupplyDuration", "extension", "id", "numberOfRepeatsAllowed", "quantity", "validityPeriod"
)
_ORDER: _Table = {
    **_same("category", "encounter", "extension", "id", "identifier", "implicitRules", "language"),
    **_same("medicationCodeableConcept", "meta", "modifierExtension", "priorPrescription", "resourceType", "text"),
    "dateWritten": ("authoredOn", lambda value: value),
    "dispenseRequest": ("dispenseRequest", lambda value: _read(value, _DISPENSE)),
    "dosageInstruction": ("dosageInstruction", _dosages),
    "intent": ("intent", _one_of("order")),
    "note": ("note", lambda value: [{"text": value}]),
    "patient": ("subject", lambda value: value),
    "prescriber": ("requester", lambda value: value),
    "reasonCodeableConcept": ("reasonCode", fhir.as_list),
    "reasonReference": ("reasonReference", fhir.as_list),
    "status": ("status", _one_of("active", "on-hold", "completed", "entered-in-error", "stopped", "draft")),
}
