"""Whatever alters an answer raises the version of the package, and stands in the changelog."""

import re
from pathlib import Path

import pytest

from cds_service.base.version import __version__
from tests.known import known
from tests.release.answers_of_version import FILE, answered, write_down, written

ROOT = Path(__file__).parents[2]
CHANGELOG = ROOT / "CHANGELOG.md"
HOW = "raise __version__, say in CHANGELOG.md what is answered otherwise, then run the module that wrote this file"


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def test_the_answers_are_those_that_were_written_down_for_this_version() -> None:
    version, before = written(FILE)
    now = answered(known())

    same_request = [name for name, (asked, _) in before.items() if now.get(name, ("",))[0] == asked]
    assert version == __version__, f"{FILE.name} is of another version: {HOW}"
    assert len(same_request) > len(before) / 2, f"most requests have changed since: {HOW}"
    assert not [name for name in same_request if now[name] != before[name]], HOW


def test_the_answers_of_a_version_are_written_down_once(tmp_path: Path) -> None:
    file = tmp_path / "answers.tsv"
    write_down(file, "0.1.0")
    first = file.read_text("utf-8")

    with pytest.raises(SystemExit, match="raise __version__"):
        write_down(file, "0.1.0")
    write_down(file, "0.2.0")
    assert file.read_text("utf-8") == first.replace("0.1.0", "0.2.0", 1)


def test_the_version_is_not_below_that_of_a_release_that_was_kept() -> None:
    released = [folder.name.removeprefix("release-") for folder in FILE.parent.glob("release-*")]

    assert released
    assert all(numbers(version) <= numbers(__version__) for version in released)


@pytest.mark.skipif(not CHANGELOG.exists(), reason="the changelog of the software is not written yet")
def test_the_changelog_has_this_version_before_all_others() -> None:
    headings = re.findall(r"^## \[?([0-9]+\.[0-9]+\.[0-9]+)", CHANGELOG.read_text("utf-8"), re.MULTILINE)

    assert headings[:1] == [__version__]
