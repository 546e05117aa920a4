"""Finds how many times a day the words of a timing name. They never give a dose; they can contradict one.

The words are searched, not parsed: a number of times a day that differs from the structure is a contradiction,
whatever is written around it.
"""

import re
from fractions import Fraction
from math import ceil, floor

from cds_service.core.model.dose import Span

_IN_WORDS = {
    "une": 1, "un": 1, "one": 1, "once": 1, "deux": 2, "two": 2, "twice": 2, "trois": 3, "three": 3, "thrice": 3,
    "quatre": 4, "four": 4, "cinq": 5, "five": 5, "six": 6,
}  # fmt: skip
_ABBREVIATIONS = {"qd": (1, 1), "bid": (2, 2), "tid": (3, 3), "qid": (4, 4), "qod": (0, 1)}

_NUMBER = rf"[0-9]{{1,3}}|{'|'.join(_IN_WORDS)}"
_RANGE = rf"({_NUMBER})(?: ?(?:à|a|-|–|ou|to|or) ?({_NUMBER}))?"
_A_DAY = r"(?:/ ?(?:j|jour|day|d|24 ?h)|par (?:jour|24 ?h)|(?:a|per|each|every) day|daily)\b"
_TIMES = re.compile(rf"(?:(?<![\w.,/-])|(?<=\bx)){_RANGE} ?(?:x|×|fois|prises?|times?)? ?{_A_DAY}")
_EVERY = re.compile(rf"\b(?:toutes les|every|q) ?(?:{_RANGE} ?)?(?:h|hr|hrs|heures?|hours?)\b")
_ABBREVIATION = re.compile(rf"\b(?:{'|'.join(_ABBREVIATIONS)})\b")
_MOMENT = re.compile(r"\b(matin|midi|soir|coucher|morning|noon|evening|bedtime)\b")
_EITHER = re.compile(r"\b(?:ou|or)\b")
_DOT_OF_ABBREVIATION = re.compile(r"\.(?![0-9])")


def times_a_day(words: str) -> Span | None:
    """The numbers of times a day that the words name, as one interval; None if they name none."""
    said = " ".join(_DOT_OF_ABBREVIATION.sub("", words.lower()).split())
    ends = [
        *(_ends(match) for match in _TIMES.finditer(said)),
        *(_times_of_hours(*_ends(match)) for match in _EVERY.finditer(said)),
        *(_ABBREVIATIONS[match[0]] for match in _ABBREVIATION.finditer(said)),
    ] or _moments(said)
    return Span(Fraction(min(low for low, _ in ends)), Fraction(max(high for _, high in ends))) if ends else None


def _moments(said: str) -> list[tuple[int, int]]:
    """ "matin, midi et soir" is three times a day; "matin ou soir" is not read."""
    moments = len(set(_MOMENT.findall(said)))
    return [(moments, moments)] if moments and not _EITHER.search(said) else []


def _ends(match: re.Match[str]) -> tuple[int, int]:
    """Low and high of a number or range, in words or figures; 1 without a number ("every hour")."""
    low = _value(match[1] or "1")
    high = _value(match[2]) if match[2] else low
    return min(low, high), max(low, high)


def _value(written: str) -> int:
    return _IN_WORDS[written] if written in _IN_WORDS else int(written)


def _times_of_hours(shortest: int, longest: int) -> tuple[int, int]:
    """Least and most times a day for a number of hours between intakes; 0 hours counts as 1."""
    return floor(24 / max(longest, 1)), ceil(24 / max(shortest, 1))
