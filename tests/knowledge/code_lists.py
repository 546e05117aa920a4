"""The code lists in fhir_profiles/, and membership in them as FHIR defines it."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2] / "fhir_profiles"
FOLDERS = {"NamingSystem": "namingsystems", "CodeSystem": "codesystems", "ValueSet": "valuesets"}
FILES = sorted(path for folder in FOLDERS.values() for path in ROOT.glob(f"{folder}/*.json"))

SYSTEMS = {
    "atc": "http://www.whocc.no/atc",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "snomed": "http://snomed.info/sct",
    "icd-10": "http://hl7.org/fhir/sid/icd-10",
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "cim-10-fr": "https://smt.esante.gouv.fr/terminologie-cim-10",
    "loinc": "http://loinc.org",
    "ucum": "http://unitsofmeasure.org",
    "edqm": "http://standardterms.edqm.eu",
    "cip": "http://data.esante.gouv.fr/ansm/medicament/Presentation",
    "cis": "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique",
}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


NAMING_SYSTEMS = [read(path) for path in FILES if path.parent.name == "namingsystems"]
VALUE_SETS = {path.stem: read(path) for path in FILES if path.parent.name == "valuesets"}
PRODUCTS = read(ROOT / "codesystems" / "baclofen-products.json")


def is_in(name: str, system: str, code: str) -> bool:
    """Membership as FHIR defines it: in at least one include and in no exclude."""
    compose = VALUE_SETS[name]["compose"]
    included = any(_takes(part, system, code) for part in compose["include"])
    return included and not any(_takes(part, system, code) for part in compose.get("exclude", []))


def _takes(part: Any, system: str, code: str) -> bool:
    if part["system"] != SYSTEMS[system]:
        return False
    if "concept" in part:
        return code in {concept["code"] for concept in part["concept"]}
    return all(re.fullmatch(rule["value"], code) for rule in part["filter"])


def values(concept: Any, prop: str) -> list[Any]:
    found = [each for each in concept.get("property", []) if each["code"] == prop]
    return [each[key] for each in found for key in each if key.startswith("value")]


def value(concept: Any, prop: str) -> Any:
    return next(iter(values(concept, prop)), None)


def product(system: str, code: str) -> Any:
    """The only product that has this code."""
    coding = {"system": SYSTEMS[system], "code": code}
    (found,) = [concept for concept in PRODUCTS["concept"] if coding in values(concept, "coding")]
    return found
