"""The questions about a treatment that begins, or that is taken up again after days without."""

from fractions import Fraction

from cds_service.core.course.course import Course
from cds_service.core.course.signed import Standing
from cds_service.core.model.dose import NOTHING, Span
from cds_service.core.model.findings import Answer
from cds_service.core.model.ruleset import Values, milligrams, number_of
from cds_service.core.rules.verdict import (
    CaseReadings,
    Verdict,
    answer_about,
    check,
    missing,
    most_likely_course,
)
from cds_service.core.signings.levels import level

_LIMIT = ("mg_per_day", "limit_mg_per_day")
_AFTER_DAYS = ("mg_per_day", "days")
_SINCE = ("mg_per_day", "since")


@check(
    "initial-dose-too-high",
    {"no-number": ("mg_per_day",), "found": _LIMIT, "perhaps-first": _LIMIT},
    values={"mg_per_day": Fraction, "days": Fraction},
    optional=("mg_per_day", "days"),
    asks=("taken_now",),
)
def initial_dose_too_high(readings: CaseReadings, values: Values) -> Verdict:
    """Whether a first prescription begins too high; each first prescription is named while no text gives a number."""
    course = most_likely_course(readings)
    if course is None:
        return
    standing = readings.signed.standing
    if standing not in (Standing.FIRST, Standing.WRITTEN_ONLY):
        yield from _first_missing(readings)
        return
    most = number_of(values, "mg_per_day")
    if most is None:
        if course.threshold_mg == 0 and standing is Standing.FIRST:
            yield answer_about(course, "no-number", mg_per_day=course.at(course.signed.begins) or NOTHING)
        return
    for reading in readings.replacing:
        highest = _highest_in_first_days(reading, int(milligrams(values, "days")))
        if highest.high > max(most, reading.threshold_mg):
            name = "found" if standing is Standing.FIRST else "perhaps-first"
            yield answer_about(reading, name, mg_per_day=highest, limit_mg_per_day=most)
            return


def _first_missing(readings: CaseReadings) -> Verdict:
    yield from missing(readings.facts.taken_now, "taken_now")


def _highest_in_first_days(course: Course, days: int) -> Span:
    begins = min((step.since for step in course.held), default=course.on)
    early = [step.mg_per_day for step in course.steps if (step.since - begins).days < days]
    return max(early, key=lambda span: span.high, default=Span(Fraction(0), Fraction(0)))


@check(
    "resumption",
    {
        "short-gap": _AFTER_DAYS,
        "found": _AFTER_DAYS,
        "above-starting-dose": _AFTER_DAYS,
        "old-order": _SINCE,
        "above-old-order": _SINCE,
    },
    values={"high_mg_per_day": Fraction, "starting_mg_per_day": Fraction, "warning_mg_per_day": Fraction},
    optional=("warning_mg_per_day",),
    asks=("taken_now",),
)
def resumption(readings: CaseReadings, values: Values) -> Verdict:
    """Whether a draft begins again what was not taken for some days, or what nobody knows to be taken still."""
    for course in readings.replacing:
        begins = course.at(course.signed.begins) or NOTHING
        if begins.high <= course.threshold_mg:
            continue
        if course.signed.taken.stale is not None:
            yield from _since_old_order(course, values)
        else:
            yield from _after_gap(course, values)
        return


def _after_gap(course: Course, values: Values) -> Verdict:
    begins, gap = course.at(course.signed.begins) or NOTHING, course.signed.gap_days or 0
    standing, warning = course.signed.standing, number_of(values, "warning_mg_per_day")
    if standing is Standing.SHORT_GAP and begins.high > milligrams(values, "high_mg_per_day"):
        yield _answer(course, "short-gap", gap)
    elif standing is Standing.RESUMED:
        above = warning is not None and begins.high > warning
        yield _answer(course, "above-starting-dose" if above else "found", gap)


def _answer(course: Course, name: str, gap: int) -> Answer:
    return answer_about(course, name, mg_per_day=course.at(course.signed.begins) or NOTHING, days=gap)


def _since_old_order(course: Course, values: Values) -> Verdict:
    """An open order of long ago after which nothing came: up to its dose it may have gone on."""
    begins, old = course.at(course.signed.begins) or NOTHING, course.signed.taken.stale
    if old is None or begins.high <= milligrams(values, "starting_mg_per_day"):
        return
    dose, warning = level(old, course.on), number_of(values, "warning_mg_per_day")
    above = warning is not None and (dose is None or begins.high > dose.high)
    yield answer_about(course, "above-old-order" if above else "old-order", mg_per_day=begins, since=old.written)
