"""What is wrong with an export: each kind of fault with its count and up to five places."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import msgspec

from cds_service.core.dose.quantity import counted, milligrams
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.terminology import Terminology
from cds_service.replay.export_files import lines_of
from cds_service.replay.record_of_day import written_on
from cds_service.replay.resources import decoded

MOST_PLACES = 5

# The kinds of fault, as keys of cards/replay.toml.
NOT_SENT, UNREADABLE, OTHER_TYPE = "fault-not-sent", "fault-unreadable", "fault-other-type"
NO_TARGET, FUTURE, NO_UNIT, NO_DAY = "fault-no-target", "fault-future", "fault-no-unit", "fault-no-day"
KINDS = (NOT_SENT, UNREADABLE, OTHER_TYPE, NO_TARGET, FUTURE, NO_UNIT, NO_DAY)

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

    def add_all(self, counts: Mapping[str, int], places: Mapping[str, Iterable[Place]]) -> None:
        for kind, count in counts.items():
            self.add(kind, [(file, where) for file, where in places.get(kind, ())], count)


def faults_of(
    resource: Resource, known: Mapping[str, Resource], is_ours: bool, terminology: Terminology, today: date
) -> Iterator[str]:
    """The kinds of fault of one resource. `known` are the resources of its patient by `Type/id`."""
    written = written_on(resource)
    if written is not None and written > today:
        yield FUTURE
    if _leads_nowhere(fhir.as_object(resource.get("medicationReference")), known):
        yield NO_TARGET
    if is_ours and written is None:
        yield NO_DAY
    if is_ours and any(_has_no_unit(quantity, terminology) for quantity in _quantities(resource)):
        yield NO_UNIT


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


def unreadable_lines(path: Path) -> tuple[int, list[Place]]:
    """How many lines of a file cannot be read, and where the first ones are."""
    if path.suffix == ".parquet":
        return 0, []
    numbers = [number for number, line in lines_of(path) if not _is_json(line)]
    return len(numbers), [(path.name, str(number)) for number in numbers[:MOST_PLACES]]


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def line_numbers(path: Path, wanted: Iterable[str]) -> dict[str, int]:
    """The line of each resource, by `Type/id`."""
    left = {name.partition("/")[2].encode(): name for name in wanted}
    found: dict[str, int] = {}
    if path.suffix == ".parquet":
        return found
    for number, line in lines_of(path):
        for identity in [identity for identity in left if identity in line and _is_of(line, left[identity])]:
            found[left.pop(identity)] = number
        if not left:
            break
    return found


def _is_of(line: bytes, name: str) -> bool:
    return fhir.local_reference(decoded(line) or {}) == name
