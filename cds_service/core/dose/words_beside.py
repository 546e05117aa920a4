"""The words of an order held against its dose: what is asked about them, and the dose that they may mean."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from cds_service.core.dose.dosage import Instruction
from cds_service.core.dose.text.agreement import Ordered, of_steps, of_terms, remark_on
from cds_service.core.dose.text.free_text import what_is_said
from cds_service.core.dose.written import Words, only_words, words_of, words_of_order
from cds_service.core.model.dose import Question, Steps
from cds_service.core.model.medicine import Medicine
from cds_service.core.record.fhir import Resource


def remarks(
    order: Resource,
    dosages: Sequence[Resource],
    items: Sequence[Instruction],
    dose: Steps,
    medicine: Medicine,
    *,
    in_turns: bool,
) -> Iterator[tuple[Question, Fraction]]:
    """What is asked about the words of an order, each with the highest dose that may be meant.

    Words of one dosage are about it; of one of the parts of a day also about the day. What all dosages repeat, and
    what stands outside them, is about the whole order. `items` are the dosages that have more than words;
    `in_turns`: they take turns, and the words may name their days.
    """
    words = [list(words_of(dosage)) for dosage in dosages]
    of_order = list(words_of_order(order))
    if any(words) or of_order:
        yield from _of_words(dosages, words, of_order, items, dose, medicine, in_turns=in_turns)


def _of_words(
    dosages: Sequence[Resource],
    words: Sequence[Sequence[Words]],
    of_order: Sequence[Words],
    items: Sequence[Instruction],
    dose: Steps,
    medicine: Medicine,
    *,
    in_turns: bool,
) -> Iterator[tuple[Question, Fraction]]:
    whole, several = of_steps(dose, medicine), len(dose) > 1 or in_turns
    of_all = _said_in_all(words)
    read = iter(items)
    for dosage, of_dosage in zip(dosages, words, strict=True):
        own = None if only_words(dosage) else of_terms([next(read).term], medicine)
        for place, said in of_dosage:
            alone = [own] if own and said not in of_all else []
            fits = alone if alone and several else [*alone, whole]
            yield from _asked(place, said, fits, medicine, is_step=several)
    for place, said in of_order:
        yield from _asked(place, said, [whole], medicine, is_step=several)


def _asked(
    place: str, said: str, fits: Sequence[Ordered], medicine: Medicine, *, is_step: bool
) -> Iterator[tuple[Question, Fraction]]:
    """What is asked about words that fit none of these doses."""
    found = [remark_on(said, ordered, medicine, is_step=is_step) for ordered in fits] if said else [None]
    if all(found):
        remark = next(remark for remark in found if remark)
        yield Question(remark.reason, place, remark.contradicts), remark.possible_mg


def _said_in_all(words: Sequence[Sequence[Words]]) -> set[str]:
    """The sentences that all of several dosages repeat: they are about the whole order."""
    said = [{sentence for _, sentence in of_dosage} for of_dosage in words]
    return set.intersection(*said) if len(said) > 1 else set()


def most_said(order: Resource, dosages: Sequence[Resource], medicine: Medicine) -> Fraction | None:
    """The highest daily dose that any words of an order give; None if they give none."""
    words = [said for dosage in dosages for _, said in words_of(dosage)]
    words += [said for _, said in words_of_order(order)]
    return max((most for said in words if (most := what_is_said(said, medicine).most_a_day)), default=None)


def tells_the_day(order: Resource, dosages: Sequence[Resource], mg: Fraction, medicine: Medicine) -> bool:
    """Whether some words of an order give this dose as that of one day."""
    words = [said for dosage in dosages for _, said in words_of(dosage)]
    words += [said for _, said in words_of_order(order)]
    days = [parts for said in words for parts in what_is_said(said, medicine).days]
    return any(sum((part.high for part in parts), Fraction(0)) == mg for parts in days)
