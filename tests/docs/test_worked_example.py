"""The worked example of a new rule works, and the tests then ask a second person to check its values."""

import os
import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, run, shell_lines, text_of

AUTHORING = DOCS / "rule-authoring.md"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository to be changed, without .git and tools."""
    for name in ("cds_service", "cards", "fhir_profiles", "tests", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "images"))
    for name in ("openapi.yaml", "Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def in_the_copy(copy: Path) -> dict[str, str]:
    """The environment, without the variables that would count coverage of the copy as ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")} | {"HERE": str(copy)}


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{text}")


def command_of_the_example() -> str:
    """`make rules`, run with the libraries of these tests instead of a new set-up."""
    (command,) = shell_lines(AUTHORING)
    return f"{command} --old-file=.venv/dev.stamp BIN={Path(sys.executable).parent}"


def test_the_worked_example_works(copy: Path) -> None:
    change, vignette = re.findall(r"^```toml\n(.*?)^```", text_of(AUTHORING), re.MULTILINE | re.DOTALL)
    rule_file, vignette_file = re.findall(r"at the end of `([^`]+\.toml)`", text_of(AUTHORING), re.IGNORECASE)
    environment = in_the_copy(copy)

    identity = tomllib.loads(vignette)["vignette"][0]["id"]
    alone = f'"{sys.executable}" -m pytest --quiet tests/test_vignettes.py -k {identity}'

    append(copy / vignette_file, vignette)
    without_the_rule = run(alone, environment)
    append(copy / rule_file, change)
    with_the_rule = run(command_of_the_example(), environment)

    assert without_the_rule.returncode == 1, without_the_rule.stdout
    assert f"test_the_findings_of_a_vignette[{identity}]" in without_the_rule.stdout
    assert with_the_rule.returncode == 0, with_the_rule.stdout + with_the_rule.stderr
    told = (copy / "docs" / "changelog.md").read_text(encoding="utf-8").replace("\u00a0", " ")
    day = told.partition("## 15 January 2027")[2]
    assert "`daily-dose-above-recommended` changes. Now: 250 mg/day. Before: 300 mg/day." in day
    assert "strongly recommended not to exceed 250 mg/day" in day


def test_the_second_pair_of_eyes_is_asked_for(copy: Path) -> None:
    change, _ = re.findall(r"^```toml\n(.*?)^```", text_of(AUTHORING), re.MULTILINE | re.DOTALL)
    (rule_file, _) = re.findall(r"at the end of `([^`]+\.toml)`", text_of(AUTHORING), re.IGNORECASE)
    append(copy / rule_file, change)

    held = f'"{sys.executable}" -m pytest --quiet -k source_table tests/test_knowledge.py'
    done = run(held, in_the_copy(copy))

    assert done.returncode == 1
    assert "test_every_value_and_its_day_are_those_of_the_source_table" in done.stdout
