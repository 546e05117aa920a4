"""The moments of the day at which an order is taken: morning, noon, afternoon, evening, night."""

from collections.abc import Iterator

from cds_service.core.dose.moments import TOLD_APART, moments_at
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource


def moments_of(dosages: object) -> frozenset[str]:
    """All moments of these dosages; empty if those of any of them are not known."""
    each = [frozenset(_moments(dosage)) for dosage in fhir.objects(dosages)]
    known = bool(each) and all(each) and not any("" in moments for moments in each)
    return frozenset().union(*each) if known else frozenset()


def _moments(dosage: Resource) -> Iterator[str]:
    """Each moment of a dosage; an empty one where a code or a time is not known."""
    repeat = fhir.as_object(fhir.as_object(dosage.get("timing")).get("repeat"))
    for code in fhir.as_list(repeat.get("when")):
        yield TOLD_APART.get(fhir.text(code), "")
    for time in fhir.as_list(repeat.get("timeOfDay")):
        hour = fhir.text(time)[:2]
        yield next(reversed(moments_at(hour)), "bedtime") if hour.isascii() and hour.isdecimal() else ""
