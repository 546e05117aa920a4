"""The worked example of a new rule works, and the tests then ask a second person to check its values."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.docs.pages import DOCS, ROOT, in_the_copy, run, shell_lines, text_of
from tests.sampling import THOROUGH

AUTHORING = DOCS / "rule-authoring.md"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository to be changed, without .git and tools."""
    for name in ("cds_service", "cards", "fhir_profiles", "tests", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("openapi.yaml", "Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


class Piece(NamedTuple):
    """A block of the document, and where it belongs: a new file, or the end of one, or below a line of one."""

    below: str
    path: str
    text: str


# The parts of the document, by their headings.
CHANGE, RULE = "## A decision arrives tomorrow", "## A new rule, with a new fact"

_PIECE = re.compile(
    r"(?:A new file,|At the end of|Below\s`(?P<below>[^`]+)` in) `(?P<path>[^`]+)`[^`]*:\s+```\w+\n(?P<text>.*?)^```",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)


def pieces(heading: str) -> list[Piece]:
    """The pieces of one part of the document, in its order."""
    part = text_of(AUTHORING).partition(heading)[2].partition("\n## ")[0]
    return [Piece(found["below"] or "", found["path"], found["text"]) for found in _PIECE.finditer(part)]


def add(piece: Piece, copy: Path) -> None:
    path = copy / piece.path
    if not path.exists():
        path.write_text(piece.text, encoding="utf-8")
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines, start=1) if piece.below in line) if piece.below else len(lines)
    between = "" if piece.below else "\n"
    path.write_text("".join([*lines[:place], between, piece.text, *lines[place:]]), encoding="utf-8")


def id_of(vignette: Piece) -> str:
    return str(tomllib.loads(vignette.text)["vignette"][0]["id"])


def command_of_the_example() -> str:
    """`make rules`, run with the libraries of these tests instead of a new set-up."""
    (command,) = shell_lines(AUTHORING)
    return f"{command} --old-file=.venv/dev.stamp BIN={Path(sys.executable).parent}"


def only(identity: str) -> dict[str, str]:
    """Judges this vignette and those of the dossier; in `make thorough` all of them."""
    return {} if THOROUGH else {"PYTEST_ADDOPTS": f"-k '{identity} or V0 or not vignette['"}


@pytest.mark.sampled
def test_the_worked_example_works(copy: Path) -> None:
    change, vignette = pieces(CHANGE)
    environment = in_the_copy(copy)

    identity = id_of(vignette)
    alone = f'"{sys.executable}" -m pytest --quiet tests/test_vignettes.py -k {identity}'

    add(vignette, copy)
    without_the_rule = run(alone, environment)
    add(change, copy)
    with_the_rule = run(command_of_the_example(), environment | only(identity))

    assert without_the_rule.returncode == 1, without_the_rule.stdout
    assert f"test_the_findings_of_a_vignette[{identity}]" in without_the_rule.stdout
    assert with_the_rule.returncode == 0, with_the_rule.stdout + with_the_rule.stderr
    told = (copy / "docs" / "changelog.md").read_text(encoding="utf-8").replace("\u00a0", " ")
    day = told.partition("## 15 January 2027")[2]
    assert "`daily-dose-above-recommended` changes. Now: 250 mg/day. Before: 300 mg/day." in day
    assert "strongly recommended not to exceed 250 mg/day" in day


def test_the_second_pair_of_eyes_is_asked_for(copy: Path) -> None:
    change, _ = pieces(CHANGE)
    add(change, copy)

    held = f'"{sys.executable}" -m pytest --quiet -k source_table tests/knowledge/test_knowledge.py'
    done = run(held, in_the_copy(copy))

    assert done.returncode == 1
    assert "test_every_value_and_its_day_are_those_of_the_source_table" in done.stdout


# --- a new rule ------------------------------------------------------------------------------

# What is said where one piece is left out: by the file that it belongs to.
LEFT_OUT = {
    "cds_service/rules/lung-disease.toml": "check lung-disease: is chosen by no rule.",
    "cds_service/rules/order-of-cards.toml": "rules/order-of-cards.toml, rules: lacks lung-disease.",
    "cards/lung-disease.toml": "cards/lung-disease.toml: is missing.",
    "cds_service/core/rules/precaution_checks.py": "rules/lung-disease.toml, check: is not a known check.",
    "cds_service/core/model/case.py": "check lung-disease: asks the unknown fact lung_disease.",
    "fhir_profiles/valuesets/lung-disease.json": "valuesets/lung-disease.json: is missing.",
}
VIGNETTES = "tests/vignettes/precautions.toml"


def done_by_pytest(selected: str, copy: Path) -> subprocess.CompletedProcess[str]:
    return run(f'"{sys.executable}" -m pytest --quiet {selected}', in_the_copy(copy))


def checked(copy: Path) -> tuple[int, str]:
    done = run(f'"{sys.executable}" -m cds_service check', in_the_copy(copy))
    return done.returncode, done.stderr


def test_a_new_rule_is_six_pieces_and_nothing_else(copy: Path) -> None:
    """The first of them has two places: the rule itself, and its line in the order of all rules."""
    whole = pieces(RULE)
    for piece in whole:
        add(piece, copy)

    assert [piece.path for piece in whole] == [*LEFT_OUT, VIGNETTES]
    assert checked(copy) == (0, "")
    alone = (
        f'"{sys.executable}" -m pytest --quiet tests/test_vignettes.py -k "{id_of(whole[-1])} or expected_somewhere"'
    )
    declared = f'"{sys.executable}" -m pytest --quiet tests/knowledge/test_completeness.py -k "declares and lung"'
    for command in (alone, declared):
        done = run(command, in_the_copy(copy))
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", LEFT_OUT)
def test_a_piece_that_is_left_out_is_named(path: str, copy: Path) -> None:
    for piece in pieces(RULE):
        if piece.path != path:
            add(piece, copy)

    code, said = checked(copy)

    assert code == 1
    assert [line for line in said.splitlines() if line.startswith(LEFT_OUT[path])], said


def test_a_rule_without_a_vignette_is_refused(copy: Path) -> None:
    for piece in pieces(RULE):
        if piece.path != VIGNETTES:
            add(piece, copy)

    refused = run(
        f'"{sys.executable}" -m pytest --quiet tests/test_vignettes.py -k expected_somewhere', in_the_copy(copy)
    )

    assert refused.returncode == 1
    assert "lung-disease" in refused.stdout
