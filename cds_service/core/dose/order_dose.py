"""The daily dose of an order over time, from its dosages and from the words beside them.

What contradicts the dose, or was not understood beside it, never hides it: the larger reading is judged, and a
question says so. Where the elements give no dose, the words may give one to be confirmed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import chain
from typing import Any

from cds_service.core.dose.cycle import joined
from cds_service.core.dose.dosage import ELEMENT, Instruction, read_instruction, sequence_of
from cds_service.core.dose.maxima import BELOW_DOSE
from cds_service.core.dose.past import corrected
from cds_service.core.dose.steps import placed
from cds_service.core.dose.supply import asked_of_supply
from cds_service.core.dose.words_beside import most_said, remarks, tells_the_day
from cds_service.core.dose.written import only_words, sentences_of
from cds_service.core.model.dose import DoseReading, NotComputable, Question, Span, Step, Steps
from cds_service.core.model.medicine import Medicine
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.remembered import remembered
from cds_service.core.record.terminology import Terminology

# A higher dose is more likely a wrong unit than an order: it raises an alert and is to be confirmed.
IMPLAUSIBLE_MG_PER_DAY = Fraction(1000)
_MOST_TO_CONFIRM = 10 * IMPLAUSIBLE_MG_PER_DAY

MOST_DOSAGES = 100

# The elements of an order that its dose is read from.
_OF_THE_DOSE = ("dosageInstruction", "authoredOn", "dispenseRequest", "extension", "note")

ReadOne = Callable[[Resource, Medicine, Terminology], Instruction | NotComputable]

MISPLACED = Question("code-of-another-system", "medication")


@dataclass(frozen=True, slots=True)
class _Written:
    """An order as it is written: all its dosages, and those that have more than words."""

    order: Resource
    medicine: Medicine
    dosages: Sequence[Any]
    dosed: Sequence[Any]


def read_dose(
    order: Resource,
    medicine: Medicine,
    terminology: Terminology,
    on: date,
    judged: date | None = None,
    read_one: ReadOne = read_instruction,
) -> DoseReading:
    """The daily dose of an order over time, and what is to be asked about it. Undated doses begin `on`.

    `judged` is the day on which a draft is judged: a line of it that is past by then may be a slip. `read_one` reads
    a dosage, or remembers how it was read.
    """
    read = {name: order[name] for name in _OF_THE_DOSE if name in order}
    if read_one is read_instruction:
        return _remembered(read, medicine, terminology, on, judged)
    return _read(read, medicine, terminology, on, judged, read_one)


@remembered
def _remembered(
    order: Resource, medicine: Medicine, terminology: Terminology, on: date, judged: date | None
) -> DoseReading:
    """The same draft and the same line are read again: for each reading of a call, and at the next signing."""
    return _read(order, medicine, terminology, on, judged, read_instruction)


def _read(
    order: Resource,
    medicine: Medicine,
    terminology: Terminology,
    on: date,
    judged: date | None,
    read_one: ReadOne,
) -> DoseReading:
    written = _written(order, medicine)
    unfit = _unfit(written.dosages)
    if unfit is not None:
        return DoseReading(_with_words(unfit, written))
    read = [read_one(item, medicine, terminology) for item in written.dosed]
    items = [item for item in read if isinstance(item, Instruction)]
    if len(items) < len(read):
        return DoseReading(_with_words(_first_unread(read, written), written))
    slips: tuple[Question, ...] = ()
    if judged is not None:
        items, slips = corrected(items, fhir.day(order.get("authoredOn")), judged)
    reading = _of_instructions(items, written, on)
    asked = [*slips, *reading.questions, *asked_of_supply(order, reading.dose, medicine, terminology)]
    if medicine.misplaced_code:
        asked.append(MISPLACED)
    return replace(reading, questions=tuple(dict.fromkeys(asked)))


def _written(order: Resource, medicine: Medicine) -> _Written:
    dosages = fhir.as_list(order.get("dosageInstruction"))
    dosed = [item for item in dosages[:MOST_DOSAGES] if not (isinstance(item, Mapping) and only_words(item))]
    return _Written(order, medicine, dosages, dosed or dosages[:MOST_DOSAGES])


def _first_unread(read: Sequence[Instruction | NotComputable], written: _Written) -> NotComputable:
    """Why the first unread dosage cannot be read: a part of an order is not its dose."""
    unread = next(item for item in read if isinstance(item, NotComputable))
    with_words = [
        _with_its_words(item, dosage, written.medicine) for item, dosage in zip(read, written.dosed, strict=True)
    ]
    possible = _to_confirm(zip(map(sequence_of, written.dosed), with_words, strict=True))
    return replace(unread, possible_mg_per_day=possible)


def _unfit(dosages: Sequence[Any]) -> NotComputable | None:
    """Why the dosages of an order are not read at all."""
    if not 0 < len(dosages) <= MOST_DOSAGES:
        return NotComputable("too-many-dosages" if dosages else "dosage-missing", ELEMENT)
    if not all(isinstance(dosage, Mapping) for dosage in dosages):
        return NotComputable("dosage-not-read", ELEMENT)
    return None


def _of_instructions(items: list[Instruction], written: _Written, on: date) -> DoseReading:
    """The dose of instructions that were all read, with what is asked about them and the words beside them."""
    taken = joined(items, [sentences_of(dosage) for dosage in written.dosed])
    dose, unclear = placed(taken, on)
    if isinstance(dose, NotComputable):
        possible = _to_confirm((item.sequence, item) for item in items)
        return DoseReading(_with_words(replace(dose, possible_mg_per_day=possible), written))
    dose, capped = _capped_together(dose, items)
    if unclear and tells_the_day(written.order, written.dosages, _highest(dose), written.medicine):
        dose, unclear = tuple(replace(step, mg_per_day=_sum_of(step)) for step in dose), ()
    in_turns = len(taken) < len(items)
    found = list(remarks(written.order, written.dosages, items, dose, written.medicine, in_turns=in_turns))
    asked = chain.from_iterable(item.questions for item in items)
    judged = _plausible(_raised(dose, max((possible for _, possible in found), default=Fraction(0))))
    return DoseReading(judged, (*asked, *unclear, *capped, *(question for question, _ in found)))


def _highest(dose: Steps) -> Fraction:
    return max(step.mg_per_day.high for step in dose)


def _capped_together(dose: Steps, items: Sequence[Instruction]) -> tuple[Steps, tuple[Question, ...]]:
    """The dose under a cap that each of several lines repeats: it is the cap of the order."""
    caps = {item.term.cap_mg_per_day for item in items}
    cap = next(iter(caps))
    if len(items) == 1 or len(caps) > 1 or cap is None:
        return dose, ()
    if any(day.low > cap for step in dose for day in (step.week or (step.mg_per_day,))):
        return dose, (BELOW_DOSE,)
    return tuple(_capped(step, cap) for step in dose), ()


def _capped(step: Step, cap: Fraction) -> Step:
    week = tuple(Span(min(day.low, cap), min(day.high, cap)) for day in step.week)
    return replace(step, mg_per_day=Span(step.mg_per_day.low, min(step.mg_per_day.high, cap)), week=week)


def _sum_of(step: Step) -> Span:
    return sum((term.mg_per_day for term in step.terms), Span(Fraction(0), Fraction(0)))


def _raised(dose: Steps, possible: Fraction) -> Steps:
    """The dose up to what words may mean, where that is more: the interval holds both readings."""
    return tuple(
        replace(step, mg_per_day=Span(step.mg_per_day.low, possible), week=())
        if possible > step.mg_per_day.high
        else step
        for step in dose
    )


def _plausible(dose: Steps) -> Steps | NotComputable:
    highest = _highest(dose)
    if highest <= IMPLAUSIBLE_MG_PER_DAY:
        return dose
    return NotComputable("dose-implausible", f"{ELEMENT}.doseAndRate", min(highest, _MOST_TO_CONFIRM))


def _to_confirm(read: Iterable[tuple[int | None, Instruction | NotComputable]]) -> Fraction | None:
    """The highest daily dose, from the dosages that were read and from the possible doses of the others.

    Each dosage comes with its sequence: those of one sequence add up, those of different sequences do not.
    """
    highs: dict[int | None, Fraction] = {}
    for sequence, item in read:
        high = item.term.mg_per_day.high if isinstance(item, Instruction) else item.possible_mg_per_day
        highs[sequence] = highs.get(sequence, Fraction(0)) + (high or 0)
    return highs.pop(None, Fraction(0)) + max(highs.values(), default=Fraction(0)) or None


def _with_its_words(
    item: Instruction | NotComputable, dosage: Resource, medicine: Medicine
) -> Instruction | NotComputable:
    """A dosage that cannot be read, with the dose that its own words give, if that is more."""
    said = None if isinstance(item, Instruction) else most_said({}, [dosage], medicine)
    if isinstance(item, Instruction) or said is None:
        return item
    return replace(item, possible_mg_per_day=max(said, item.possible_mg_per_day or Fraction(0)))


def _with_words(unread: NotComputable, written: _Written) -> NotComputable:
    """The same; its possible dose is the highest, with those that the words give."""
    dosages = [item for item in written.dosages[:MOST_DOSAGES] if isinstance(item, Mapping)]
    said = most_said(written.order, dosages, written.medicine)
    most = max((dose for dose in (unread.possible_mg_per_day, said) if dose), default=None)
    return replace(unread, possible_mg_per_day=most and min(most, _MOST_TO_CONFIRM))
