"""The question about a treatment that is taken up again after days without."""

from fractions import Fraction

from cds_service.core.course.course import NOTHING, Course
from cds_service.core.course.signed import Standing
from cds_service.core.model.findings import Answer
from cds_service.core.model.ruleset import Values, milligrams, number_of
from cds_service.core.rules.verdict import CaseReadings, Verdict, answer_about, check
from cds_service.core.signings.levels import level

_AFTER_DAYS = ("mg_per_day", "days")
_SINCE = ("mg_per_day", "since")


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
