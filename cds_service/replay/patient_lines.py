"""Reads the lines of one patient: each resource once, in an order that does not depend on the files it came in."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.replay.faults import DUPLICATE, NO_ID, UNREADABLE, Faults
from cds_service.replay.resources import decoded

Line = tuple[str, str, str, str]
"""patient, type, file, JSON."""

_Version = tuple[float, int, str]


@dataclass(frozen=True, slots=True)
class Source:
    """A resource and the file that it came in; empty for a Medication, which belongs to nobody."""

    resource: Resource
    file: str


def read_lines(lines: Iterable[Line], faults: Faults) -> list[Source]:
    """The resources of a patient; of two with one id the newest. What is wrong with them is added to the faults."""
    read: dict[str, tuple[_Version, Source]] = {}
    for _, _, file, line in lines:
        resource = decoded(line)
        if resource is None:
            faults.add(UNREADABLE, [(file, "")])
            continue
        name = fhir.local_reference(resource)
        if name is None:
            faults.add(NO_ID, [(file, "")])
            resource["id"] = _made_id(line)
            name = fhir.local_reference(resource) or ""
        found = _version(resource, line), Source(resource, file)
        if name in read:
            faults.add(DUPLICATE, [(file, name)])
        read[name] = max(found, read.get(name, found), key=lambda it: it[0])
    return [source for _, source in sorted(read.values(), key=lambda it: (_kind(it[1]), it[0][-1]))]


def _made_id(line: str) -> str:
    """An id for a resource without one, so that what is remembered of it is not taken for that of another."""
    return f"without-id-{hashlib.blake2b(line.encode(errors='replace'), digest_size=8).hexdigest()}"


def _kind(source: Source) -> str:
    return fhir.text(source.resource.get("resourceType"))


def _version(resource: Resource, line: str) -> _Version:
    """Greater for a newer version of one resource; the line decides between versions that say nothing of it."""
    meta = fhir.as_object(resource.get("meta"))
    changed, version = fhir.moment(meta.get("lastUpdated")), fhir.text(meta.get("versionId"))
    number = int(version) if version.isdecimal() and len(version) < 10 else 0
    return (changed.timestamp() if changed else 0.0, number, line)
