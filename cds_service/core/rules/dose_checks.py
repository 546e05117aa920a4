"""The questions about what will be taken: how much, how fast up, how fast down."""

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from fractions import Fraction

from cds_service.core.course.course import Change, Course
from cds_service.core.model.dose import Span
from cds_service.core.model.facts import Known
from cds_service.core.model.findings import Answer, Unjudged
from cds_service.core.model.ruleset import Values, milligrams, number_of
from cds_service.core.rules.verdict import (
    Situation,
    Verdict,
    about,
    check,
    gap_of,
    is_first_prescription,
    says_yes,
    surest,
    unjudged,
)

# A single step down that lasts no longer is a step of a taper, even above the limit (design, section 5).
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
def daily_dose_above(situation: Situation, values: Values) -> Verdict:
    """Whether the dose exceeds `mg_per_day`; a decrease that ends at or below it is left to the taper's rules."""
    limit = milligrams(values, "mg_per_day")
    for course in situation.courses:
        if course.peak.high > max(limit, course.floor_mg):
            first, way_down = course.change is Change.FIRST, _way_down(course, situation, limit)
            if first or way_down is not _WayDown.ON_THE_WAY:
                name = "decrease-begun" if way_down is _WayDown.BEGUN else "found"
                yield about(
                    course, "first-prescription" if first else name, mg_per_day=course.dose, limit_mg_per_day=limit
                )
                return


def _way_down(course: Course, situation: Situation, limit: Fraction) -> _WayDown:
    never_above = course.complete and course.before is not None and course.peak.high <= course.before.high
    if never_above and course.change is Change.FALL and course.last.high <= limit:
        return _WayDown.ON_THE_WAY
    if not course.goes_down or situation.taper_step_mg is None:
        return _WayDown.NONE
    short = course.days is not None and course.days <= _SHORT_STEP_DAYS
    return _WayDown.ON_THE_WAY if short and course.fall_mg <= situation.taper_step_mg else _WayDown.BEGUN


@check(
    "specialist-care",
    {
        "above": _LIMIT,
        "decrease-begun": _LIMIT,
        "tapering": _LIMIT,
        "above-referred": _LIMIT,
        "reached": _LIMIT,
        "reached-goal-not-met": _LIMIT,
    },
    values=_MG_PER_DAY,
    asks=("referral", "goal_not_met"),
)
def specialist_care(situation: Situation, values: Values) -> Verdict:
    """Whether what will be taken goes above `mg_per_day` or is exactly that, by referral and goal on record."""
    limit = milligrams(values, "mg_per_day")
    for course, name in _care_cases(situation, limit):
        yield about(course, name, mg_per_day=course.dose, limit_mg_per_day=limit)
        if not says_yes(situation.facts.referral):
            yield from unjudged(situation.facts.referral, "referral")
        if course.peak.high == limit:
            yield from unjudged(situation.facts.goal_not_met, "goal_not_met")


def _care_cases(situation: Situation, limit: Fraction) -> Iterator[tuple[Course, str]]:
    """The surest reading that reaches the dose and, where that one goes no further, the surest that goes above it."""
    reached = False
    for course in situation.courses:
        name = _care_case(course, situation, limit)
        above = course.peak.high > limit
        if name is not None and (above or not reached):
            yield course, name
            reached = True
        if name is not None and above:
            return


def _care_case(course: Course, situation: Situation, limit: Fraction) -> str | None:
    referred = says_yes(situation.facts.referral)
    if referred and course.change is Change.SAME:
        return None
    if course.peak.high > max(limit, course.floor_mg):
        return _care_case_above(course, situation, _way_down(course, situation, limit), referred=referred)
    passed_on_the_way_down = course.goes_down and course.last.high < limit
    if course.peak.high == limit >= course.floor_mg and not passed_on_the_way_down:
        not_met = says_yes(situation.facts.goal_not_met) and not referred
        return "reached-goal-not-met" if not_met else "reached"
    return None


def _care_case_above(course: Course, situation: Situation, way_down: _WayDown, *, referred: bool) -> str | None:
    if way_down is _WayDown.ON_THE_WAY:
        return None
    if referred:
        return "above-referred"
    if way_down is _WayDown.NONE:
        return "above"
    return "tapering" if _is_taper(course, situation) else "decrease-begun"  # the taper's own finding speaks


@check(
    "dose-reduction-too-fast",
    {"found": ("fall_mg", "step_mg")},
    values={"mg_per_2_days": Fraction},
    asks=("taken_now",),
)
def dose_reduction_too_fast(situation: Situation, values: Values) -> Verdict:
    """Whether the dose falls too much within two days, from what is taken now or inside the orders."""
    step = milligrams(values, "mg_per_2_days")
    for course in situation.courses or _what_goes_on(situation):
        if course.fall_mg > step and not _is_remote_and_low(course):
            yield about(course, "found", fall_mg=course.fall_mg, step_mg=step)
            return
    yield from _taken_unjudged(situation)


def _what_goes_on(situation: Situation) -> list[Course]:
    """The readings in which only a part of what is taken is stopped: a fall, not a stop."""
    return [course for course in situation.courses_with_stops if course.peak.high > 0 or not course.complete]


