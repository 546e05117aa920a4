"""The definitions in fhir_profiles/, as committed."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from tests.known import known

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "fhir_profiles"
CANONICAL = "https://baclofen-cds.example/fhir"
KNOWLEDGE = known()
ON = date(2026, 11, 22)

FILES = {path.relative_to(FOLDER).as_posix(): json.loads(path.read_text("utf-8")) for path in FOLDER.rglob("*.json")}
DEFINITIONS = [item for place, item in FILES.items() if not place.startswith("examples/")]
EXAMPLES = {Path(place).stem: item for place, item in FILES.items() if place.startswith("examples/")}
PLANS = sorted(
    (item for item in DEFINITIONS if item["resourceType"] == "PlanDefinition"), key=lambda item: item["id"]
)
PROFILE = FILES["generated/structuredefinitions/baclofen-order.json"]
FINDINGS = FILES["generated/codesystems/findings.json"]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value
