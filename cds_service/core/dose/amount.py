"""Reads dose[x] and rate[x] of a FHIR Dosage as exact mg an intake or mg a day.

`doseAndRate` may give the same dose several times (ordered, calculated, tablets to dispense): the entries are
never added. If they differ, the dose is the interval that holds them, and is asked about.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from cds_service.core.dose import rate
from cds_service.core.dose.quantity import (
    in_mg,
    is_by_word_alone,
    is_well_formed,
    number,
    units_named,
)
from cds_service.core.model.dose import NotComputable, Question, Span
from cds_service.core.model.medicine import Medicine
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.terminology import Terminology

ELEMENT = "dosageInstruction.doseAndRate"

_SHAPES = ("doseQuantity", "doseRange", "rateQuantity", "rateRange", "rateRatio")
_SHAPES_OF_R3 = {"doseSimpleQuantity": "doseQuantity", "rateSimpleQuantity": "rateQuantity"}
SHAPES = {*_SHAPES, *_SHAPES_OF_R3}
_KNOWN = {*_SHAPES, "type", "id", "extension"}
# http://terminology.hl7.org/CodeSystem/dose-rate-type, and Epic's words for the same. A dose of another
# type (Epic's admin-amount: what to dispense) is read only if there is none of these.
_MAIN_TYPES = {"", "ordered", "calculated"}

# An entry that is unreadable for one of these reasons is ignored if another entry gives the dose.
_SAID_OTHERWISE = {"dose-unit-not-read", "strength-unknown", "strength-conflict"}


@dataclass(frozen=True, slots=True)
class Amount:
    """A dose in mg: of one intake, or of a whole day if `a_day`.

    `units` is the same dose in tablets, or in ml if `in_ml`, of `strength_mg` each. `rate` is mg a day, from a rate
    beside the dose. `doubt` is why there is no dose but a possible one; `questions` are asked about a
    dose that is judged. `of_maxima`: only the maxima of the Dosage give it.
    """

    mg: Span
    units: Span | None = None
    strength_mg: Fraction | None = None
    in_ml: bool = False
    a_day: bool = False
    rate: Span | None = None
    doubt: NotComputable | None = None
    questions: tuple[Question, ...] = ()
    of_maxima: bool = False

    @property
    def is_open_ended(self) -> bool:
        """Whether its range has no upper end."""
        return self.doubt is not None and self.doubt.reason == "dose-without-upper-end"


DISAGREE = Question("doses-disagree", "dose", contradicts=True)
UNITS_DIFFER = Question("units-differ", "unit", contradicts=True)
UNIT_BY_WORD = Question("unit-by-word", "unit")
REVERSED = Question("range-reversed", "dose", contradicts=True)

Reading = Amount | NotComputable


def read_amount(dosage: Resource, medicine: Medicine, terminology: Terminology) -> Reading:
    """The amount that a Dosage asks for, or why it cannot be read."""
    written = list(_written(dosage))
    if any(not isinstance(item, Mapping) or set(item) - _KNOWN for item in written):
        return NotComputable("dose-not-read", ELEMENT)
    main = [item for item in written if _is_main(item)] or written
    others = [item for item in written if item not in main]
    return _agreed(_read_all(main, medicine, terminology), _read_all(others, medicine, terminology))


def read_quantity(quantity: object, medicine: Medicine, terminology: Terminology) -> Fraction | None:
    """One Quantity in mg; None if its unit is not read or it counts units of conflicting strengths."""
    reading = _quantity(quantity, medicine, terminology)
    if not isinstance(reading, Amount) or (medicine.strength_conflict and reading.units is not None):
        return None
    return reading.mg.high


def _written(dosage: Resource) -> Iterator[Any]:
    """Each `doseAndRate` entry, and dose[x] and rate[x] directly in the Dosage (STU3, the CDS Hooks sandbox)."""
    yield from fhir.as_list(dosage.get("doseAndRate"))
    for key in (*_SHAPES, *_SHAPES_OF_R3):
        if key in dosage:
            yield {_SHAPES_OF_R3.get(key, key): dosage[key]}


def _is_main(item: Resource) -> bool:
    kind = item.get("type")
    codes = {code.lower() for _, code in fhir.codings(kind)} or {fhir.text(fhir.as_object(kind).get("text")).lower()}
    return not codes.isdisjoint(_MAIN_TYPES)


def _agreed(readings: list[Reading], others: list[Reading]) -> Reading:
    """The one amount that all readings give. `others` may contradict it; if unreadable they are ignored."""
    certain = _certain(readings)
    ignored = _SAID_OTHERWISE if certain else set()
    uncertain = [(reading, doubt) for reading in readings if (doubt := _doubt(reading))]
    in_the_way = [reading for reading, doubt in uncertain if doubt.reason not in ignored]
    if in_the_way:
        return in_the_way[0]
    if not certain:
        return NotComputable("dose-missing", ELEMENT)
    return _same(certain + _certain(others))


def _certain(readings: list[Reading]) -> list[Amount]:
    return [reading for reading in readings if isinstance(reading, Amount) and reading.doubt is None]


def _doubt(reading: Reading) -> NotComputable | None:
    """Why a reading is not certain; None if it is."""
    return reading.doubt if isinstance(reading, Amount) else reading


def _same(amounts: list[Amount]) -> Amount:
    """The dose with the rate beside it, or the one of them given. Whether they agree is checked after the timing."""
    doses = [amount for amount in amounts if not amount.a_day]
    rates = [amount for amount in amounts if amount.a_day]
    if not (doses and rates):
        return _one_of(doses or rates)
    dose, other = _one_of(doses), _one_of(rates)
    return replace(dose, rate=other.mg, questions=_asked([dose, other]))


def _one_of(amounts: list[Amount]) -> Amount:
    """The amount that all give, in units if one of them is; if they differ, their interval, and a question."""
    if len({amount.mg for amount in amounts}) > 1:
        span = Span(min(amount.mg.low for amount in amounts), max(amount.mg.high for amount in amounts))
        return Amount(span, a_day=amounts[0].a_day, questions=(*_asked(amounts), DISAGREE))
    one = next((amount for amount in amounts if amount.units is not None), amounts[0])
    return replace(one, questions=_asked(amounts))


def _asked(amounts: Iterable[Amount]) -> tuple[Question, ...]:
    return tuple(dict.fromkeys(question for amount in amounts for question in amount.questions))


def _read_all(items: list[Resource], medicine: Medicine, terminology: Terminology) -> list[Reading]:
    return [reading for item in items for reading in _read(item, medicine, terminology)]


def _read(item: Resource, medicine: Medicine, terminology: Terminology) -> list[Reading]:
    def one(quantity: object) -> Reading:
        return _quantity(quantity, medicine, terminology)

    readers: dict[str, Callable[[Any], Reading]] = {
        "doseQuantity": one,
        "doseRange": lambda written: _range(written, one),
        "rateQuantity": _rate,
        "rateRange": lambda written: _range(written, _rate),
        "rateRatio": _rate_ratio,
    }
    return [read(item[shape]) for shape, read in readers.items() if shape in item]


def _range(written: Any, one: Callable[[object], Reading]) -> Reading:
    """A Range. Without `low` it starts at 0. Without `high` its maximum is unknown: the dose is to be confirmed."""
    if not isinstance(written, Mapping) or set(written) - {"low", "high", "id", "extension"}:
        return NotComputable("dose-not-read", ELEMENT)
    low = _lower_end(written, one)
    if "high" not in written:
        return _without_upper_end(low)
    high = one(written["high"])
    if isinstance(high, NotComputable):
        return high
    return low if isinstance(low, NotComputable) else _from_to(low, high)


def _lower_end(written: Resource, one: Callable[[object], Reading]) -> Reading | None:
    """The `low` of a Range; None if the range starts at 0."""
    from_nothing = "low" not in written or number(fhir.as_object(written["low"]).get("value")) == 0
    return None if from_nothing else one(written["low"])


def _without_upper_end(low: Reading | None) -> Reading:
    if low is None:
        return NotComputable("dose-missing", ELEMENT)
    if isinstance(low, NotComputable):
        return low
    return replace(low, doubt=NotComputable("dose-without-upper-end", ELEMENT))


def _from_to(low: Amount | None, high: Amount) -> Reading:
    least = low.mg.low if low else Fraction(0)
    asked = _asked([high] if low is None else [low, high])
    if low is not None and least > high.mg.high:
        wider = replace(low, mg=Span(high.mg.high, least), units=_units(high, low))
        return replace(wider, questions=(*asked, REVERSED))
    return replace(high, mg=Span(least, high.mg.high), units=_units(low, high), questions=asked)


def _units(low: Amount | None, high: Amount) -> Span | None:
    """The interval in tablets; None unless both ends are in tablets."""
    if high.units is None or (low and low.units is None):
        return None
    return Span(low.units.low if low and low.units else Fraction(0), high.units.high)


def _quantity(quantity: object, medicine: Medicine, terminology: Terminology) -> Reading:
    """One Quantity in mg, g or ug, in tablets, or in millilitres of known concentration."""
    invalid = _invalid(quantity)
    if invalid is not None:
        return invalid
    units = units_named(quantity, terminology)
    read = [_in_unit(quantity, unit, medicine) for unit in units]
    known = [reading for reading in read if isinstance(reading, Amount)]
    if not known:
        return read[0] if read else NotComputable("dose-unit-not-read", ELEMENT)
    largest = max(known, key=lambda amount: amount.mg.high)
    if len(units) > 1:
        return replace(largest, questions=(UNITS_DIFFER,))
    return replace(largest, questions=(UNIT_BY_WORD,)) if is_by_word_alone(quantity, terminology) else largest


def _in_unit(quantity: object, unit: str, medicine: Medicine) -> Reading:
    """A Quantity read in one unit."""
    mass, value = in_mg(quantity, unit), number(fhir.as_object(quantity).get("value")) or Fraction(0)
    if mass is not None:
        return Amount(_exactly(mass))
    if unit == "ml":
        return _counted(value, medicine.strength_mg_per_ml, medicine, in_ml=True)
    if medicine.product and medicine.product.unit not in (None, "tablet"):
        return NotComputable("dose-unit-not-read", ELEMENT)
    return _counted(value, medicine.strength_mg, medicine, in_ml=False)


def _counted(count: Fraction, strength: Fraction | None, medicine: Medicine, *, in_ml: bool) -> Reading:
    if strength is None:
        unknown = NotComputable(
            "strength-conflict" if medicine.strength_conflict else "strength-unknown", "medication"
        )
        named = None if in_ml else medicine.mg_in_words
        return unknown if named is None else Amount(_exactly(count * named), doubt=unknown)
    return Amount(_exactly(count * strength), _exactly(count), strength, in_ml=in_ml)


def _rate(quantity: object) -> Reading:
    """A rate such as 80 mg/d, as mg of a whole day."""
    return _invalid(quantity) or _a_day(rate.of_quantity(fhir.as_object(quantity)))


def _rate_ratio(ratio: Any) -> Reading:
    """A rate such as 10 mg per 8 h, as mg of a whole day."""
    if not rate.is_ratio(ratio):
        return NotComputable("dose-not-read", ELEMENT)
    return _invalid(ratio.get("numerator")) or _a_day(rate.of_ratio(ratio))


def _a_day(mg: Fraction | None) -> Reading:
    return NotComputable("dose-unit-not-read", ELEMENT) if mg is None else Amount(_exactly(mg), a_day=True)


def _invalid(quantity: object) -> NotComputable | None:
    if not is_well_formed(quantity):
        return NotComputable("dose-missing" if quantity is None else "dose-not-read", ELEMENT)
    written = fhir.as_object(quantity)
    if "value" not in written:
        return NotComputable("dose-missing", ELEMENT)
    value = number(written["value"])
    if value is None or value <= 0 or "comparator" in written:
        return NotComputable("dose-not-positive", ELEMENT)
    return None


def _exactly(value: Fraction) -> Span:
    return Span(value, value)
