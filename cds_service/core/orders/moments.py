"""The moments of the day at which an order is taken: morning, noon, afternoon, evening, night."""

from collections.abc import Iterator

from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource

# http://terminology.hl7.org/CodeSystem/v3-TimingEvent and http://hl7.org/fhir/event-timing. A meal that is not
# named ("C", "AC", "PC") is no moment that two orders could be told apart by.
_MOMENTS = {
    "MORN": "morning", "MORN.early": "morning", "MORN.late": "morning", "WAKE": "morning", "CM": "morning",
    "ACM": "morning", "PCM": "morning",
    "NOON": "noon", "CD": "noon", "ACD": "noon", "PCD": "noon",
    "AFT": "afternoon", "AFT.early": "afternoon", "AFT.late": "afternoon",
    "EVE": "evening", "EVE.early": "evening", "EVE.late": "evening", "CV": "evening", "ACV": "evening",
    "PCV": "evening",
    "NIGHT": "night", "HS": "night",
}  # fmt: skip

# From which hour on; before the first it is night.
_FROM_HOUR = [(21, "night"), (18, "evening"), (14, "afternoon"), (11, "noon"), (5, "morning")]


def moments_of(dosages: object) -> frozenset[str]:
    """All moments of these dosages; empty if those of any of them are not known."""
    each = [frozenset(_moments(dosage)) for dosage in fhir.objects(dosages)]
    known = bool(each) and all(each) and not any("" in moments for moments in each)
    return frozenset().union(*each) if known else frozenset()


def _moments(dosage: Resource) -> Iterator[str]:
    """Each moment of a dosage; an empty one where a code or a time is not known."""
    repeat = fhir.as_object(fhir.as_object(dosage.get("timing")).get("repeat"))
    for code in fhir.as_list(repeat.get("when")):
        yield _MOMENTS.get(fhir.text(code), "")
    for time in fhir.as_list(repeat.get("timeOfDay")):
        hour = fhir.text(time)[:2]
        yield _at(int(hour)) if hour.isascii() and hour.isdecimal() else ""


def _at(hour: int) -> str:
    return next((moment for since, moment in _FROM_HOUR if hour >= since), "night")
