"""Reads `frequency` and `period` of a FHIR Timing: how many intakes there are on a day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any

from cds_service.core.dose.periods import DAYS_PER_UNIT, NO_BOUNDS, Bounds
from cds_service.core.dose.quantity import number
from cds_service.core.model.dose import EVERY_DAY, NotComputable, Question, Span
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource

ELEMENT = "dosageInstruction.timing"
DAYS_OF_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# What is asked where elements of a timing contradict each other: the larger number of intakes is judged.
DISAGREE = Question("timings-disagree", "rhythm", contradicts=True)
MOMENTS_DIFFER = Question("moments-differ", "moments", contradicts=True)
WITHOUT_UNIT = Question("period-without-unit", "rhythm", contradicts=True)
DURATION_ALONE = Question("duration-alone", "duration")
REVERSED = Question("range-reversed", "rhythm", contradicts=True)
TOO_FEW = Question("count-below-a-day", "number-of-intakes", contradicts=True)


@dataclass(frozen=True, slots=True)
class IntakeFrequency:
    """The intakes a day, on `weekdays` within `bounds`, at most `count` in all; or the intakes of listed `days`.

    `moments` are those of the day that it names, None if it names none. `doubt`: only words say the intakes.
    """

    intakes: Span
    bounds: Bounds = NO_BOUNDS
    count: Span | None = None
    days: Mapping[date, int] | None = None
    weekdays: frozenset[int] = EVERY_DAY
    moments: frozenset[str] | None = None
    doubt: NotComputable | None = None
    questions: tuple[Question, ...] = ()


def by_frequency(repeat: Resource) -> IntakeFrequency | NotComputable:
    """`frequency` (to `frequencyMax`) intakes at the start of each `period` (to `periodMax`).

    If a period does not divide a day, some days have one start more than others; if it is longer than a day, some
    days have none. Several intakes in a longer period may all be on one day.
    """
    repeat, asked = _with_unit(repeat)
    intakes, period = _up_to_its_max(repeat, "frequency", 1), _up_to_its_max(repeat, "period")
    if intakes is None or period is None or not intakes.low.denominator == intakes.high.denominator == 1:
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat")
    asked += [REVERSED] if any(is_reversed(repeat, element) for element in ("frequency", "period")) else []
    spread = _spread(intakes, period, repeat)
    return spread if isinstance(spread, NotComputable) else IntakeFrequency(spread, questions=tuple(asked))


def _spread(intakes: Span, period: Span, repeat: Resource) -> Span | NotComputable:
    """The intakes of a day, given those of a period."""
    unit = fhir.text(repeat.get("periodUnit"))
    if unit in ("mo", "a") and period.low >= 1:
        return Span(Fraction(0), intakes.high)
    if unit not in DAYS_PER_UNIT:
        return NotComputable("timing-not-read", f"{ELEMENT}.repeat.periodUnit")
    a_week = unit == "wk" and period == exactly(1)
    if a_week and _is_once_on_each_listed_day(intakes, repeat):
        return exactly(1)
    days = DAYS_PER_UNIT[unit]
    return Span(intakes.low * floor(1 / (period.high * days)), intakes.high * ceil(1 / (period.low * days)))


def _with_unit(repeat: Resource) -> tuple[Resource, list[Question]]:
    """A period without its unit, or a unit without its period: read as the pace with most intakes that is meant.

    "3, day" is 3 a day; a period of 1 without a unit is a day, a longer one is hours.
    """
    if ("period" in repeat) == ("periodUnit" in repeat):
        return repeat, []
    if "period" not in repeat:
        return {**repeat, "period": 1}, [WITHOUT_UNIT]
    return {**repeat, "periodUnit": "d" if number(repeat["period"]) == 1 else "h"}, [WITHOUT_UNIT]


def _up_to_its_max(repeat: Resource, element: str, default: int | None = None) -> Span | None:
    """`element` to its `Max`, in either order; None unless both are positive numbers."""
    written = repeat.get(element, default)
    low, high = number(written), number(repeat.get(f"{element}Max", written))
    return Span(min(low, high), max(low, high)) if low and high and low > 0 and high > 0 else None


def is_reversed(repeat: Resource, element: str) -> bool:
    """Whether the maximum of an element is below it."""
    low, high = number(repeat.get(element)), number(repeat.get(f"{element}Max"))
    return low is not None and high is not None and high < low


def _is_once_on_each_listed_day(a_week: Span, repeat: Resource) -> bool:
    """Whether the intakes of a week are as many as its listed days: "5 a week, Monday to Friday"."""
    return "dayOfWeek" in repeat and a_week == exactly(len(weekdays_of(repeat)))


def weekdays_of(repeat: Resource) -> frozenset[int]:
    """The days of the week on which there are intakes."""
    days = listed(repeat.get("dayOfWeek"), DAYS_OF_WEEK)
    return EVERY_DAY if days is None else frozenset(map(DAYS_OF_WEEK.index, days))


def listed(values: Any, known: Collection[str]) -> list[str] | None:
    """The codes of a list; None if it is empty or has an unknown one."""
    codes = [code for code in fhir.as_list(values) if isinstance(code, str) and code in known]
    return codes if codes and len(codes) == len(fhir.as_list(values)) else None


def exactly(times: int) -> Span:
    return Span(Fraction(times), Fraction(times))
