"""The files of code lists: valid FHIR, and consistent."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.codesystem import CodeSystem
from fhir.resources.R4B.namingsystem import NamingSystem
from fhir.resources.R4B.valueset import ValueSet

from tests.knowledge.code_lists import (
    FILES,
    FOLDERS,
    NAMING_SYSTEMS,
    PRODUCTS,
    ROOT,
    SYSTEMS,
    VALUE_SETS,
    is_in,
    read,
    values,
)

MODELS: dict[str, Any] = {"NamingSystem": NamingSystem, "CodeSystem": CodeSystem, "ValueSet": ValueSet}
CANONICAL = "https://baclofen-cds.example/fhir"


def parts() -> Iterator[tuple[str, Any]]:
    for name, value_set in VALUE_SETS.items():
        compose = value_set["compose"]
        for part in compose["include"] + compose.get("exclude", []):
            yield name, part


# --- every file ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_is_valid_fhir_in_its_folder_under_its_own_name(path: Path) -> None:
    resource = read(path)
    kind = resource["resourceType"]

    MODELS[kind].model_validate_json(path.read_text(encoding="utf-8"))

    assert path.parent.name == FOLDERS[kind]
    assert resource["id"] == path.stem
    if kind != "NamingSystem":  # in R4 it has no url, version, title or experimental
        assert resource["url"] == f"{CANONICAL}/{kind}/{path.stem}"
        assert {"version", "title", "experimental"} <= resource.keys()
    assert {"name", "status", "date", "publisher", "description"} <= resource.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_is_written_as_an_editor_would_leave_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"


def test_the_readme_names_every_code_system_and_naming_system() -> None:
    """A code list says itself what it is; which of them are asked, and by what, the loader holds to the code."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    named = [path for path in FILES if path.parent.name != "valuesets"]
    assert [path.stem for path in named if f"`{path.stem}`" not in readme] == []


def test_each_way_to_write_a_system_belongs_to_one_naming_system() -> None:
    written = [unique["value"] for system in NAMING_SYSTEMS for unique in system["uniqueId"]]

    assert len(written) == len(set(written))


def test_each_naming_system_prefers_its_first_uri() -> None:
    for system in NAMING_SYSTEMS:
        first, *others = system["uniqueId"]
        assert (first["type"], first["preferred"]) == ("uri", True), system["id"]
        assert not any(other.get("preferred") for other in others), system["id"]


def test_each_code_is_of_a_system_that_has_a_naming_system() -> None:
    known = {system["uniqueId"][0]["value"] for system in NAMING_SYSTEMS}
    used = {part["system"] for _, part in parts()}
    used |= {coding["system"] for concept in PRODUCTS["concept"] for coding in values(concept, "coding")}

    assert used <= known
    assert set(SYSTEMS.values()) <= known


@pytest.mark.parametrize("name", VALUE_SETS)
def test_no_code_is_twice_in_a_list(name: str) -> None:
    includes = VALUE_SETS[name]["compose"]["include"]
    named = [(part["system"], each["code"]) for part in includes for each in part.get("concept", [])]
    patterns = [(part["system"], rule["value"]) for part in includes for rule in part.get("filter", [])]

    assert len(named) == len(set(named))
    assert len(patterns) == len(set(patterns))
    for system, code in named:
        assert not any(re.fullmatch(pattern, code) for owner, pattern in patterns if owner == system), code


def test_each_part_of_a_list_is_named_codes_with_a_display_or_one_pattern() -> None:
    for name, part in parts():
        assert ("concept" in part) != ("filter" in part), name
        assert [each for each in part.get("concept", []) if not each.get("display")] == [], name
        assert part.get("concept") or part.get("filter"), name
        for rule in part.get("filter", []):
            assert (rule["property"], rule["op"]) == ("code", "regex"), name
            re.compile(rule["value"])


# --- lists within lists ----------------------------------------------------------------------


@pytest.mark.parametrize(("part", "whole"), [("alcohol-dependence-in-remission", "alcohol-dependence")])
def test_a_list_that_is_part_of_another_has_nothing_of_its_own(part: str, whole: str) -> None:
    names = {value: key for key, value in SYSTEMS.items()}
    patterns = [each for each in VALUE_SETS[whole]["compose"]["include"] if "filter" in each]

    for include in VALUE_SETS[part]["compose"]["include"]:
        codes = [concept["code"] for concept in include.get("concept", [])]
        assert [code for code in codes if not is_in(whole, names[include["system"]], code)] == []
        assert codes or include in patterns
