"""Writes findings as CDS Hooks cards: at most one card a group, in the reader's language.

A card has at most four blocks: what was found (with the sum that gives the dose), what the text says,
what to do, and the source. No text of the request is copied into a card.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cds_service.base.names import CANONICAL, EXTENSION
from cds_service.core.model.dose import NotComputable, Step
from cds_service.core.model.findings import Decision, Finding, Group, Source
from cds_service.core.model.known import Known
from cds_service.core.model.order import Order
from cds_service.core.plans.choice import Proposal
from cds_service.core.plans.suggest import Suggestion
from cds_service.core.wording import words
from cds_service.core.wording.json_values import as_json, source_as_json
from cds_service.core.wording.suggestion_words import as_suggestions, offered_in_words
from cds_service.core.wording.texts import CardText, Texts, fact_in_words

TOPIC_SYSTEM = f"{CANONICAL}/CodeSystem/findings"
OVERRIDE_SYSTEM = f"{CANONICAL}/CodeSystem/override-reasons"

_BETWEEN_SENTENCES = re.compile(r"(?<=\.) ")

# Gives the URL of the page of a plan, or None.
PlanUrl = Callable[[Proposal], str | None]


def render(
    decision: Decision,
    offered: Sequence[Suggestion],
    texts: Texts,
    language: str,
    hook_instance: str,
    plan_url: PlanUrl | None = None,
) -> list[dict[str, Any]]:
    """The cards of a decision with the suggestions that answer it, most urgent first."""
    groups: dict[Group, list[Finding]] = {}
    for finding in decision.findings:
        if finding.group is not None:
            groups.setdefault(finding.group, []).append(finding)
    lines = sorted((finding for finding in decision.findings if finding.notice_on), key=_rank)
    renderer = _Renderer(decision, texts, language, hook_instance, plan_url)
    cards = []
    for group, findings in groups.items():
        mine = [suggestion for suggestion in offered if suggestion.group is group]
        notices = [line for line in lines if group in line.notice_on]
        cards.append(renderer.card(group, findings, notices, mine))
    return cards


def _rank(finding: Finding) -> int:
    return finding.place.rank


def _does_not_lead(finding: Finding) -> bool:
    return not finding.leads


class _Renderer:
    """Writes the cards of one decision in one language."""

    def __init__(
        self, decision: Decision, texts: Texts, language: str, hook_instance: str, plan_url: PlanUrl | None
    ) -> None:
        self._decision = decision
        self._plan_url = plan_url
        self._texts = texts
        self._language = language
        self._hook_instance = hook_instance
        taken = decision.case.facts.taken_now
        record = taken.value.on_record if isinstance(taken, Known) else ()
        self._orders: dict[str, Order] = {order.reference: order for order in (*record, *decision.case.orders)}

    def card(
        self, group: Group, findings: list[Finding], notices: list[Finding], offered: list[Suggestion]
    ) -> dict[str, Any]:
        worst, told = findings[0], sorted(findings, key=_does_not_lead)
        orders = list(dict.fromkeys(order for finding in findings for order in finding.answer.orders))
        name = f"{self._hook_instance}/{group.name}/{'/'.join(orders)}"
        return {
            "uuid": str(uuid5(NAMESPACE_URL, name)),
            "summary": self._summary(told[0]),
            "detail": self._detail(told, notices, orders, offered),
            "indicator": worst.indicator.code,
            "source": self._source(worst),
            **as_suggestions(offered, name, self._texts, self._language),
            "links": [
                *self._plan_links([item for item in offered if item.actions][:1]),
                *self._links([*findings, *notices], _sources(offered)),
            ],
            "overrideReasons": _override_reasons(self._texts, self._language),
            "extension": {EXTENSION: self._extension(findings, orders)},
        }

    def _summary(self, finding: Finding) -> str:
        written = self._text(finding).summary.substitute(self._facts(finding))
        conditions = finding.answer.conditions
        if conditions:
            written = f"{self._phrase('-'.join(['if', *conditions, 'summary']))} {written}"
        return words.typeset(written, self._language)

    def _detail(
        self, findings: list[Finding], notices: list[Finding], orders: list[str], offered: list[Suggestion]
    ) -> str:
        blocks = {
            "block-finding": self._found(findings, orders),
            "block-rule": _unique(self._write(finding, "rule") for finding in findings),
            "block-action": [
                *_unique(sentence for finding in findings for sentence in self._actions(finding)),
                *offered_in_words(offered, self._texts, self._language),
                *(self._write(notice, "action") for notice in notices),
            ],
            "block-source": [
                *_unique(map(self._cite, [*(finding.source for finding in findings), *_sources(offered)])),
                self._day(),
            ],
        }
        written = [f"**{self._phrase(name)}** {' '.join(lines)}" for name, lines in blocks.items() if lines]
        return words.typeset("\n\n".join(written), self._language)

    def _found(self, findings: list[Finding], orders: list[str]) -> list[str]:
        """The sums, then the findings: unconditional ones first, then those that hold under a condition."""
        sums = [self._sum(self._orders[order]) for order in orders] if findings[0].group is Group.DOSE else []
        lines = []
        for finding in sorted(findings, key=lambda finding: (finding.answer.if_alcohol, finding.answer.if_addition)):
            lines += [self._phrase(f"if-{condition}") for condition in finding.answer.conditions]
            lines.append(self._named(finding))
        return [*sums, *_unique(lines)]

    def _actions(self, finding: Finding) -> list[str]:
        """The advice, split into sentences: one that two findings share is then written once."""
        return _BETWEEN_SENTENCES.split(self._write(finding, "action"))

    def _named(self, finding: Finding) -> str:
        """The finding in words, after the names of its orders if the request has several."""
        written = self._write(finding, "finding")
        case = self._decision.case
        several = len(case.orders) + len(case.unread) > 1
        if not several or finding.group is Group.DOSE:
            return written
        names = ", ".join(_unique(self._name_of(reference) for reference in finding.answer.orders))
        return f"{names}{words.COLON[self._language]}{words.uncapitalised(written)}" if names else written

    def _name_of(self, reference: str) -> str:
        if reference in self._orders:
            return self._name(self._orders[reference])
        unread = self._decision.case.unread
        places = [item.place for item in unread if item.reference == reference and item.place]
        return f"{self._phrase('order')} {places[0]}" if places else ""

    def _name(self, order: Order) -> str:
        """The order and its product: "Prescription 2 (Baclocur 10 mg)", "Au dossier (Baclocur 40 mg)"."""
        product = order.medicine.product
        name = product.name if product else self._phrase("baclofen")
        where = f"{self._phrase('order')} {order.place}" if order.place else self._phrase("on-record")
        return name if len(self._orders) == 1 else f"{where} ({name})"

    def _sum(self, order: Order) -> str:
        """How the dose of an order adds up: "Baclocur 20 mg : 2 comprimés … = 120 mg/j."."""
        name = words.capitalised(self._name(order))
        colon = words.COLON[self._language]
        if order.stops:
            return f"{name}{colon}{self._phrase('stopped')}."
        if isinstance(order.dose, NotComputable):
            return f"{name}{colon}{self._phrase('dose-unknown')}."
        highest = max(order.dose, key=lambda step: step.mg_per_day.high)
        written = f"{name}{colon}{self._step(highest)}"
        if len(order.dose) == 1:
            return f"{written}."
        last = words.mg_per_day(order.dose[-1].mg_per_day, self._language)
        since = words.day(order.dose[-1].since, self._language)
        return f"{written}, {self._phrase('steps').format(len(order.dose), last, since)}."

    def _step(self, step: Step) -> str:
        terms = " + ".join(words.term(term, self._language) for term in step.terms)
        return f"{terms} = {words.mg_per_day(step.mg_per_day, self._language)}"

    def _write(self, finding: Finding, part: str) -> str:
        written: str = getattr(self._text(finding), part).substitute(self._facts(finding))
        return written

    def _text(self, finding: Finding) -> CardText:
        return self._texts.card(finding.rule, finding.answer.case, self._language, self._decision.case.on)

    def _facts(self, finding: Finding) -> Mapping[str, str]:
        facts = finding.answer.facts
        return {name: fact_in_words(name, value, self._texts, self._language) for name, value in facts.items()}

    def _cite(self, source: Source) -> str:
        """A source by title and date; its URL is among the links of the card."""
        return f"{source.title} ({self._texts.dated(source, self._language)})."

    def _day(self) -> str:
        day = words.day(self._decision.case.on, self._language)
        return self._phrase("rules-of-day").format(day, self._decision.rules_version)

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

    def _links(self, findings: list[Finding], sources: list[Source]) -> list[dict[str, str]]:
        titled = {(self._text(finding).link.template, finding.source) for finding in findings}
        titled |= {("", source) for source in sources}
        labels = {(self._texts.labelled(source, self._language, title), source.url) for title, source in titled}
        return [{"label": label, "url": url, "type": "absolute"} for label, url in sorted(labels)]

    def _extension(self, findings: list[Finding], orders: list[str]) -> dict[str, Any]:
        extension = {
            "rules_version": self._decision.rules_version,
            "on": self._decision.case.on.isoformat(),
            "findings": [_finding_as_json(finding) for finding in findings],
        }
        return {"orders": orders, **extension} if orders else extension

    def _phrase(self, key: str) -> str:
        return self._texts.phrases[key, self._language]


def _sources(offered: Sequence[Suggestion]) -> list[Source]:
    """The sources of the pace of each plan."""
    return [item.proposal.source for item in offered if item.actions and item.proposal is not None]


def _unique(lines: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(line for line in lines if line))


@lru_cache(maxsize=8)
def _override_reasons(texts: Texts, language: str) -> list[dict[str, str]]:
    return [
        {"code": reason.code, "system": OVERRIDE_SYSTEM, "display": reason.display[language]}
        for reason in texts.override_reasons
    ]


def _finding_as_json(finding: Finding) -> dict[str, Any]:
    facts = {name: as_json(value) for name, value in finding.answer.facts.items()}
    source = source_as_json(finding.source)
    whole = {"id": finding.rule, "indicator": finding.indicator.code, "facts": facts, "source": source}
    return {key: value for key, value in whole.items() if value != {}}
