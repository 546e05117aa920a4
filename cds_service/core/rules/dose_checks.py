"""The questions about what will be taken: how much, how fast up, how fast down."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import Enum, auto
from fractions import Fraction

from cds_service.core.course.course import Course, DoseTrend
from cds_service.core.course.signed import Standing
from cds_service.core.model.dose import NOTHING
from cds_service.core.model.findings import Answer, Indicator
from cds_service.core.model.ruleset import Values, milligrams, number_of
from cds_service.core.rules.verdict import (
    CaseReadings,
    Verdict,
    answer_about,
    check,
    gap_of,
    missing,
    most_likely_course,
    says_yes,
    taken_unknown,
)

# A single step down that lasts no longer is a step of a taper, even above the limit.
_SHORT_STEP_DAYS = 14

_LIMIT = ("mg_per_day", "limit_mg_per_day")
_MG_PER_DAY: Mapping[str, type] = {"mg_per_day": Fraction}


class _WayDown(Enum):
    """How a dose above a limit stands to what is taken now."""

    NONE = auto()
    BEGUN = auto()  # it comes down, and stays above
    ON_THE_WAY = auto()  # it ends at or below the limit, or is a short step of a taper


@check(
    "daily-dose-above", {"found": _LIMIT, "first-prescription": _LIMIT, "decrease-begun": _LIMIT}, values=_MG_PER_DAY
)
def daily_dose_above(readings: CaseReadings, values: Values) -> Verdict:
    """Whether the dose exceeds `mg_per_day`; a decrease that ends at or below it is left to the taper's rules."""
    limit = milligrams(values, "mg_per_day")
    lowest = limit == min(readings.case.limits_mg, default=limit)
    for course, asked_again in _first_and_sum(
        readings.of_the_sum, lambda course: _above_case(course, readings, limit)
    ):
        name = _above_case(course, readings, limit) or ""
        if lowest or not asked_again:
            answer = answer_about(course, name, mg_per_day=course.dose, limit_mg_per_day=limit)
            yield replace(answer, at_most=Indicator.INFO) if asked_again else answer


def _above_case(course: Course, readings: CaseReadings, limit: Fraction) -> str | None:
    if course.peak.high <= max(limit, course.threshold_mg):
        return None
    if course.trend is DoseTrend.FIRST:
        return "first-prescription"
    way_down = _way_down(course, readings, limit)
    if way_down is _WayDown.ON_THE_WAY:
        return None
    return "decrease-begun" if way_down is _WayDown.BEGUN else "found"


def _first_and_sum(
    courses: Iterable[Course], case_of: Callable[[Course], str | None]
) -> Iterator[tuple[Course, bool]]:
    """The first reading that has something to say; if that is not a sum, also the first sum that has."""
    found = [course for course in courses if case_of(course) is not None]
    yield from ((course, False) for course in found[:1])
    if found and not found[0].if_addition:
        yield from ((course, True) for course in [it for it in found if it.if_addition][:1])


def _way_down(course: Course, readings: CaseReadings, limit: Fraction) -> _WayDown:
    if course.trend is DoseTrend.FALL and course.last.high <= limit:
        return _WayDown.ON_THE_WAY
    if not course.goes_down or readings.taper_step_mg is None:
        return _WayDown.NONE
    if _is_part_of_taper(course, readings) and course.fall_mg <= readings.taper_step_mg:
        return _WayDown.ON_THE_WAY
    return _WayDown.BEGUN


def _is_part_of_taper(course: Course, readings: CaseReadings) -> bool:
    """A short step down, or an order that ends at its visit after several falls; what follows is planned."""
    if course.days is None:
        return False
    part = readings.case.taper_part
    several = part is not None and course.days <= part.days and course.falls >= part.falls
    return several or course.days <= _SHORT_STEP_DAYS


