"""Lists all generated resources by file path, and writes the files that have changed."""

import json
from pathlib import Path
from typing import Any

from cds_service.core.record.terminology import ListName
from cds_service.definitions.activities import activities
from cds_service.definitions.capability_statement import capability_statement
from cds_service.definitions.findings_code_system import findings
from cds_service.definitions.guide import guide
from cds_service.definitions.lists import folder, resource
from cds_service.definitions.medicines import oral_baclofen
from cds_service.definitions.metadata import Json
from cds_service.definitions.order import baclofen_order
from cds_service.definitions.rule_book import plan_definitions
from cds_service.knowledge.loading import Knowledge

GENERATED = "generated"
EXAMPLES = "examples"


def generated(knowledge: Knowledge) -> dict[Path, Json]:
    """The resources, by path below fhir_profiles/."""
    products = resource("codesystems", "baclofen-products")
    substance = resource("valuesets", ListName.BACLOFEN_SUBSTANCE)
    made = [
        baclofen_order(knowledge),
        findings(knowledge),
        oral_baclofen(knowledge, products, substance),
        *activities(knowledge),
        *plan_definitions(knowledge),
    ]
    known = [*written(), *made]
    kinds = {item["resourceType"] for item in known} | {"CapabilityStatement", "ImplementationGuide"}
    made.append(capability_statement(knowledge, sorted(kinds)))
    made.append(guide(knowledge, [*written(), *made], examples()))
    return {place(item): item for item in made}


def place(item: Json) -> Path:
    """The file of a resource: `generated/plandefinitions/….json`."""
    return Path(GENERATED, f"{item['resourceType'].lower()}s", f"{item['id']}.json")


def written() -> list[Json]:
    """The code lists, which are written by hand."""
    return [read(path) for kind in ("codesystems", "namingsystems", "valuesets") for path in _files(kind)]


def examples() -> list[Json]:
    return [read(path) for path in _files(EXAMPLES)]


def _files(below: str) -> list[Path]:
    return sorted((folder() / below).glob("*.json"))


def read(path: Path) -> Json:
    resource: Json = json.loads(path.read_text("utf-8"))
    return resource


def as_text(item: Any) -> str:
    """Indented JSON with a final line break."""
    return json.dumps(item, ensure_ascii=False, indent=2) + "\n"


def write(knowledge: Knowledge, root: Path) -> list[Path]:
    """Writes the files that differ and removes those no longer generated; returns the paths of both."""
    wanted = {path: as_text(item) for path, item in generated(knowledge).items()}
    there = {path.relative_to(root) for path in (root / GENERATED).rglob("*.json")}
    changed = sorted(there - wanted.keys())
    for path in changed:
        (root / path).unlink()
    for path, text in wanted.items():
        if path not in there or (root / path).read_text("utf-8") != text:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, "utf-8")
            changed.append(path)
    return changed
