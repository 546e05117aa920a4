"""Writes findings as CDS Hooks cards, in the reader's language. Read this first, then arrangement.py and detail.py.

The summary carries the worst hazard; the detail is read in a few seconds. Every finding stays in the extension of the
card that carries it, with its own indicator. No text of the request is copied into a card.
"""

from collections.abc import Callable, Sequence
from itertools import islice, zip_longest
from typing import Any

from cds_service.base.names import CANONICAL, EXTENSION
from cds_service.core.model.findings import Decision, Finding, Group, Source
from cds_service.core.plans.choice import Proposal
from cds_service.core.plans.suggest import Suggestion
from cds_service.core.wording import words
from cds_service.core.wording.arrangement import CardParts, arranged, lead_first
from cds_service.core.wording.detail import DetailWriter
from cds_service.core.wording.json_values import as_json, source_as_json
from cds_service.core.wording.suggestion_words import as_suggestions
from cds_service.core.wording.texts import Texts, fact_in_words

TOPIC_SYSTEM = f"{CANONICAL}/CodeSystem/findings"
OVERRIDE_SYSTEM = f"{CANONICAL}/CodeSystem/override-reasons"

# Of more reasons none is read.
MOST_REASONS = 5

# Gives the URL of the page of a plan, or None.
PlanUrl = Callable[[Proposal], str | None]


def render(
    decision: Decision,
    offered: Sequence[Suggestion],
    texts: Texts,
    language: str,
    plan_url: PlanUrl | None = None,
    *,
    names_day: bool = False,
    public_url: str = "",
) -> list[dict[str, Any]]:
    """The cards of a decision with the suggestions that answer it, most urgent first. They have no uuids yet.

    `names_day`: the day was set by hand, so each card says it. `public_url`: where the pages of rules are, if known.
    """
    renderer = _Renderer(decision, texts, language, plan_url, names_day, public_url)
    return [renderer.card(parts) for parts in arranged(decision, offered)]


