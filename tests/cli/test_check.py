"""The command `check`: prints every fault with its file and remedy, and which rules are due for review."""

import shutil
from pathlib import Path

import pytest

from tests.cli.running import ROOT, SANDBOX_ORDER, start


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of the package and its data, in which a test makes faults."""
    for name in ("cds_service", "cards", "fhir_profiles"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "openapi.yaml", tmp_path)
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


WRONG_NUMBER = "is missing or of the wrong type. Give a number greater than 0."


def test_check_names_every_fault_with_its_file_and_what_to_do(copy: Path) -> None:
    replace(copy / "cds_service/rules/specialist-care.toml", "mg_per_day = 80", 'mg_per_day = "80"')
    replace(copy / "cards/specialist-care.toml", "[above.en]", "[above.de]")
    (copy / "fhir_profiles/valuesets/seizure.json").unlink()

    done = start("check", folder=copy)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"rules/specialist-care.toml change 1 values, mg_per_day: {WRONG_NUMBER}",
        (
            "valuesets/seizure.json: is missing. "
            "Write the list, or correct its name in ListName.SEIZURE and fact seizures."
        ),
        "cards/specialist-care.toml above, en: is missing. Add en = a table.",
        "cards/specialist-care.toml above, de: is not a known key. Correct its spelling or delete it.",
        *(
            f"cards/specialist-care.toml above en, {part}: is missing. Add {part} = a text in quotes."
            for part in ("summary", "finding", "rule", "action", "when")
        ),
    ]


@pytest.mark.parametrize("command", [["serve"], ["rules"], ["evaluate", SANDBOX_ORDER]])
def test_with_a_fault_in_the_knowledge_no_command_starts(command: list[object], copy: Path) -> None:
    replace(copy / "cds_service/rules/specialist-care.toml", "values.mg_per_day", "values.mg_a_day")

    done = start(*command, folder=copy)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("rules/specialist-care.toml change 1 values, mg_per_day: ")


def test_check_tells_which_rules_to_read_again_and_does_not_fail_for_them(copy: Path) -> None:
    replace(copy / "cds_service/rules/specialist-care.toml", "reviewed = 2026", "reviewed = 2020")

    done = start("check", folder=copy)

    assert (done.returncode, done.stderr) == (0, "")
    line = "rules/specialist-care.toml: last reviewed on 2020-11-22. Read it against its source again."
    assert line in done.stdout.splitlines()
