"""Changelog, version, hooks, CI, templates and code owners agree with each other and with the repository."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from cds_service.base.version import __version__
from tests.docs.pages import KNOWLEDGE, ROOT

FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
RULES = {rule.id for rule in KNOWLEDGE.rules.rules}
FIRST_DAY = date(2012, 4, 24)
ANSWERS = re.compile(
    r"- \*\*Answers\*\*, (every rule|`[a-z-]+`(?:, `[a-z-]+`)*), "
    r"from (\d{4}-\d{2}-\d{2})(?: to (\d{4}-\d{2}-\d{2}))?: .+"
)


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


# --- the changelog ---------------------------------------------------------------------------


def test_the_changelog_has_what_is_unreleased_then_the_version_of_the_package_then_older_ones() -> None:
    first, *versions = re.findall(r"^## (.+)$", text("CHANGELOG.md"), re.MULTILINE)
    released = [version.split(" - ") for version in versions]
    numbers = [tuple(map(int, number.split("."))) for number, _ in released]

    assert first == "Unreleased"
    assert released[0][0] == __version__
    assert numbers == sorted(numbers, reverse=True)
    assert all(date.fromisoformat(day) for _, day in released)


def test_its_chapters_are_those_of_keep_a_changelog() -> None:
    chapters = re.findall(r"^### (.+)$", text("CHANGELOG.md"), re.MULTILINE)

    assert {*chapters} <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def names_rules_and_days(entry: str) -> bool:
    """Whether an entry about changed answers names existing rules and the dates of the orders that it affects."""
    found = ANSWERS.fullmatch(entry)
    if not found:
        return False
    rules = {*re.findall(r"`([a-z-]+)`", found[1])}
    return rules <= RULES and all(date.fromisoformat(day) >= FIRST_DAY for day in found.groups()[1:] if day)


def test_each_entry_that_changes_answers_names_its_rules_and_days() -> None:
    changes = text("CHANGELOG.md").partition("## Unreleased\n")[2]
    entries = [" ".join(entry.split()) for entry in re.split(r"\n(?=- |#)", changes)]

    assert len(entries) > 1
    assert not [entry for entry in entries if "**Answers**" in entry and not names_rules_and_days(entry)]


@pytest.mark.parametrize(
    ("entry", "complete"),
    [
        ("- **Answers**, `abrupt-stop`, from 2017-03-17: a switch is no stop.", True),
        ("- **Answers**, `abrupt-stop`, `seizure-history`, from 2017-03-17 to 2021-03-04: words.", True),
        ("- **Answers**, every rule, from 2012-04-24: words.", True),
        ("- **Answers**, `no-such-rule`, from 2017-03-17: words.", False),
        ("- **Answers**, `abrupt-stop`: words without days.", False),
        ("- **Answers**, from 2017-03-17: words without a rule.", False),
        ("- **Answers**, `abrupt-stop`, from 2011-03-17: before all rules.", False),
    ],
)
def test_what_such_an_entry_needs(entry: str, complete: bool) -> None:
    assert names_rules_and_days(entry) == complete


# --- hooks and CI ----------------------------------------------------------------------------


def test_the_hooks_run_the_commands_of_make_check_and_fetch_nothing() -> None:
    *recipe, audit = text("Makefile").partition("\ncheck:")[2].partition("\n\n")[0].splitlines()[1:]
    (local,) = read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]

    assert [hook["entry"] for hook in local["hooks"]] == [
        line.removeprefix("\t@").replace("$(BIN)", ".venv/bin") for line in recipe
    ]
    assert "audit" in audit  # it fails nothing, and asks the network
    assert local["repo"] == "local"
    assert {(hook["language"], hook["pass_filenames"]) for hook in local["hooks"]} == {("system", False)}


def test_the_public_ci_runs_what_ours_runs_on_the_oldest_python_that_we_support() -> None:
    (job,) = read_yaml(ROOT / ".github/workflows/ci.yml")["jobs"].values()

    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert job["strategy"]["matrix"]["python"][0] == "3.11"
    assert 'requires-python = ">=3.11"' in text("pyproject.toml")


def test_editors_break_lines_where_ruff_does() -> None:
    (length,) = re.findall(r"^line-length = (\d+)$", text("pyproject.toml"), re.MULTILINE)

    assert f"\nmax_line_length = {length}\n" in text(".editorconfig")


# --- templates and owners --------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_an_issue_begins_with_its_source(form: Path) -> None:
    asked = read_yaml(form)["body"]

    assert asked[0]["attributes"]["label"].startswith("Which source")
    assert all(field["validations"]["required"] for field in asked)
    assert len({field["id"] for field in asked}) == len(asked)


def test_there_is_a_form_for_clinical_questions_and_it_comes_first() -> None:
    assert [form.stem for form in FORMS] == ["clinical", "defect"]


def test_a_pull_request_begins_with_its_source() -> None:
    assert text(".github/pull_request_template.md").startswith("## Which source?\n")


def test_what_has_an_owner_is_there() -> None:
    owned = re.findall(r"^(/\S+) +@example/", text(".github/CODEOWNERS"), re.MULTILINE)

    assert "/cds_service/rules/" in owned
    assert not [path for path in owned if not (ROOT / path.lstrip("/")).exists()]
    assert not [path for path in owned if path.endswith("/") != (ROOT / path.lstrip("/")).is_dir()]
