"""Finds the lines of faults: DuckDB, which counts them, does not know their numbers."""

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.replay.export_files import lines_of
from cds_service.replay.faults import MOST_PLACES, NO_SUBJECT, OTHER_TYPE, UNREADABLE, Place
from cds_service.replay.resources import decoded, subject_of

_NO_LINES = ".parquet"


def lines_with(fault: str, path: Path, kind: str) -> list[Place]:
    """The first lines of a file, which has resources of one type, that have a fault."""
    if path.suffix == _NO_LINES:
        return [(str(path), "")]
    numbers = (number for number, line in lines_of(path) if _fault_in(line, kind) == fault)
    return [(str(path), str(number)) for number in islice(numbers, MOST_PLACES)]


def _fault_in(line: bytes, kind: str) -> str:
    resource = decoded(line)
    if resource is None:
        return UNREADABLE
    if resource.get("resourceType") != kind:
        return OTHER_TYPE
    return "" if kind == "Medication" or subject_of(resource) else NO_SUBJECT


def with_lines(places: Mapping[str, list[Place]]) -> dict[str, list[Place]]:
    """The places of resources, by `Type/id`, as those of lines. Each file is gone through once."""
    wanted: dict[str, set[str]] = {}
    for file, name in (place for several in places.values() for place in several):
        wanted.setdefault(file, set()).add(name)
    lines = {file: _line_numbers(Path(file), names - {""}) for file, names in wanted.items() if file}
    return {
        kind: [(file, str(lines.get(file, {}).get(name, ""))) for file, name in several]
        for kind, several in places.items()
    }


def _line_numbers(path: Path, wanted: Iterable[str]) -> dict[str, int]:
    """The line of each resource, by `Type/id`."""
    left = {name.partition("/")[2].encode(): name for name in wanted}
    found: dict[str, int] = {}
    if path.suffix == _NO_LINES:
        return found
    for number, line in lines_of(path) if left else ():
        for identity in [identity for identity in left if identity in line and _is_of(line, left[identity])]:
            found[left.pop(identity)] = number
        if not left:
            break
    return found


def _is_of(line: bytes, name: str) -> bool:
    resource: Resource = decoded(line) or {}
    return fhir.local_reference(resource) == name
