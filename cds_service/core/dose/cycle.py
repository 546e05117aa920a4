"""Dosages that take turns: the days of a cycle that only the words tell ("le premier jour du cycle de 2 jours")."""

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from cds_service.core.dose.dosage import Instruction
from cds_service.core.dose.frequency import exactly
from cds_service.core.model.dose import Span

_ORDINALS = {
    "premier": 1, "1er": 1, "first": 1, "second": 2, "deuxième": 2, "2e": 2, "2ème": 2, "troisième": 3, "third": 3,
    "3e": 3, "3ème": 3, "quatrième": 4, "4e": 4, "4ème": 4, "fourth": 4,
}  # fmt: skip
_DAY_OF_CYCLE = re.compile(rf"\b({'|'.join(_ORDINALS)}) (?:jour|day)\b|\b(?:jour|day|j) ?([1-9])\b", re.IGNORECASE)


def day_of_cycle(sentences: Sequence[str]) -> int | None:
    """The day of a cycle that the words of a dosage name; None if they name none, or several."""
    named = {
        _ORDINALS[found[1].lower()] if found[1] else int(found[2])
        for sentence in sentences
        for found in _DAY_OF_CYCLE.finditer(sentence)
    }
    return next(iter(named)) if len(named) == 1 else None


def joined(items: Sequence[Instruction], sentences: Sequence[Sequence[str]]) -> list[Instruction]:
    """The instructions; those that take turns in one cycle of days are one, whose dose is that of one of them."""
    turns = [
        item
        for item, words in zip(items, sentences, strict=True)
        if item.turn_of_days is not None and day_of_cycle(words) is not None
    ]
    days = {day_of_cycle(words) for item, words in zip(items, sentences, strict=True) if item in turns}
    cycles = {(item.turn_of_days, item.bounds, item.sequence) for item in turns}
    if len(turns) < 2 or len(days) < len(turns) or len(cycles) > 1:
        return list(items)
    return [*(item for item in items if item not in turns), _one(turns)]


def _one(turns: Sequence[Instruction]) -> Instruction:
    """One instruction for dosages on different days of a cycle; nothing on days that none of them names."""
    doses = [item.term.mg_per_intake for item in turns]
    highest = max(turns, key=lambda item: item.term.mg_per_intake.high)
    every_day = turns[0].turn_of_days == len(turns)
    term = replace(
        highest.term,
        mg_per_intake=Span(min(dose.low for dose in doses), max(dose.high for dose in doses)),
        intakes_per_day=exactly(1) if every_day else Span(Fraction(0), Fraction(1)),
        units_per_intake=None,
    )
    return replace(highest, term=term)