def _is_remote_and_low(course: Course) -> bool:
    """Whether an order is most likely for spasticity and never above its threshold for a card."""
    highest = course.peak.high if course.before is None else max(course.peak.high, course.before.high)
    return course.floor_mg > 0 and highest <= course.floor_mg


def _taken_unjudged(situation: Situation) -> Verdict:
    """Falls and rises against what is taken now cannot be judged where that is unknown, or known in part."""
    if not situation.courses and not _what_goes_on(situation):
        return
    if situation.taken_before is None or gap_of(situation.facts.taken_now):
        yield _taken_unknown(situation)


def _taken_unknown(situation: Situation) -> Unjudged:
    """Either nobody knows what is taken now, or its dose cannot be computed."""
    return Unjudged("taken_now", gap_of(situation.facts.taken_now) or "dose-not-computable")


@check(
    "abrupt-stop",
    {"found": ("before_mg_per_day",), "from-high-dose": ("before_mg_per_day",), "dose-unknown": ()},
    values={"step_mg": Fraction, "high_mg_per_day": Fraction},
    asks=("taken_now",),
)
def abrupt_stop(situation: Situation, values: Values) -> Verdict:
    """Whether the drafts end, with no decrease, what is taken now from above one taper step."""
    step, high = milligrams(values, "step_mg"), milligrams(values, "high_mg_per_day")
    for course in situation.courses_with_stops:
        if course.peak.high > 0 or not course.complete:
            return
        if course.before is None:
            known = isinstance(situation.facts.taken_now, Known)
            yield about(course, "dose-unknown") if known else _taken_unknown(situation)
        elif course.before.high > max(step, course.floor_mg):
            name = "from-high-dose" if course.before.high > high else "found"
            yield about(course, name, before_mg_per_day=course.before)
        else:
            yield from unjudged(situation.facts.taken_now, "taken_now")
        return


@check(
    "initial-dose-too-high",
    {"no-number": (), "found": _LIMIT},
    values={"mg_per_day": Fraction, "days": Fraction},
    optional=("mg_per_day", "days"),
    asks=("taken_now",),
)
def initial_dose_too_high(situation: Situation, values: Values) -> Verdict:
    """Whether a first prescription begins too high; each first prescription is named while no text gives a number."""
    course = surest(situation)
    if course is None:
        return
    if not is_first_prescription(situation):
        yield from _first_unjudged(situation)
        return
    most = number_of(values, "mg_per_day")
    if most is None:
        if course.floor_mg == 0:
            yield about(course, "no-number")
        return
    for reading in situation.courses:
        highest = _highest_in_first_days(reading, int(milligrams(values, "days")))
        if highest.high > max(most, reading.floor_mg):
            yield about(reading, "found", mg_per_day=highest, limit_mg_per_day=most)
            return


def _first_unjudged(situation: Situation) -> Verdict:
    yield from unjudged(situation.facts.taken_now, "taken_now")


def _highest_in_first_days(course: Course, days: int) -> Span:
    begins = min((step.since for step in course.steps), default=course.on)
    early = [step.mg_per_day for step in course.steps if (step.since - begins).days < days]
    return max(early, key=lambda span: span.high, default=Span(Fraction(0), Fraction(0)))


@check(
    "dose-increase-too-fast",
    {"found": ("rise_mg", "step_mg")},
    values={"mg_per_3_days": Fraction},
    asks=("taken_now",),
)
def dose_increase_too_fast(situation: Situation, values: Values) -> Verdict:
    """Whether the dose rises by more than `mg_per_3_days` within three days."""
    step = milligrams(values, "mg_per_3_days")
    for course in situation.courses:
        if course.floor_mg == 0 and course.rise_mg > step:
            yield about(course, "found", rise_mg=course.rise_mg, step_mg=step)
            return
    yield from _taken_unjudged(situation)


def _is_taper(course: Course, situation: Situation) -> bool:
    """A decrease within the step of a taper that ends at or below its limit, or that is a short step of one."""
    step, limit = situation.case.taper_step_mg, situation.case.taper_limit_mg
    if step is None or limit is None or not course.goes_down or course.fall_mg > step:
        return False
    return course.last.high <= limit or (course.days is not None and course.days <= _SHORT_STEP_DAYS)


@check("taper-in-progress", {"found": ("before_mg_per_day", "last_mg_per_day", "step_mg")}, values=_MG_PER_DAY)
def taper_in_progress(situation: Situation, values: Values) -> Verdict:
    """Whether the orders are a decrease in steps that ends at or below `mg_per_day`, or a short step of one."""
    del values
    course = surest(situation)
    if course is not None and _is_taper(course, situation):
        before, step = course.before or course.peak, situation.taper_step_mg or Fraction(0)
        yield about(course, "found", before_mg_per_day=before, last_mg_per_day=course.last, step_mg=step)


@check("close-follow-up", {"found": ("before_mg_per_day",)}, values=_MG_PER_DAY)
def close_follow_up(situation: Situation, values: Values) -> Verdict:
    """Whether the dose comes down from above `mg_per_day`: then it is followed closely until it is stable."""
    limit = milligrams(values, "mg_per_day")
    for course in (*situation.courses, *situation.courses_with_stops):
        highest = max(limit, course.floor_mg)
        if course.before is not None and course.before.high > highest and course.change is Change.FALL:
            yield Answer("found", course.orders, {"before_mg_per_day": course.before}, course.if_alcohol)
            return
