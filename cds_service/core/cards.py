"""From findings to CDS Hooks cards: at most one card a group, in the reader's language.

A card has at most four blocks: what was found (with the sum that gives the dose), what the text says,
what to do, and the source. Nothing that came with the request is written into a card.
"""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cds_service.core import words
from cds_service.core.json_values import as_json
from cds_service.core.model import (
    AtLeast,
    Case,
    Decision,
    Dose,
    Finding,
    Group,
    Order,
    Source,
    Span,
)
from cds_service.core.texts import CardText, Texts

CANONICAL = "https://baclofen-cds.example/fhir"
TOPIC_SYSTEM = f"{CANONICAL}/CodeSystem/findings"
OVERRIDE_SYSTEM = f"{CANONICAL}/CodeSystem/override-reasons"
EXTENSION = "org.baclofen-cds"

# The groups of card that end with the invitation to report adverse effects.
_WITH_NOTICE = {Group.DOSE, Group.PRECAUTIONS}


def render(decision: Decision, texts: Texts, language: str, hook_instance: str) -> list[dict[str, Any]]:
    """The cards of a decision, most urgent first."""
    notices = [finding for finding in decision.findings if finding.group is Group.NOTICE]
    groups: dict[Group, list[Finding]] = {}
    for finding in decision.findings:
        if finding.group is not Group.NOTICE:
            groups.setdefault(finding.group, []).append(finding)
    renderer = _Renderer(decision, texts, language, hook_instance)
    return [
        renderer.card(findings, notices if group in _WITH_NOTICE else []) for group, findings in groups.items()
    ]


