"""Reads one FHIR Dosage as an instruction: how much, how often, from when to when.

An element that is not understood and could change the dose makes the whole instruction not computable.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import ceil

from cds_service.core.dose.amount import ELEMENT as DOSE
from cds_service.core.dose.amount import SHAPES, Amount, read_amount
from cds_service.core.dose.maxima import applied, read_maxima
from cds_service.core.dose.periods import Bounds
from cds_service.core.dose.quantity import is_well_formed
from cds_service.core.dose.text.agreement import objection, of_terms
from cds_service.core.dose.text.free_text import changes_the_dose, makes_optional, what_is_said
from cds_service.core.dose.timing import IntakeFrequency, exactly, read_timing
from cds_service.core.model.dose import NotComputable, Question, Span, Term
from cds_service.core.model.medicine import Medicine
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
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
    """A Dosage as read: a term that holds within bounds, for `count` intakes, or on listed days (day, intakes)."""

    term: Term
    bounds: Bounds
    sequence: int | None
    count: Span | None = None
    days: tuple[tuple[date, int], ...] | None = None
    questions: tuple[Question, ...] = ()


def read_instruction(
    dosage: Resource,
    medicine: Medicine,
    terminology: Terminology,
    of_all: Collection[str] = (),
    *,
    is_step: bool = False,
) -> Instruction | NotComputable:
    """The instruction of a Dosage, or why it cannot be read.

    Sentences in `of_all` are about the whole order and not compared with this Dosage. If it is one step of several
    (`is_step`), a sentence that gives a daily dose announces no change.
    """
    malformed = _malformed(dosage)
    structured = malformed or _structured(dosage, medicine, terminology)
    return _against_words(dosage, structured, medicine, of_all, is_step=is_step)


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
    amount = read_amount(dosage, medicine, terminology)
    if isinstance(amount, NotComputable):
        return amount
    maxima, as_needed = read_maxima(dosage, medicine, terminology), _is_as_needed(dosage)
    pace = _pace(dosage, amount, maxima.a_day)
    if isinstance(pace, NotComputable):
        return pace
    cap, per_intake, questions = applied(
        replace(maxima, an_intake=None) if amount.a_day else maxima, amount.mg, pace.intakes, as_needed=as_needed
    )
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
    doubt = amount.doubt or pace.doubt or _doubt_of_rate(term, amount.rate)
    if doubt is not None:
        most = max(term.mg_per_day.high, amount.rate.high if amount.rate else Fraction(0))
        return NotComputable(doubt.reason, doubt.element, most)
    days = None if pace.days is None else tuple(pace.days.items())
    return Instruction(term, pace.bounds, sequence_of(dosage), pace.count, days, tuple(questions))


def _doubt_of_rate(term: Term, rate: Span | None) -> NotComputable | None:
    """A doubt if a rate beside the dose gives another daily dose."""
    whole = term.mg_per_intake * term.intakes_per_day
    return None if rate in (None, whole) else NotComputable("doses-disagree", DOSE)


def _pace(dosage: Resource, amount: Amount, cap: Fraction | None) -> IntakeFrequency | NotComputable:
    """The timing. A rate needs only bounds; a dose as needed may have a daily cap instead of a timing."""
    timing = dosage.get("timing", {})
    if amount.a_day:
        return _of_rate(timing)
    pace = read_timing(timing)
    missing = isinstance(pace, NotComputable) and pace.reason == "timing-missing"
    least = amount.mg.low or amount.mg.high
    if missing and _is_as_needed(dosage) and cap is not None and cap >= least:
        return _at_most(timing, ceil(cap / least))
    return pace


def _of_rate(timing: Resource) -> IntakeFrequency | NotComputable:
    repeat = fhir.as_object(timing.get("repeat"))
    if set(timing) - {"repeat", *_SILENT} or set(repeat) - {*_BOUNDS, *_SILENT} or repeat != timing.get("repeat", {}):
        return NotComputable("rate-with-timing", f"{ELEMENT}.timing")
    return _daily(timing, 1)


def _at_most(timing: Resource, times: int) -> IntakeFrequency | NotComputable:
    pace = _daily(timing, times)
    return pace if isinstance(pace, NotComputable) else replace(pace, intakes=Span(Fraction(0), Fraction(times)))


def _daily(timing: Resource, times: int) -> IntakeFrequency | NotComputable:
    """`times` intakes a day, within the bounds of the timing."""
    once = read_timing({"repeat": {**timing.get("repeat", {}), "frequency": 1, "period": 1, "periodUnit": "d"}})
    return once if isinstance(once, NotComputable) else replace(once, intakes=exactly(times))


def _is_as_needed(dosage: Resource) -> bool:
    """Whether asNeeded[x] is true or a condition, or an instruction says so ("si besoin")."""
    asked = dosage.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosage
    return asked or any(makes_optional(sentence) for sentence in sentences_of(dosage))


def sentences_of(dosage: Resource) -> list[str]:
    """All words of a Dosage: text, patientInstruction, additionalInstruction, and their translations."""
    extra = list(fhir.objects(dosage.get("additionalInstruction")))
    displays = [
        fhir.text(coding.get("display")) for concept in extra for coding in fhir.objects(concept.get("coding"))
    ]
    written = [dosage.get("text"), dosage.get("patientInstruction"), *(concept.get("text") for concept in extra)]
    translated = [sentence for key in ("_text", "_patientInstruction") for sentence in _translations(dosage.get(key))]
    return [sentence for sentence in [*map(fhir.text, written), *displays, *translated] if sentence]


def _translations(beside: object) -> list[str]:
    """The translations of a primitive element (its extension `translation`)."""
    extensions = fhir.objects(fhir.as_object(beside).get("extension"))
    parts = [part for extension in extensions for part in fhir.objects(extension.get("extension"))]
    return [fhir.text(part.get("valueString")) or fhir.text(part.get("valueMarkdown")) for part in parts]


def _against_words(
    dosage: Resource,
    structured: Instruction | NotComputable,
    medicine: Medicine,
    of_all: Collection[str],
    *,
    is_step: bool,
) -> Instruction | NotComputable:
    """The structured reading; not computable if the words give another dose or announce a change."""
    sentences = sentences_of(dosage)
    if isinstance(structured, NotComputable):
        return _with_doses_of_words(structured, sentences, medicine)
    elements = f"{ELEMENT}.text", f"{ELEMENT}.additionalInstruction"
    own = [words for words in sentences if words not in of_all]
    announcing = [words for words in sentences if changes_the_dose(words)]
    if is_step:
        announcing = [words for words in announcing if not what_is_said(words, medicine).days]
    announced = bool(announcing)
    return objection(own, announced, of_terms([structured.term], medicine), medicine, elements) or structured


def _with_doses_of_words(unread: NotComputable, sentences: list[str], medicine: Medicine) -> NotComputable:
    """The same; its possible dose is the highest, with those that the words give."""
    doses = [unread.possible_mg_per_day, *(what_is_said(words, medicine).most_a_day for words in sentences)]
    return replace(unread, possible_mg_per_day=max((dose for dose in doses if dose), default=None))
