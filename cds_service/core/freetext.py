"""What words say of a dose. Never the dose itself: it may raise an alert to be confirmed, never clear one.

Only a sentence that is understood from its first word to its last is read at all.
"""

import re
from fractions import Fraction

from cds_service.core.model import Medicine, Span

_NUMBER = r"\d+(?:[.,]\d+)?(?:/\d+)?"
_AMOUNT = rf"(?P<low>{_NUMBER})(?:\s*(?:à|a|-|ou|to)\s*(?P<high>{_NUMBER}))?\s*(?P<unit>mg|cp|cps|cpr|comprim[ée]s?|tablets?|tab)\.?"
_MOMENT = r"(?:le |au |the |in the |at )?(?:matin|midi|soir|coucher|noon|morning|evening|bedtime)"
_MOMENTS = rf"(?P<moments>{_MOMENT}(?:\s*(?:,|et|and|\+)?\s*{_MOMENT})*)"
_TIMES = (
    r"(?:(?:x|×|fois)?\s*(?P<times>\d+)\s*(?:x|×|fois|times)?\s*(?:/\s*j(?:our)?|par\s+jour|a\s+day|per\s+day|daily))"
)
_TIMES_FIRST = r"(?:(?:x|×)\s*(?P<times_first>\d+)\s*(?:/\s*j(?:our)?|par\s+jour|a\s+day)?)"
_SENTENCE = re.compile(rf"\s*{_AMOUNT}\s*(?:{_MOMENTS}|{_TIMES}|{_TIMES_FIRST})\s*\.?\s*", re.IGNORECASE)
_ONE_MOMENT = re.compile(r"matin|midi|soir|coucher|noon|morning|evening|bedtime", re.IGNORECASE)

# Words that make an intake optional, and words that announce another dose than the one written.
_OPTIONAL = re.compile(r"si besoin|si n[ée]cessaire|as needed|selon|according", re.IGNORECASE)
_CHANGES = re.compile(r"jusqu|augment|doubler|up to|increase|titrat", re.IGNORECASE)

_MOST_CHARACTERS = 200


def reading_of(text: str, medicine: Medicine) -> Span | None:
    """mg a day that a sentence such as "1 à 2 cp matin midi et soir" gives; None where it is not understood."""
    match = _SENTENCE.fullmatch(text) if len(text) <= _MOST_CHARACTERS else None
    if match is None:
        return None
    in_mg = match["unit"].lower() == "mg"
    if not in_mg and (medicine.strength_mg is None or medicine.strength_conflict):
        return None
    strength = Fraction(1) if in_mg else medicine.strength_mg or Fraction(0)
    low, high = _number(match["low"]), _number(match["high"] or match["low"])
    times = _times(match)
    return Span(low * strength * times, high * strength * times) if low <= high else None


def _times(match: re.Match[str]) -> int:
    if match["moments"]:
        return len(_ONE_MOMENT.findall(match["moments"]))
    return int(match["times"] or match["times_first"])


def _number(written: str) -> Fraction:
    numerator, _, denominator = written.replace(",", ".").partition("/")
    return Fraction(numerator) / Fraction(int(denominator) or 1) if denominator else Fraction(numerator)


def makes_optional(words: str) -> bool:
    """Whether an instruction says that an intake may be left out."""
    return bool(_OPTIONAL.search(words))


def changes_the_dose(words: str) -> bool:
    """Whether an instruction says that the dose will rise."""
    return bool(_CHANGES.search(words))
