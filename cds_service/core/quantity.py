"""Reads a FHIR Quantity as exact milligrams, or as a number of tablets."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.core import fhir
from cds_service.core.terminology import Terminology

UCUM = "http://unitsofmeasure.org"

_MG_PER_UNIT = {"mg": Fraction(1), "g": Fraction(1000), "ug": Fraction(1, 1000)}
# What people type when they give no code. Closed on purpose: an unknown unit is not guessed.
_MASS_WORDS = {"mg": "mg", "milligramme": "mg", "milligrammes": "mg", "g": "g", "µg": "ug", "mcg": "ug"}
_TABLET_WORDS = {
    "cp",
    "cp.",
    "cpr",
    "comprimé",
    "comprimés",
    "comprime",
    "comprimes",
    "tablet",
    "tablets",
    "tab",
}


def number(value: Any) -> Fraction | None:
    """The exact value of a JSON number; a string, a boolean or nothing is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Fraction(value)


def milligrams(quantity: Any) -> Fraction | None:
    """The mass in mg of a Quantity in mg, g or ug; None for every other unit."""
    factor = _MG_PER_UNIT.get(_mass_unit(quantity) or "")
    value = number(fhir.as_object(quantity).get("value"))
    return None if factor is None or value is None else value * factor


def _mass_unit(quantity: Any) -> str | None:
    quantity = fhir.as_object(quantity)
    code, system, unit = (fhir.text(quantity.get(key)) for key in ("code", "system", "unit"))
    if code:
        return code if system in (UCUM, "") else None
    return _MASS_WORDS.get(unit.strip().lower())


def millilitres(quantity: Any) -> Fraction | None:
    """The volume in ml of a Quantity coded as such; None for every other unit."""
    quantity = fhir.as_object(quantity)
    code, system, unit = (fhir.text(quantity.get(key)) for key in ("code", "system", "unit"))
    in_ml = code in ("mL", "ml") and system in (UCUM, "") if code else unit.strip().lower() == "ml"
    return number(quantity.get("value")) if in_ml else None


def tablets(quantity: Any, terminology: Terminology) -> Fraction | None:
    """The number of tablets of a Quantity in tablets, however they are coded; None for every other unit."""
    quantity = fhir.as_object(quantity)
    return number(quantity.get("value")) if _counts_tablets(quantity, terminology) else None


def _counts_tablets(quantity: fhir.Resource, terminology: Terminology) -> bool:
    code, system, unit = (fhir.text(quantity.get(key)) for key in ("code", "system", "unit"))
    says_tablet = unit.strip().lower() in _TABLET_WORDS
    if not code or code == "1":
        return says_tablet
    return "unit-tablet" in terminology.lists_of([(system or UCUM, code)])
