"""Reads a FHIR Timing: how many intakes a day, and on which days.

Each way of writing a timing (frequency, when, timeOfDay, code, event) has one reader. If several are present and
differ, the result is the interval that holds all. An unknown element could change the dose, so a Timing with one
is not read. A day is 24 hours.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from typing import Any

from cds_service.core.dose.frequency import (
    DAYS_OF_WEEK,
    DISAGREE,
    DURATION_ALONE,
    ELEMENT,
    MOMENTS_DIFFER,
    REVERSED,
    TOO_FEW,
    IntakeFrequency,
    by_frequency,
    exactly,
    is_reversed,
    listed,
    weekdays_of,
)
from cds_service.core.dose.moments import CODES, MEALS, at_hours, at_moments, hours_of, named, together
from cds_service.core.dose.periods import read_bounds
from cds_service.core.dose.quantity import number
from cds_service.core.dose.timing_words import times_a_day
from cds_service.core.model.dose import EVERY_DAY, NotComputable, Span
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource

# http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation: the intakes a day. QOD, WK, MO: some days none.
GTS_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
_EACH_DAY = {
    "QD": 1, "BID": 2, "TID": 3, "QID": 4, "AM": 1, "PM": 1, "BED": 1,
    "Q1H": 24, "Q2H": 12, "Q3H": 8, "Q4H": 6, "Q6H": 4, "Q8H": 3,
}  # fmt: skip
_SOME_DAYS = ("QOD", "WK", "MO")
_GTS = {
    **{code: exactly(times) for code, times in _EACH_DAY.items()},
    **dict.fromkeys(_SOME_DAYS, Span(Fraction(0), Fraction(1))),
}


_FREQUENCY = {"frequency", "frequencyMax", "period", "periodMax", "periodUnit"}
_COUNT = {"count", "countMax"}
_BOUNDS = {"boundsPeriod", "boundsDuration", "boundsRange"}
# How long one administration lasts: a tablet has none. One of the two alone says nothing, and is asked about.
_LASTING = {"duration", "durationUnit"}
_KNOWN = _FREQUENCY | _COUNT | _BOUNDS | _LASTING | {"timeOfDay", "when", "offset", "dayOfWeek", "id", "extension"}
_KNOWN_IN_TIMING = {"repeat", "code", "event", "id", "extension"}

# The extension of French ePrescription for more moments; one code is one intake (fr-additional-when-values).
_ADDITIONAL_WHEN = "additional-when"

# More than a year of listed days is not a dosage that a person wrote.
_MOST_EVENTS = 400


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
    return _limited(
        replace(intakes, bounds=bounds, weekdays=weekdays_of(repeat), moments=_moments(repeat)), count, repeat
    )


def _limited(pace: IntakeFrequency, count: Span | None, repeat: Resource) -> IntakeFrequency:
    """The pace with its count of intakes, and what is asked. A count that is used up within a day is none."""
    too_few = count is not None and pace.intakes.low > count.high and pace.weekdays == EVERY_DAY
    asked = [
        *([TOO_FEW] if too_few else []),
        *([DURATION_ALONE] if len(_LASTING & set(repeat)) == 1 else []),
        *([REVERSED] if is_reversed(repeat, "count") or pace.bounds.reversed_ends else []),
    ]
    return replace(pace, count=None if too_few else count, questions=(*pace.questions, *asked))


def _malformed(timing: Resource, repeat: Any) -> NotComputable | None:
    """Why a Timing is refused: an element is not in the standard and may change the dose, or not of its type."""
    if set(timing) - _KNOWN_IN_TIMING or not isinstance(repeat, Mapping) or set(repeat) - _KNOWN:
        return NotComputable("timing-not-read", ELEMENT)
    if set(repeat) >= _LASTING or ("duration" in repeat and number(repeat["duration"]) is None):
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.duration")
    if "offset" in repeat and not _is_count(repeat["offset"], least=0):
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.offset")
    return None


def _intakes(timing: Resource, repeat: Resource) -> IntakeFrequency | NotComputable:
    """The intakes a day by `repeat` and `code`, and by the words of the code."""
    structured, said = _structured(timing, repeat), times_a_day(_words_of(timing.get("code")))
    if said is None:
        return structured
    if isinstance(structured, NotComputable):
        return IntakeFrequency(said, doubt=structured) if structured.reason == "timing-code-not-read" else structured
    if _holds(_on_days_of_week(structured.intakes, repeat), said):
        return structured
    united = _union([structured.intakes, said])
    return replace(structured, intakes=united, questions=(*structured.questions, DISAGREE))


def _structured(timing: Resource, repeat: Resource) -> IntakeFrequency | NotComputable:
    """The intakes a day by `repeat` and `code`. An unknown code is ignored if `repeat` gives them."""
    detailed, code = _by_details(repeat), _by_code(timing.get("code"))
    if isinstance(detailed, NotComputable):
        return detailed
    if detailed is None:
        return IntakeFrequency(code) if isinstance(code, Span) else code or NotComputable("timing-missing", ELEMENT)
    if not isinstance(code, Span):
        return detailed
    by_code, by_details = _on_days_of_week(code, repeat), _on_days_of_week(detailed.intakes, repeat)
    if _only_meals(repeat) and _holds(by_details, by_code):
        return replace(detailed, intakes=code)
    if by_code == by_details:
        return detailed
    return replace(detailed, intakes=_union([code, detailed.intakes]), questions=(*detailed.questions, DISAGREE))


def _by_details(repeat: Resource) -> IntakeFrequency | NotComputable | None:
    """The intakes a day by the elements of `repeat`; None if they give none."""
    read = []
    for reading in _readings(repeat):
        if isinstance(reading, NotComputable):
            return reading
        read.append(reading)
    if not read:
        return None
    asked = chain.from_iterable(reading.questions for reading in read)
    spans = _told_apart([reading.intakes for reading in read], repeat)
    differ = _union(spans) not in spans  # none of them holds the others
    return IntakeFrequency(_union(spans), questions=(*asked, *([DISAGREE] if differ else [])))


def _told_apart(spans: list[Span], repeat: Resource) -> list[Span]:
    """The intakes by each way; without those of "with meals", if a frequency says how many meals."""
    says_how_many = _only_meals(repeat) and len(spans) > 1 and _holds(spans[0], _union(spans))
    return spans[1:] if says_how_many else spans


def _readings(repeat: Resource) -> Iterator[IntakeFrequency | NotComputable]:
    """The intakes a day by each way in which `repeat` gives them."""
    if {"when", "timeOfDay"} & set(repeat) or _additional_moments(repeat):
        yield _by_moments(repeat)
    if _FREQUENCY & set(repeat) and not _merely_daily(repeat):
        yield by_frequency(repeat)
    if "dayOfWeek" in repeat:
        days = listed(repeat["dayOfWeek"], DAYS_OF_WEEK)
        if days is None:
            yield NotComputable("timing-not-read", f"{ELEMENT}.repeat.dayOfWeek")
        elif not ({"timeOfDay", "when"} | _FREQUENCY) & set(repeat):
            yield IntakeFrequency(exactly(1))


def _merely_daily(repeat: Resource) -> bool:
    """Whether `period` is 1 day without a frequency, beside moments: the moments then give the intakes."""
    daily = number(repeat.get("period")) == 1 and repeat.get("periodUnit") == "d"
    moments = {"when", "timeOfDay"} & set(repeat) or _additional_moments(repeat)
    return bool(moments) and daily and not {"frequency", "frequencyMax", "periodMax"} & set(repeat)


def _by_moments(repeat: Resource) -> IntakeFrequency | NotComputable:
    """The intakes at the moments and hours of the day; what is asked where the two name different ones."""
    codes = listed(repeat["when"], CODES) if "when" in repeat else []
    additional = _additional_moments(repeat)
    if codes is None or not all(isinstance(item.get("valueCode"), str) for item in additional):
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.when")
    if "timeOfDay" not in repeat:
        return IntakeFrequency(at_moments(codes, len(additional)))
    hours = hours_of(repeat["timeOfDay"])
    if hours is None:
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.timeOfDay")
    if not codes and not additional:
        return IntakeFrequency(at_hours(hours))
    met = together(codes, len(additional), hours)
    return IntakeFrequency(met.intakes, questions=(MOMENTS_DIFFER,) if met.differ else ())


def _moments(repeat: Resource) -> frozenset[str] | None:
    """The moments of the day that `when` and `timeOfDay` name; None if they name none of a certain hour."""
    if _additional_moments(repeat):
        return None
    return named(listed(repeat.get("when"), CODES) or [], hours_of(repeat.get("timeOfDay")) or [])


def _only_meals(repeat: Resource) -> bool:
    """Whether all moments are "with meals"; a frequency or a code may then say how many."""
    moments = listed(repeat.get("when"), MEALS) is not None and not _additional_moments(repeat)
    return moments and "timeOfDay" not in repeat


def _additional_moments(repeat: Resource) -> list[Resource]:
    extensions = fhir.objects(repeat.get("extension"))
    return [item for item in extensions if _ADDITIONAL_WHEN in fhir.text(item.get("url"))]


def _on_days_of_week(intakes: Span, repeat: Resource) -> Span:
    """The intakes of any day: from 0 if only some days of the week have intakes."""
    return intakes if weekdays_of(repeat) == EVERY_DAY else replace(intakes, low=Fraction(0))


def _by_code(code: object) -> Span | NotComputable | None:
    """The intakes a day by a coded abbreviation such as TID; words and a hospital's own codes are not read here."""
    if code is None:
        return None
    known = [_GTS[value] for system, value in fhir.codings(code) if system == GTS_SYSTEM and value in _GTS]
    if not known:
        return NotComputable("timing-code-not-read", f"{ELEMENT}.code")
    return _union(known)


