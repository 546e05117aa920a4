"""The questions about precautions: histories, what is not assessed, and who should prescribe."""

from datetime import timedelta

from cds_service.core.course.course import DoseTrend
from cds_service.core.facts.written import first_written
from cds_service.core.model.findings import Answer, MissingFact
from cds_service.core.model.known import Fact, History, Known, Unknown, is_active
from cds_service.core.model.ruleset import Values, days, names
from cds_service.core.rules.verdict import (
    CaseReadings,
    Verdict,
    certain,
    check,
    missing,
    most_likely_course,
    possible,
    references,
    says_yes,
)

_DAY = timedelta(days=1)


@check(
    "psychiatric-history",
    {"suicidality": (), "suicidality-renewal": (), "disorder": (), "disorder-renewal": (), "resolved": ()},
    values={"recent_days": int},
    asks=("suicidality", "psychiatric", "taken_now"),
)
def psychiatric_history(readings: CaseReadings, values: Values) -> Verdict:
    """Suicidality, always said; a psychiatric disorder, on a renewal only where there is news of it."""
    orders, facts = references(possible(readings)), readings.facts
    if not orders:
        return
    if isinstance(facts.suicidality, Known):
        recent = facts.suicidality.value.may_be_since(readings.case.on - days(values, "recent_days"))
        yield Answer("suicidality-renewal" if _is_no_rise(readings) and not recent else "suicidality", orders, {})
    elif isinstance(facts.psychiatric, Known) and _is_said(facts.psychiatric.value, readings):
        yield Answer(_disorder_case(facts.psychiatric.value.active, _is_no_rise(readings)), orders, {})
    yield from missing(facts.suicidality, "suicidality")
    yield from missing(facts.psychiatric, "psychiatric")


def _is_said(disorder: History, readings: CaseReadings) -> bool:
    """Whether a disorder is news, or the order is no renewal; one renewal in three would repeat it for ever."""
    if not _is_no_rise(readings) or most_likely_course(readings) is None or readings.case.repeats_precautions:
        return True
    renewed = first_written(readings.facts.taken_now)
    return disorder.recurring or renewed is None or disorder.may_be_since(renewed + _DAY)


def _disorder_case(active: bool, no_rise: bool) -> str:
    if not active:
        return "resolved"
    return "disorder-renewal" if no_rise else "disorder"


@check(
    "seizure-history",
    {"seizures": (), "seizures-renewal": (), "febrile": ()},
    asks=("seizures", "febrile_convulsions"),
)
def seizure_history(readings: CaseReadings, values: Values) -> Verdict:
    """Epilepsy or seizures on the problem list, however old; without a rise of dose they are a separate case."""
    del values
    orders, facts = references(possible(readings)), readings.facts
    if not orders:
        return
    if isinstance(facts.seizures, Known):
        yield Answer("seizures-renewal" if _is_no_rise(readings) else "seizures", orders, {})
    elif isinstance(facts.febrile_convulsions, Known):
        yield Answer("febrile", orders, {})
    yield from missing(facts.seizures, "seizures")


def _is_no_rise(readings: CaseReadings) -> bool:
    """Whether the dose is known to stay or to fall; also if all orders are stops."""
    course = most_likely_course(readings)
    return course is None or course.trend in (DoseTrend.SAME, DoseTrend.FALL)


@check(
    "not-assessed",
    {"dialysis": (), "kidney-failure": (), "pregnancy": (), "breast-feeding": (), "medicines": ()},
    values={"says_unknown": tuple},
    asks=("dialysis", "severe_kidney_failure", "pregnancy", "breast_feeding", "sedating_medicine"),
)
def not_assessed(readings: CaseReadings, values: Values) -> Verdict:
    """What is on record that no rule judges: conditions each time, medicines unless the dose stays or falls."""
    orders, facts = references(possible(readings)), readings.facts
    if not orders:
        return
    if is_active(facts.dialysis):
        yield Answer("dialysis", orders, {})
    elif is_active(facts.severe_kidney_failure):
        yield Answer("kidney-failure", orders, {})
    if is_active(facts.pregnancy):
        yield Answer("pregnancy", orders, {})
    if is_active(facts.breast_feeding):
        yield Answer("breast-feeding", orders, {})
    yield from _unknown(facts.dialysis, "dialysis", values)
    yield from _unknown(facts.severe_kidney_failure, "severe_kidney_failure", values)
    yield from _unknown(facts.pregnancy, "pregnancy", values)
    yield from _unknown(facts.breast_feeding, "breast_feeding", values)
    if not _is_no_rise(readings):
        if says_yes(facts.sedating_medicine):
            yield Answer("medicines", orders, {})
        yield from _unknown(facts.sedating_medicine, "sedating_medicine", values)


def _unknown(fact: Fact[History] | Fact[bool], name: str, values: Values) -> Verdict:
    """What is unknown; not where a whole key did not come and other rules in force say so already."""
    if isinstance(fact, Unknown) and (fact.reason == "unlisted" or fact.provenance in names(values, "says_unknown")):
        yield MissingFact(name, fact.reason)


@check("experienced-prescriber", {"found": ()})
def experienced_prescriber(readings: CaseReadings, values: Values) -> Verdict:
    """Every order for alcohol dependence, while the use was off-label and left to experienced physicians."""
    del values
    concerned = references(certain(readings))
    if concerned:
        yield Answer("found", concerned, {})
