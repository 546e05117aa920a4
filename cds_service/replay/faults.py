"""What is wrong with an export: each kind of fault with its count and up to five places."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cds_service.core.dose.quantity import counted, milligrams
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.terminology import Terminology
from cds_service.replay.record_of_day import written_on

MOST_PLACES = 5

# The kinds of fault, as keys of cards/replay.toml: of files and lines, of resources, of orders that were not judged.
NOT_SENT, NOT_READ = "fault-not-sent", "fault-not-read"
UNREADABLE, OTHER_TYPE, NO_SUBJECT = "fault-unreadable", "fault-other-type", "fault-no-subject"
NO_ID, DUPLICATE, NO_PATIENT = "fault-no-id", "fault-duplicate", "fault-no-patient"
NO_TARGET, FUTURE, NO_UNIT = "fault-no-target", "fault-future", "fault-no-unit"
ORDER_NO_SUBJECT, ORDER_NO_DAY = "fault-order-no-subject", "fault-order-no-day"
ORDER_IN_FUTURE, DEFECT = "fault-order-in-future", "fault-defect"
NOT_JUDGED = (ORDER_NO_SUBJECT, ORDER_NO_DAY, ORDER_IN_FUTURE, DEFECT)
KINDS = (
    NOT_SENT, NOT_READ, UNREADABLE, OTHER_TYPE, NO_SUBJECT, NO_ID, DUPLICATE, NO_PATIENT, NO_TARGET, FUTURE, NO_UNIT,
    *NOT_JUDGED,
)  # fmt: skip

Place = tuple[str, str]
"""A file, and the `Type/id` of a resource in it or its line."""


@dataclass
class Faults:
    """Counts and places by kind of fault."""

    counts: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[Place]] = field(default_factory=dict)

    def add(self, kind: str, places: Iterable[Place], count: int = 1) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + count
        known = self.places.setdefault(kind, [])
        known += [place for place in places if place not in known][: MOST_PLACES - len(known)]

    def named(self, name: Callable[[Path], str]) -> "Faults":
        """The same, with files as they are named to people. What is no file, a type of resource, stays."""
        places = {
            kind: [(name(Path(file)) if Path(file).is_absolute() else file, line) for file, line in several]
            for kind, several in self.places.items()
        }
        return Faults(self.counts, places)

    def add_all(self, counts: Mapping[str, int], places: Mapping[str, Iterable[Place]]) -> None:
        for kind, count in counts.items():
            self.add(kind, [(file, where) for file, where in places.get(kind, ())], count)


def faults_of(
    resource: Resource, known: Mapping[str, Resource], is_ours: bool, terminology: Terminology, today: date
) -> Iterator[str]:
    """The kinds of fault of one resource. `known` are the resources of its patient by `Type/id`."""
    of_day = _fault_of_day(written_on(resource), today, is_ours=is_ours)
    if of_day:
        yield of_day
    if any(_leads_nowhere(reference, known) for reference in _references(resource, is_ours=is_ours)):
        yield NO_TARGET
    if is_ours and any(_has_no_unit(quantity, terminology) for quantity in _quantities(resource)):
        yield NO_UNIT


def _fault_of_day(written: date | None, today: date, *, is_ours: bool) -> str:
    if written is None:
        return ORDER_NO_DAY if is_ours else ""
    if written <= today:
        return ""
    return ORDER_IN_FUTURE if is_ours else FUTURE


def _references(resource: Resource, *, is_ours: bool) -> Iterator[Resource]:
    """The references that a signing is judged by: to its medicine, its reasons and the order that it renews."""
    for element in ("medicationReference", *(("reasonReference", "priorPrescription") if is_ours else ())):
        yield from fhir.objects(resource.get(element))


def _leads_nowhere(reference: Resource, known: Mapping[str, Resource]) -> bool:
    """Whether a Reference, other than to a contained resource, is to none of the patient's."""
    is_inside = fhir.text(reference.get("reference")).startswith("#")
    return bool(reference) and not is_inside and (fhir.relative(reference) or "") not in known


def _quantities(order: Resource) -> Iterator[object]:
    for dosage in fhir.objects(order.get("dosageInstruction")):
        for dose in fhir.objects(dosage.get("doseAndRate")):
            if "doseQuantity" in dose:
                yield dose["doseQuantity"]


def _has_no_unit(quantity: object, terminology: Terminology) -> bool:
    return milligrams(quantity) is None and all(
        counted(quantity, unit, terminology) is None for unit in ("tablet", "ml")
    )