@check(
    "specialist-care",
    {
        "above": _LIMIT,
        "decrease-begun": _LIMIT,
        "tapering": _LIMIT,
        "above-referred": _LIMIT,
        "reached": _LIMIT,
        "reached-goal-not-met": _LIMIT,
        "sum": _LIMIT,
    },
    values=_MG_PER_DAY,
    asks=("referral", "goal_not_met"),
)
def specialist_care(readings: CaseReadings, values: Values) -> Verdict:
    """Whether what will be taken goes above `mg_per_day` or is exactly that, by referral and goal on record."""
    limit = milligrams(values, "mg_per_day")
    for course, name in _care_cases(readings, limit):
        yield answer_about(course, name, mg_per_day=course.dose, limit_mg_per_day=limit)
        if not says_yes(readings.facts.referral):
            yield from missing(readings.facts.referral, "referral")
        if course.peak.high == limit:
            yield from missing(readings.facts.goal_not_met, "goal_not_met")
    if any(_stays_at(course, limit) for course in readings.of_the_sum) and not says_yes(readings.facts.referral):
        yield from missing(readings.facts.goal_not_met, "goal_not_met")


def _stays_at(course: Course, limit: Fraction) -> bool:
    """Whether the dose is `limit` and was: nothing is said, unless the goal is not met."""
    return course.trend is DoseTrend.SAME and course.peak.high == limit >= course.threshold_mg


def _care_cases(readings: CaseReadings, limit: Fraction) -> Iterator[tuple[Course, str]]:
    """The likeliest reading that reaches the dose; if it goes no further, the likeliest one that goes above it.

    What is advised above the dose holds at the dose too, so that one is not said beside the other.
    Then the likeliest sum: a sum is a reading only where it is asked about.
    """
    named = [(course, name) for course in readings.of_the_sum if (name := _care_case(course, readings, limit))]
    yield from _likeliest([item for item in named if not item[0].if_addition], limit)
    yield from [(course, "sum") for course, _ in named if course.if_addition][:1]


def _likeliest(surely: list[tuple[Course, str]], limit: Fraction) -> list[tuple[Course, str]]:
    above = [item for item in surely if item[0].peak.high > limit][:1]
    if above == surely[:1] or (above and surely[0][1] == "reached"):
        return above
    return [*surely[:1], *above]


def _care_case(course: Course, readings: CaseReadings, limit: Fraction) -> str | None:
    referred = says_yes(readings.facts.referral)
    if referred and course.trend is DoseTrend.SAME:
        return None
    if course.peak.high > max(limit, course.threshold_mg):
        return _care_case_above(course, readings, _way_down(course, readings, limit), referred=referred)
    if course.if_addition:
        return None
    passed_on_the_way_down = course.goes_down and course.last.high < limit
    if course.peak.high == limit >= course.threshold_mg and not passed_on_the_way_down:
        return _care_case_reached(course, readings, referred=referred)
    return None


def _care_case_reached(course: Course, readings: CaseReadings, *, referred: bool) -> str | None:
    if says_yes(readings.facts.goal_not_met) and not referred:
        return "reached-goal-not-met"
    return None if course.trend is DoseTrend.SAME else "reached"  # it is said where the dose is new


def _care_case_above(course: Course, readings: CaseReadings, way_down: _WayDown, *, referred: bool) -> str | None:
    if way_down is _WayDown.ON_THE_WAY:
        return None
    if referred:
        return "above-referred"
    if way_down is _WayDown.NONE:
        return "above"
    return "tapering" if _is_taper(course, readings) else "decrease-begun"  # the taper's own finding speaks


@check(
    "dose-reduction-too-fast",
    {"found": ("fall_mg", "step_mg")},
    values={"mg_per_2_days": Fraction},
    asks=("taken_now",),
)
def dose_reduction_too_fast(readings: CaseReadings, values: Values) -> Verdict:
    """Whether the dose falls too much within two days, from what is taken now or inside the orders."""
    step = milligrams(values, "mg_per_2_days")
    for course in readings.replacing or _what_goes_on(readings):
        if course.fall_mg > step and not _is_unlikely_and_low(course):
            yield answer_about(course, "found", fall_mg=course.fall_mg, step_mg=step)
            return
    yield from _taken_missing(readings)


