"""The figures that documents give are those of a run that somebody made, and what is old is said."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench import evidence
from tests.docs.pages import ROOT

README = " ".join((ROOT / "README.md").read_text("utf-8").split())


def git(folder: Path, *arguments: str) -> None:
    someone = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", folder, *someone, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """With one commit, and the evidence of a run on it."""
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "run.py").write_text("1")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "one")
    commit = subprocess.run(
        ["git", "-C", tmp_path, "rev-parse", "HEAD"], capture_output=True, encoding="utf-8"
    ).stdout
    write(tmp_path, commit=commit.strip())
    return tmp_path


def write(folder: Path, **changes: Any) -> None:
    file = folder / evidence.FOLDER / "bench.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(file.read_text("utf-8")) if file.exists() else {"date": "2026-11-29", "committed": True}
    file.write_text(json.dumps(known | changes), "utf-8")


def said(folder: Path) -> str:
    return next(line for line in evidence.states(folder) if "make bench" in line)


def test_evidence_is_of_today_until_what_it_measures_changes(repository: Path) -> None:
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "the evidence itself")
    assert said(repository) == "evidence of make bench: of 2026-11-29; nothing that it measures has changed"

    (repository / "bench" / "run.py").write_text("2")
    git(repository, "commit", "--quiet", "--all", "--message", "two")
    assert said(repository) == "evidence of make bench: of 2026-11-29; changes of what it measures since: 1"


def test_what_cannot_be_known_is_said(repository: Path, tmp_path: Path) -> None:
    write(repository, committed=False)
    assert said(repository).endswith("run with changes that no commit has")

    write(repository, commit="0" * 40)
    assert said(repository).endswith("whether it is older than what it measures is unknown")
    assert "evidence of make thorough: none" in list(evidence.states(tmp_path / "nowhere"))


def test_what_evidence_measures_is_there() -> None:
    paths = {path for paths in evidence.MEASURED.values() for path in paths}

    assert not [path for path in paths if not (ROOT / path).exists()]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert not [name for name in evidence.MEASURED if not re.search(rf"^{name}:", makefile, re.MULTILINE)]


def test_the_figures_of_the_readme_are_those_that_were_measured() -> None:
    kept = evidence.read("bench")
    bodies = {name: figures for name, figures in kept["figures"].items() if not name.startswith("a start ")}
    measured = {name: f"{of_body['times the CPU of bare Flask']:.2g}" for name, of_body in bodies.items()}

    table = README.partition("| call | times the CPU of bare Flask | |---|---| ")[2].partition("Known limits")[0]
    assert dict(re.findall(r"\| ([^|]+) \| ([0-9.]+) \|", table)) == measured
    assert f"(measured {kept['date'][:7]}" in README


def test_so_are_its_figures_of_needless_cards_and_missed_faults() -> None:
    kept = evidence.read("fatigue")
    sent = [way for ways in kept["figures"]["compliant orders"].values() for way in ways.values()]
    planted = [kind for kinds in kept["figures"]["planted faults"].values() for kind in kinds.values()]
    interrupted = max(way["warning"] + way["critical"] for way in sent)
    speaking = max(kept["counts"]["orders of each way"] - way["silent"] for way in sent)
    rises, missed = sum(way["rises"] for way in sent), sum(kind["planted"] - kind["caught"] for kind in planted)

    interrupt = f"At most {interrupted / 10:g} in 100 compliant orders interrupt (aim 8)"
    speak = f"at most {speaking / 10:g} get any card (aim 40)"
    assert f"{interrupt}, {speak}, {rises or 'none'} are offered a rise, {missed or 'no'} planted faults" in README
