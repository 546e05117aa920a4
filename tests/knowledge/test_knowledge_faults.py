"""Faults in rules and cards are refused at load: all of them at once, with file and remedy (row 86)."""

import re
import shutil
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from cds_service.base.errors import KnowledgeError
from cds_service.knowledge.loading import load_knowledge
from tests.sampling import some

ROOT = Path(__file__).parents[2]
RULES = ROOT / "cds_service" / "rules"
CARDS = ROOT / "cards"
PROFILES = ROOT / "fhir_profiles"


class Folders(NamedTuple):
    """A copy of the knowledge, in which a test makes faults."""

    rules: Path
    cards: Path
    profiles: Path

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace the first occurrence in `rules/…`, `cards/…` or `profiles/…`."""
        folder, _, name = file.partition("/")
        path: Path = getattr(self, folder) / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} no longer holds {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def faults(self) -> list[str]:
        with pytest.raises(KnowledgeError) as refused:
            load_knowledge(self.rules, self.cards, self.profiles)
        return [str(fault) for fault in refused.value.faults]


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    copy = Folders(tmp_path / "rules", tmp_path / "cards", tmp_path / "fhir_profiles")
    for ours, theirs in zip((RULES, CARDS, PROFILES), copy, strict=True):
        shutil.copytree(ours, theirs)
    return copy


MAXIMUM = "rules/daily-dose-above-maximum.toml"
CARE = "rules/specialist-care.toml"
CARE_CARD = "cards/specialist-care.toml"
FAULTS = tomllib.loads((ROOT / "tests" / "data" / "knowledge-faults.toml").read_text(encoding="utf-8"))["fault"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["reported"][:60])
def test_a_fault_is_refused_with_its_file_and_what_to_do(fault: dict[str, str], folders: Folders) -> None:
    folders.edit(fault["file"], fault["text"], fault["instead"])

    faults = folders.faults()

    assert [found for found in faults if found.startswith(fault["reported"])], faults


def test_row_86_all_faults_are_reported_at_once(folders: Folders) -> None:
    folders.edit(MAXIMUM, 'group = "dose"', 'group = "doses"')
    folders.edit(MAXIMUM, "source.url", "source.address")
    folders.edit(CARE, "values.mg_per_day = 80", 'values.mg_per_day = "80"')
    folders.edit(CARE_CARD, "Baclofène $mg_per_day", "Baclofène $daily")
    folders.edit("cards/consumption-below-threshold.toml", "[facts.sex]", "[facts.gender]")
    (folders.rules / "broken.toml").write_text("check = ", encoding="utf-8")
    (folders.cards / "stray.toml").write_text("", encoding="utf-8")
    (folders.cards / "abrupt-stop.toml").unlink()
    (folders.profiles / "valuesets" / "seizure.json").unlink()

    faults = folders.faults()

    for file in (
        "rules/daily-dose-above-maximum.toml, group",
        "rules/daily-dose-above-maximum.toml change 1 source, url",
        "rules/daily-dose-above-maximum.toml change 1 source, address",
        "rules/specialist-care.toml change 1 values, mg_per_day",
        "cards/specialist-care.toml above fr, summary",
        "fact sex: has no words",
        "rules/broken.toml: is not valid TOML",
        "cards/stray.toml: belongs to no rule",
        "cards/abrupt-stop.toml: is missing",
        "valuesets/seizure.json: is missing",
    ):
        assert [found for found in faults if found.startswith(file)], file


def test_a_code_list_that_nothing_asks_is_refused(folders: Folders) -> None:
    lists = folders.profiles / "valuesets"
    shutil.copy(lists / "family-history.json", lists / "kidney-failure.json")

    assert folders.faults() == [
        "valuesets/kidney-failure.json: is asked by nothing. Name it where it is asked, or delete it."
    ]


def test_a_summary_just_under_the_limit_is_taken_and_one_longer_is_not(folders: Folders) -> None:
    """CDS Hooks: fewer than 140 characters. The condition that may precede the summary of a dose card counts too."""
    summary = re.compile(r'(?<=summary = ")Baclofen: fall of [^"]*')
    path = folders.cards / "dose-reduction-too-fast.toml"
    text = path.read_text(encoding="utf-8")
    longest = 139 - len("If for alcohol dependence – ")

    path.write_text(summary.sub("x" * longest, text), encoding="utf-8")
    load_knowledge(*folders)
    path.write_text(summary.sub("x" * (longest + 1), text), encoding="utf-8")

    assert folders.faults() == [
        "cards/dose-reduction-too-fast.toml found en, summary: could reach 140 characters. Shorten it by 1."
    ]


@pytest.mark.parametrize("folder", ["rules", "cards", "profiles"])
def test_a_folder_that_is_empty_is_refused_and_not_taken_for_no_rules(folder: str, folders: Folders) -> None:
    path: Path = getattr(folders, folder)
    shutil.rmtree(path)
    path.mkdir()

    assert folders.faults()


def test_a_file_that_is_not_text_is_a_fault_and_not_a_crash(folders: Folders) -> None:
    for path in (folders.rules / "abrupt-stop.toml", folders.cards / "facts.toml"):
        path.write_bytes(b"\xff\xfe\x00")

    assert {"rules/abrupt-stop.toml", "cards/facts.toml"} <= {fault.partition(":")[0] for fault in folders.faults()}


RULE = "rules/abrupt-stop.toml"


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("file", "garbage"),
    [
        *((file, garbage) for file in (RULE, "cards/abrupt-stop.toml") for garbage in ("5", "[[]]", "{ a = 1 }")),
        ("cards/phrases.toml", "{ a = 1 }"),
        (RULE, '"text"'),
    ],
)
def test_every_value_of_a_wrong_type_is_refused_and_none_crashes_the_loader(
    file: str, garbage: str, folders: Folders
) -> None:
    wrong = some([line for line in assignments(folders, file) if type_of(line) is not type_of(f"x = {garbage}")], 4)

    assert wrong
    assert taken_for_good(folders, file, wrong, garbage) == []


def test_of_the_texts_of_a_rule_only_title_paragraph_and_note_are_free(folders: Folders) -> None:
    """All others are names from closed lists, or addresses."""
    texts = [line for line in assignments(folders, RULE) if type_of(line) is str]

    free = {line.partition(" =")[0] for line in taken_for_good(folders, RULE, texts, '"text"')}
    assert free == {"source.title", "source.where", "note"}


def taken_for_good(folders: Folders, file: str, lines: Sequence[str], value: str) -> list[str]:
    """The lines that are not refused with this value, each tried alone."""
    folder, _, name = file.partition("/")
    path: Path = getattr(folders, folder) / name
    whole = path.read_text(encoding="utf-8")
    taken = []
    for line in lines:
        path.write_text(whole.replace(line, f"{line.partition('=')[0]}= {value}", 1), encoding="utf-8")
        try:
            load_knowledge(*folders)
        except KnowledgeError:
            continue
        taken.append(line)
    path.write_text(whole, encoding="utf-8")
    return taken


def assignments(folders: Folders, file: str) -> list[str]:
    folder, _, name = file.partition("/")
    path: Path = getattr(folders, folder) / name
    return [line for line in path.read_text(encoding="utf-8").splitlines() if re.match(r"[\w.-]+ = ", line)]


def type_of(line: str) -> type:
    (value,) = tomllib.loads(f"value = {line.partition(' = ')[2]}").values()
    return type(value)
