"""One FHIR Dosage as an instruction: how much, how often, from when to when.

An element that could change the dose and that is not understood makes the whole instruction not computable.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil

from cds_service.core import fhir
from cds_service.core.amount import Amount, read_amount
from cds_service.core.fhir import Resource
from cds_service.core.freetext import changes_the_dose, makes_optional, reading_of
from cds_service.core.model import Medicine, NotComputable, Span, Term
from cds_service.core.periods import DAYS_PER_UNIT, Bounds
from cds_service.core.quantity import number
from cds_service.core.terminology import Terminology
from cds_service.core.timing import Pace, read_timing

# Say how, where or why, not how much.
_NEUTRAL = {"id", "extension", "site", "route", "method", "maxDosePerLifetime"}
_READ = {
    "sequence", "text", "additionalInstruction", "patientInstruction", "timing", "asNeededBoolean",
    "asNeededCodeableConcept", "doseAndRate", "doseQuantity", "doseRange", "doseSimpleQuantity", "rateQuantity",
    "rateRange", "rateRatio", "rateSimpleQuantity", "maxDosePerPeriod", "maxDosePerAdministration",
}  # fmt: skip

ELEMENT = "dosageInstruction"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One Dosage, read: a term that holds within bounds, for a number of intakes, or on listed days."""

    term: Term
    bounds: Bounds
    sequence: int | None
    count: int | None = None
    days: tuple[tuple[date, int], ...] | None = None


def read_instruction(dosage: Resource, medicine: Medicine, terminology: Terminology) -> Instruction | NotComputable:
    """The instruction of a Dosage, or why it cannot be read."""
    if set(dosage) - _NEUTRAL - _READ:
        return NotComputable("dosage-not-read", ELEMENT)
    sequence = dosage.get("sequence")
    if sequence is not None and (not isinstance(sequence, int) or isinstance(sequence, bool)):
        return NotComputable("dosage-not-read", f"{ELEMENT}.sequence")
    structured = _structured(dosage, medicine, terminology)
    return _against_words(dosage, structured, medicine)


def _structured(dosage: Resource, medicine: Medicine, terminology: Terminology) -> Instruction | NotComputable:
    amount = read_amount(dosage, medicine, terminology)
    cap = _cap(dosage, medicine, terminology)
    pace = _pace(dosage, amount, cap)
    if isinstance(amount, NotComputable):
        return _with_possible(amount, pace)
    if isinstance(pace, NotComputable):
        return pace
    per_intake = _capped_intake(amount.mg, dosage, medicine, terminology)
    term = Term(
        mg_per_intake=per_intake,
        intakes_per_day=pace.intakes,
        units_per_intake=amount.units if per_intake == amount.mg else None,
        strength_mg=amount.strength_mg,
        in_ml=amount.in_ml,
        as_needed=_is_as_needed(dosage),
        cap_mg_per_day=cap,
    )
    days = None if pace.days is None else tuple(pace.days.items())
    return Instruction(term, pace.bounds, dosage.get("sequence"), pace.count, days)


def _with_possible(amount: NotComputable, pace: Pace | NotComputable) -> NotComputable:
    """A dose of which only a part is known may still raise an alert."""
    if amount.possible_mg_per_day is None or isinstance(pace, NotComputable):
        return NotComputable(amount.reason, amount.element)
    return NotComputable(amount.reason, amount.element, amount.possible_mg_per_day * pace.intakes.high)


def _pace(dosage: Resource, amount: Amount | NotComputable, cap: Fraction | None) -> Pace | NotComputable:
    """The timing; a rate needs none but its bounds, and "as needed" may do with a daily cap alone."""
    timing = fhir.as_object(dosage.get("timing"))
    pace = read_timing(timing)
    if isinstance(amount, Amount) and amount.a_day:
        return _of_rate(timing, pace)
    missing = isinstance(pace, NotComputable) and pace.reason == "timing-missing"
    if missing and _is_as_needed(dosage) and isinstance(amount, Amount) and cap is not None:
        return Pace(Span(Fraction(0), Fraction(ceil(cap / (amount.mg.low or amount.mg.high)))))
    return pace


def _of_rate(timing: Resource, pace: Pace | NotComputable) -> Pace | NotComputable:
    repeat = fhir.as_object(timing.get("repeat"))
    if set(timing) - {"repeat"} or not set(repeat) <= {"boundsPeriod", "boundsDuration", "boundsRange"}:
        return NotComputable("rate-with-timing", f"{ELEMENT}.timing")
    bounds = read_timing({"repeat": {**repeat, "frequency": 1, "period": 1, "periodUnit": "d"}})
    return bounds if isinstance(bounds, Pace) else pace


def _is_as_needed(dosage: Resource) -> bool:
    """asNeeded is true, has a condition, or is said in an instruction ("si besoin")."""
    asked = dosage.get("asNeededBoolean") not in (None, False) or bool(dosage.get("asNeededCodeableConcept"))
    return asked or makes_optional(_instructions(dosage))


def _instructions(dosage: Resource) -> str:
    extra = [fhir.words(concept) for concept in fhir.objects(dosage.get("additionalInstruction"))]
    return " ".join([*extra, fhir.text(dosage.get("patientInstruction"))])


def _cap(dosage: Resource, medicine: Medicine, terminology: Terminology) -> Fraction | None:
    """maxDosePerPeriod as mg a day. A period longer than a day does not cap a day; one not read caps nothing."""
    ratio = fhir.as_object(dosage.get("maxDosePerPeriod"))
    amount = read_amount({"doseQuantity": ratio.get("numerator")}, medicine, terminology)
    time = fhir.as_object(ratio.get("denominator"))
    value, unit = number(time.get("value")), fhir.text(time.get("code")) or fhir.text(time.get("unit"))
    days = DAYS_PER_UNIT.get(unit, Fraction(0)) * (value or 0)
    if not isinstance(amount, Amount) or not 0 < days <= 1:
        return None
    return amount.mg.high / days


def _capped_intake(mg: Span, dosage: Resource, medicine: Medicine, terminology: Terminology) -> Span:
    most = read_amount({"doseQuantity": dosage.get("maxDosePerAdministration")}, medicine, terminology)
    if not isinstance(most, Amount):
        return mg
    return Span(min(mg.low, most.mg.high), min(mg.high, most.mg.high))


def _against_words(
    dosage: Resource, structured: Instruction | NotComputable, medicine: Medicine
) -> Instruction | NotComputable:
    """The structured reading, unless the words beside it say another dose or that it will change."""
    said = reading_of(fhir.text(dosage.get("text")), medicine)
    if isinstance(structured, NotComputable):
        possible = structured.possible_mg_per_day or (said.high if said else None)
        return NotComputable(structured.reason, structured.element, possible)
    whole = structured.term.mg_per_day
    if said is not None and not (whole.low <= said.high <= whole.high):
        return NotComputable("text-disagrees", f"{ELEMENT}.text", max(said.high, whole.high))
    if changes_the_dose(_instructions(dosage)):
        return NotComputable("instruction-changes-dose", f"{ELEMENT}.additionalInstruction", whole.high)
    return structured
