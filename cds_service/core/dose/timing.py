"""Reads a FHIR Timing: how many intakes a day, and on which days.

Each way of writing a timing (frequency, when, timeOfDay, code, event) has one reader. If several are present and
differ, the result is the interval that holds all. An unknown element could change the dose, so a Timing with one
is not read. A day is 24 hours.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any

from cds_service.core.dose.periods import DAYS_PER_UNIT, NO_BOUNDS, Bounds, read_bounds
from cds_service.core.dose.quantity import number
from cds_service.core.dose.timing_words import times_a_day
from cds_service.core.model.dose import EVERY_DAY, NotComputable, Span
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource

ELEMENT = "dosageInstruction.timing"

# http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation: least and most intakes a day. QOD, WK, MO: some days none.
GTS_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
_GTS = {
    "QD": (1, 1), "BID": (2, 2), "TID": (3, 3), "QID": (4, 4), "AM": (1, 1), "PM": (1, 1), "BED": (1, 1),
    "Q1H": (24, 24), "Q2H": (12, 12), "Q3H": (8, 8), "Q4H": (6, 6), "Q6H": (4, 4), "Q8H": (3, 3),
    "QOD": (0, 1), "WK": (0, 1), "MO": (0, 1),
}  # fmt: skip

# http://hl7.org/fhir/event-timing: one intake each, but "with meals" does not say how many meals.
_WHEN_ONCE = {
    "MORN", "MORN.early", "MORN.late", "NOON", "AFT", "AFT.early", "AFT.late", "EVE", "EVE.early", "EVE.late",
    "NIGHT", "PHS", "HS", "WAKE", "CM", "CD", "CV", "ACM", "ACD", "ACV", "PCM", "PCD", "PCV",
}  # fmt: skip
_WHEN_MEALS = {"C", "AC", "PC"}
_MOST_MEALS = 3

_DAYS_OF_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?")

_FREQUENCY = {"frequency", "frequencyMax", "period", "periodMax", "periodUnit"}
_COUNT = {"count", "countMax"}
_BOUNDS = {"boundsPeriod", "boundsDuration", "boundsRange"}
_KNOWN = _FREQUENCY | _COUNT | _BOUNDS | {"timeOfDay", "when", "offset", "dayOfWeek", "id", "extension"}
_KNOWN_IN_TIMING = {"repeat", "code", "event", "id", "extension"}

# The extension of French ePrescription for more moments; one code is one intake (fr-additional-when-values).
_ADDITIONAL_WHEN = "additional-when"

# More than a year of listed days is not a dosage that a person wrote.
_MOST_EVENTS = 400


@dataclass(frozen=True, slots=True)
class IntakeFrequency:
    """The intakes a day, on `weekdays` within `bounds`, at most `count` in all; or the intakes of listed `days`.

    `doubt`: the code or its words contradict the other elements; `intakes` then holds both.
    """

    intakes: Span
    bounds: Bounds = NO_BOUNDS
    count: Span | None = None
    days: Mapping[date, int] | None = None
    weekdays: frozenset[int] = EVERY_DAY
    doubt: NotComputable | None = None


def read_timing(timing: Resource) -> IntakeFrequency | NotComputable:
    """The pace of a Timing, or why it cannot be read."""
    repeat = timing.get("repeat", {})
    malformed = _malformed(timing, repeat)
    if malformed is not None:
        return malformed
    bounds, count = read_bounds(repeat), _count(repeat)
    if bounds is None:
        return NotComputable("bounds-not-read", f"{ELEMENT}.repeat.bounds")
    if isinstance(count, NotComputable):
        return count
    if "event" in timing:
        return _by_events(timing)
    intakes = _intakes(timing, repeat)
    if isinstance(intakes, NotComputable):
        single = intakes.reason == "timing-missing" and count == exactly(1)
        return IntakeFrequency(exactly(1), bounds, count) if single else intakes
    return replace(intakes, bounds=bounds, count=count, weekdays=_weekdays(repeat))


def _malformed(timing: Resource, repeat: Any) -> NotComputable | None:
    """Why a Timing is refused: an element is not in the standard and may change the dose, or not of its type."""
    if set(timing) - _KNOWN_IN_TIMING or not isinstance(repeat, Mapping) or set(repeat) - _KNOWN:
        return NotComputable("timing-not-read", ELEMENT)
    if not _is_count(repeat.get("offset", 0), least=0):
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.offset")
    return None


def _intakes(timing: Resource, repeat: Resource) -> IntakeFrequency | NotComputable:
    """The intakes a day by `repeat` and `code`; in doubt if the words of the code name another number."""
    structured, said = _structured(timing, repeat), times_a_day(_words_of(timing.get("code")))
    if said is None:
        return structured
    if isinstance(structured, NotComputable):
        return IntakeFrequency(said, doubt=structured) if structured.reason == "timing-code-not-read" else structured
    if _holds(_on_days_of_week(structured.intakes, repeat), said):
        return structured
    return IntakeFrequency(_union([structured.intakes, said]), doubt=NotComputable("timings-disagree", ELEMENT))


def _structured(timing: Resource, repeat: Resource) -> IntakeFrequency | NotComputable:
    """The intakes a day by `repeat` and `code`. An unknown code is ignored if `repeat` gives them."""
    detailed, code = _by_details(repeat), _by_code(timing.get("code"))
    if isinstance(detailed, NotComputable):
        return detailed
    if detailed is None:
        return IntakeFrequency(code) if isinstance(code, Span) else code or NotComputable("timing-missing", ELEMENT)
    if not isinstance(code, Span):
        return IntakeFrequency(detailed)
    by_code, by_details = _on_days_of_week(code, repeat), _on_days_of_week(detailed, repeat)
    if _only_meals(repeat) and _holds(by_details, by_code):
        return IntakeFrequency(code)
    if by_code == by_details:
        return IntakeFrequency(detailed)
    return IntakeFrequency(_union([code, detailed]), doubt=NotComputable("timings-disagree", ELEMENT))


def _by_details(repeat: Resource) -> Span | NotComputable | None:
    """The intakes a day by the elements of `repeat`; None if they give none."""
    readings = list(_readings(repeat))
    unread = next((reading for reading in readings if isinstance(reading, NotComputable)), None)
    if unread is not None or not readings:
        return unread
    spans = [reading for reading in readings if isinstance(reading, Span)]
    if _only_meals(repeat) and len(spans) > 1 and _holds(spans[0], _union(spans[1:])):
        spans = spans[1:]
    return _union(spans)


def _readings(repeat: Resource) -> Iterator[Span | NotComputable]:
    """The intakes a day by each element of `repeat` that gives them."""
    if "when" in repeat or _additional_moments(repeat):
        yield _by_moments(repeat)
    if "timeOfDay" in repeat:
        yield _by_clock(repeat["timeOfDay"])
    if _FREQUENCY & set(repeat) and not _merely_daily(repeat):
        yield _by_frequency(repeat)
    if "dayOfWeek" in repeat:
        listed = _listed(repeat["dayOfWeek"], _DAYS_OF_WEEK)
        if listed is None:
            yield NotComputable("timing-not-read", f"{ELEMENT}.repeat.dayOfWeek")
        elif not ({"timeOfDay", "when"} | _FREQUENCY) & set(repeat):
            yield exactly(1)


def _merely_daily(repeat: Resource) -> bool:
    """Whether `period` is 1 day without a frequency, beside moments: the moments then give the intakes."""
    daily = number(repeat.get("period")) == 1 and repeat.get("periodUnit") == "d"
    moments = {"when", "timeOfDay"} & set(repeat) or _additional_moments(repeat)
    return bool(moments) and daily and not {"frequency", "frequencyMax", "periodMax"} & set(repeat)


def _by_frequency(repeat: Resource) -> Span | NotComputable:
    """`frequency` (to `frequencyMax`) intakes at the start of each `period` (to `periodMax`).

    If a period does not divide a day, some days have one start more than others; if it is longer than a day, some
    days have none. Several intakes in a longer period may all be on one day.
    """
    intakes, period = _up_to_its_max(repeat, "frequency", 1), _up_to_its_max(repeat, "period")
    unit = fhir.text(repeat.get("periodUnit"))
    if intakes is None or period is None or not intakes.low.denominator == intakes.high.denominator == 1:
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat")
    if unit in ("mo", "a") and period.low >= 1:
        return Span(Fraction(0), intakes.high)
    if unit not in DAYS_PER_UNIT:
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.periodUnit")
    a_week = unit == "wk" and period == exactly(1)
    if a_week and _is_once_on_each_listed_day(intakes, repeat):
        return exactly(1)
    days = DAYS_PER_UNIT[unit]
    return Span(intakes.low * floor(1 / (period.high * days)), intakes.high * ceil(1 / (period.low * days)))


def _up_to_its_max(repeat: Resource, element: str, default: int | None = None) -> Span | None:
    """`element` to its `Max`; None unless both are positive numbers in this order."""
    written = repeat.get(element, default)
    low, high = number(written), number(repeat.get(f"{element}Max", written))
    return Span(low, high) if low and high and 0 < low <= high else None


def _is_once_on_each_listed_day(a_week: Span, repeat: Resource) -> bool:
    """Whether the intakes of a week are as many as its listed days: "5 a week, Monday to Friday"."""
    return "dayOfWeek" in repeat and a_week == exactly(len(_weekdays(repeat)))


def _weekdays(repeat: Resource) -> frozenset[int]:
    """The days of the week on which there are intakes."""
    listed = _listed(repeat.get("dayOfWeek"), _DAYS_OF_WEEK)
    return EVERY_DAY if listed is None else frozenset(map(_DAYS_OF_WEEK.index, listed))


def _by_moments(repeat: Resource) -> Span | NotComputable:
    """One intake at each moment; "with meals" is one to three. A repeated moment is one or two."""
    codes = _listed(repeat["when"], _WHEN_ONCE | _WHEN_MEALS) if "when" in repeat else []
    additional = _additional_moments(repeat)
    if codes is None or not all(isinstance(item.get("valueCode"), str) for item in additional):
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.when")
    meals = len([code for code in codes if code in _WHEN_MEALS])
    once = len(codes) - meals + len(additional)
    repeated = len(codes) - len(set(codes))
    return Span(Fraction(once + meals - repeated), Fraction(once + _MOST_MEALS * meals))


def _only_meals(repeat: Resource) -> bool:
    """Whether all moments are "with meals"; a frequency or a code may then say how many."""
    moments = _listed(repeat.get("when"), _WHEN_MEALS) is not None and not _additional_moments(repeat)
    return moments and "timeOfDay" not in repeat


def _by_clock(times: Any) -> Span | NotComputable:
    """One intake at each time of day. A repeated time is one or two."""
    listed = [time for time in fhir.as_list(times) if isinstance(time, str) and _TIME_OF_DAY.fullmatch(time)]
    if not listed or len(listed) < len(fhir.as_list(times)):
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.timeOfDay")
    return Span(Fraction(len({time[:5] for time in listed})), Fraction(len(listed)))


def _listed(values: Any, known: Collection[str]) -> list[str] | None:
    """The codes of a list; None if it is empty or has an unknown one."""
    codes = [code for code in fhir.as_list(values) if isinstance(code, str) and code in known]
    return codes if codes and len(codes) == len(fhir.as_list(values)) else None


def _additional_moments(repeat: Resource) -> list[Resource]:
    extensions = fhir.objects(repeat.get("extension"))
    return [item for item in extensions if _ADDITIONAL_WHEN in fhir.text(item.get("url"))]


def _on_days_of_week(intakes: Span, repeat: Resource) -> Span:
    """The intakes of any day: from 0 if only some days of the week have intakes."""
    return intakes if _weekdays(repeat) == EVERY_DAY else replace(intakes, low=Fraction(0))


def _by_code(code: object) -> Span | NotComputable | None:
    """The intakes a day by a coded abbreviation such as TID; words and a hospital's own codes are not read here."""
    if code is None:
        return None
    known = [_GTS[value] for system, value in fhir.codings(code) if system == GTS_SYSTEM and value in _GTS]
    if not known:
        return NotComputable("timing-code-not-read", f"{ELEMENT}.code")
    return Span(Fraction(min(low for low, _ in known)), Fraction(max(high for _, high in known)))


