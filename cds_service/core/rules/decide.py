"""The decision, start to end. Read this file first.

A case goes in, findings come out, most urgent first. Every rule in force that day asks its check; what
a check could not answer is gathered into `check-incomplete`; a check that fails is named in `check-not-done`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cds_service.core.model.case import Case, UnreadEntry
from cds_service.core.model.findings import Answer, Decision, Finding, Group, Indicator, MissingFact
from cds_service.core.model.order import Scope
from cds_service.core.model.ruleset import Rule, RuleChange, RuleSet
from cds_service.core.rules.checks import CHECKS
from cds_service.core.rules.gap_checks import asked_of_dosages
from cds_service.core.rules.verdict import CaseReadings

INCOMPLETE_RULE = "check-incomplete"
NOT_DONE_RULE = "check-not-done"

# Before this rule began there is no text at all that says how to prescribe baclofen for alcohol dependence.
FIRST_RULE = "indication-not-documented"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """A rule in force, and all that its check said of a case. `defect` names a fault of ours; empty is none."""

    rule: Rule
    change: RuleChange
    said: tuple[Finding | MissingFact, ...]
    defect: str = ""


def decide(case: Case, rules: RuleSet) -> Decision:
    """All that the rules in force on the day of the case have to say about it."""
    return decided(CaseReadings(case), rules)


def decided(readings: CaseReadings, rules: RuleSet) -> Decision:
    """The decision on a case, for who looks at its readings too."""
    case = readings.case
    if rules.rule(FIRST_RULE).on(case.on) is None:
        case = _without_rules(case)
        readings = CaseReadings(case)
    asked = _ask_all(readings, rules)
    findings = [said for answer in asked for said in answer.said if isinstance(said, Finding)]
    findings += _incomplete(case, rules, _unknown(asked))
    findings += _not_done(case, rules, *(answer.rule.id for answer in asked if answer.defect))
    case = replace(case, defects=(*case.defects, *(answer.defect for answer in asked if answer.defect)))
    return Decision(case, rules.version, tuple(sorted(findings, key=_urgency)))


def without(decision: Decision, rules: RuleSet, part: str) -> Decision:
    """The decision, with the finding that a defect of ours prevented this part of the answer.

    A decision without a card is returned unchanged.
    """
    if all(finding.group is None for finding in decision.findings):
        return decision
    findings = (*decision.findings, *_not_done(decision.case, rules, part))
    return replace(decision, findings=tuple(sorted(findings, key=_urgency)))


def ask_all_rules(case: Case, rules: RuleSet) -> list[RuleResult]:
    """Every rule in force on the day of the case, with its answer."""
    return _ask_all(CaseReadings(case), rules)


def _ask_all(readings: CaseReadings, rules: RuleSet) -> list[RuleResult]:
    return [_asked(readings, rule, change) for rule, change in rules.in_force(readings.case.on)]


def _asked(readings: CaseReadings, rule: Rule, change: RuleChange) -> RuleResult:
    said: list[Finding | MissingFact] = []
    try:
        said.extend(_ask(readings, rule, change))
    except Exception as defect:  # noqa: BLE001 - a defect in one rule must not hide what the others say
        return RuleResult(rule, change, tuple(said), f"{type(defect).__name__} in rule {rule.id}")
    return RuleResult(rule, change, tuple(said))


def _unknown(asked: Iterable[RuleResult]) -> dict[str, list[MissingFact]]:
    """The missing facts, by rule."""
    unknown: dict[str, list[MissingFact]] = {}
    for answer in asked:
        for said in answer.said:
            if isinstance(said, MissingFact):
                unknown.setdefault(answer.rule.id, []).append(said)
    return unknown


def _ask(readings: CaseReadings, rule: Rule, change: RuleChange) -> Iterator[Finding | MissingFact]:
    if change.values is None:
        return
    for said in CHECKS[rule.check].ask(readings, change.values):
        yield _finding(rule, change, _as_asked(said, readings, rule)) if isinstance(said, Answer) else said


def _as_asked(answer: Answer, readings: CaseReadings, rule: Rule) -> Answer:
    """The answer; about a dose, it is to be confirmed where a dosage contradicts itself and the larger was judged.

    A dose that is ordered for something else than alcohol dependence is no more than information.
    """
    if rule.group is Group.DOSE and readings.is_outside(answer):
        answer = replace(answer, at_most=Indicator.INFO)
    contradicted = any(question.contradicts for question, _, _ in asked_of_dosages(readings))
    larger_is_judged = rule.group is Group.DOSE and contradicted
    return replace(answer, if_confirmed=True) if larger_is_judged else answer


def _finding(rule: Rule, change: RuleChange, answer: Answer) -> Finding:
    indicator = rule.indicators[answer.case]
    if answer.conditions:
        indicator = min(indicator, Indicator.WARNING)
    if answer.at_most is not None:
        indicator = min(indicator, answer.at_most)
    leads, joins = answer.case in rule.leads, rule.joins.get(answer.case, ())
    return Finding(rule.id, rule.group, indicator, answer, change.source, rule.place, rule.notice_on, leads, joins)


def _incomplete(case: Case, rules: RuleSet, unknown: dict[str, list[MissingFact]]) -> list[Finding]:
    """Which facts are unknown, each with its reason, and which rules in force could not be judged without them."""
    rule = rules.rule(INCOMPLETE_RULE)
    change = rule.on(case.on)
    orders = tuple(order.reference for order in case.orders if order.scope is not Scope.OUT)
    if change is None or not orders or not unknown:
        return []
    missing = dict.fromkeys((said.fact, said.reason) for named in unknown.values() for said in named)
    told = {
        "facts": tuple(fact for fact, _ in missing),
        "reasons": tuple(reason for _, reason in missing),
        "rules": tuple(unknown),
    }
    return [_finding(rule, change, Answer("found", orders, told))]


def _not_done(case: Case, rules: RuleSet, *parts: str) -> list[Finding]:
    """The finding that a defect of ours prevented `parts`: ids of rules, or keys of cards/facts.toml.

    No finding if no entry may be baclofen: a defect must not alarm prescribers of other medicines.
    """
    rule = rules.rule(NOT_DONE_RULE)
    change = rule.on(case.on)
    if change is None or not parts or not (case.orders or case.unread or case.strangers):
        return []
    orders = tuple(order.reference for order in case.orders)
    return [_finding(rule, change, Answer("fault", orders, {"parts": parts}))]


def _without_rules(case: Case) -> Case:
    """The case on a day before the first text: each of its orders is an unread entry."""
    ours = [order for order in case.orders if order.scope is not Scope.OUT]
    missing = [UnreadEntry(order.reference, "no-rules-for-day", order.place) for order in ours]
    return replace(case, orders=(), unread=(*case.unread, *missing))


def _urgency(finding: Finding) -> tuple[int, int, bool, int]:
    """Worst first; of equals by group, what is sure before what is conditional, then in the order of the rules."""
    return -finding.indicator, finding.place.section, bool(finding.answer.conditions), finding.place.rank
