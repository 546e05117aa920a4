"""Makes the PlanDefinitions of all rules: one for each period between two changes, from the first text on."""

from dataclasses import replace
from datetime import date

from cds_service.base.names import SERVICE_ID
from cds_service.core.model.ruleset import Rule, RuleChange, by_section
from cds_service.core.wording import words
from cds_service.definitions.activities import ACTIVITIES, activity_url
from cds_service.definitions.medicines import ORAL_BACLOFEN
from cds_service.definitions.metadata import (
    WARNING,
    Json,
    canonical,
    citation,
    coding,
    head,
    in_both,
    narrative,
    period,
)
from cds_service.definitions.order import BACLOFEN_ORDER
from cds_service.definitions.rule_actions import rule_action
from cds_service.knowledge.loading import Knowledge
from cds_service.reports.rule_words import ALWAYS, RuleWriter, rule_words

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_ENDPOINT = "http://hl7.org/fhir/StructureDefinition/cqf-cdsHooksEndpoint"


def plan_definitions(knowledge: Knowledge) -> list[Json]:
    """One PlanDefinition for each period, oldest first. Within a period no rule begins, changes or ends."""
    days = sorted(
        {change.since for rule in knowledge.rules.rules for change in rule.changes if change.since > ALWAYS}
    )
    return [_plan(knowledge, since, until) for since, until in zip(days, [*days[1:], None], strict=True)]


def _plan(knowledge: Knowledge, since: date, until: date | None) -> Json:
    identity = f"{SERVICE_ID}-{since.isoformat()}"
    in_force = [(rule, change) for rule, change in knowledge.rules.in_force(since) if rule.indicators]
    english = rule_words(knowledge, "en")
    title = f"Baclofen in alcohol dependence: rules in force {_between(since, until)}"
    description = f"{title}. Fired by the hook order-sign of CDS Hooks. {WARNING}"
    return {
        **head("PlanDefinition", identity, title, description, knowledge),
        "text": narrative(title, [description], [_in_words(rule, change, english) for rule, change in in_force]),
        "version": knowledge.rules_version,
        "type": {"coding": [coding(f"{_TERMINOLOGY}/plan-definition-type", "eca-rule", "ECA Rule")]},
        "useContext": [_context()],
        "lastReviewDate": max(rule.reviewed for rule, _ in in_force).isoformat(),
        "effectivePeriod": period(since, until),
        "relatedArtifact": [*_citations(in_force, knowledge), *_dependencies(knowledge, since)],
        "action": [_hook(knowledge, in_force, since)],
    }


def _between(since: date, until: date | None) -> str:
    last = f" until {words.day(until, 'en')}, not included" if until else ""
    return f"from {words.day(since, 'en')}{last}"


def _in_words(rule: Rule, change: RuleChange, english: RuleWriter) -> str:
    return f"{english.name(rule)}: {english.values(rule, change)}; {english.indicators(rule)}"


def _context() -> Json:
    """Alcohol dependence, by its ICD-10 code."""
    concept = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F10.2"}], "text": "Alcoolodépendance"}
    return {
        "code": coding(f"{_TERMINOLOGY}/usage-context-type", "focus", "Clinical Focus"),
        "valueCodeableConcept": concept,
    }


def _citations(in_force: list[tuple[Rule, RuleChange]], knowledge: Knowledge) -> list[Json]:
    sources = dict.fromkeys(replace(change.source, where="") for _, change in in_force)
    return [citation(source, knowledge) for source in sources]


def _dependencies(knowledge: Knowledge, on: date) -> list[Json]:
    needed = [BACLOFEN_ORDER, ORAL_BACLOFEN, canonical("CodeSystem", "findings")]
    activities = [url for name in ACTIVITIES if (url := activity_url(name, knowledge, on))]
    return [{"type": "depends-on", "resource": url} for url in [*needed, *activities]]


def _hook(knowledge: Knowledge, in_force: list[tuple[Rule, RuleChange]], on: date) -> Json:
    """The action of the hook, with the rules below it by group. A request gets at most one card per group."""
    french, english = rule_words(knowledge, "fr"), rule_words(knowledge, "en")
    groups = [
        {
            "id": section,
            **in_both("title", _name(section, french), _name(section, english)),
            "groupingBehavior": "logical-group",
            "selectionBehavior": "any",
            "action": [rule_action(rule, change, knowledge, on) for rule, change in in_force if rule in rules],
        }
        for section, rules in by_section(rule for rule, _ in in_force).items()
    ]
    return {
        "extension": [{"url": _ENDPOINT, "valueUri": f"/cds-services/{SERVICE_ID}"}],
        "id": "order-sign",
        "title": "Baclofène et alcoolodépendance",
        "trigger": [{"type": "named-event", "name": "order-sign", "data": [_orders()]}],
        "groupingBehavior": "logical-group",
        "selectionBehavior": "any",
        "action": groups,
    }


def _name(section: str, write: RuleWriter) -> str:
    return write.phrase(f"group-{section}")


def _orders() -> Json:
    """The data of the trigger: drafts of oral baclofen. The service itself finds out the indication."""
    codes: Json = {"path": "medication", "valueSet": ORAL_BACLOFEN}
    return {"type": "MedicationRequest", "profile": [BACLOFEN_ORDER], "codeFilter": [codes]}
