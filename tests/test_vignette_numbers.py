"""What the checks say of a vignette beyond its indicators: the case of the card, the orders, doses and limits, gaps.

The lines stand in the vignettes themselves (`told`, `unknown`), each worked out by hand from the situation, the
rule in force on its day and the design. Indicators alone do not tell whether a card names the right order and dose.
"""

from fractions import Fraction

import pytest

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import read_case
from cds_service.core.model.dose import Span
from cds_service.core.model.findings import Answer, FactValue, Finding, MissingFact, ToConfirm
from cds_service.core.model.ruleset import Rule
from cds_service.core.rules.checks import CHECKS
from cds_service.core.rules.decide import INCOMPLETE_RULE, ask_all_rules, decide
from cds_service.http.json_reader import read_hook
from cds_service.knowledge.loading import Knowledge
from tests.known import known
from tests.vignette_cases import Vignette, read_vignettes

VIGNETTES = read_vignettes()


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


def asked_of(vignette: Vignette, knowledge: Knowledge) -> dict[str, list[Finding | MissingFact]]:
    """What each rule that was asked said, of the case as it was decided: on a day without rules nothing is read.

    What is unknown is said by the decision, of all rules.
    """
    hook = read_hook(vignette.body(), PREFETCH_KEYS)
    decision = decide(read_case(hook, knowledge.terminology, knowledge.rules, vignette.on), knowledge.rules)
    asked = {asked.rule.id: list(asked.said) for asked in ask_all_rules(decision.case, knowledge.rules)}
    return asked | {INCOMPLETE_RULE: [found for found in decision.findings if found.rule == INCOMPLETE_RULE]}


@pytest.mark.parametrize(
    "vignette", [vignette for vignette in VIGNETTES if vignette.told], ids=lambda vignette: vignette.id
)
def test_a_finding_tells_its_case_its_orders_and_its_numbers(vignette: Vignette, knowledge: Knowledge) -> None:
    said = asked_of(vignette, knowledge)

    assert {
        rule: [in_words(item.answer) for item in said[rule] if isinstance(item, Finding)] for rule in vignette.told
    } == vignette.told


@pytest.mark.parametrize(
    "vignette", [vignette for vignette in VIGNETTES if "unknown" in vignette.said], ids=lambda vignette: vignette.id
)
def test_each_fact_that_is_unknown_is_named_with_the_reason(vignette: Vignette, knowledge: Knowledge) -> None:
    said = [item for items in asked_of(vignette, knowledge).values() for item in items]

    unknown = {(item.fact, item.reason) for item in said if isinstance(item, MissingFact)}
    assert unknown == set(vignette.said["unknown"].items())


def test_every_case_of_every_check_is_told_somewhere(knowledge: Knowledge) -> None:
    told = {
        (rule, line.partition(" of ")[0])
        for vignette in VIGNETTES
        for rule, lines in vignette.told.items()
        for line in lines
    }

    assert {
        (rule.id, case)
        for rule in knowledge.rules.rules
        for case in CHECKS[rule.check].cases
        if case in rule.indicators and not _is_told_by_its_finding(rule)
    } - told == {
        ("check-not-done", "fault"),  # no vignette has a defect of ours
    }


def _is_told_by_its_finding(rule: Rule) -> bool:
    """A rule with one case and no facts: the vignette that expects its finding tells all."""
    cases = CHECKS[rule.check].cases
    return rule.group is not None and len(cases) == 1 and not any(cases.values())


# --- in words ---------------------------------------------------------------------------------


def in_words(answer: Answer) -> str:
    """ "above of draft-1, taken-1; mg_per_day 90; limit_mg_per_day 80 (if added)"."""
    orders = ", ".join(reference.removeprefix("MedicationRequest/") for reference in answer.orders)
    facts = "".join(f"; {name} {fact(value)}" for name, value in answer.facts.items())
    conditions = (" (if for alcohol)" if answer.if_alcohol else "") + (" (if added)" if answer.if_addition else "")
    conditions += " (if confirmed)" if answer.if_confirmed else ""
    return f"{answer.case} of {orders}{facts}{conditions}"


def fact(value: FactValue) -> str:
    if isinstance(value, ToConfirm):
        return f"{fact(value.mg_per_day)} to confirm"
    if isinstance(value, Span):
        return fact(value.low) if value.low == value.high else f"{fact(value.low)} to {fact(value.high)}"
    if isinstance(value, tuple):
        return " + ".join(value)
    if isinstance(value, Fraction):
        return f"{float(value):g}" if Fraction(f"{float(value):g}") == value else str(value)
    return str(value)


def test_numbers_are_told_exactly() -> None:
    assert fact(Span(Fraction(75, 2), Fraction(40))) == "37.5 to 40"
    assert fact(Span(Fraction(400, 3), Fraction(400, 3))) == "400/3"
