"""The questions whose answers are lines that end other cards."""

from cds_service.core.course.course import DoseTrend
from cds_service.core.model.findings import Answer
from cds_service.core.model.product import Framework
from cds_service.core.model.ruleset import Values
from cds_service.core.rules.verdict import (
    CaseReadings,
    Verdict,
    certain,
    check,
    is_first_prescription,
    most_likely_course,
    possible,
    references,
)


@check("no-abrupt-stop", {"found": ()}, asks=("taken_now",))
def no_abrupt_stop(readings: CaseReadings, values: Values) -> Verdict:
    """Every order of a patient who takes, or may take, baclofen already. Of a stop, the rule of stops speaks."""
    del values
    concerned = references(order for order in readings.judged if not order.stops)
    if concerned and not is_first_prescription(readings):
        yield Answer("found", concerned, {})


@check("adverse-effect-report", {"rtu": (), "crpv-and-rtu": (), "crpv": ()}, values={"report_to": str})
def adverse_effect_report(readings: CaseReadings, values: Values) -> Verdict:
    """To whom a suspected adverse effect is reported: for every order that is judged."""
    concerned = references(readings.judged)
    if concerned:
        yield Answer(str(values["report_to"]), concerned, {})


@check("first-line-situations", {"found": ()}, asks=("taken_now",))
def first_line_situations(readings: CaseReadings, values: Values) -> Verdict:
    """First prescriptions under the RTU: the situations in which it allows baclofen first line."""
    del values
    concerned = [order for order in certain(readings) if order.framework is Framework.RTU]
    if concerned and is_first_prescription(readings):
        yield Answer("found", references(concerned), {})


@check("risk-reduction-documents", {"found": ()})
def risk_reduction_documents(readings: CaseReadings, values: Values) -> Verdict:
    """Every order that begins baclofen or raises its dose: the documents on reducing risks."""
    del values
    concerned, course = references(possible(readings)), most_likely_course(readings)
    if concerned and course is not None and course.trend in (DoseTrend.FIRST, DoseTrend.RISE):
        yield Answer("found", concerned, {})
