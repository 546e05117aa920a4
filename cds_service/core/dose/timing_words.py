"""Finds how many times a day the words of a timing name. They never give a dose; they can contradict one.

The words are searched, not parsed: a number of times a day that differs from the structure is a contradiction,
whatever is written around it.
"""

import re
from fractions import Fraction
from math import ceil, floor

from cds_service.core.dose.text.plain_words import plain
from cds_service.core.dose.text.vocabulary import LATIN, MOMENTS, PER_DAY
from cds_service.core.model.dose import Span

_NUMBER = r"[0-9]{1,3}"
_RANGE = rf"({_NUMBER})(?: ?(?:à|a|-|–|ou|to|or) ?({_NUMBER}))?"
_TIMES = re.compile(rf"(?:(?<![\w.,/-])|(?<=\bx)){_RANGE} ?(?:x|×|fois|prises?|times?)? ?{PER_DAY}")
_EVERY = re.compile(rf"\b(?:toutes les|every|q) ?(?:{_RANGE} ?)?(?:h|hr|hrs|heures?|hours?)\b")
_ABBREVIATION = re.compile(rf"\b(?:{'|'.join(LATIN)})\b")
_MOMENT = {name: re.compile(rf"\b(?:{words})\b") for name, words in MOMENTS.items()}
_EITHER = re.compile(r"\b(?:ou|or)\b")
_DOT_OF_ABBREVIATION = re.compile(r"\.(?![0-9])")


def times_a_day(words: str) -> Span | None:
    """The numbers of times a day that the words name, as one interval; None if they name none."""
    said = _DOT_OF_ABBREVIATION.sub("", plain(words))
    ends = [
        *(_ends(match) for match in _TIMES.finditer(said)),
        *(_times_of_hours(*_ends(match)) for match in _EVERY.finditer(said)),
        *(LATIN[match[0]] for match in _ABBREVIATION.finditer(said)),
    ] or _moments(said)
    return Span(Fraction(min(low for low, _ in ends)), Fraction(max(high for _, high in ends))) if ends else None


def _moments(said: str) -> list[tuple[int, int]]:
    """ "matin, midi et soir" is three times a day; "matin ou soir" is not read."""
    moments = sum(bool(named.search(said)) for named in _MOMENT.values())
    return [(moments, moments)] if moments and not _EITHER.search(said) else []


def _ends(match: re.Match[str]) -> tuple[int, int]:
    """Low and high of a number or range, in words or figures; 1 without a number ("every hour")."""
    low = int(match[1] or "1")
    high = int(match[2]) if match[2] else low
    return min(low, high), max(low, high)


def _times_of_hours(shortest: int, longest: int) -> tuple[int, int]:
    """Least and most times a day for a number of hours between intakes; 0 hours counts as 1."""
    return floor(24 / max(longest, 1)), ceil(24 / max(shortest, 1))
