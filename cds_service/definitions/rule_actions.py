"""Makes a PlanDefinition action of a rule in force: its check, cases, suggestions and source."""

from collections.abc import Iterator
from datetime import date
from string import Template
from typing import cast

from cds_service.base.names import LANGUAGES
from cds_service.core.model.findings import FactValue, Indicator
from cds_service.core.model.ruleset import (
    CARE_RULE,
    MAXIMUM_RULE,
    RECOMMENDED_RULE,
    TAPER_RULE,
    Rule,
    RuleChange,
    taper_step_mg,
)
from cds_service.core.plans.choice import INCREASE_RULE, INITIAL_RULE, STOP_RULE
from cds_service.core.wording.texts import fact_in_words
from cds_service.definitions.activities import activity_url
from cds_service.definitions.findings_code_system import of_rule
from cds_service.definitions.metadata import Json, citation, coding, in_both
from cds_service.knowledge.loading import Knowledge
from cds_service.reports.rule_words import rule_words
from cds_service.reports.sheets.messages import messages

# The checks are code of this service, not expressions in a language that FHIR names.
CHECK_LANGUAGE = "text/x-baclofen-cds-check"

_INDICATORS = "http://cds-hooks.hl7.org/CodeSystem/indicator"
_ACTION_TYPES = "http://terminology.hl7.org/CodeSystem/action-type"

# The displays of this code system in FHIR R4.
_URGENCY = {
    Indicator.INFO: "The response is informational",
    Indicator.WARNING: "The response is a warning",
    Indicator.CRITICAL: "The response is critical",
}

_SUGGESTED = {
    CARE_RULE: ("referral", "taper", "start"),
    MAXIMUM_RULE: ("taper",),
    RECOMMENDED_RULE: ("taper", "start"),
    TAPER_RULE: ("taper",),
    STOP_RULE: ("taper",),
    INITIAL_RULE: ("start",),
    INCREASE_RULE: ("start",),
}


def rule_action(rule: Rule, change: RuleChange, knowledge: Knowledge, on: date) -> Json:
    """The action of a rule, with sub-actions for each case that its values allow and each suggestion in force."""
    texts = knowledge.texts
    words = {language: rule_words(knowledge, language) for language in LANGUAGES}
    values = {language: write.values(rule, change) for language, write in words.items()}
    below = [*_cases(rule, change, knowledge, on), *_suggestions(rule, knowledge, on)]
    return {
        "id": rule.id,
        **in_both("title", texts.topics[rule.id, "fr"], texts.topics[rule.id, "en"]),
        **in_both("description", values["fr"], values["en"]),
        "code": [{"coding": [of_rule(rule, texts)]}],
        "documentation": [citation(change.source, knowledge, change.note)],
        "condition": [_condition(rule.check, _call(rule, change), {})],
        **({"groupingBehavior": "logical-group", "selectionBehavior": "any", "action": below} if below else {}),
    }


def _call(rule: Rule, change: RuleChange) -> str:
    """The check with its values in force: `daily-dose-above(mg_per_day=300)`."""
    values = sorted((change.values or {}).items())
    return f"{rule.check}({', '.join(f'{name}={_literal(value)}' for name, value in values)})"


def _literal(value: object) -> str:
    return "|".join(value) if isinstance(value, tuple) else str(value)


def _condition(name: str, expression: str, described: Json) -> Json:
    written = {**described, "name": name, "language": CHECK_LANGUAGE, "expression": expression}
    return {"kind": "applicability", "expression": written}


def _cases(rule: Rule, change: RuleChange, knowledge: Knowledge, on: date) -> Iterator[Json]:
    """One action for each case: its condition, indicator, summary, and the card's texts on rule and action."""
    french, english = (messages(knowledge, rule, change, rule_words(knowledge, one)) for one in LANGUAGES)
    for fr, en in zip(french, english, strict=True):
        said = {language: _said(rule, fr.case, change, knowledge, on, language) for language in LANGUAGES}
        indicator = rule.indicators[fr.case]
        yield {
            "id": f"{rule.id}.{fr.case}",
            **(in_both("title", fr.summary, en.summary) if fr.summary else {}),
            **(in_both("textEquivalent", said["fr"], said["en"]) if all(said.values()) else {}),
            "code": [{"coding": [coding(_INDICATORS, indicator.code, _URGENCY[indicator])]}],
            "condition": [
                _condition(fr.case, f"{rule.check}.{fr.case}", in_both("description", fr.condition, en.condition))
            ],
        }


def _said(rule: Rule, case: str, change: RuleChange, knowledge: Knowledge, on: date, language: str) -> str:
    """The card's texts on the rule and on what to do, without those that depend on the patient."""
    card = knowledge.texts.card(rule.id, case, language, change.since)
    facts = {
        name: fact_in_words(name, value, knowledge.texts, language)
        for name, value in _facts(change, knowledge, on).items()
    }
    parts = [card.action] if rule.notice_on else [card.rule, card.action]
    return " ".join(written for part in parts if (written := _filled(part, facts)))


def _filled(template: Template, facts: dict[str, str]) -> str:
    return template.substitute(facts) if set(template.get_identifiers()) <= facts.keys() else ""


def _facts(change: RuleChange, knowledge: Knowledge, on: date) -> dict[str, FactValue]:
    """The placeholders of a card that the rule alone can fill."""
    values = change.values or {}
    step = taper_step_mg(knowledge.rules, on)
    written = {
        "limit_mg_per_day": values.get("mg_per_day"),
        "step_mg": values.get("mg_per_2_days") or values.get("mg_per_3_days") or values.get("step_mg") or step,
    }
    return {name: cast(FactValue, value) for name, value in written.items() if value is not None}


def _suggestions(rule: Rule, knowledge: Knowledge, on: date) -> Iterator[Json]:
    for name in _SUGGESTED.get(rule.id, ()):
        url = activity_url(name, knowledge, on)
        if url is not None:
            kind = ("create", "Create") if name == "referral" else ("update", "Update")
            yield {
                "id": f"{rule.id}.{name}",
                "type": {"coding": [coding(_ACTION_TYPES, *kind)]},
                "definitionCanonical": url,
            }
