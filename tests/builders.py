"""Builds small valid FHIR resources from one readable line, and the medicines that tests prescribe.

A dosage is a line of FHIR elements with their values, separated by bars:

    dose 20 mg | frequency 3 | period 1 d | boundsDuration 7 d

`2–4` sets an element and its …Max, or both ends of a range. Units: mg, g, ug (UCUM), cp (EDQM), or `unit:…`
for the text only. Anything without a notation is written as JSON: `fhir {"site": {"text": "per os"}}`.
"""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.core.model.medicine import Medicine
from cds_service.knowledge.code_files import read_terminology
from cds_service.knowledge.loading import data_path

Json = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
EDQM = "http://standardterms.edqm.eu"
GTS = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
RENDERED = "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationRequest.renderedDosageInstruction"

TERMINOLOGY = read_terminology(data_path("fhir_profiles"), [])
TABLET_OF_10_MG = Medicine(TERMINOLOGY.product_named("baclocur-10"), Fraction(10))

MEDICINES = {
    "Baclocur 10 mg": TABLET_OF_10_MG,
    "baclofen without a strength": Medicine(None),
    "code says 10 mg, text says 20 mg": Medicine(None, Fraction(20), strength_conflict=True),
    "strengths that cannot be": Medicine(None, strength_conflict=True),
    "solution of 1 mg/ml": Medicine(TERMINOLOGY.product_named("rxnorm-250976"), None, Fraction(1)),
    "packet of granules of 10 mg": Medicine(TERMINOLOGY.product_named("rxnorm-2586589"), Fraction(10)),
}


def order_of(*dosages: str | Json, words: str = "") -> Json:
    """A MedicationRequest with these dosages and, optionally, the whole dosage in words."""
    order: Json = {"resourceType": "MedicationRequest", "dosageInstruction": [dosage_of(line) for line in dosages]}
    return {**order, "extension": [{"url": RENDERED, "valueMarkdown": words}]} if words else order


def dosage_of(line: str | Json) -> Json:
    """The FHIR Dosage that a line writes."""
    dosage: Json = {}
    for part in [] if isinstance(line, dict) else line.split(" | "):
        element, _, value = part.strip().partition(" ")
        _merge(dosage, _ELEMENTS[element](value.strip()))
    return line if isinstance(line, dict) else dosage


def _merge(into: Json, new: Json) -> None:
    for key, value in new.items():
        if isinstance(value, dict) and key in into:
            _merge(into[key], value)
        elif isinstance(value, list) and key in into:
            into[key] += value
        else:
            into[key] = value


def quantity(written: str) -> Json:
    """`20 mg`, `2 cp`, `2 unit:cp`, `2 {tbl}`, `1 mg unit:g` (code and text differ), `<5 mg`."""
    match = re.fullmatch(
        r"(?P<comparator>[<>]?)(?P<value>-?[0-9.]+) ?(?P<code>(?!unit:)\S+)?(?: ?unit:(?P<unit>.+))?", written
    )
    assert match, f"no quantity: {written}"
    parts = {key: value for key, value in match.groupdict().items() if value}
    if "code" in parts:
        parts["system"] = EDQM if parts["code"] in ("cp", "15036000") else UCUM
        parts["code"] = {"cp": "15054000"}.get(parts["code"], parts["code"])
    return {**parts, "value": _number(parts["value"])}


def _number(written: str) -> int | Decimal:
    return Decimal(written) if "." in written else int(written)


def _ends(written: str) -> tuple[str, str]:
    """`2–4 d` as `2 d` and `4 d`; either end may be missing."""
    values, _, unit = written.partition(" ")
    low, dash, high = values.partition("–")
    return (
        f"{low} {unit}".strip() if low else "",
        f"{high if dash else low} {unit}".strip() if high or not dash else "",
    )


def _range(written: str) -> Json:
    low, high = _ends(written)
    return {key: quantity(end) for key, end in (("low", low), ("high", high)) if end}