def _words_of(code: object) -> str:
    """Text and displays of a code, and the codes of other systems: a hospital may call its own code TID."""
    local = [value for system, value in fhir.codings(code) if system != GTS_SYSTEM]
    return " ".join([fhir.words(code), *local])


def _by_events(timing: Resource) -> IntakeFrequency | NotComputable:
    """One intake at each `event`; not read if `repeat` or `code` is present too."""
    days = [fhir.day(event) for event in fhir.as_list(timing["event"])]
    if None in days or not 0 < len(days) <= _MOST_EVENTS or {"repeat", "code"} & set(timing):
        return NotComputable("timing-not-read", f"{ELEMENT}.event")
    counted = Counter(sorted(day for day in days if day is not None))
    return IntakeFrequency(Span(Fraction(min(counted.values())), Fraction(max(counted.values()))), days=counted)


def _count(repeat: Resource) -> Span | NotComputable | None:
    """The number of intakes in all, `count` to `countMax`; None if there is no limit."""
    if not _COUNT & set(repeat):
        return None
    most = repeat.get("countMax", repeat.get("count"))
    fewest = repeat.get("count", 1)
    if not _is_count(most) or not _is_count(fewest) or fewest > most:
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.count")
    return Span(Fraction(fewest), Fraction(most))


def _is_count(value: object, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _union(spans: list[Span]) -> Span:
    return Span(min(span.low for span in spans), max(span.high for span in spans))


def _holds(outer: Span, inner: Span) -> bool:
    return outer.low <= inner.low and inner.high <= outer.high


def exactly(times: int) -> Span:
    return Span(Fraction(times), Fraction(times))
