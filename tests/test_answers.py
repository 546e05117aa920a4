"""All that the checks say of a vignette: case, orders, facts, conditions, and what they could not judge.

`tests/answers.toml` holds the lines, by the id of the vignette. The findings alone do not tell whether a
card would name the right order, dose and limit.
"""

import tomllib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from cds_service.core.case import PREFETCH_KEYS, read_case
from cds_service.core.checks import CHECKS
from cds_service.core.decide import ask_all
from cds_service.core.findings import Answer, FactValue, Finding, ToConfirm, Unjudged
from cds_service.core.model import Span
from cds_service.core.ruleset import Rule
from cds_service.json_reader import read_hook
from cds_service.loading import Knowledge, load_knowledge
from tests.vignette_cases import Vignette, read_vignettes

ANSWERS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("answers.toml").read_text("utf-8"))
VIGNETTES = {vignette.id: vignette for vignette in read_vignettes()}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


def all_said(vignette: Vignette, knowledge: Knowledge) -> Iterator[str]:
    hook = read_hook(vignette.body(), PREFETCH_KEYS)
    case = read_case(hook, knowledge.terminology, knowledge.rules, vignette.on)
    for asked in ask_all(case, knowledge.rules):
        assert not asked.defect
        for said in asked.said:
            yield f"{asked.rule.id}: {_in_words(said)}"


def _in_words(said: Finding | Unjudged) -> str:
    if isinstance(said, Unjudged):
        return f"not judged, {said.fact} {said.reason}"
    answer = said.answer
    orders = ", ".join(reference.removeprefix("MedicationRequest/") for reference in answer.orders)
    facts = "".join(f"; {name} {_fact(value)}" for name, value in answer.facts.items())
    return f"{answer.case} of {orders or 'none'}{facts}{_conditions(answer)}"


def _conditions(answer: Answer) -> str:
    return (" (if for alcohol)" if answer.if_alcohol else "") + (" (if added)" if answer.if_addition else "")


def _fact(value: FactValue) -> str:
    if isinstance(value, ToConfirm):
        return f"{_fact(value.mg_per_day)} to confirm"
    if isinstance(value, Span):
        return str(value.low) if value.low == value.high else f"{value.low} to {value.high}"
    if isinstance(value, tuple):
        return " & ".join(value)
    return str(value)


@pytest.mark.parametrize("identity", ANSWERS)
def test_all_that_the_checks_say_of_a_vignette(identity: str, knowledge: Knowledge) -> None:
    assert list(all_said(VIGNETTES[identity], knowledge)) == ANSWERS[identity]


def test_every_case_of_every_check_is_in_the_table(knowledge: Knowledge) -> None:
    heads = {line.partition(" of ")[0] for lines in ANSWERS.values() for line in lines}

    wanted = {
        f"{rule.id}: {case}"
        for rule in knowledge.rules.rules
        for case in CHECKS[rule.check].cases
        if case in rule.indicators and not _is_told_by_its_finding(rule)
    }
    assert wanted - heads <= {"check-incomplete: found", "check-not-done: fault"}  # no vignette has a defect


def _is_told_by_its_finding(rule: Rule) -> bool:
    """A rule with one case, which gives nothing to its card: the vignette that expects it tells all."""
    cases = CHECKS[rule.check].cases
    return rule.group is not None and len(cases) == 1 and not any(cases.values())


def test_facts_are_told_exactly() -> None:
    assert _fact(Span(Fraction(75, 2), Fraction(40))) == "75/2 to 40"
