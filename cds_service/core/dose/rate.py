"""Reads rate[x] of a FHIR Dosage as exact mg of a whole day."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from cds_service.core.dose.periods import DAYS_PER_UNIT, read_days
from cds_service.core.dose.quantity import UCUM, milligrams
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource

_UNIT = re.compile(r"(mg|g|ug)/(d|h|min|wk|\(24\.h\)|24h)")
_DAY_OF_24_HOURS = Fraction(1)  # "(24.h)" and "24h", which are no units of their own
_WORDS = re.compile(r"(mg|g)\s?/\s?(j|jour|day|24\s?h)", re.IGNORECASE)


def of_quantity(quantity: Resource) -> Fraction | None:
    """A rate such as 80 mg/d, as mg of a whole day; None if its units are unknown."""
    unit = _unit(quantity)
    if unit is None:
        return None
    mass, time = unit
    return _a_day(milligrams({"value": quantity["value"], "code": mass}), DAYS_PER_UNIT.get(time, _DAY_OF_24_HOURS))


def _unit(quantity: Resource) -> tuple[str, str] | None:
    """The units of mass and of time of a rate, by its code, else by its text."""
    if fhir.text(quantity.get("system")) not in (UCUM, ""):
        return None
    code, said = fhir.text(quantity.get("code")), fhir.text(quantity.get("unit")).strip()
    coded = _UNIT.fullmatch(code or said)
    if coded:
        return coded[1], coded[2]
    worded = _WORDS.fullmatch(said)
    return (worded[1].lower(), "d") if worded and not code else None


def of_ratio(ratio: Resource) -> Fraction | None:
    """A rate such as 10 mg per 8 h, as mg of a whole day; None if its units are unknown."""
    return _a_day(milligrams(ratio["numerator"]), read_days(ratio.get("denominator")))


def is_ratio(written: Any) -> bool:
    """Whether it is a Ratio with known elements only."""
    return isinstance(written, Mapping) and not set(written) - {"numerator", "denominator", "id", "extension"}


def _a_day(mass: Fraction | None, days: Fraction | None) -> Fraction | None:
    return None if mass is None or days is None else mass / days
