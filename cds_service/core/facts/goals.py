"""Reads the patient's goals about alcohol: whether abstinence is the aim, and whether the goal is not met."""

import re
from collections.abc import Iterator

from cds_service.core.facts.histories import statuses
from cds_service.core.model.known import Fact, Known, not_found
from cds_service.core.orders.order import ABSTINENCE, Context
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Records
from cds_service.core.record.terminology import ListName

# http://hl7.org/fhir/goal-status: goals that do not count.
_DROPPED = {"proposed", "cancelled", "rejected", "entered-in-error"}
# http://terminology.hl7.org/CodeSystem/goal-achievement
_NOT_MET = {"not-achieved", "no-progress", "not-attainable", "worsening", "no-change"}

# No code for these goals is established; their words are read, and never copied into a card.
_ABOUT_ALCOHOL = re.compile(r"alcool|alcohol|[eé]thyli|\bsob(?:ri|er|re)", re.IGNORECASE)
# These words are about alcohol unless something else is named.
_OF_ANYTHING = re.compile(r"\bverres?\b|consommation|consumption|abstinen|drink|boire", re.IGNORECASE)
_OF_SOMETHING_ELSE = re.compile(
    r"taba[cg]|tobacco|cigar|smok|nicotin|cannabis|caf[eé]|coffee|sucre|sugar|\bsel\b|\bsalt|\beau\b|water",
    re.IGNORECASE,
)


def read_goals(records: Records, context: Context) -> tuple[Fact[bool], Fact[bool]]:
    """(goal not met, abstinence is the aim), each Known(True) if the record says so."""
    goals = list(_about_alcohol(records, context))
    not_met = any(statuses(goal, "achievementStatus") & _NOT_MET for goal in goals)
    said = [fhir.words(goal.get("description")) for goal in goals]
    abstinence = any(ABSTINENCE.search(words) and _speaks_of_alcohol(words) for words in said)
    known, unsaid = Known(True, records.key), not_found(records.gap, records.key)
    return known if not_met else unsaid, known if abstinence else unsaid


def _about_alcohol(records: Records, context: Context) -> Iterator[Resource]:
    for goal in records.resources:
        if goal.get("resourceType") != "Goal" or statuses(goal, "lifecycleStatus") & _DROPPED:
            continue
        since = fhir.day(goal.get("startDate")) or fhir.day(goal.get("statusDate"))
        if since is not None and since > context.on:
            continue
        if _speaks_of_alcohol(fhir.words(goal.get("description"))) or _addresses_alcohol(goal, context):
            yield goal


def _speaks_of_alcohol(words: str) -> bool:
    most_likely = _OF_ANYTHING.search(words) and not _OF_SOMETHING_ELSE.search(words)
    return bool(most_likely or _ABOUT_ALCOHOL.search(words))


def _addresses_alcohol(goal: Resource, context: Context) -> bool:
    for reference in fhir.objects(goal.get("addresses")):
        condition = context.resources.get(fhir.relative(reference) or "", {})
        if context.terminology.has(ListName.ALCOHOL_DEPENDENCE, fhir.codings(condition.get("code"))):
            return True
    return False
