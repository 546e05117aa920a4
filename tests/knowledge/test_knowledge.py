"""The values in rules and cards, compared with the source table."""

import ast
import re
from dataclasses import fields
from datetime import date
from pathlib import Path
from string import Template

import pytest

from cds_service.core.model.case import Facts
from cds_service.core.model.ruleset import RuleChange, Value
from cds_service.knowledge.loading import Knowledge
from cds_service.knowledge.rule_files import ORDER_FILE
from tests.known import known

ROOT = Path(__file__).parents[2]
RULES = ROOT / "cds_service" / "rules"
CARDS = ROOT / "cards"

# Typed by hand from the source table: the value from each date on. "-" means no number, "ended" no rule.
VALUES = """
abrupt-stop                     2017-03-17  step_mg=10 high_mg_per_day=80
abrupt-stop                     2017-07-24  step_mg=10 high_mg_per_day=80
adverse-effect-report           2017-03-17  report_to=rtu
adverse-effect-report           2017-07-24  report_to=crpv-and-rtu
adverse-effect-report           2020-11-26  report_to=crpv-and-rtu
adverse-effect-report           2021-03-01  report_to=crpv
check-incomplete                1970-01-01  -
check-not-done                  1970-01-01  -
close-follow-up                 2017-07-24  mg_per_day=80 taken_mg_per_day=80
close-follow-up                 2021-03-04  mg_per_day=80
consumption-below-threshold     2018-10-22  male=60 female=40
daily-dose-above-maximum        2014-03-17  mg_per_day=300
daily-dose-above-maximum        2017-07-24  mg_per_day=80
daily-dose-above-maximum        2020-11-26  mg_per_day=80
daily-dose-above-maximum        2021-03-04  ended
daily-dose-above-recommended    2021-03-04  mg_per_day=300
dosage-to-confirm               1970-01-01  -
dose-increase-too-fast          2023-05-12  mg_per_3_days=10
dose-not-computable             1970-01-01  -
dose-reduction-too-fast         2017-07-24  mg_per_2_days=15
experienced-prescriber          2012-04-24  -
experienced-prescriber          2014-03-17  ended
first-line-situations           2017-03-17  -
first-line-situations           2021-03-01  ended
indication-not-documented       2012-04-24  -
initial-dose-too-high           2017-03-17  -
initial-dose-too-high           2021-03-04  -
initial-dose-too-high           2023-05-12  mg_per_day=20 days=3
look-back                       1970-01-01  consumption_days=183 referral_days=365 pregnancy_days=305 \
taken_now_days=30 no_gap_days=3 short_gap_days=7 ended_together_days=3 written_days=3 carried_on_days=3 \
settled_days=7 stale_days=365 ending_days=7 completed_days=7 renewed_days=7 same_renewed_days=14 \
other_requester_days=28 other_requester_left_days=3 moments_left_days=7 open_days=7 open_unknown_requester_days=21 \
same_requester_days=14 addition_days=28 fall_mg=15
no-abrupt-stop                  2017-03-17  -
no-abrupt-stop                  2017-07-24  -
not-adult                       2018-10-22  -
not-assessed                    1970-01-01  says_unknown=conditions,medications
not-assessed                    2017-03-17  says_unknown=medications
not-assessed                    2017-07-24  says_unknown=
not-assessed                    2023-05-12  says_unknown=
outside-indication              2012-04-24  frameworks=
outside-indication              2014-03-17  frameworks=amm
outside-indication              2018-10-22  frameworks=amm
patient-mismatch                1970-01-01  -
plan-limits                     1970-01-01  most_a_day=12 most_an_intake=4 most_times=3
prior-treatment-not-documented  2014-03-17  frameworks=rtu
prior-treatment-not-documented  2017-03-17  frameworks=
prior-treatment-not-documented  2018-10-22  frameworks=amm
product-not-authorised          2014-03-17  rtu=L10,Z10 framework=rtu
product-not-authorised          2017-03-17  rtu=L10,Z10 framework=rtu
product-not-authorised          2018-10-22  rtu=L10,Z10 amm=B10,B20,B40 framework=rtu
product-not-authorised          2018-12-13  rtu=L10,Z10 amm=B10,B20,B30,B40 framework=rtu
product-not-authorised          2020-06-17  rtu=L10,Z10 amm=B30 suspended=B10,B20,B40 framework=rtu
product-not-authorised          2020-11-25  rtu=L10,Z10 amm=B10,B20,B30,B40 framework=rtu
product-not-authorised          2021-03-01  amm=B10,B20,B30,B40,Z10 framework=amm
product-not-named               2021-03-01  -
psychiatric-history             2017-03-17  recent_days=365
resumption                      2017-03-17  high_mg_per_day=80 starting_mg_per_day=20
resumption                      2023-05-12  high_mg_per_day=80 starting_mg_per_day=20 warning_mg_per_day=20
risk-reduction-documents        2021-03-04  -
seizure-history                 2017-03-17  -
specialist-care                 2021-03-04  mg_per_day=80
start-pace                      2023-05-12  first_mg=15 first_of_four_mg=20 step_mg=10 days=3 careful_days=4 \
visit_days=14 order_days=28 reserve_days=7 held_days=7
taper-in-progress               2017-07-24  mg_per_day=80 part_days=28 part_falls=2
taper-in-progress               2021-03-04  mg_per_day=300 part_days=28 part_falls=2
taper-pace                      2017-03-17  step_mg=10 greater_step_mg=15 days=2 \
last_step_mg=5 last_from_mg=30 stop_days=7 careful_stop_days=14 visit_days=28 reserve_days=7
taper-pace                      2017-07-24  step_mg=10 greater_step_mg=15 days=2 \
last_step_mg=5 last_from_mg=30 stop_days=7 careful_stop_days=14 visit_days=28 reserve_days=7
"""