class _Renderer:
    """Writes the cards of one decision in one language."""

    def __init__(self, decision: Decision, texts: Texts, language: str, hook_instance: str) -> None:
        self._decision = decision
        self._texts = texts
        self._language = language
        self._hook_instance = hook_instance

    def card(self, findings: list[Finding], notices: list[Finding]) -> dict[str, Any]:
        worst = findings[0]
        orders = list(dict.fromkeys(order for finding in findings for order in finding.answer.orders))
        return {
            "uuid": str(uuid5(NAMESPACE_URL, f"{self._hook_instance}/{worst.group.name}/{'/'.join(orders)}")),
            "summary": self._summary(worst),
            "detail": self._detail(findings, notices),
            "indicator": worst.indicator.code,
            "source": self._source(worst),
            "links": self._links([*findings, *notices]),
            "overrideReasons": [
                {"code": reason.code, "system": OVERRIDE_SYSTEM, "display": reason.display[self._language]}
                for reason in self._texts.override_reasons
            ],
            "extension": {EXTENSION: self._extension(findings, orders)},
        }

    def _summary(self, finding: Finding) -> str:
        written = self._text(finding).summary.substitute(self._facts(finding))
        if finding.answer.if_alcohol:
            written = f"{self._phrase('if-alcohol-summary')} {written}"
        return words.typeset(written, self._language)

    def _detail(self, findings: list[Finding], notices: list[Finding]) -> str:
        blocks = {
            "block-finding": self._found(findings),
            "block-rule": _unique(self._write(finding, "rule") for finding in findings),
            "block-action": _unique(self._write(finding, "action") for finding in [*findings, *notices]),
            "block-source": [*_unique(self._cite(finding.source) for finding in findings), self._day()],
        }
        written = [f"**{self._phrase(name)}** {' '.join(lines)}" for name, lines in blocks.items() if lines]
        return words.typeset("\n\n".join(written), self._language)

    def _found(self, findings: list[Finding]) -> list[str]:
        lines = list(self._sums()) if findings[0].group is Group.DOSE else []
        if any(finding.answer.if_alcohol for finding in findings):
            lines.append(self._phrase("if-alcohol"))
        return [*lines, *_unique(self._named(finding) for finding in findings)]

    def _named(self, finding: Finding) -> str:
        """The finding in words; behind the names of its orders where the case has several."""
        written = self._write(finding, "finding")
        case = self._decision.case
        several = len(case.orders) + len(case.unread) > 1
        if not written or not several or finding.group is Group.DOSE:
            return written
        names = [self._name_of(reference) for reference in finding.answer.orders]
        return f"{', '.join(_unique(names))} : {written}" if any(names) else written

    def _name_of(self, reference: str) -> str:
        case = self._decision.case
        for order in case.orders:
            if order.reference == reference:
                return f"{self._phrase('order')} {order.place} ({self._product(order)})"
        places = [unread.place for unread in case.unread if unread.reference == reference and unread.place]
        return f"{self._phrase('order')} {places[0]}" if places else ""

    def _sums(self) -> Iterable[str]:
        """The sum behind the dose, one sentence an order: "Baclocur 20 mg : 2 comprimés … = 120 mg/j."."""
        for order in self._decision.case.orders:
            if not isinstance(order.dose, Dose):
                yield f"{self._product(order)} : {self._phrase('dose-unknown')}."
                continue
            terms = " + ".join(
                words.intake(
                    term.units_per_intake, term.strength_mg, term.mg_per_intake, term.intakes_per_day, self._language
                )
                for term in order.dose.terms
            )
            total = words.mg_per_day(order.dose.mg_per_day, self._language)
            yield f"{self._product(order)} : {terms} = {total}."

    def _product(self, order: Order) -> str:
        return order.medicine.product.name if order.medicine.product else self._phrase("baclofen")

    def _write(self, finding: Finding, part: str) -> str:
        template = getattr(self._text(finding), part)
        written: str = template.substitute(self._facts(finding))
        return written

    def _text(self, finding: Finding) -> CardText:
        return self._texts.cards[finding.rule, finding.answer.case, self._language]

    def _facts(self, finding: Finding) -> dict[str, str]:
        return {name: self._fact(name, value) for name, value in finding.answer.facts.items()}

    def _fact(self, name: str, value: object) -> str:
        if isinstance(value, Span | AtLeast | Fraction):
            return words.mg_per_day(value, self._language)
        if name == "reason":
            return self._texts.reasons[str(value), self._language]
        if isinstance(value, tuple):
            table = self._texts.facts if name == "facts" else self._texts.topics
            return ", ".join(_unique(table[item, self._language] for item in value))
        return str(value)

    def _cite(self, source: Source) -> str:
        state = self._phrase("undated" if source.undated else "dated")
        date_written = words.day(source.published, self._language)
        return f"[{source.title}]({source.url}) ({state.format(date_written)})."

    def _day(self) -> str:
        day = words.day(self._decision.case.on, self._language)
        return self._phrase("rules-of-day").format(day, self._decision.rules_version)

    def _source(self, finding: Finding) -> dict[str, Any]:
        topic = self._texts.topics[finding.rule, self._language]
        coding = {"system": TOPIC_SYSTEM, "code": finding.rule, "display": topic}
        return {"label": finding.source.title, "url": finding.source.url, "topic": coding}

    def _links(self, findings: list[Finding]) -> list[dict[str, str]]:
        links = {}
        for finding in findings:
            label = finding.source.title if finding.group is not Group.NOTICE else self._phrase("report")
            links.setdefault((label, finding.source.url), None)
        return [{"label": label, "url": url, "type": "absolute"} for label, url in links]

    def _extension(self, findings: list[Finding], orders: list[str]) -> dict[str, Any]:
        case = self._decision.case
        extension = {
            "rules_version": self._decision.rules_version,
            "on": case.on.isoformat(),
            "findings": [_finding_as_json(finding) for finding in findings],
        }
        return {"orders": orders, **extension} if orders else extension

    def _phrase(self, key: str) -> str:
        return self._texts.phrases[key, self._language]


def _unique(lines: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(line for line in lines if line))


def _finding_as_json(finding: Finding) -> dict[str, Any]:
    facts = {name: as_json(value) for name, value in finding.answer.facts.items()}
    published: date = finding.source.published
    source = {"title": finding.source.title, "url": finding.source.url, "published": published.isoformat()}
    whole = {"id": finding.rule, "indicator": finding.indicator.code, "facts": facts, "source": source}
    return {key: value for key, value in whole.items() if value != {}}
