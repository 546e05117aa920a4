"""What of checks, facts, prefetch keys and code lists does not fit together is named by `cds-service check`."""

import ast
import shutil
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cds_service.core.facts.histories import Histories
from cds_service.core.record.prefetch import Records
from cds_service.core.record.terminology import CodeList, ListName, Terminology
from cds_service.core.rules.checks import CHECKS, MODULES
from tests.docs.pages import ROOT, in_the_copy, run

FAULTS = tomllib.loads((ROOT / "tests" / "data" / "knowledge-faults.toml").read_text("utf-8"))["code_fault"]
CORE = ROOT / "cds_service" / "core"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with its knowledge, to be broken."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("cds_service", "cards", "fhir_profiles"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "generated"))
    shutil.copy(ROOT / "openapi.yaml", folder)
    return folder


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["reported"][:60])
def test_a_fault_in_the_code_is_named_with_what_to_do(fault: dict[str, str], copy: Path) -> None:
    path = copy / "cds_service" / "core" / fault["file"]
    sound = path.read_text(encoding="utf-8")
    assert fault["text"] in sound, f"{fault['file']} no longer holds {fault['text']!r}"

    path.write_text(sound.replace(fault["text"], fault["instead"], 1), encoding="utf-8")
    done = run(f'"{sys.executable}" -m cds_service check', in_the_copy(copy))
    path.write_text(sound, encoding="utf-8")

    assert done.returncode == 1
    assert fault["reported"] in done.stderr.splitlines()


# --- a list that is not here is never "none on record" -----------------------------------------

EMPTY = Terminology([CodeList("spasticity", frozenset())], {}, {})


def test_an_unknown_code_list_is_a_defect_and_not_a_list_without_codes() -> None:
    histories = Histories(Records("conditions"), EMPTY, date(2026, 11, 22))

    with pytest.raises(LookupError):
        histories.of("kidney-failur")
    with pytest.raises(LookupError):
        EMPTY.has(ListName.SEIZURE, [])
    assert not EMPTY.has(ListName.SPASTICITY, [])


def test_each_code_list_that_code_may_ask_is_asked() -> None:
    used = {node.attr for path in (ROOT / "cds_service").rglob("*.py") for node in of_list_name(path)}

    assert used == {name.name for name in ListName}


def of_list_name(path: Path) -> Iterator[ast.Attribute]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ListName":
            yield node


# --- a check asks the facts that it declares, and no others ------------------------------------

FUNCTIONS = {
    function.name: function
    for module in (*(Path(str(module.__file__)).name for module in MODULES), "verdict.py")
    for function in ast.parse((CORE / "rules" / module).read_text(encoding="utf-8")).body
    if isinstance(function, ast.FunctionDef)
}


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_asks_the_facts_that_it_declares(name: str) -> None:
    reached = set(reached_from(CHECKS[name].ask.__name__, set()))
    asked = {fact for function in reached for fact in facts_of(FUNCTIONS[function])}

    assert asked == set(CHECKS[name].asks)


def reached_from(function: str, seen: set[str]) -> Iterator[str]:
    """The functions of checks that it calls, itself among them."""
    if function in FUNCTIONS and function not in seen:
        seen.add(function)
        yield function
        for node in ast.walk(FUNCTIONS[function]):
            if isinstance(node, ast.Name):
                yield from reached_from(node.id, seen)


def facts_of(function: ast.FunctionDef) -> Iterator[str]:
    """What it takes from `readings.facts`, and the names by which it says that a fact is unknown."""
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Attribute(attr="facts") | ast.Name(id="facts"), attr=fact):
                yield fact
            case (
                ast.Attribute(attr="signed", value=ast.Name(id="readings")) | ast.Attribute(attr="gap_days" | "stale")
            ):
                yield "taken_now"  # how the drafts are read against it
            case ast.Call(func=ast.Name(id="missing"), args=[_, ast.Constant(value=str(fact))]):
                yield fact
            case ast.Call(func=ast.Name(id="MissingFact"), args=[ast.Constant(value=str(fact)), _]):
                yield fact
