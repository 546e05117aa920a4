"""What words say of a dose. Never the dose itself: it may raise an alert to be confirmed, never clear one.

Only a sentence that is understood from its first word to its last is read at all.
"""

import re
from fractions import Fraction

from cds_service.core.model import Medicine, Span

# Every repetition ends at a character that the next part cannot begin with, or is possessive (`?+`): the
# time to refuse a sentence grows with its length, whatever is in it.
_NUMBER = r"(?:[0-9]{1,6}+(?:[.,/][0-9]{1,6}+)?+|½)"
_UNIT = r"mg|comprimés?|comprimes?|cps?|cpr|tablets?|tab"
_AMOUNT = rf"({_NUMBER})(?: ?(?:à|a|-|ou|to) ?({_NUMBER}))? ?({_UNIT})\b\.?"
_ONE_MOMENT = r"(?:(?:le|au|à|the|in the|at) )?(?:matin|midi|soir|coucher|noon|morning|evening|bedtime)\b"
_MOMENTS = rf"({_ONE_MOMENT}(?:(?:(?:,| et| and| \+|) |[-/]){_ONE_MOMENT})*+)"
_A_DAY = r"(?:/ ?j(?:our)?|par jour|a day|per day|daily|/ ?day)\b"
_COUNTED = rf"(?:x|×|fois)? ?([0-9]{{1,6}}+) ?(?:x|×|fois|times)? ?{_A_DAY}|[x×] ?([0-9]{{1,6}}+)"
_IN_ALL = rf"{_A_DAY}(?: en [0-9]{{1,6}}+ prises?\b)?+"
_PART = re.compile(rf"{_AMOUNT},? ?(?:{_MOMENTS}|{_COUNTED}|{_IN_ALL})")
_BETWEEN = re.compile(r" ?(?:,|;|\+|et|and) ?")
_MOMENT = re.compile(r"matin|midi|soir|coucher|noon|morning|evening|bedtime")

# Words that make an intake optional, and words that announce another dose than the one written.
_OPTIONAL = re.compile(r"si besoin|si n[ée]cessaire|au besoin|as needed|if needed|selon|according", re.IGNORECASE)
_CHANGES = re.compile(
    r"jusqu|augment|diminu|doubl|r[ée]dui|adapt|ajust|palier|major|titr|up to|increas|decreas|reduc|taper|adjust",
    re.IGNORECASE,
)

_MOST_CHARACTERS = 200


def reading_of(text: str, medicine: Medicine) -> Span | None:
    """mg a day that a sentence such as "1 à 2 cp matin midi et soir" gives; None where it is not understood.

    Several parts ("1 cp matin, 2 cp soir") are added.
    """
    if len(text) > _MOST_CHARACTERS:
        return None
    sentence, at, total = " ".join(text.lower().split()).removesuffix("."), 0, Span(Fraction(0), Fraction(0))
    while part := _PART.match(sentence, at):
        read = _read(part, medicine)
        if read is None:
            return None
        total, at = total + read, part.end()
        if at == len(sentence):
            return total
        between = _BETWEEN.match(sentence, at)
        at = between.end() if between else len(sentence)
    return None


def _read(part: re.Match[str], medicine: Medicine) -> Span | None:
    written_low, written_high, unit, moments, *times = part.groups()
    low, high = _number(written_low), _number(written_high or written_low)
    strength = Fraction(1) if unit == "mg" else medicine.strength_mg
    if low is None or high is None or strength is None or low > high:
        return None
    a_day = len(_MOMENT.findall(moments)) if moments else int(next(filter(None, times), 1))
    return Span(low * strength * a_day, high * strength * a_day)


def _number(written: str) -> Fraction | None:
    if written == "½":
        return Fraction(1, 2)
    numerator, _, denominator = written.partition("/")
    if denominator:
        return Fraction(int(numerator), int(denominator)) if int(denominator) else None
    return Fraction(numerator.replace(",", "."))


def makes_optional(words: str) -> bool:
    """Whether an instruction says that an intake may be left out."""
    return bool(_OPTIONAL.search(words))


def changes_the_dose(words: str) -> bool:
    """Whether an instruction says that the dose will change."""
    return bool(_CHANGES.search(words))
