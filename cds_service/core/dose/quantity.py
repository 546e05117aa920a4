"""Reads a FHIR Quantity: its exact value, and the units that its code and its text name."""

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
    """The mass in mg of a Quantity in mg, g or ug; None for every other unit, or for two."""
    units = units_of_mass(quantity)
    return in_mg(quantity, units[0]) if len(units) == 1 else None


def in_mg(quantity: Any, unit: str) -> Fraction | None:
    """The mass in mg of a Quantity, read in mg, g or ug; None for every other unit."""
    factor, value = _MG_PER_UNIT.get(unit), number(fhir.as_object(quantity).get("value"))
    return None if factor is None or value is None else value * factor


def units_named(quantity: Any, terminology: Terminology) -> list[str]:
    """The units that the code and the text of a Quantity name: mg, g, ug, ml or tablet. Two if they differ."""
    coded = _coded_tablet(quantity, terminology) or _coded(quantity)
    said = _said(fhir.as_object(quantity))
    return list(dict.fromkeys(unit for unit in (coded, said) if unit))


def counted(quantity: Any, unit: str, terminology: Terminology) -> Fraction | None:
    """The value of a Quantity in `unit`; None if its code or its text names another one."""
    alone = units_named(quantity, terminology) == [unit] and not is_by_word_alone(quantity, terminology)
    return number(fhir.as_object(quantity).get("value")) if alone else None


def is_by_word_alone(quantity: Any, terminology: Terminology) -> bool:
    """Whether a code is written that names no unit of ours, and a text that does."""
    code = fhir.text(fhir.as_object(quantity).get("code"))
    known = _coded_tablet(quantity, terminology) or _coded(quantity)
    return code not in ("", "1") and known is None


def units_of_mass(quantity: Any) -> list[str]:
    """The units of mass that the code and the text name; none if there is a code that is none."""
    coded, said = _coded(quantity), _said(fhir.as_object(quantity))
    if fhir.text(fhir.as_object(quantity).get("code")) and coded is None:
        return []
    return list(dict.fromkeys(unit for unit in (coded, said) if unit))


def is_well_formed(quantity: Any) -> bool:
    """Whether a Quantity has only known elements, and its unit, system and code are strings."""
    if not isinstance(quantity, Mapping) or set(quantity) - KNOWN:
        return False
    return all(isinstance(quantity.get(key, ""), str) for key in ("unit", "system", "code"))


def _coded(quantity: Any) -> str | None:
    """mg, g, ug or ml by the code; None for another one, or for a unit per something."""
    quantity = fhir.as_object(quantity)
    code, system = fhir.text(quantity.get("code")), fhir.text(quantity.get("system"))
    per_something = "/" in fhir.text(quantity.get("unit"))
    return _CODES.get(code) if system.rstrip("/") in _UCUM_FORMS and not per_something else None


def _coded_tablet(quantity: Any, terminology: Terminology) -> str | None:
    """ "tablet" if the code is one of a tablet."""
    quantity = fhir.as_object(quantity)
    code, system = fhir.text(quantity.get("code")), fhir.text(quantity.get("system"))
    is_tablet = code not in ("", "1") and terminology.has(ListName.UNIT_TABLET, [(system or UCUM, code)])
    return "tablet" if is_tablet else None


def _said(quantity: fhir.Resource) -> str | None:
    """The unit that the text names; None if it is not a known one."""
    word = fhir.text(quantity.get("unit")).strip().lower()
    return "tablet" if word in _TABLET_WORDS else _WORDS.get(word)
