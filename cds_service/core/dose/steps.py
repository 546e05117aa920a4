"""Combines the dosages of an order into one daily dose as a function of the day.

Dosages of the same sequence are concurrent and add up; those of the next sequence begin where the ones before
end. Dosages without a sequence are concurrent (R4 does not say; the sum is the safe reading).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import chain, groupby, takewhile
from math import ceil
from typing import Any

from cds_service.core.dose.dosage import ELEMENT, Instruction, read_instruction, sentences_of, sequence_of
from cds_service.core.dose.periods import later
from cds_service.core.dose.sums import sum_steps
from cds_service.core.dose.text.agreement import objection, of_steps
from cds_service.core.dose.text.free_text import changes_the_dose, is_dosage_in_words
from cds_service.core.dose.timing import exactly
from cds_service.core.model.dose import EVERY_DAY, DoseReading, NotComputable, Span, Step, Steps, Term
from cds_service.core.model.medicine import Medicine
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.terminology import Terminology

# A higher dose is more likely a wrong unit than an order: it raises an alert and is to be confirmed.
IMPLAUSIBLE_MG_PER_DAY = Fraction(1000)
_MOST_TO_CONFIRM = 10 * IMPLAUSIBLE_MG_PER_DAY

MOST_DOSAGES = 100
_MOST_STEPS = 1000
_NOTHING = Span(Fraction(0), Fraction(0))

# The extension of French ePrescription with the whole dosage in words, for the patient.
_IN_WORDS = "renderedDosageInstruction"


def read_dose(order: Resource, medicine: Medicine, terminology: Terminology, on: date) -> DoseReading:
    """The daily dose of an order over time, and what is to be asked about it. Undated doses begin `on`."""
    dosages = fhir.as_list(order.get("dosageInstruction"))
    unfit = _unfit(dosages)
    if unfit is not None:
        return DoseReading(unfit)
    of_all = _said_in_all(dosages)
    numbers = [sequence_of(item) for item in dosages]
    is_step = len(set(numbers)) > 1
    read = [read_instruction(item, medicine, terminology, of_all, is_step=is_step) for item in dosages]
    steps = _dated_if_all_are_read(read, on)
    if isinstance(steps, NotComputable):
        possible = _to_confirm(zip(numbers, read, strict=True))
        return DoseReading(replace(steps, possible_mg_per_day=possible))
    asked = dict.fromkeys(question for item in read if isinstance(item, Instruction) for question in item.questions)
    return DoseReading(_against_words(order, of_all, _plausible(steps), medicine), tuple(asked))


def _unfit(dosages: list[Any]) -> NotComputable | None:
    """Why the dosages of an order are not read at all."""
    if not 0 < len(dosages) <= MOST_DOSAGES:
        return NotComputable("too-many-dosages" if dosages else "dosage-missing", ELEMENT)
    if not all(isinstance(dosage, Mapping) for dosage in dosages):
        return NotComputable("dosage-not-read", ELEMENT)
    return None


def _dated_if_all_are_read(read: list[Instruction | NotComputable], on: date) -> Steps | NotComputable:
    """The steps of all dosages, or why the first unread one cannot be read: a part of an order is not its dose."""
    unread = next((item for item in read if isinstance(item, NotComputable)), None)
    return unread or _placed([item for item in read if isinstance(item, Instruction)], on)


def _said_in_all(dosages: list[Resource]) -> set[str]:
    """The sentences that all of several dosages repeat: they are about the whole order."""
    return set.intersection(*(set(sentences_of(item)) for item in dosages)) if len(dosages) > 1 else set()


def _plausible(steps: Steps) -> Steps | NotComputable:
    highest = max(step.mg_per_day.high for step in steps)
    if highest <= IMPLAUSIBLE_MG_PER_DAY:
        return steps
    return NotComputable("dose-implausible", f"{ELEMENT}.doseAndRate", min(highest, _MOST_TO_CONFIRM))


def _to_confirm(read: Iterable[tuple[int | None, Instruction | NotComputable]]) -> Fraction | None:
    """The highest daily dose, from the dosages that were read and from the possible doses of the others.

    Each dosage comes with its sequence: those of one sequence add up, those of different sequences do not.
    """
    highs: dict[int | None, Fraction] = {}
    for sequence, item in read:
        high = item.term.mg_per_day.high if isinstance(item, Instruction) else item.possible_mg_per_day
        highs[sequence] = highs.get(sequence, Fraction(0)) + (high or 0)
    reached = highs.pop(None, Fraction(0)) + max(highs.values(), default=Fraction(0))
    return min(reached, _MOST_TO_CONFIRM) or None


def _against_words(
    order: Resource, of_all: Iterable[str], steps: Steps | NotComputable, medicine: Medicine
) -> Steps | NotComputable:
    """The steps; not computable if words of the whole order give another dose, or a change to a single step."""
    if isinstance(steps, NotComputable):
        return steps
    ordered = of_steps(steps, medicine)
    by_element = {
        f"{ELEMENT}.text": of_all,
        f"extension({_IN_WORDS})": _rendered(order),
        "note": _dosage_notes(order),
    }
    for element, sentences in by_element.items():
        announced = len(steps) == 1 and any(map(changes_the_dose, sentences))
        unfit = objection(sentences, announced, ordered, medicine, (element, element))
        if unfit is not None:
            return replace(unfit, possible_mg_per_day=min(unfit.possible_mg_per_day or Fraction(0), _MOST_TO_CONFIRM))
    return steps


def _rendered(order: Resource) -> list[str]:
    """The whole dosage in words, for the patient."""
    extensions = [item for item in fhir.objects(order.get("extension")) if is_dosage_rendered(item)]
    return [fhir.text(item.get("valueMarkdown")) or fhir.text(item.get("valueString")) for item in extensions]


def is_dosage_rendered(extension: Resource) -> bool:
    """Whether an extension of an order is its dosage in words."""
    return _IN_WORDS in fhir.text(extension.get("url"))


def _dosage_notes(order: Resource) -> list[str]:
    """The notes that give the dosage of the order."""
    notes = [fhir.text(note.get("text")) for note in fhir.objects(order.get("note"))]
    return [note for note in notes if is_dosage_in_words(note)]


def _placed(instructions: list[Instruction], on: date) -> Steps | NotComputable:
    steps = list(_dated(instructions, on))
    if len(steps) > _MOST_STEPS:
        return NotComputable("too-many-dosages", ELEMENT)
    summed = sum_steps(steps)
    on_no_day = not any(step.mg_per_day.high for step in summed)  # none of its weekdays is within its bounds
    if on_no_day or any(step.until is not None and step.until <= step.since for step in steps):
        return NotComputable("bounds-not-read", f"{ELEMENT}.timing.repeat.bounds")
    return summed


def _dated(instructions: list[Instruction], on: date) -> Iterator[Step]:
    """Dates the instructions: those without a sequence begin at once, the others one group after another."""
    numbered = sorted((item for item in instructions if item.sequence is not None), key=_sequence)
    for item in instructions:
        if item.sequence is None:
            yield from _place(item, on)
    yield from _in_sequence([list(group) for _, group in groupby(numbered, key=_sequence)], on)


def _in_sequence(groups: list[list[Instruction]], begins: date) -> Iterator[Step]:
    """Dates the groups: each begins where the one before ends. If an end is unknown, that group and the undated
    ones after it become one step, whose dose is an interval."""
    while groups:
        group, groups = groups[0], groups[1:]
        placed = [list(_place(_before(item, groups), begins, _first_day(groups))) for item in group]
        undated = list(takewhile(_is_undated, groups)) if None in _ends(placed) else []
        if undated:
            groups = groups[len(undated) :]
            placed = [[_one_of([group, *undated], begins, _first_day(groups))]]
        yield from chain.from_iterable(placed)
        begins = max((end for end in _ends(placed) if end is not None), default=begins)


def _ends(placed: list[list[Step]]) -> list[date | None]:
    return [steps[-1].until for steps in placed]


def _is_undated(group: list[Instruction]) -> bool:
    return _first_day([group]) is None


def _sequence(item: Instruction) -> int:
    return item.sequence or 0


def _first_day(groups: list[list[Instruction]]) -> date | None:
    """The day on which the next sequence begins, if it is dated: the one before ends there."""
    return min((day for item in groups[0] if (day := _dated_since(item))), default=None) if groups else None


def _before(item: Instruction, groups: list[list[Instruction]]) -> Instruction:
    """The instruction; if it ends at the time at which the next sequence begins, that day belongs to the next one."""
    moments = [other.bounds.begins_at for other in groups[0]] if groups else []
    first = min((moment for moment in moments if moment), default=None)
    return replace(item, bounds=item.bounds.before(first)) if first and first.date() == _first_day(groups) else item


def _dated_since(item: Instruction) -> date | None:
    return item.days[0][0] if item.days else item.bounds.since


def _one_of(groups: list[list[Instruction]], begins: date, ends: date | None) -> Step:
    """One step for groups that follow each other on unknown days: each day has the dose of one of them."""
    doses = [sum_steps(_step(begins, None, item.term) for item in group)[0] for group in groups]
    highest = max(doses, key=lambda dose: dose.mg_per_day.high)
    span = Span(min(_least(item) for group in groups for item in group), highest.mg_per_day.high)
    since = min(_dated_since(item) or begins for item in groups[0])
    until = ends if ends is not None and ends > since else None
    return Step(since, until, span, highest.terms)


def _least(item: Instruction) -> Fraction:
    """The least dose of any day of an instruction; 0 if its intakes are counted or its days listed."""
    return item.term.mg_per_day.low if item.count is None and item.days is None else Fraction(0)


def _place(item: Instruction, begins: date, ends: date | None = None) -> Iterator[Step]:
    """Dates an instruction: one step, or several if its days are listed or its intakes counted."""
    if item.days is not None:
        for day, times in item.days:
            yield _step(day, later(day, 1), replace(item.term, intakes_per_day=exactly(times)))
        return
    since = item.bounds.since or begins
    until = _end(item, since, ends)
    if until is not None and until <= since:
        yield _step(since, until, item.term)  # the order is then refused as a whole
    else:
        yield from _counted(item, since, until)


def _end(item: Instruction, since: date, next_begins: date | None) -> date | None:
    """The end of the bounds; without one, the day on which the next sequence begins, unless intakes are counted."""
    if item.bounds.until is not None:
        return item.bounds.until
    if item.bounds.length is not None:
        return item.bounds.length.after(since)
    follows = next_begins is not None and next_begins > since
    return next_begins if follows and item.count is None else None


def _counted(item: Instruction, since: date, until: date | None) -> Iterator[Step]:
    """The steps of `count` intakes: full days, then a day with the rest; an interval if the days may differ."""
    times, count = item.term.intakes_per_day, item.count
    if count is None:
        yield _step(since, until, item.term)
    elif times.low != times.high or count.low != count.high or _leaves_out_days(item.term):
        yield _step(since, _earliest(until, _last(item, since)), _undecided(item.term, count))
    else:
        days, rest = divmod(int(count.high), int(times.high))
        full = later(since, days)
        if days:
            yield _step(since, _earliest(until, full), item.term)
        if rest and full < (until or date.max):
            yield _step(full, later(full, 1), replace(item.term, intakes_per_day=exactly(rest)))


def _last(item: Instruction, since: date) -> date | None:
    """The day by which all intakes are taken; None if a day may have none."""
    least = item.term.intakes_per_day.low
    if least == 0 or _leaves_out_days(item.term) or item.count is None:
        return None
    return later(since, ceil(item.count.high / least))


def _leaves_out_days(term: Term) -> bool:
    return term.as_needed or term.weekdays != EVERY_DAY


def _undecided(term: Term, count: Span) -> Term:
    return replace(term, intakes_per_day=Span(Fraction(0), min(term.intakes_per_day.high, count.high)))


def _earliest(until: date | None, other: date | None) -> date | None:
    return min((day for day in (until, other) if day is not None), default=None)


def _step(since: date, until: date | None, term: Term) -> Step:
    return Step(since, until, term.mg_per_day, (term,), _week(term))


def _week(term: Term) -> tuple[Span, ...]:
    """The dose of each day of the week, if some have none; else empty."""
    if term.weekdays == EVERY_DAY:
        return ()
    taken = replace(term, weekdays=EVERY_DAY).mg_per_day
    return tuple(taken if day in term.weekdays else _NOTHING for day in sorted(EVERY_DAY))
