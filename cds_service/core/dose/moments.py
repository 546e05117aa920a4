"""The moments of a day that `when` and `timeOfDay` name, and the intakes where a timing has both.

Each hour is one of the moments of its window; a moment and an hour that meet are one intake. What is left on either
side is an intake of its own: the two then name different moments, and that is to be asked.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from cds_service.core.dose.text.vocabulary import HOURS
from cds_service.core.model.dose import Span
from cds_service.core.record import fhir

# http://hl7.org/fhir/event-timing: one intake each, at a moment of the day.
_MOMENT_OF = {
    "MORN": "morning", "MORN.early": "morning", "MORN.late": "morning", "NOON": "noon", "AFT": "afternoon",
    "AFT.early": "afternoon", "AFT.late": "afternoon", "EVE": "evening", "EVE.early": "evening",
    "EVE.late": "evening", "NIGHT": "bedtime", "PHS": "bedtime", "HS": "bedtime", "WAKE": "morning", "CM": "morning",
    "CD": "noon", "CV": "evening", "ACM": "morning", "ACD": "noon", "ACV": "evening", "PCM": "morning",
    "PCD": "noon", "PCV": "evening",
}  # fmt: skip
# Those that intakes can be told apart by: "after sleep" is none.
TOLD_APART = {code: moment for code, moment in _MOMENT_OF.items() if code != "PHS"}
# "With meals" does not say how many meals.
MEALS = {"C", "AC", "PC"}
CODES = {*_MOMENT_OF, *MEALS}
_MOST_MEALS = 3

_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?")


@dataclass(frozen=True, slots=True)
class Meeting:
    """Intakes a day, and whether `when` and `timeOfDay` name different moments."""

    intakes: Span
    differ: bool = False


def hours_of(times: Any) -> list[str] | None:
    """The times of day, by hour and minute; None if there is none, or one that cannot be read."""
    listed = [time for time in fhir.as_list(times) if isinstance(time, str) and _TIME_OF_DAY.fullmatch(time)]
    return [time[:5] for time in listed] if listed and len(listed) == len(fhir.as_list(times)) else None


def at_moments(codes: Sequence[str], others: int) -> Span:
    """One intake at each moment, and at `others` of French ePrescription; "with meals" is one to three.

    A repeated moment is one or two.
    """
    meals = len([code for code in codes if code in MEALS])
    once = len(codes) - meals + others
    repeated = len(codes) - len(set(codes))
    return Span(Fraction(once + meals - repeated), Fraction(once + _MOST_MEALS * meals))


def at_hours(hours: Sequence[str]) -> Span:
    """One intake at each time of day. A repeated time is one or two."""
    return Span(Fraction(len(set(hours))), Fraction(len(hours)))


def together(codes: Sequence[str], others: int, hours: Sequence[str]) -> Meeting:
    """The intakes of moments and hours side by side."""
    moments, clock = at_moments(codes, others), at_hours(hours)
    alone = [code for code in codes if code not in MEALS]
    left_hours, left_moments = _unmet(alone, hours)
    meals = _MOST_MEALS * (len(codes) - len(alone))
    spare = max(0, left_hours - others - meals)  # the moments of no known hour take what hours are left
    left = left_moments + max(0, others - left_hours)
    if not spare and not left:
        return Meeting(clock if moments.low <= clock.low and clock.high <= moments.high else _union(moments, clock))
    return Meeting(Span(min(moments.low, clock.low), max(moments.high + spare, clock.high + left)), differ=True)


def _union(one: Span, other: Span) -> Span:
    return Span(min(one.low, other.low), max(one.high, other.high))


def _unmet(codes: Sequence[str], hours: Sequence[str]) -> tuple[int, int]:
    """How many hours, and how many moments, are left when each hour has taken one moment of its window."""
    left = [_MOMENT_OF[code] for code in codes]
    alone = 0
    for hour in sorted(set(hours), key=lambda hour: len(moments_at(hour))):  # an hour of two windows chooses last
        met = next((moment for moment in moments_at(hour) if moment in left), None)
        if met is None:
            alone += 1
        else:
            left.remove(met)
    return alone, len(left)


def moments_at(hour: str) -> list[str]:
    """The moments in whose window a time of day is."""
    clock = int(hour[:2])
    return [name for name, (first, last) in HOURS.items() if first <= clock < last or first <= clock + 24 < last]


def named(codes: Collection[str], hours: Collection[str]) -> frozenset[str] | None:
    """The moments of a day that a timing names; None if it names none, or meals of no certain moment."""
    if not (codes or hours) or MEALS & set(codes):
        return None
    return frozenset(
        [*(_MOMENT_OF[code] for code in codes), *(name for hour in hours for name in moments_at(hour)[:1])]
    )
