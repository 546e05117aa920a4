"""Makes ActivityDefinitions of what suggestions do (referral, taper, start): one for each period of their rule."""

from collections.abc import Iterator
from datetime import date

from cds_service.base.names import LANGUAGES
from cds_service.core.model.ruleset import CARE_RULE, Rule, RuleChange
from cds_service.core.plans.paces import START_PACE_RULE, TAPER_PACE_RULE
from cds_service.core.plans.referral import referral
from cds_service.core.record.terminology import ListName
from cds_service.definitions.lists import first_coding
from cds_service.definitions.metadata import WARNING, Json, canonical, citation, head, in_both, narrative, period
from cds_service.knowledge.loading import Knowledge
from cds_service.reports.rule_words import rule_words

# Each activity, and the rule that gives its values.
ACTIVITIES = {"referral": CARE_RULE, "taper": TAPER_PACE_RULE, "start": START_PACE_RULE}

_TITLES = {
    "referral": "Referral to specialised multidisciplinary addiction care",
    "taper": "Stepwise decrease of baclofen",
    "start": "Progressive start of baclofen",
}


def activities(knowledge: Knowledge) -> list[Json]:
    """One definition for each activity and each period in which its rule has values."""
    return [
        _activity(name, knowledge, change, until)
        for name, rule in ACTIVITIES.items()
        for change, until in held(knowledge.rules.rule(rule))
    ]


def held(rule: Rule) -> Iterator[tuple[RuleChange, date | None]]:
    """Each change of a rule that sets values, and the day of the next one."""
    nexts = [change.since for change in rule.changes[1:]]
    for change, until in zip(rule.changes, [*nexts, None], strict=True):
        if change.values is not None:
            yield change, until


def activity_url(name: str, knowledge: Knowledge, on: date) -> str | None:
    """The canonical URL of the activity in force on a day; None if its rule is not in force."""
    change = knowledge.rules.rule(ACTIVITIES[name]).on(on)
    return None if change is None else canonical("ActivityDefinition", _id(name, change))


def _id(name: str, change: RuleChange) -> str:
    return f"{name}-{change.since.isoformat()}"


def _activity(name: str, knowledge: Knowledge, change: RuleChange, until: date | None) -> Json:
    rule = knowledge.rules.rule(ACTIVITIES[name])
    how = {language: rule_words(knowledge, language).values(rule, change) for language in LANGUAGES}
    begun = head("ActivityDefinition", _id(name, change), _TITLES[name], f"{_TITLES[name]}. {WARNING}", knowledge)
    return {
        **begun,
        "text": narrative(_TITLES[name], [f"{how['fr']} / {how['en']}", WARNING]),
        "version": knowledge.rules_version,
        "lastReviewDate": rule.reviewed.isoformat(),
        "effectivePeriod": period(change.since, until),
        "relatedArtifact": [citation(change.source, knowledge, change.note)],
        **(_referral() if name == "referral" else _plan(how["fr"], how["en"])),
    }


def _referral() -> Json:
    """The referral as in suggestions: a ServiceRequest for the prescriber to sign."""
    request = referral("example", None, None)
    return {
        "copyright": "Contains codes of SNOMED CT, © SNOMED International.",
        "kind": "ServiceRequest",
        "code": request["code"],
        "intent": request["intent"],
    }


def _plan(french: str, english: str) -> Json:
    """A dose plan. Its steps depend on what the patient takes, so only the pace is given, in words."""
    return {
        "kind": "MedicationRequest",
        "intent": "order",
        "productCodeableConcept": {"coding": [first_coding(ListName.BACLOFEN_SUBSTANCE)], "text": "Baclofène"},
        "dosage": [{**in_both("text", french, english), "route": {"coding": [first_coding(ListName.ROUTE_ORAL)]}}],
    }
