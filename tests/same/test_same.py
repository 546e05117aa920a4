"""`make same`, the whole command, on a small copy of the tree with its own git history."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPIED = ("cds_service", "cards", "fhir_profiles", "tests/same")
FILES = (
    "openapi.yaml",
    "requirements.txt",
    "tests/vignette_cases.py",
    "tests/vignette_orders.py",
    "tests/vignette_record.py",
    "tests/data/orders/07-stop-of-30__2024-09-03.json",
)

VIGNETTE = """
[[vignette]]
id = "S01"
name = "Above the dose not to exceed"
on = 2024-09-03
taken = ["Baclocur 10, 320 mg QD"]
orders = [{ order = "Baclocur 10, 320 mg QD", replaces = "taken-1" }]
expected = {}
"""
CARD = "cards/daily-dose-above-recommended.toml"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree with one vignette and one order, committed in a repository of its own."""
    for folder in COPIED:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, tmp_path / file)
    write(tmp_path / "tests/vignettes/one.toml", VIGNETTE)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def git(tree: Path, *command: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *command], cwd=tree, check=True)


def commit(tree: Path) -> None:
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", "a state")


def same(tree: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.same", "HEAD"]
    return subprocess.run(command, cwd=tree, capture_output=True, encoding="utf-8", timeout=300)


def test_a_tree_is_the_same_as_itself_also_with_another_version_of_the_rules(copy: Path) -> None:
    with (copy / "cds_service/rules/look-back.toml").open("a", encoding="utf-8") as rule:
        rule.write("# A comment changes the digest.\n")

    done = same(copy)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("2 requests")


def test_one_word_of_one_card_in_one_language_is_told(copy: Path) -> None:
    replace(copy / CARD, "strongly recommended", "firmly recommended")

    done = same(copy)

    assert done.returncode == 1
    assert "\nNot in docs/differences.toml:\n  S01__2024-09-03\n" in done.stdout
    assert "  en, default client, with URL\n" in done.stdout
    assert "  fr, " not in done.stdout
    assert "firmly recommended" in done.stdout


def test_another_lock_file_is_answered_with_an_environment_of_its_own(copy: Path) -> None:
    """The environment is made from the other commit's own lock file: with an empty one nothing can be answered."""
    ours = (copy / "requirements.txt").read_bytes()
    write(copy / "requirements.txt", "")
    commit(copy)
    (copy / "requirements.txt").write_bytes(ours)

    done = same(copy)

    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr
    assert "one of the two trees could not answer" in done.stderr
