"""Finds the files of an export by type of resource, and tells whether an export is still the same."""

import codecs
import gzip
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from cds_service.base.errors import Fault, SettingsError
from cds_service.base.names import PREFETCH_TYPES

# What is read, by type of resource. A Medication belongs to nobody: it comes with the orders that name it.
TYPES = (
    "Patient", "MedicationRequest", "MedicationStatement", "Medication", "Condition", "Observation", "ServiceRequest",
    "Goal",
)  # fmt: skip

_NDJSON = re.compile(r".+\.(?i:ndjson|jsonl)(?:\.gz)?")
_TYPE_IN_NAME = re.compile(r"([A-Z][A-Za-z]+)(?:[^A-Za-z]|$)")


@dataclass(frozen=True)
class Export:
    """The files of an export: NDJSON by type, or Parquet with a row a resource (patient, type, json).

    `others` are not read: they have another type of resource, or are of another kind.
    """

    folder: Path
    ndjson: dict[str, list[Path]] = field(default_factory=dict)
    parquet: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)

    @property
    def files(self) -> list[Path]:
        return sorted([*self.parquet, *(path for paths in self.ndjson.values() for path in paths)])

    def fingerprint(self) -> str:
        """Changes with the name, size or time of any file."""
        digest = hashlib.sha256()
        for path in self.files:
            about = path.stat()
            digest.update(f"{path.relative_to(self.folder)}|{about.st_size}|{about.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def name(self, path: Path) -> str:
        """A file as it is named to people: by its path within the export."""
        return path.relative_to(self.folder).as_posix()


def find_export(folder: Path) -> Export:
    """The export in a folder. Raises SettingsError if it has no orders."""
    export = Export(folder.resolve())
    for path in sorted(path for path in export.folder.rglob("*") if path.is_file() and path.name[0] not in "._"):
        kind = _type_of(path) if _NDJSON.fullmatch(path.name) else ""
        if path.suffix == ".parquet":
            export.parquet.append(path)
        else:
            (export.ndjson.setdefault(kind, []) if kind in TYPES else export.others).append(path)
    if not export.parquet and "MedicationRequest" not in export.ndjson:
        remedy = "name the folder of a bulk export, with a file MedicationRequest.ndjson, or of Parquet files"
        raise SettingsError(Fault("EXPORT", "has no orders", remedy))
    return export


def _type_of(path: Path) -> str:
    """The type in the name of a file; else that of its first readable line: a file of an export has one type."""
    named = _TYPE_IN_NAME.match(path.name)
    if named and named[1] in TYPES:
        return named[1]
    found = (_type_in(line) for _, line in lines_of(path))
    return next(filter(None, found), "")


def _type_in(line: bytes) -> str:
    try:
        return _Typed.decode(line).resourceType
    except (msgspec.DecodeError, ValueError, RecursionError):
        return ""


class _Type(msgspec.Struct):
    """The one element of a resource that tells which file it is in."""

    resourceType: str = ""  # noqa: N815  the name that FHIR gives it


_Typed = msgspec.json.Decoder(_Type)


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each line that is not empty, with its number; without the byte order mark, which tools of Windows write."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line.removeprefix(codecs.BOM_UTF8) if number == 1 else line


def keys_sent(types: Iterable[str]) -> frozenset[str]:
    """The prefetch keys that an export with these types answers; what it has no file for was not sent."""
    there = set(types)
    return frozenset(key for key, wanted in PREFETCH_TYPES.items() if wanted & there)