def _ratio(written: str) -> Json:
    numerator, _, denominator = written.partition(" / ")
    return {"numerator": quantity(numerator), "denominator": quantity(denominator)}


def _dose(written: str, kind: str = "") -> Json:
    shape = {"doseRange": _range(written)} if "–" in written else {"doseQuantity": quantity(written)}
    coded = {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/dose-rate-type", "code": kind}]}}
    return {"doseAndRate": [{**(coded if kind else {}), **shape}]}


def _rate(written: str) -> Json:
    return {
        "doseAndRate": [{"rateRatio": _ratio(written)} if " / " in written else {"rateQuantity": quantity(written)}]
    }


def _numbers(element: str) -> Callable[[str], Json]:
    def read(written: str) -> Json:
        low, high = (int(end) if end else None for end in _ends(written))
        maximum = {} if low == high or high is None else {f"{element}Max": high}
        return _repeat({**({} if low is None else {element: low}), **maximum})

    return read


def _period(written: str) -> Json:
    low, high = _ends(written)
    maximum = {} if low == high else {"periodMax": _number(high.split()[0])}
    return _repeat({"period": _number(low.split()[0]), "periodUnit": low.split()[1], **maximum})


def _repeat(elements: Json) -> Json:
    return {"timing": {"repeat": elements}}


def _code(written: str) -> Json:
    local = {"coding": [{"system": "https://hospital.example/frequence", "code": written.removeprefix("local ")}]}
    if written.startswith("text "):
        return {"timing": {"code": {"text": written.removeprefix("text ")}}}
    return {
        "timing": {"code": local if written.startswith("local ") else {"coding": [{"system": GTS, "code": written}]}}
    }


def _bounds_period(written: str) -> Json:
    start, _, end = (part.strip() for part in written.partition("to"))
    return _repeat({"boundsPeriod": {key: value for key, value in (("start", start), ("end", end)) if value}})


def _as_needed(written: str) -> Json:
    return (
        {"asNeededCodeableConcept": {"text": written[4:]}}
        if written.startswith("for ")
        else {"asNeededBoolean": written != "false"}
    )


_ELEMENTS: dict[str, Callable[[str], Json]] = {
    "dose": _dose,
    "ordered": lambda written: _dose(written, "ordered"),
    "calculated": lambda written: _dose(written, "calculated"),
    "admin-amount": lambda written: _dose(written, "admin-amount"),
    "rate": _rate,
    "frequency": _numbers("frequency"),
    "period": _period,
    "timeOfDay": lambda written: _repeat({"timeOfDay": [f"{time}:00" for time in written.split()]}),
    "when": lambda written: _repeat({"when": written.split()}),
    "additionalWhen": lambda written: _repeat(
        {"extension": [{"url": "https://x/fr-additional-when-values", "valueCode": code} for code in written.split()]}
    ),
    "offset": _numbers("offset"),
    "dayOfWeek": lambda written: _repeat({"dayOfWeek": written.split()}),
    "count": _numbers("count"),
    "boundsDuration": lambda written: _repeat({"boundsDuration": quantity(written)}),
    "boundsRange": lambda written: _repeat({"boundsRange": _range(written)}),
    "boundsPeriod": _bounds_period,
    "code": _code,
    "event": lambda written: {"timing": {"event": written.split()}},
    "asNeeded": _as_needed,
    "maxPerPeriod": lambda written: {"maxDosePerPeriod": _ratio(written)},
    "maxPerAdministration": lambda written: {"maxDosePerAdministration": quantity(written)},
    "sequence": lambda written: {"sequence": int(written)},
    "text": lambda written: {"text": written},
    "patientInstruction": lambda written: {"patientInstruction": written},
    "additionalInstruction": lambda written: {"additionalInstruction": [{"text": written}]},
    "fhir": lambda written: dict(json.loads(written, parse_float=Decimal)),
}
