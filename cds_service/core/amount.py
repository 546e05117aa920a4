"""How much one intake is, or a whole day's rate: the dose[x] and rate[x] of a FHIR Dosage, in exact mg.

`doseAndRate` may hold the same dose said in several ways (ordered, calculated, tablets to hand out): they
are never added. Where they differ nobody can tell which one is meant, and that is said.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from cds_service.core import fhir
from cds_service.core.fhir import Resource
from cds_service.core.model import Medicine, NotComputable, Span
from cds_service.core.periods import DAYS_PER_UNIT
from cds_service.core.quantity import UCUM, milligrams, millilitres, number, tablets
from cds_service.core.terminology import Terminology

ELEMENT = "dosageInstruction.doseAndRate"

_SHAPES = {"doseQuantity", "doseRange", "rateQuantity", "rateRange", "rateRatio"}
_KNOWN = _SHAPES | {"type", "id", "extension"}
# http://terminology.hl7.org/CodeSystem/dose-rate-type, and Epic's words for the same. A dose of another
# type (Epic's admin-amount: what to hand out) is read only where there is no other.
_MAIN_TYPES = {"", "ordered", "calculated"}

_RATE_UNIT = re.compile(r"(mg|g|ug)/(d|h|min|wk|\(24\.h\)|24h)")
_DAYS_IN_WORDS = {"(24.h)": Fraction(1), "24h": Fraction(1)}


@dataclass(frozen=True, slots=True)
class Amount:
    """mg of one intake, with the units it is counted in; or, for a rate, mg of a whole day."""

    mg: Span
    units: Span | None = None
    strength_mg: Fraction | None = None
    in_ml: bool = False
    a_day: bool = False


Reading = Amount | NotComputable


def read_amount(dosage: Resource, medicine: Medicine, terminology: Terminology) -> Reading:
    """The amount that a Dosage asks for, or why it cannot be read."""
    written = list(fhir.objects(dosage.get("doseAndRate"))) or [_as_in_r3(dosage)]
    if any(set(item) - _KNOWN for item in written):
        return NotComputable("dose-not-read", ELEMENT)
    main = [item for item in written if _type_of(item) in _MAIN_TYPES] or written
    readings = [reading for item in main for reading in _read(item, medicine, terminology)]
    amounts = [reading for reading in readings if isinstance(reading, Amount)]
    if not amounts:
        return next(iter(readings), NotComputable("dose-missing", ELEMENT))
    if len(amounts) < len(readings) and len(main) == 1:
        return next(reading for reading in readings if isinstance(reading, NotComputable))
    return _agreed(amounts)


def _as_in_r3(dosage: Resource) -> Resource:
    """A dose written beside `timing`, as in STU3 and once in the CDS Hooks sandbox."""
    old = {"doseSimpleQuantity": "doseQuantity", "rateSimpleQuantity": "rateQuantity"}
    return {old.get(key, key): dosage[key] for key in (*_SHAPES, *old) if key in dosage}


def _type_of(item: Resource) -> str:
    kind = item.get("type")
    codes = {code.lower() for _, code in fhir.codings(kind)} or {fhir.text(fhir.as_object(kind).get("text")).lower()}
    return "ordered" if "ordered" in codes else "calculated" if "calculated" in codes else min(codes)


def _agreed(amounts: list[Amount]) -> Reading:
    """The first of amounts that all say the same; a rate and a dose cannot be compared without a timing."""
    if len({(amount.mg, amount.a_day) for amount in amounts}) > 1:
        return NotComputable("doses-disagree", ELEMENT)
    return next((amount for amount in amounts if amount.units is not None), amounts[0])


def _read(item: Resource, medicine: Medicine, terminology: Terminology) -> list[Reading]:
    def one(quantity: object) -> Reading:
        return _quantity(quantity, medicine, terminology)

    readers: dict[str, Callable[[], Reading]] = {
        "doseQuantity": lambda: one(item["doseQuantity"]),
        "doseRange": lambda: _range(fhir.as_object(item["doseRange"]), one),
        "rateQuantity": lambda: _rate(item["rateQuantity"]),
        "rateRange": lambda: _range(fhir.as_object(item["rateRange"]), _rate),
        "rateRatio": lambda: _rate_ratio(fhir.as_object(item["rateRatio"])),
    }
    return [read() for shape, read in readers.items() if shape in item]


def _range(written: Resource, one: Callable[[object], Reading]) -> Reading:
    """low to high. Only a high: from nothing. Only a low: no upper end, so nothing can be cleared."""
    high = one(written["high"]) if "high" in written else NotComputable("dose-without-upper-end", ELEMENT)
    low = one(written["low"]) if "low" in written else None
    if isinstance(high, NotComputable):
        return NotComputable(high.reason, high.element, low.mg.low if isinstance(low, Amount) else None)
    if isinstance(low, NotComputable):
        return low
    least = low.mg.low if low else Fraction(0)
    if least > high.mg.high:
        return NotComputable("dose-not-read", ELEMENT)
    units = None if high.units is None else Span(low.units.low if low and low.units else Fraction(0), high.units.high)
    return Amount(Span(least, high.mg.high), units, high.strength_mg, high.in_ml, high.a_day)


def _quantity(quantity: object, medicine: Medicine, terminology: Terminology) -> Reading:
    """One Quantity in mg, g or ug, in tablets, or in millilitres of known concentration."""
    invalid = _invalid(quantity)
    if invalid is not None:
        return invalid
    mass = milligrams(quantity)
    if mass is not None:
        return Amount(_exactly(mass))
    volume = millilitres(quantity)
    count = tablets(quantity, terminology) if volume is None else volume
    if count is None:
        return NotComputable("dose-unit-not-read", ELEMENT)
    strength = medicine.strength_mg_per_ml if volume is not None else medicine.strength_mg
    if medicine.strength_conflict:
        return NotComputable("strength-conflict", "medication")
    if strength is None:
        return NotComputable("strength-unknown", "medication")
    return Amount(_exactly(count * strength), _exactly(count), strength, in_ml=volume is not None)


def _rate(quantity: object) -> Reading:
    """A rate such as 80 mg/d, as mg of a whole day."""
    invalid = _invalid(quantity)
    if invalid is not None:
        return invalid
    quantity = fhir.as_object(quantity)
    unit = _RATE_UNIT.fullmatch(fhir.text(quantity.get("code")) or fhir.text(quantity.get("unit")))
    if unit is None or quantity.get("system", UCUM) != UCUM:
        return NotComputable("dose-unit-not-read", ELEMENT)
    mass = milligrams({"value": quantity["value"], "code": unit[1], "system": UCUM})
    days = DAYS_PER_UNIT.get(unit[2]) or _DAYS_IN_WORDS[unit[2]]
    return _a_day(mass, days)


def _rate_ratio(ratio: Resource) -> Reading:
    """A rate such as 10 mg per 8 h, as mg of a whole day."""
    invalid = _invalid(ratio.get("numerator")) or _invalid(ratio.get("denominator"))
    if invalid is not None:
        return invalid
    time = fhir.as_object(ratio["denominator"])
    days = DAYS_PER_UNIT.get(fhir.text(time.get("code")) or fhir.text(time.get("unit")))
    value = number(time.get("value"))
    return _a_day(milligrams(ratio["numerator"]), days * value if days and value else None)


def _a_day(mass: Fraction | None, days: Fraction | None) -> Reading:
    if mass is None or days is None:
        return NotComputable("dose-unit-not-read", ELEMENT)
    return Amount(_exactly(mass / days), a_day=True)


def _invalid(quantity: object) -> NotComputable | None:
    quantity = fhir.as_object(quantity)
    value = number(quantity.get("value"))
    if value is None:
        return NotComputable("dose-missing", ELEMENT)
    if value <= 0 or quantity.get("comparator") is not None:
        return NotComputable("dose-not-positive", ELEMENT)
    return None


def _exactly(value: Fraction) -> Span:
    return Span(value, value)
