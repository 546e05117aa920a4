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
    named = [day_of_cycle(words) for words in sentences]
    turns = [
        item for item, day in zip(items, named, strict=True) if item.turn_of_days is not None and day is not None
    ]
    if not _are_one_cycle(turns, len({*named} - {None})):
        return list(items)
    return [*(item for item in items if item not in turns), _one(turns)]


def _are_one_cycle(turns: Sequence[Instruction], days: int) -> bool:
    """Whether these instructions, on so many days that the words name, are of one cycle."""
    cycles = {(item.turn_of_days, item.bounds, item.sequence) for item in turns}
    return len(turns) > 1 and len(turns) == days and len(cycles) == 1


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
