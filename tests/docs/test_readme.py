"""The README is correct: its paths exist, its tables are complete. Links and commands have their own tests."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def chapter(title: str, page: str = README) -> str:
    return page.partition(f"## {title}")[2].partition("\n## ")[0]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


def paths(text: str) -> list[str]:
    """The quoted words that look like one of our files."""
    return [word for word in quoted(text) if re.fullmatch(r"[\w.-]+(/[\w.-]+)*\.(toml|json|py|md|yaml)", word)]


def test_every_path_in_the_table_of_changes_exists() -> None:
    named = paths(chapter("Where do I change…"))

    assert len(named) > 10
    assert not [path for path in named if not (ROOT / path).is_file()]


def test_the_table_of_changes_can_be_read_at_a_glance() -> None:
    assert len(re.findall(r"^\| .+ \| .+ \|$", chapter("Where do I change…"), re.MULTILINE)) - 1 <= 16


def test_every_path_anywhere_exists() -> None:
    named = set(paths(README)) - {"REQUEST.json"}

    assert len(named) > 10
    assert not [path for path in named if not (ROOT / path).is_file()]


def test_every_line_of_where_do_i_change_names_a_file() -> None:
    rows = re.findall(r"^\| (.+) \| (.+) \|$", chapter("Where do I change…"), re.MULTILINE)[1:]

    assert len(rows) > 10
    assert not [question for question, answer in rows if not paths(answer) and "the same file" not in answer]


def test_what_the_map_names_exists() -> None:
    named = set(quoted(chapter("The modules"))) - {"make check"}

    assert len(named) > 4
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
