"""What the rules and cards say, against the source table; and what is refused at load, all faults at once."""

import ast
import re
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from datetime import date
from pathlib import Path
from string import Template
from typing import NamedTuple

import pytest

from cds_service.core.findings import Group
from cds_service.core.model import Facts
from cds_service.core.ruleset import Change, Value
from cds_service.errors import KnowledgeError
from cds_service.loading import Knowledge, load_knowledge

ROOT = Path(__file__).parent.parent
RULES = ROOT / "cds_service" / "rules"
CARDS = ROOT / "cards"
PROFILES = ROOT / "fhir_profiles"

# Written by hand from the source table: what holds from which day on. "-" has no number, "ended" has no rule.
VALUES = """
abrupt-stop                     2017-03-17  step_mg=15 high_mg_per_day=80
abrupt-stop                     2017-07-24  step_mg=15 high_mg_per_day=80
adverse-effect-report           2017-03-17  report_to=rtu
adverse-effect-report           2017-07-24  report_to=crpv-and-rtu
adverse-effect-report           2021-03-01  report_to=crpv
check-incomplete                1970-01-01  -
check-not-done                  1970-01-01  -
close-follow-up                 2017-07-24  mg_per_day=80
consumption-below-threshold     2018-10-22  male=60 female=40
daily-dose-above-maximum        2014-03-17  mg_per_day=300
daily-dose-above-maximum        2017-07-24  mg_per_day=80
daily-dose-above-maximum        2021-03-04  ended
daily-dose-above-recommended    2021-03-04  mg_per_day=300
dose-increase-too-fast          2023-05-12  mg_per_3_days=10
dose-not-computable             1970-01-01  -
dose-reduction-too-fast         2017-07-24  mg_per_2_days=15
experienced-prescriber          2012-04-24  -
experienced-prescriber          2014-03-17  ended
indication-not-documented       2012-04-24  -
initial-dose-too-high           2017-03-17  -
initial-dose-too-high           2023-05-12  mg_per_day=20 days=3
look-back                       1970-01-01  taken_now_days=30 consumption_days=183 referral_days=365
no-abrupt-stop                  2017-03-17  -
no-abrupt-stop                  2017-07-24  -
not-adult                       2018-10-22  -
outside-indication              2012-04-24  frameworks=
outside-indication              2014-03-17  frameworks=amm
outside-indication              2018-10-22  frameworks=amm
patient-mismatch                1970-01-01  -
prior-treatment-not-documented  2014-03-17  frameworks=rtu
prior-treatment-not-documented  2017-03-17  frameworks=
prior-treatment-not-documented  2018-10-22  frameworks=amm
product-not-authorised          2014-03-17  rtu=L10,Z10 framework=rtu
product-not-authorised          2018-10-22  rtu=L10,Z10 amm=B10,B20,B40 framework=rtu
product-not-authorised          2018-12-13  rtu=L10,Z10 amm=B10,B20,B30,B40 framework=rtu
product-not-authorised          2020-06-17  rtu=L10,Z10 amm=B30 suspended=B10,B20,B40 framework=rtu
product-not-authorised          2020-11-25  rtu=L10,Z10 amm=B10,B20,B30,B40 framework=rtu
product-not-authorised          2021-03-01  amm=B10,B20,B30,B40,Z10 framework=amm
product-not-named               2021-03-01  -
psychiatric-history             2017-03-17  -
seizure-history                 2017-03-17  -
specialist-care                 2021-03-04  mg_per_day=80
start-pace                      2023-05-12  first_mg=20 careful_first_mg=15 step_mg=10 days=3 careful_days=4
taper-in-progress               2017-07-24  mg_per_day=80
taper-in-progress               2021-03-04  mg_per_day=300
taper-pace                      2017-07-24  step_mg=10 greater_step_mg=15 days=2
"""

PRODUCTS = {"L": "lioresal-", "Z": "baclofene-zentiva-", "B": "baclocur-"}

# The urgency of each case, as the table of findings says it.
INDICATORS = """
abrupt-stop                     found=warning from-high-dose=critical dose-unknown=warning
check-incomplete                found=info
check-not-done                  found=warning
close-follow-up                 found=info
consumption-below-threshold     found=warning
daily-dose-above-maximum        found=critical first-prescription=critical decrease-begun=warning
daily-dose-above-recommended    found=critical first-prescription=critical decrease-begun=warning
dose-increase-too-fast          found=warning
dose-not-computable             found=warning
dose-reduction-too-fast         found=warning
experienced-prescriber          found=info
indication-not-documented       two-indications=info none-on-record=info unknown=info
initial-dose-too-high           no-number=info found=warning
not-adult                       found=warning
outside-indication              no-indication=info abstinence=info
patient-mismatch                found=critical
prior-treatment-not-documented  found=info under-rtu=info
product-not-authorised          not-authorised=warning outside-rtu=warning suspended=warning
product-not-named               found=info
psychiatric-history             suicidality=warning disorder=warning disorder-renewal=info resolved=info
seizure-history                 seizures=warning seizures-renewal=info febrile=info
specialist-care                 above=warning decrease-begun=warning tapering=info above-referred=info reached=info \
reached-goal-not-met=warning
taper-in-progress               found=info
"""


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


def rows(table: str) -> list[list[str]]:
    return [re.split(r"\s{2,}", line) for line in table.strip().splitlines()]


# --- what the files say ----------------------------------------------------------------------


