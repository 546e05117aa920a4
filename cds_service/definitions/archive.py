"""Makes the FHIR package: package.json, .index.json and the resources in a reproducible tar.gz."""

import gzip
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

from cds_service.definitions.catalogue import as_text, examples, generated, written
from cds_service.definitions.guide import manifest
from cds_service.definitions.metadata import Json
from cds_service.knowledge.loading import Knowledge

_INDEXED = ("id", "url", "version", "kind", "type")


def archive(knowledge: Knowledge) -> bytes:
    """The package as bytes. Dates and owners are fixed, so that the same content gives the same bytes."""
    definitions = [*written(), *generated(knowledge).values()]
    guides = [item for item in definitions if item["resourceType"] == "ImplementationGuide"]
    files = {"package/package.json": as_text(manifest(guides[0]))}
    files |= _with_index("package", definitions) | _with_index("package/example", examples())
    return gzip.compress(_tar(files), mtime=0)


def _with_index(folder: str, resources: Iterable[Json]) -> dict[str, str]:
    named = {f"{item['resourceType']}-{item['id']}.json": item for item in resources}
    entries = [_entry(name, item) for name, item in sorted(named.items())]
    index = {f"{folder}/.index.json": as_text({"index-version": 1, "files": entries})}
    return index | {f"{folder}/{name}": as_text(item) for name, item in named.items()}


def _entry(name: str, item: Json) -> Json:
    kept = {key: item[key] for key in _INDEXED if isinstance(item.get(key), str)}
    return {"filename": name, "resourceType": item["resourceType"], **kept}


def _tar(files: dict[str, str]) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, text in sorted(files.items()):
            content = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return whole.getvalue()


def write_archive(knowledge: Knowledge, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(archive(knowledge))
