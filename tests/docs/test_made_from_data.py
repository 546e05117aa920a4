"""The generated documents are up to date; each hazard and each requirement names existing tests."""

import ast
import unicodedata
from functools import cache

import pytest

from docs.render import DOCUMENTS, read
from tests.docs.pages import DOCS, KNOWLEDGE, ROOT, text_of

# --- what is made from data ------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_made_from_data_is_what_is_committed(name: str) -> None:
    """If this fails, run `make rules` or `python -m docs.render`."""
    assert text_of(DOCS / name) == DOCUMENTS[name](KNOWLEDGE)


# --- hazards and requirements, each with its tests -------------------------------------------

HAZARDS = read("hazards.toml")["hazard"]
REQUIREMENTS = [row for part in read("conformance.toml")["part"] for row in part["requirements"]]

# The number of requirements of each family in the CDS Hooks checklist; those of the token have names, not numbers.
FAMILIES = {
    "GEN": 7, "DIS": 13, "REQ": 13, "PRE": 20, "FHR": 9, "RSP": 8, "CARD": 8, "SRC": 5, "SUG": 7, "ACT": 9,
    "OVR": 6, "LNK": 6, "SYS": 3, "FBK": 8, "EXT": 4, "SEC": 5, "COR": 4,
}  # fmt: skip
STATUSES = {"met", "partly", "otherwise", "not used", "not applicable", "not yet"}


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def missing(names: list[str]) -> list[str]:
    """The named tests that do not exist. Python normalises a name to the Unicode form NFKC."""
    pairs = [unicodedata.normalize("NFKC", name).split("::") for name in names]
    return [f"{file}::{test}" for file, test in pairs if test not in functions_of(file)]


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard["id"])
def test_each_control_of_a_hazard_is_held_by_tests_that_are_there(hazard: dict[str, object]) -> None:
    controls = hazard["controls"]

    assert isinstance(controls, list)
    assert controls or hazard.get("open"), "neither controlled nor said to be open"
    for control in controls:
        assert control["tests"], control["says"]
        assert not missing(control["tests"])


def test_the_hazards_are_numbered_and_rated() -> None:
    assert [hazard["id"] for hazard in HAZARDS] == [f"H{number:02}" for number in range(1, len(HAZARDS) + 1)]
    assert all(hazard["severity"] in range(1, 6) and hazard["probability"] in range(1, 6) for hazard in HAZARDS)


def test_every_requirement_is_in_the_table() -> None:
    listed = [row["id"] for row in REQUIREMENTS]

    assert len(set(listed)) == len(listed)
    for family, count in FAMILIES.items():
        numbers = [int(name.partition("-")[2]) for name in listed if name.startswith(f"{family}-")]
        assert numbers == list(range(1, count + 1)), family


@pytest.mark.parametrize("row", REQUIREMENTS, ids=lambda row: row["id"])
def test_a_requirement_has_its_status_and_its_tests_are_there(row: dict[str, object]) -> None:
    named = row.get("tests", [])

    assert isinstance(named, list)
    assert row["status"] in STATUSES
    assert named or row["status"] not in ("met", "otherwise")
    assert row.get("note") or row["status"] not in ("partly", "otherwise", "not applicable")
    assert not missing(named)