def _what_goes_on(readings: CaseReadings) -> list[Course]:
    """The readings in which only a part of what is taken is stopped: a fall, not a stop."""
    return [course for course in readings.courses_with_stops if course.dose != NOTHING]


def _is_unlikely_and_low(course: Course) -> bool:
    """Whether an order is most likely for spasticity and never above its threshold for a card."""
    highest = course.peak.high if course.before is None else max(course.peak.high, course.before.high)
    return highest <= course.threshold_mg


def _taken_missing(readings: CaseReadings) -> Verdict:
    """Falls and rises against what is taken now cannot be judged where that is unknown, or known in part."""
    if not readings.replacing and not _what_goes_on(readings):
        return
    taken = readings.signed
    measured = taken.standing is Standing.RESUMED or taken.before is not None
    if not measured or gap_of(readings.facts.taken_now):
        yield taken_unknown(readings)


@check(
    "dose-increase-too-fast",
    {"found": ("rise_mg", "step_mg")},
    values={"mg_per_3_days": Fraction},
    asks=("taken_now",),
)
def dose_increase_too_fast(readings: CaseReadings, values: Values) -> Verdict:
    """Whether the dose rises by more than `mg_per_3_days` within three days."""
    step = milligrams(values, "mg_per_3_days")
    for course in readings.replacing or _what_goes_on(readings):
        if course.threshold_mg == 0 and course.rise_mg > step:
            yield answer_about(course, "found", rise_mg=course.rise_mg, step_mg=step)
            return
    yield from _taken_missing(readings)


def _is_taper(course: Course, readings: CaseReadings) -> bool:
    """A decrease within the step of a taper that ends at or below its limit, or that is a short step of one."""
    step, limit = readings.case.taper_step_mg, readings.case.taper_limit_mg
    if step is None or limit is None or not course.goes_down or course.fall_mg > step:
        return False
    return course.last.high <= limit or _is_part_of_taper(course, readings)


@check(
    "taper-in-progress",
    {"found": ("before_mg_per_day", "last_mg_per_day", "step_mg")},
    values={"mg_per_day": Fraction, "part_days": int, "part_falls": int},
)
def taper_in_progress(readings: CaseReadings, values: Values) -> Verdict:
    """Whether the orders are a decrease in steps that ends at or below `mg_per_day`, or a short step of one."""
    del values
    course = most_likely_course(readings)
    if course is not None and _is_taper(course, readings):
        before, step = course.before or course.peak, readings.taper_step_mg or Fraction(0)
        yield answer_about(course, "found", before_mg_per_day=before, last_mg_per_day=course.last, step_mg=step)


@check(
    "close-follow-up",
    {"found": ("before_mg_per_day",), "above": ("before_mg_per_day",)},
    values={"mg_per_day": Fraction, "taken_mg_per_day": Fraction},
    optional=("taken_mg_per_day",),
)
def close_follow_up(readings: CaseReadings, values: Values) -> Verdict:
    """Whether the dose comes down from above `mg_per_day`: then it is followed closely until it is stable.

    With `taken_mg_per_day`, so are those who take more than that and do not come down.
    """
    limit, taken = milligrams(values, "mg_per_day"), number_of(values, "taken_mg_per_day")
    for course in (*readings.replacing, *readings.courses_with_stops):
        falls = course.trend is DoseTrend.FALL
        least = limit if falls else taken
        if course.before is None or least is None:
            continue
        if course.before.high > max(least, course.threshold_mg):
            name = "found" if falls else "above"
            yield Answer(name, course.orders, {"before_mg_per_day": course.before}, course.if_alcohol)
            return
