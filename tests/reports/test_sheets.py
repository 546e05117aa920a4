"""The sheets agree with the rules: their cases are those that the decision gives, with the values of the rules."""

import re
from datetime import date

import pytest
from click.testing import CliRunner

from cds_service.base.names import LANGUAGES, PREFETCH_KEYS
from cds_service.cli import commands
from cds_service.core.case import read_case
from cds_service.core.rules.decide import decide
from cds_service.http.json_reader import read_hook
from cds_service.reports.rule_words import rule_words
from cds_service.reports.sheets.effects import effects
from cds_service.reports.sheets.messages import cases, messages
from cds_service.reports.sheets.sam import sam_sheet
from tests.known import known
from tests.vignette_cases import read_vignettes

KNOWLEDGE = known()
DAYS = sorted({change.since for rule in KNOWLEDGE.rules.rules for change in rule.changes})


@pytest.fixture(scope="module")
def decided() -> set[tuple[str, str, date]]:
    """(rule, case, first day of the change) of every finding of every vignette."""
    found = set()
    for vignette in read_vignettes():
        hook = read_hook(vignette.body(), PREFETCH_KEYS)
        case = read_case(hook, KNOWLEDGE.terminology, KNOWLEDGE.rules, vignette.on)
        for finding in decide(case, KNOWLEDGE.rules).findings:
            change = KNOWLEDGE.rules.rule(finding.rule).on(vignette.on)
            assert change is not None
            found.add((finding.rule, finding.answer.case, change.since))
    return found


def named() -> set[tuple[str, str, date]]:
    """(rule, case, first day of the change) of everything that the sheets list."""
    return {
        (rule.id, case, change.since)
        for rule in KNOWLEDGE.rules.rules
        for change in rule.changes
        for case in cases(rule, change)
    }


def part(sheet: str, rule: str) -> str:
    """The section about a rule in the sheet of one day."""
    found = re.search(rf"`{rule}`.*?(?=\n#|\Z)", sheet, re.DOTALL)
    assert found, rule
    return found[0]


# --- which cases -----------------------------------------------------------------------------


def test_what_is_decided_is_on_the_sheets(decided: set[tuple[str, str, date]]) -> None:
    assert not decided - named()


def test_what_is_on_the_sheets_is_decided_somewhere(
    decided: set[tuple[str, str, date]],
) -> None:
    """Each case by some vignette, though not in each of its periods; no vignette has a defect of ours."""
    found = {(rule, case) for rule, case, _ in decided}

    assert {(rule, case) for rule, case, _ in named()} == found | {("check-not-done", "fault")}


# --- the sheet of a day ----------------------------------------------------------------------


@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_of_a_day_has_the_rules_of_that_day(on: date, language: str) -> None:
    sheet = sam_sheet(KNOWLEDGE, on, language)

    in_force = {
        rule.id for rule, change in KNOWLEDGE.rules.in_force(on) if cases(rule, change) or not rule.indicators
    }
    assert set(re.findall(r"`([a-z-]+)`", sheet)) == in_force
    assert "$" not in sheet


@pytest.mark.parametrize(
    ("on", "rule", "said"),
    [
        (date(2017, 7, 23), "daily-dose-above-maximum", "DÉPASSE 300 mg/j"),
        (date(2017, 7, 24), "daily-dose-above-maximum", "DÉPASSE 80 mg/j"),
        (date(2021, 3, 4), "daily-dose-above-recommended", "fortement recommandé de ne pas dépasser 300 mg/j"),
        (date(2021, 3, 4), "specialist-care", "EST ÉGALE à 80 mg/j"),
        (date(2023, 5, 12), "initial-dose-too-high", "débuter à 15-20 mg/j"),
        (date(2018, 10, 22), "consumption-below-threshold", "60 g/j (homme) ou 40 g/j (femme)"),
        (date(2020, 6, 17), "product-not-authorised", "l’un de : Baclocur 10 mg, Baclocur 20 mg, Baclocur 40 mg"),
        (date(2021, 3, 1), "product-not-authorised", "| Baclocur 10 mg, Baclocur 20 mg, Baclocur 30 mg,"),
    ],
)
def test_a_part_of_the_sheet_has_the_values_of_its_day(on: date, rule: str, said: str) -> None:
    assert said in part(sam_sheet(KNOWLEDGE, on, "fr").replace("\u00a0", " "), rule)


def test_a_table_of_the_sheet_has_no_broken_row() -> None:
    rows = [line for line in sam_sheet(KNOWLEDGE, DAYS[-1], "fr").splitlines() if line.startswith("|")]

    assert rows
    assert all(row.endswith("|") and row.count("|") in (3, 4) for row in rows)


# --- the effects of each change --------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_change_of_every_rule_is_told_once(language: str) -> None:
    told = re.findall(r"^`([a-z-]+)` ", effects(KNOWLEDGE, language), re.MULTILINE)

    assert sorted(told) == sorted(rule.id for rule in KNOWLEDGE.rules.rules for _ in rule.changes)


def test_a_change_says_what_held_before_and_until_when_it_holds() -> None:
    told = effects(KNOWLEDGE, "en").replace("\u00a0", " ")

    day = told.partition("## 24 July 2017")[2].partition("\n## ")[0]
    change = day.partition("`daily-dose-above-maximum`")[2].partition("###")[0]
    assert "changes. Now: 80 mg/day. Before: 300 mg/day." in change
    assert "Days: 24 July 2017 to 25 November 2020." in change
    assert "The clinician reads (critical): “Baclofen [dose] mg/day: above the maximum of 80 mg/day" in change


def test_a_message_has_a_summary_unless_it_is_a_line_on_other_cards_and_no_place_is_left_empty() -> None:
    write = rule_words(KNOWLEDGE, "en")
    told = set()
    for rule in KNOWLEDGE.rules.rules:
        for change in rule.changes:
            for message in messages(KNOWLEDGE, rule, change, write):
                told.add(rule.id)
                assert bool(message.summary) != bool(rule.notice_on), rule.id
                assert "$" not in message.condition + message.summary + message.action
    assert told == {rule.id for rule in KNOWLEDGE.rules.rules if rule.indicators}


# --- the commands ----------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["sheet", "--on", "2018-03-05"], ["effects"]])
def test_the_commands_print_markdown_in_the_language_asked(command: list[str]) -> None:
    printed = {language: CliRunner().invoke(commands, [*command, "--language", language]) for language in LANGUAGES}

    assert {done.exit_code for done in printed.values()} == {0}
    assert printed["fr"].stdout.startswith(("# Baclofène", "# Ce que change"))
    assert printed["en"].stdout.startswith(("# Baclofen", "# Changes"))