PRODUCTS = {"L": "lioresal-", "Z": "baclofene-zentiva-", "B": "baclocur-"}

# The indicator of each case, as in the table of findings.
INDICATORS = """
abrupt-stop                     found=warning from-high-dose=critical from-one-step=info dose-unknown=warning
check-incomplete                found=info
check-not-done                  found=warning fault=warning
close-follow-up                 found=info above=info
consumption-below-threshold     found=warning
daily-dose-above-maximum        found=critical first-prescription=critical decrease-begun=warning
daily-dose-above-recommended    found=critical first-prescription=critical decrease-begun=warning
dosage-to-confirm               found=info to-cancel=info addition=info replaces-all=info not-renewed=info older=info
dose-increase-too-fast          found=warning
dose-not-computable             found=warning read=warning
dose-reduction-too-fast         found=warning
experienced-prescriber          found=info
indication-not-documented       two-indications=info another-reason=info none-on-record=info unknown=info
initial-dose-too-high           no-number=info found=warning perhaps-first=warning
not-adult                       found=warning
not-assessed                    dialysis=info kidney-failure=info pregnancy=info breast-feeding=info medicines=info
outside-indication              no-indication=info other-reason=warning refuted=warning abstinence=info
patient-mismatch                found=critical
prior-treatment-not-documented  found=info under-rtu=info
product-not-authorised          not-authorised=warning outside-rtu=warning suspended=warning not-on-sale=info
product-not-named               found=info
psychiatric-history             suicidality=warning suicidality-renewal=info disorder=warning \
disorder-renewal=info resolved=info
resumption                      short-gap=info found=info above-starting-dose=warning old-order=info \
above-old-order=warning
seizure-history                 seizures=warning seizures-renewal=info febrile=info
specialist-care                 above=warning decrease-begun=warning tapering=info above-referred=info reached=info \
reached-goal-not-met=warning sum=info
taper-in-progress               found=info
"""


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


def rows(table: str) -> list[list[str]]:
    return [re.split(r"\s{2,}", line) for line in table.strip().splitlines()]


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
        if rule.indicators and rule.group is not None
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
    """Two documents give their own date of effect: the RTU and its second protocol, each a 17 March."""
    own = {date(2014, 3, 17), date(2017, 3, 17)}

    silent = [
        f"{rule.id} {change.since}"
        for rule in knowledge.rules.rules
        for change in rule.changes
        if change.since not in own and not change.note
    ]

    assert not silent


def test_every_rule_has_a_card_file_of_its_name() -> None:
    rules = {path.name for path in RULES.glob("*.toml")} - {ORDER_FILE}

    assert rules <= {path.name for path in CARDS.glob("*.toml")}


def test_all_languages_of_a_card_use_the_same_facts(knowledge: Knowledge) -> None:
    for (rule, case, language), versions in knowledge.texts.cards.items():
        french = knowledge.texts.cards[rule, case, "fr"]
        for (since, text), (same, other) in zip(versions, french, strict=True):
            assert since == same
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


def in_short(change: RuleChange) -> str:
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
    """The constant first arguments of calls of these names, in the whole package."""
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