def _words_of(code: object) -> str:
    """Text and displays of a code, and the codes of other systems: a hospital may call its own code TID."""
    local = [value for system, value in fhir.codings(code) if system != GTS_SYSTEM]
    return " ".join([fhir.words(code), *local])


def _by_events(timing: Resource) -> IntakeFrequency | NotComputable:
    """One intake at each `event`; not read if `repeat` or `code` is present too."""
    events = fhir.as_list(timing["event"])
    days = sorted(day for event in events if (day := fhir.day(event)))
    if len(days) < len(events) or not 0 < len(days) <= _MOST_EVENTS or {"repeat", "code"} & set(timing):
        return NotComputable("timing-not-read", f"{ELEMENT}.event")
    counted = Counter(days)
    return IntakeFrequency(exactly(max(counted.values())), days=counted)


def _count(repeat: Resource) -> Span | NotComputable | None:
    """The number of intakes in all, `count` and `countMax` in either order; None if there is no limit."""
    if not _COUNT & set(repeat):
        return None
    most = repeat.get("countMax", repeat.get("count"))
    fewest = repeat.get("count", 1)
    if not _is_count(most) or not _is_count(fewest):
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.count")
    return Span(Fraction(min(fewest, most)), Fraction(max(fewest, most)))


def _is_count(value: object, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _holds(outer: Span, inner: Span) -> bool:
    return outer.low <= inner.low and inner.high <= outer.high


def _union(spans: list[Span]) -> Span:
    return Span(min(span.low for span in spans), max(span.high for span in spans))