def test_every_value_and_its_day_are_those_of_the_source_table(knowledge: Knowledge) -> None:
    written = [
        [rule.id, change.since.isoformat(), in_short(change)]
        for rule in knowledge.rules.rules
        for change in rule.changes
    ]

    assert written == rows(VALUES)


def test_every_finding_of_the_table_is_a_rule_with_the_urgency_of_the_table(knowledge: Knowledge) -> None:
    written = {
        rule.id: " ".join(f"{case}={indicator.code}" for case, indicator in rule.indicators.items())
        for rule in knowledge.rules.rules
        if rule.indicators and rule.group not in (Group.NOTICE, Group.DOSE_NOTICE)
    }

    assert written == dict(rows(INDICATORS))


def test_every_change_names_a_document_with_an_address_and_a_day(knowledge: Knowledge) -> None:
    for rule in knowledge.rules.rules:
        for change in rule.changes:
            assert change.source.title.strip(), rule.id
            assert change.source.url.startswith("https://"), rule.id
            assert change.source.published < date.max, rule.id
        assert rule.reviewed < date.max, rule.id


def test_a_document_has_one_title(knowledge: Knowledge) -> None:
    titles: dict[tuple[str, date], set[str]] = {}
    for rule in knowledge.rules.rules:
        for change in rule.changes:
            titles.setdefault((change.source.url, change.source.published), set()).add(change.source.title)

    assert not {document: names for document, names in titles.items() if len(names) > 1}


def test_a_day_that_is_not_the_documents_own_has_a_note_that_says_why(knowledge: Knowledge) -> None:
    """Two texts say themselves from when on they hold: the RTU and its second protocol, each from a 17 March."""
    own = {date(2014, 3, 17), date(2017, 3, 17)}

    silent = [
        f"{rule.id} {change.since}"
        for rule in knowledge.rules.rules
        for change in rule.changes
        if change.since not in own and not change.note
    ]

    assert not silent


def test_every_rule_has_a_card_file_of_its_name() -> None:
    assert {path.name for path in RULES.glob("*.toml")} <= {path.name for path in CARDS.glob("*.toml")}


def test_all_languages_of_a_card_use_the_same_facts(knowledge: Knowledge) -> None:
    for (rule, case, language), text in knowledge.texts.cards.items():
        other = knowledge.texts.cards[rule, case, "fr"]
        for part in fields(text):
            used, in_french = getattr(text, part.name), getattr(other, part.name)
            assert placeholders(used) == placeholders(in_french), f"{rule} {case} {language} {part.name}"


def test_every_word_that_the_code_asks_for_is_written(knowledge: Knowledge) -> None:
    phrases = {key for key, _ in knowledge.texts.phrases}
    reasons = {key for key, _ in knowledge.texts.reasons}
    facts = {key for key, _ in knowledge.texts.facts}

    assert first_arguments("_phrase", "phrase") <= phrases
    assert first_arguments("NotComputable") <= reasons
    assert first_arguments("Unknown") | {field.name for field in fields(Facts)} <= facts


def in_short(change: Change) -> str:
    if change.values is None:
        return "ended"
    return " ".join(f"{name}={value_in_short(value)}" for name, value in change.values.items()) or "-"


def value_in_short(value: Value) -> str:
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    for letter, product in PRODUCTS.items():
        text = text.replace(product, letter)
    return text


def placeholders(template: Template) -> set[str]:
    return set(template.get_identifiers())


def first_arguments(*names: str) -> set[str]:
    """The constant first arguments of calls by one of these names, in the whole package."""
    return {
        node.args[0].value
        for path in (ROOT / "cds_service").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and called(node.func) in names and node.args
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }


def called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


# --- what is refused -------------------------------------------------------------------------


class Folders(NamedTuple):
    """A copy of the knowledge, to be broken."""

    rules: Path
    cards: Path
    profiles: Path

    def edit(self, file: str, old: str, new: str) -> None:
        """Replaces the first occurrence in `rules/…`, `cards/…` or `profiles/…`."""
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
    folders.edit(CARE_CARD, "$mg_per_day", "$daily")
    folders.edit("cards/facts.toml", "[sex]", "[gender]")
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
        "cards/facts.toml, sex",
        "rules/broken.toml: is not valid TOML",
        "cards/stray.toml: belongs to no rule",
        "cards/abrupt-stop.toml: is missing",
        "valuesets/seizure.json: is missing",
    ):
        assert [found for found in faults if found.startswith(file)], file


def test_a_summary_just_under_the_limit_is_taken_and_one_longer_is_not(folders: Folders) -> None:
    """CDS Hooks: fewer than 140 characters. The condition that may stand before a dose card counts."""
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


@pytest.mark.parametrize("garbage", ["5", '"text"', "[[]]", "{ a = 1 }"])
@pytest.mark.parametrize("file", ["rules/abrupt-stop.toml", "cards/abrupt-stop.toml", "cards/phrases.toml"])
def test_no_value_of_a_wrong_type_crashes_the_loader(file: str, garbage: str, folders: Folders) -> None:
    folder, _, name = file.partition("/")
    path: Path = getattr(folders, folder) / name
    whole = path.read_text(encoding="utf-8")

    for line in assignments(whole):
        path.write_text(whole.replace(line, f"{line.partition('=')[0]}= {garbage}", 1), encoding="utf-8")
        with suppress(KnowledgeError):
            load_knowledge(*folders)


def assignments(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if re.match(r"[\w.-]+ = ", line))
