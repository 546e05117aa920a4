"""Reads a FHIR Quantity as exact milligrams, millilitres or a number of tablets.

If the code and the text name two different units, the unit is not read.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.core.record import fhir
from cds_service.core.record.terminology import ListName, Terminology

UCUM = "http://unitsofmeasure.org"
_UCUM_FORMS = {UCUM, "urn:oid:2.16.840.1.113883.6.8", ""}

_MG_PER_UNIT = {"mg": Fraction(1), "g": Fraction(1000), "ug": Fraction(1, 1000)}
# What people type when they give no code. Closed on purpose: an unknown unit is not guessed.
_WORDS = {
    "mg": "mg", "milligramme": "mg", "milligrammes": "mg", "milligram": "mg", "milligrams": "mg",
    "g": "g", "gramme": "g", "grammes": "g", "gram": "g", "grams": "g",
    "ug": "ug", "µg": "ug", "μg": "ug", "mcg": "ug", "microgramme": "ug", "microgrammes": "ug",
    "ml": "ml", "millilitre": "ml", "millilitres": "ml", "milliliter": "ml", "milliliters": "ml",
}  # fmt: skip
_TABLET_WORDS = {
    "cp", "cps", "cp.", "cpr", "comprimé", "comprimés", "comprime", "comprimes", "comprimé(s)",
    "tablet", "tablets", "tablet(s)", "tab", "tabs",
}  # fmt: skip
_CODES = {"mg": "mg", "g": "g", "ug": "ug", "mL": "ml", "ml": "ml"}

KNOWN = {"value", "comparator", "unit", "system", "code", "id", "extension"}

# No clinical number has more digits; arithmetic on numbers of thousands of digits is slow.
_MOST_DIGITS = 30


def number(value: Any) -> Fraction | None:
    """The exact value of a JSON number of ordinary length; a string, a boolean or nothing is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if isinstance(value, int):
        return Fraction(value) if abs(value) < 10**_MOST_DIGITS else None
    if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS or len(value.as_tuple().digits) > _MOST_DIGITS:
        return None
    return Fraction(value)


def milligrams(quantity: Any) -> Fraction | None:
    """The mass in mg of a Quantity in mg, g or ug; None for every other unit."""
    factor = _MG_PER_UNIT.get(_unit(quantity) or "")
    value = number(fhir.as_object(quantity).get("value"))
    return None if factor is None or value is None else value * factor


def millilitres(quantity: Any) -> Fraction | None:
    """The volume in ml of a Quantity coded as such; None for every other unit."""
    return number(fhir.as_object(quantity).get("value")) if _unit(quantity) == "ml" else None


def tablets(quantity: Any, terminology: Terminology) -> Fraction | None:
    """The number of tablets of a Quantity in tablets, however they are coded; None for every other unit."""
    return number(fhir.as_object(quantity).get("value")) if _counts_tablets(quantity, terminology) else None


def is_well_formed(quantity: Any) -> bool:
    """Whether a Quantity has only known elements, and its unit, system and code are strings."""
    if not isinstance(quantity, Mapping) or set(quantity) - KNOWN:
        return False
    return all(isinstance(quantity.get(key, ""), str) for key in ("unit", "system", "code"))


def _unit(quantity: Any) -> str | None:
    """mg, g, ug or ml, by the code, else by the text; None if it is another unit or the two differ."""
    quantity = fhir.as_object(quantity)
    code, system = fhir.text(quantity.get("code")), fhir.text(quantity.get("system"))
    said = _said(quantity)
    if not code:
        return said if said != "tablet" else None
    coded = _CODES.get(code) if system.rstrip("/") in _UCUM_FORMS else None
    per_something = "/" in fhir.text(quantity.get("unit"))
    return None if per_something or (said is not None and said != coded) else coded


def _said(quantity: fhir.Resource) -> str | None:
    """The unit that the text names; None if it is not a known one."""
    word = fhir.text(quantity.get("unit")).strip().lower()
    return "tablet" if word in _TABLET_WORDS else _WORDS.get(word)


def _counts_tablets(quantity: Any, terminology: Terminology) -> bool:
    quantity = fhir.as_object(quantity)
    code, system = fhir.text(quantity.get("code")), fhir.text(quantity.get("system"))
    said = _said(quantity)
    if not code or code == "1":
        return said == "tablet"
    return said in (None, "tablet") and terminology.has(ListName.UNIT_TABLET, [(system or UCUM, code)])
