"""Makes the CodeSystem of findings, with which `source.topic` of a card is coded."""

from cds_service.base.names import EXTENSION
from cds_service.core.model.ruleset import Rule
from cds_service.core.wording.cards import TOPIC_SYSTEM
from cds_service.core.wording.texts import Texts
from cds_service.definitions.metadata import WARNING, Json, designated, head
from cds_service.knowledge.loading import Knowledge

_DESCRIPTION = (
    "What the service may find in an order of baclofen: one code a rule. A card names its worst finding in "
    f"source.topic, and all of them in its extension {EXTENSION}. {WARNING}"
)

_PROPERTIES = (
    ("group", "code", "What the finding is about: dose, prescription, precautions, check; or a line on other cards."),
    ("indicator", "code", "How urgent its card can be: info, warning, critical. Repeated."),
    ("since", "dateTime", "The first day on which its rule holds. Absent: it always holds."),
    ("until", "dateTime", "The day from which on its rule no longer holds. Absent: it still holds."),
)


def findings(knowledge: Knowledge) -> Json:
    """One concept for each rule that can give a finding; French displays, English designations."""
    concepts = [_concept(rule, knowledge.texts) for rule in knowledge.rules.rules if rule.indicators]
    return {
        **head("CodeSystem", "findings", "Findings in an order of baclofen", _DESCRIPTION, knowledge),
        "url": TOPIC_SYSTEM,
        "caseSensitive": True,
        "content": "complete",
        "count": len(concepts),
        "property": [{"code": code, "description": text, "type": kind} for code, kind, text in _PROPERTIES],
        "concept": concepts,
    }


def of_rule(rule: Rule, texts: Texts) -> Json:
    """The coding of a rule's finding."""
    return {"system": TOPIC_SYSTEM, "code": rule.id, "display": texts.topics[rule.id, "fr"]}


def _concept(rule: Rule, texts: Texts) -> Json:
    first, last = rule.changes[0], rule.changes[-1]
    urgent_first = sorted(set(rule.indicators.values()), reverse=True)
    properties: list[Json] = [{"code": "group", "valueCode": rule.section}]
    properties += [{"code": "indicator", "valueCode": indicator.code} for indicator in urgent_first]
    if first.since.year > 1970:
        properties.append({"code": "since", "valueDateTime": first.since.isoformat()})
    if last.values is None:
        properties.append({"code": "until", "valueDateTime": last.since.isoformat()})
    named = designated(rule.id, texts.topics[rule.id, "fr"], texts.topics[rule.id, "en"])
    return {**named, "property": properties}
