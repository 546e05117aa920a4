"""Reads one FHIR Dosage as an instruction: how much, how often, from when to when.

An element that is not understood and could change the dose makes the whole instruction not computable.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import ceil

from cds_service.core.dose.amount import DISAGREE, SHAPES, Amount, read_amount
from cds_service.core.dose.frequency import IntakeFrequency
from cds_service.core.dose.maxima import Maxima, applied, read_maxima
from cds_service.core.dose.periods import Bounds
from cds_service.core.dose.quantity import is_well_formed, number
from cds_service.core.dose.text.optional import makes_optional
from cds_service.core.dose.timing import read_timing
from cds_service.core.dose.written import sentences_of
from cds_service.core.model.dose import NotComputable, Question, Span, Term
from cds_service.core.model.medicine import Medicine
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.remembered import remembered
from cds_service.core.record.terminology import Terminology

# Elements that do not change the dose.
_SILENT = {"id", "extension"}
_NEUTRAL = {*_SILENT, "site", "route", "method", "_text", "_patientInstruction"}
_READ = SHAPES | {
    "sequence", "text", "additionalInstruction", "patientInstruction", "timing", "asNeededBoolean",
    "asNeededCodeableConcept", "doseAndRate", "maxDosePerPeriod", "maxDosePerAdministration",
    "maxDosePerLifetime",
}  # fmt: skip
_BOUNDS = {"boundsPeriod", "boundsDuration", "boundsRange"}

ELEMENT = "dosageInstruction"


@dataclass(frozen=True, slots=True)
class Instruction:
    """A Dosage as read: a term that holds within bounds, for `count` intakes, or on listed days (day, intakes).

    `moments` are those of the day that it names; None if it names none. `turn_of_days`: it is once in so many days.
    """

    term: Term
    bounds: Bounds
    sequence: int | None
    count: Span | None = None
    days: tuple[tuple[date, int], ...] | None = None
    moments: frozenset[str] | None = None
    turn_of_days: int | None = None
    questions: tuple[Question, ...] = ()


@remembered
def read_instruction(dosage: Resource, medicine: Medicine, terminology: Terminology) -> Instruction | NotComputable:
    """The instruction that the elements of a Dosage give, or why they cannot be read."""
    return _malformed(dosage) or _structured(dosage, medicine, terminology)


def sequence_of(dosage: Resource) -> int | None:
    """Dosage.sequence: equal numbers are concurrent, others follow in order. None if absent or not an integer."""
    sequence = dosage.get("sequence")
    return sequence if isinstance(sequence, int) and not isinstance(sequence, bool) else None


def _malformed(dosage: Resource) -> NotComputable | None:
    """Why the Dosage is refused: an element is not in the standard, or not of its type, and may change the dose."""
    if set(dosage) - _NEUTRAL - _READ:
        return NotComputable("dosage-not-read", ELEMENT)
    if "sequence" in dosage and sequence_of(dosage) is None:
        return NotComputable("dosage-not-read", f"{ELEMENT}.sequence")
    wrong = next((key for key, is_right in _TYPES.items() if key in dosage and not is_right(dosage[key])), None)
    return NotComputable("dosage-not-read", f"{ELEMENT}.{wrong}") if wrong else None


def _is_ratio(written: object) -> bool:
    known = isinstance(written, Mapping) and not set(written) - {"numerator", "denominator", "id", "extension"}
    return known and all(is_well_formed(fhir.as_object(written).get(end)) for end in ("numerator", "denominator"))


_TYPES: dict[str, Callable[[object], bool]] = {
    "timing": lambda written: isinstance(written, Mapping),
    "asNeededBoolean": lambda written: isinstance(written, bool),
    "asNeededCodeableConcept": lambda written: isinstance(written, Mapping),
    "maxDosePerPeriod": _is_ratio,
    "maxDosePerAdministration": is_well_formed,
    "text": lambda written: isinstance(written, str),
    "patientInstruction": lambda written: isinstance(written, str),
}


def _structured(dosage: Resource, medicine: Medicine, terminology: Terminology) -> Instruction | NotComputable:
    maxima, as_needed = read_maxima(dosage, medicine, terminology), _is_as_needed(dosage)
    amount = _with_maxima(read_amount(dosage, medicine, terminology), maxima, dosage)
    if isinstance(amount, NotComputable):
        return amount
    if medicine.strength_conflict:  # it is not clear which tablet will be dispensed, even for a dose in mg
        amount = replace(amount, doubt=NotComputable("strength-conflict", "medication"))
    pace = _pace(dosage, amount, maxima.a_day)
    if isinstance(pace, NotComputable):
        return pace
    held = replace(maxima, an_intake=None) if amount.a_day else maxima
    cap, per_intake, asked = applied(held, amount.mg, pace.intakes, as_needed=as_needed)
    term = Term(
        mg_per_intake=per_intake,
        intakes_per_day=pace.intakes,
        units_per_intake=amount.units if per_intake == amount.mg else None,
        strength_mg=amount.strength_mg,
        in_ml=amount.in_ml,
        as_needed=as_needed,
        cap_mg_per_day=cap,
        weekdays=pace.weekdays,
    )
    doubt = amount.doubt or pace.doubt
    if doubt is not None:
        whole = term.mg_per_day.high
        return NotComputable(doubt.reason, doubt.element, max(whole, amount.rate.high) if amount.rate else whole)
    days = None if pace.days is None else tuple(pace.days.items())
    term, beside = _beside_rate(term, amount.rate)
    questions = (*amount.questions, *pace.questions, *asked, *beside)
    return Instruction(
        term, pace.bounds, sequence_of(dosage), pace.count, days, pace.moments, _turn(dosage), questions
    )


def _turn(dosage: Resource) -> int | None:
    """The days of its period, if a Dosage is once in some days; None if it is of every day."""
    repeat = fhir.as_object(fhir.as_object(dosage.get("timing")).get("repeat"))
    days = number(repeat.get("period"))
    once = repeat.get("frequency", 1) == 1 and not {"frequencyMax", "periodMax"} & set(repeat)
    return int(days) if once and repeat.get("periodUnit") == "d" and days and days > 1 else None


def _with_maxima(amount: Amount | NotComputable, maxima: Maxima, dosage: Resource) -> Amount | NotComputable:
    """The amount; where no dose is given, or no upper end, from 0 or the low end to the maximum."""
    if isinstance(amount, NotComputable):
        most = maxima.an_intake or (maxima.a_period if maxima.a_day else None)
        is_absent = amount.reason == "dose-missing" and not (SHAPES | {"doseAndRate"}) & set(dosage)
        if not is_absent or most is None:
            return amount
        amount = Amount(Span(Fraction(0), most), of_maxima=True)
    most, low = maxima.an_intake, amount.mg.low
    if amount.is_open_ended and most is not None and most >= low:
        return replace(amount, mg=Span(low, most), units=None, doubt=None)
    return amount


def _beside_rate(term: Term, rate: Span | None) -> tuple[Term, tuple[Question, ...]]:
    """The term; if a rate beside the dose gives another daily dose, one that holds both, and what is asked."""
    whole = term.mg_per_intake * term.intakes_per_day
    if rate is None or rate == whole:
        return term, ()
    both = Span(min(rate.low, whole.low), max(rate.high, whole.high))
    once = Span(Fraction(1), Fraction(1))
    return replace(term, mg_per_intake=both, intakes_per_day=once, units_per_intake=None), (DISAGREE,)


def _pace(dosage: Resource, amount: Amount, cap: Fraction | None) -> IntakeFrequency | NotComputable:
    """The timing. A rate needs only bounds; a dose as needed may have a daily cap instead of a timing."""
    timing = dosage.get("timing", {})
    if amount.a_day:
        return _of_rate(timing)
    pace = read_timing(timing)
    missing = isinstance(pace, NotComputable) and pace.reason == "timing-missing"
    least = amount.mg.low or amount.mg.high
    counts = amount.of_maxima or (_is_as_needed(dosage) and cap is not None and cap >= least)
    if missing and counts and cap is not None:
        return _at_most(timing, ceil(cap / least))
    return pace


def _of_rate(timing: Resource) -> IntakeFrequency | NotComputable:
    repeat = fhir.as_object(timing.get("repeat"))
    if set(timing) - {"repeat", *_SILENT} or set(repeat) - {*_BOUNDS, *_SILENT} or repeat != timing.get("repeat", {}):
        return NotComputable("rate-with-timing", f"{ELEMENT}.timing")
    return _once_a_day(timing)


def _at_most(timing: Resource, times: int) -> IntakeFrequency | NotComputable:
    pace = _once_a_day(timing)
    return pace if isinstance(pace, NotComputable) else replace(pace, intakes=Span(Fraction(0), Fraction(times)))


def _once_a_day(timing: Resource) -> IntakeFrequency | NotComputable:
    """One intake a day, within the bounds of the timing."""
    return read_timing({"repeat": {**timing.get("repeat", {}), "frequency": 1, "period": 1, "periodUnit": "d"}})


def _is_as_needed(dosage: Resource) -> bool:
    """Whether asNeeded[x] is true or a condition, or an instruction says so ("si besoin")."""
    asked = dosage.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosage
    return asked or any(makes_optional(sentence) for sentence in sentences_of(dosage))
