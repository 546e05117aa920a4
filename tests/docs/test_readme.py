"""The README is true: its paths exist, its maps are whole, its limits hold. Links and commands stand beside it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def chapter(title: str, page: str = README) -> str:
    return page.partition(f"## {title}")[2].partition("\n## ")[0]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


def paths(text: str) -> list[str]:
    """What is quoted and looks like a file of ours."""
    return [word for word in quoted(text) if re.fullmatch(r"[\w.-]+(/[\w.-]+)*\.(toml|json|py|md|yaml)", word)]


@pytest.mark.parametrize(("title", "page"), [("Where do I change…", README), ("The modules", ARCHITECTURE)])
def test_every_path_in_a_table_exists(title: str, page: str) -> None:
    named = paths(chapter(title, page))

    assert len(named) > 10
    assert not [path for path in named if not (ROOT / path).is_file()]


def test_every_path_anywhere_exists() -> None:
    named = set(paths(README)) - {"REQUEST.json"}

    assert len(named) > 10
    assert not [path for path in named if not (ROOT / path).is_file()]


def test_every_line_of_where_do_i_change_names_a_file() -> None:
    rows = re.findall(r"^\| (.+) \| (.+) \|$", chapter("Where do I change…"), re.MULTILINE)[1:]

    assert len(rows) > 10
    assert not [question for question, answer in rows if not paths(answer) and "the same file" not in answer]


def test_every_module_of_the_package_that_is_not_of_the_core_is_on_the_map() -> None:
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "cds_service").glob("[!_]*.py")}

    assert modules <= set(paths(chapter("The modules", ARCHITECTURE)))


def test_every_package_is_on_the_short_map_and_what_is_there_exists() -> None:
    named = set(quoted(chapter("The modules"))) - {"make check"}
    packages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "cds_service").glob("[!_]*/")}

    assert packages <= named
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_address_of_the_example_is_that_of_the_service() -> None:
    contract = (ROOT / "openapi.yaml").read_text(encoding="utf-8")

    paths = re.findall(r"http://127\.0\.0\.1:8000(/\S+?)[`\s]", README)
    assert paths
    for path in paths:
        assert f"\n  {path}:" in contract


def test_production_refuses_to_start_without_what_the_readme_names() -> None:
    assert "refuses to start" in chapter("Status and limits")

    done = subprocess.run(
        [sys.executable, "-m", "cds_service", "serve"],
        cwd=ROOT,
        env={"CDS_MODE": "production"},
        capture_output=True,
        timeout=60,
    )

    assert done.returncode == 2


def test_the_court_decision_is_told() -> None:
    assert "21VE00811" in chapter("Before clinical use")
