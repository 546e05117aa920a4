"""The elements that all definitions share: canonical URL, version, date, publisher, titles and narrative."""

from collections.abc import Iterable
from datetime import date, timedelta
from html import escape
from typing import Any

from cds_service.base.names import CANONICAL
from cds_service.base.version import __version__
from cds_service.core.model.findings import Source
from cds_service.knowledge.loading import Knowledge
from cds_service.reports.rule_words import rule_words

Json = dict[str, Any]

PUBLISHER = "Baclofen CDS"
WARNING = "A demonstration, not a medical device: no clinician has validated it."

_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
_FRANCE = {"coding": [{"system": "urn:iso:std:iso:3166", "code": "FR", "display": "France"}]}


def canonical(kind: str, identity: str) -> str:
    return f"{CANONICAL}/{kind}/{identity}"


def head(kind: str, identity: str, title: str, description: str, knowledge: Knowledge) -> Json:
    """The first elements of every definition. `experimental` is true: none is fit for use in care as it is."""
    shareable = f"http://hl7.org/fhir/StructureDefinition/shareable{kind.lower()}"
    profiles = {"meta": {"profile": [shareable]}} if kind in _SHAREABLE else {}
    return {
        "resourceType": kind,
        "id": identity,
        **profiles,
        "text": narrative(title, [description]),
        "url": canonical(kind, identity),
        "version": __version__,
        "name": "".join(part.capitalize() for part in identity.split("-")),
        "title": title,
        "status": "active",
        "experimental": True,
        "date": reviewed(knowledge).isoformat(),
        "publisher": PUBLISHER,
        "description": description,
        "jurisdiction": [_FRANCE],
    }


# The types for which R4 itself has a profile "shareable…".
_SHAREABLE = {"ActivityDefinition", "CodeSystem", "PlanDefinition", "ValueSet"}


def reviewed(knowledge: Knowledge) -> date:
    """The day on which the rules were last compared with their sources."""
    return max(rule.reviewed for rule in knowledge.rules.rules)


def narrative(title: str, lines: Iterable[str], items: Iterable[str] = ()) -> Json:
    """A generated FHIR narrative: title, paragraphs and a list."""
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines)
    listed = "".join(f"<li>{escape(item)}</li>" for item in items)
    whole = f"<h2>{escape(title)}</h2>{paragraphs}" + (f"<ul>{listed}</ul>" if listed else "")
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{whole}</div>'}


def in_both(element: str, french: str, english: str) -> Json:
    """A string element in French, with the English text in the FHIR translation extension."""
    parts = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": english}]
    return {element: french, f"_{element}": {"extension": [{"extension": parts, "url": _TRANSLATION}]}}


def designated(code: str, french: str, english: str) -> Json:
    """A concept with a French display and an English designation."""
    return {"code": code, "display": french, "designation": [{"language": "en", "value": english}]}


def citation(source: Source, knowledge: Knowledge, note: str = "") -> Json:
    """A source as RelatedArtifact: title, paragraph, date and URL. `note` says what the source does not state."""
    cited = rule_words(knowledge, "en").cited(source)
    noted = {"display": note} if note else {}
    return {"type": "citation", **noted, "citation": f"{source.title} ({cited}).", "url": source.url}


def period(since: date, until: date | None) -> Json:
    """A FHIR Period. Our periods are half-open; a FHIR Period includes its last day."""
    last = {"end": (until - timedelta(days=1)).isoformat()} if until else {}
    return {"start": since.isoformat(), **last}


def coding(system: str, code: str, display: str) -> Json:
    return {"system": system, "code": code, "display": display}
