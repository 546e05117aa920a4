"""How many times a day a FHIR Timing asks for a dose, and on which days.

Each way of writing a timing has one reader. Several ways together are several readings of the same
timing: where they agree there is one answer, where they differ the answer is the interval that holds
both. An element that no reader knows could change the dose, so nothing is read. A day is 24 hours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import ceil, floor

from cds_service.core import fhir
from cds_service.core.fhir import Resource
from cds_service.core.model import NotComputable, Span
from cds_service.core.periods import DAYS_PER_UNIT, Bounds, read_bounds
from cds_service.core.quantity import number

ELEMENT = "dosageInstruction.timing"

# http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation: intakes a day. QOD, WK and MO have days without.
GTS_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
_GTS = {
    "QD": (1, 1), "BID": (2, 2), "TID": (3, 3), "QID": (4, 4), "AM": (1, 1), "PM": (1, 1), "BED": (1, 1),
    "Q1H": (24, 24), "Q2H": (12, 12), "Q3H": (8, 8), "Q4H": (6, 6), "Q6H": (4, 4), "Q8H": (3, 3),
    "QOD": (0, 1), "WK": (0, 1), "MO": (0, 1),
}  # fmt: skip

# http://hl7.org/fhir/event-timing: one intake each, but "with meals" says nothing of how many meals.
_WHEN_ONCE = {
    "MORN", "MORN.early", "MORN.late", "NOON", "AFT", "AFT.early", "AFT.late", "EVE", "EVE.early", "EVE.late",
    "NIGHT", "PHS", "HS", "WAKE", "CM", "CD", "CV", "ACM", "ACD", "ACV", "PCM", "PCD", "PCV",
}  # fmt: skip
_WHEN_MEALS = {"C", "AC", "PC"}
_MOST_MEALS = 3

_DAYS_OF_WEEK = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
_FREQUENCY = {"frequency", "frequencyMax", "period", "periodMax", "periodUnit"}
_BOUNDS = {"boundsPeriod", "boundsDuration", "boundsRange"}
_KNOWN = _FREQUENCY | _BOUNDS | {"timeOfDay", "when", "offset", "dayOfWeek", "count", "countMax", "id", "extension"}
_KNOWN_IN_TIMING = {"repeat", "code", "event", "id", "extension"}

# French ePrescription says more moments in an extension; one code is one intake (fr-additional-when-values).
_ADDITIONAL_WHEN = "additional-when"


@dataclass(frozen=True, slots=True)
class Pace:
    """The intakes of each day, and the days: bounded, at most `count` intakes in all, or listed one by one."""

    intakes: Span
    bounds: Bounds = Bounds()
    count: int | None = None
    days: Mapping[date, int] | None = None


def read_timing(timing: Resource) -> Pace | NotComputable:
    """The pace of a Timing, or why it cannot be read."""
    repeat = fhir.as_object(timing.get("repeat"))
    if set(timing) - _KNOWN_IN_TIMING or set(repeat) - _KNOWN or _has_unknown_moments(repeat):
        return NotComputable("timing-not-read", ELEMENT)
    bounds = read_bounds(repeat)
    if bounds is None:
        return NotComputable("bounds-not-read", f"{ELEMENT}.repeat.bounds")
    if timing.get("event") is not None:
        return _by_events(timing, repeat)
    readings = list(_readings(timing, repeat))
    unread = next((reading for reading in readings if isinstance(reading, NotComputable)), None)
    if unread is not None:
        return unread
    spans = [reading for reading in readings if isinstance(reading, Span)]
    return _pace(spans, repeat, bounds)


def _pace(spans: list[Span], repeat: Resource, bounds: Bounds) -> Pace | NotComputable:
    count = _count(repeat)
    if isinstance(count, NotComputable):
        return count
    if spans:
        intakes = Span(min(span.low for span in spans), max(span.high for span in spans))
        return Pace(_on_days_of_week(intakes, repeat), bounds, count)
    if count == 1:
        return Pace(exactly(1), bounds, count)
    return NotComputable("timing-missing", ELEMENT)


def _readings(timing: Resource, repeat: Resource) -> Iterator[Span | NotComputable]:
    """What each way of writing that is present says of the intakes of a day."""
    when = _by_moments(repeat)
    if when is not None:
        yield when
    if "timeOfDay" in repeat:
        yield exactly(len(fhir.as_list(repeat["timeOfDay"])))
    if _FREQUENCY & set(repeat) and not _merely_daily(repeat, when):
        yield _by_frequency(repeat)
    if "dayOfWeek" in repeat and not ({"timeOfDay", "when"} | _FREQUENCY) & set(repeat):
        yield exactly(1)
    code = _by_code(timing.get("code"))
    if code is not None and not (isinstance(code, NotComputable) and _says_how_often(repeat)):
        yield code


def _says_how_often(repeat: Resource) -> bool:
    return bool({"timeOfDay", "when", "dayOfWeek"} & set(repeat) or _FREQUENCY & set(repeat))


def _merely_daily(repeat: Resource, when: Span | NotComputable | None) -> bool:
    """`period` 1 day beside moments, without a frequency: the moments are what happens each day."""
    daily = number(repeat.get("period")) == 1 and repeat.get("periodUnit") == "d"
    return when is not None and daily and not {"frequency", "frequencyMax", "periodMax"} & set(repeat)


def _by_frequency(repeat: Resource) -> Span | NotComputable:
    """`frequency` (to `frequencyMax`) intakes at the start of each `period` (to `periodMax`).

    A period that does not divide a day gives days with one start more or less; one that is longer than
    a day gives days with none. Several intakes in a longer period may all fall on one day.
    """
    fewest, most = (
        number(repeat.get("frequency", 1)),
        number(repeat.get("frequencyMax", repeat.get("frequency", 1))),
    )
    shortest, longest = number(repeat.get("period")), number(repeat.get("periodMax", repeat.get("period")))
    unit = repeat.get("periodUnit")
    if not (fewest and most and shortest and longest) or min(fewest, most, shortest, longest) <= 0:
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat")
    if fewest > most or shortest > longest or fewest.denominator != 1 or most.denominator != 1:
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat")
    if unit in ("mo", "a") and shortest >= 1:
        return Span(Fraction(0), most)
    if unit not in DAYS_PER_UNIT:
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.periodUnit")
    days = DAYS_PER_UNIT[unit]
    return Span(fewest * floor(1 / (longest * days)), most * ceil(1 / (shortest * days)))


def _by_moments(repeat: Resource) -> Span | NotComputable | None:
    """One intake at each moment; "with meals" is one to three."""
    if "when" not in repeat and not _additional_moments(repeat):
        return None
    codes = fhir.as_list(repeat.get("when"))
    if not all(code in _WHEN_ONCE | _WHEN_MEALS for code in codes):
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.when")
    meals = len([code for code in codes if code in _WHEN_MEALS])
    once = len(codes) - meals + len(_additional_moments(repeat))
    return Span(Fraction(once + meals), Fraction(once + _MOST_MEALS * meals))


def _additional_moments(repeat: Resource) -> list[Resource]:
    extensions = [
        *fhir.objects(repeat.get("extension")),
        *fhir.objects(fhir.as_object(repeat.get("_when")).get("extension")),
    ]
    return [item for item in extensions if _ADDITIONAL_WHEN in fhir.text(item.get("url"))]


def _has_unknown_moments(repeat: Resource) -> bool:
    """Moments given as something else than codes, or an extension of `when` that we do not know."""
    return "when" in repeat and not all(isinstance(code, str) for code in fhir.as_list(repeat["when"]))


def _on_days_of_week(intakes: Span, repeat: Resource) -> Span:
    days = {day for day in fhir.as_list(repeat.get("dayOfWeek")) if day in _DAYS_OF_WEEK}
    if "dayOfWeek" not in repeat or days == _DAYS_OF_WEEK:
        return intakes
    return replace(intakes, low=Fraction(0))


def _by_code(code: object) -> Span | NotComputable | None:
    """A coded abbreviation such as TID. Words alone, and a hospital's own code, are not read."""
    if code is None:
        return None
    known = [_GTS[value] for system, value in fhir.codings(code) if system == GTS_SYSTEM and value in _GTS]
    if not known:
        return NotComputable("timing-code-not-read", f"{ELEMENT}.code")
    return Span(Fraction(min(low for low, _ in known)), Fraction(max(high for _, high in known)))


def _by_events(timing: Resource, repeat: Resource) -> Pace | NotComputable:
    """One intake at each of the moments listed; nothing else may be written beside them."""
    days = [fhir.day(event) for event in fhir.as_list(timing["event"])]
    if None in days or not days or repeat or timing.get("code") is not None:
        return NotComputable("timing-not-read", f"{ELEMENT}.event")
    counted = {day: days.count(day) for day in sorted(day for day in days if day is not None)}
    return Pace(Span(Fraction(min(counted.values())), Fraction(max(counted.values()))), days=counted)


def _count(repeat: Resource) -> int | NotComputable | None:
    """The most intakes in all, where the order limits them."""
    if "count" not in repeat and "countMax" not in repeat:
        return None
    most = repeat.get("countMax", repeat.get("count"))
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.count")
    return most


def exactly(times: int) -> Span:
    return Span(Fraction(times), Fraction(times))
