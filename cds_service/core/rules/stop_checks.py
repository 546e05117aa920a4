"""The question about the end of a treatment: whether it stops at once."""

from dataclasses import replace
from fractions import Fraction

from cds_service.core.course.course import Course
from cds_service.core.model.dose import NOTHING, Span
from cds_service.core.model.findings import Indicator
from cds_service.core.model.known import Known
from cds_service.core.model.ruleset import Values, milligrams
from cds_service.core.rules.verdict import CaseReadings, Verdict, answer_about, check, missing, taken_unknown


@check(
    "abrupt-stop",
    {
        "found": ("before_mg_per_day",),
        "from-high-dose": ("before_mg_per_day",),
        "from-one-step": ("before_mg_per_day",),
        "dose-unknown": (),
    },
    values={"step_mg": Fraction, "high_mg_per_day": Fraction},
    asks=("taken_now", "seizures"),
)
def abrupt_stop(readings: CaseReadings, values: Values) -> Verdict:
    """Whether the drafts end, with no decrease, what is taken now; of one taper step, where seizures are known."""
    step, high = milligrams(values, "step_mg"), milligrams(values, "high_mg_per_day")
    for course in readings.courses_with_stops:
        if course.dose != NOTHING:
            return
        if course.before is None:
            yield answer_about(course, "dose-unknown") if course.signed.taken.lines else taken_unknown(readings)
        elif course.before.high > max(step, course.threshold_mg):
            name = "from-high-dose" if course.before.high > high else "found"
            answer = answer_about(course, name, before_mg_per_day=course.before)
            ends_by_itself = course.signed.ends_by_itself
            yield replace(answer, at_most=Indicator.WARNING) if ends_by_itself else answer
        else:
            yield from missing(readings.facts.taken_now, "taken_now")
            yield from _stop_from_one_step(course, course.before, readings)
        return


def _stop_from_one_step(course: Course, before: Span, readings: CaseReadings) -> Verdict:
    """A stop from so little is said with seizures on record."""
    if before.high > course.threshold_mg:
        if isinstance(readings.facts.seizures, Known):
            yield answer_about(course, "from-one-step", before_mg_per_day=before)
        yield from missing(readings.facts.seizures, "seizures")