class _Renderer:
    """Writes the cards of one decision in one language."""

    def __init__(
        self,
        decision: Decision,
        texts: Texts,
        language: str,
        plan_url: PlanUrl | None,
        names_day: bool,
        public_url: str,
    ) -> None:
        self._decision = decision
        self._texts = texts
        self._language = language
        self._plan_url = plan_url
        self._names_day = names_day
        self._public_url = public_url
        self._write = DetailWriter(decision, texts, language)

    def card(self, parts: CardParts) -> dict[str, Any]:
        worst = parts.findings[0]
        suggested = as_suggestions(parts.offered, self._texts, self._language)
        sent = [item for item in parts.offered if item.actions]
        return {
            "summary": self._summary(lead_first(parts.findings)),
            "detail": self._write.detail(parts, self._plan(sent, suggested), names_day=self._names_day),
            "indicator": max(finding.indicator for finding in parts.carried).code,
            "source": self._source(worst),
            **suggested,
            "links": [
                *self._plan_links(sent[:1]),
                *self._why(worst),
                *self._links([*parts.carried, *parts.notices], _sources(sent)),
            ],
            "overrideReasons": _override_reasons(parts.carried, self._texts, self._language),
            "extension": {EXTENSION: self._extension(parts)},
        }

    def _summary(self, told: list[Finding]) -> str:
        """What the first finding says, with what joins it: the product, the dose, the limit and what is wrong."""
        first, *others = told
        written = self._write.write(first, "summary")
        joined = [other.rule for other in others if first.rule in other.joins]
        beside = [self._texts.phrases.get((f"beside-{rule}", self._language), "") for rule in joined]
        named, colon, rest = written.partition(words.COLON[self._language])
        written = f"{', '.join(filter(None, [named, self._dose_beside(first, others), *beside]))}{colon}{rest}"
        conditions = first.answer.conditions
        if conditions:
            written = f"{self._phrase('-'.join(['if', *conditions, 'summary']))} {written}"
        return words.typeset(written, self._language)

    def _dose_beside(self, first: Finding, others: list[Finding]) -> str:
        """The dose where a precaution or the product speaks first: some clients show the summary alone."""
        doses = [other.answer.facts["mg_per_day"] for other in others if "mg_per_day" in other.answer.facts]
        if first.group is Group.DOSE or not doses:
            return ""
        return fact_in_words("mg_per_day", doses[0], self._texts, self._language)

    def _plan(self, sent: Sequence[Suggestion], suggested: dict[str, Any]) -> str:
        """The plan that is offered first, in one line: its doses as its suggestion has them, and the first visit."""
        first = next(iter(sent), None)
        if first is None or first.proposal is None:
            return ""
        doses = words.uncapitalised(suggested["suggestions"][0]["label"].partition(", ")[0])
        return self._phrase("plan-line").format(doses, words.day(first.proposal.plan.visits[0], self._language))

    def _source(self, finding: Finding) -> dict[str, Any]:
        topic = self._texts.topics[finding.rule, self._language]
        coding = {"system": TOPIC_SYSTEM, "code": finding.rule, "display": topic}
        return {
            "label": self._texts.labelled(finding.source, self._language),
            "url": finding.source.url,
            "topic": coding,
        }

    def _plan_links(self, offered: list[Suggestion]) -> list[dict[str, str]]:
        """Links to the printable pages of the plans."""
        if self._plan_url is None:
            return []
        urls = [self._plan_url(item.proposal) for item in offered if item.proposal is not None]
        return [{"label": self._phrase("printable-plan"), "url": url, "type": "absolute"} for url in urls if url]

    def _why(self, finding: Finding) -> list[dict[str, str]]:
        """A link to the page of the rule that gives the card its topic."""
        url = f"{self._public_url}/rules/{finding.rule}?lang={self._language}"
        return [{"label": self._phrase("why"), "url": url, "type": "absolute"}] if self._public_url else []

    def _links(self, findings: list[Finding], sources: list[Source]) -> list[dict[str, str]]:
        titled = {(self._write.text(finding).link.template, finding.source) for finding in findings}
        titled |= {("", source) for source in sources}
        labels = {(self._texts.labelled(source, self._language, title), source.url) for title, source in titled}
        return [{"label": label, "url": url, "type": "absolute"} for label, url in sorted(labels)]

    def _extension(self, parts: CardParts) -> dict[str, Any]:
        extension = {
            "rules_version": self._decision.rules_version,
            "on": self._decision.case.on.isoformat(),
            "findings": [_finding_as_json(finding) for finding in parts.carried],
        }
        return {"orders": parts.all_orders, **extension} if parts.all_orders else extension

    def _phrase(self, key: str) -> str:
        return self._texts.phrases[key, self._language]


def _sources(sent: Sequence[Suggestion]) -> list[Source]:
    """The sources of the pace of each plan."""
    return [item.proposal.source for item in sent if item.proposal is not None]


def _override_reasons(findings: Sequence[Finding], texts: Texts, language: str) -> list[dict[str, str]]:
    """The reasons of the findings of a card: the first of each, the most urgent first, then the second of each."""
    rules = dict.fromkeys(finding.rule for finding in findings)
    rounds = zip_longest(*(texts.offered_reasons[rule] for rule in rules))
    reasons = {reason.code: reason.display[language] for each in rounds for reason in each if reason}
    return [
        {"code": code, "system": OVERRIDE_SYSTEM, "display": display}
        for code, display in islice(reasons.items(), MOST_REASONS)
    ]


def _finding_as_json(finding: Finding) -> dict[str, Any]:
    facts = {name: as_json(value) for name, value in finding.answer.facts.items()}
    source = source_as_json(finding.source)
    whole = {"id": finding.rule, "indicator": finding.indicator.code, "facts": facts, "source": source}
    return {key: value for key, value in whole.items() if value != {}}
