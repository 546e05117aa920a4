"""Writes the detail of a card: what to do, what was found with the sum that gives the dose, and why it matters.

It has no source, version or path of an element: these are in the links, the source and the extension of the card.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from cds_service.core.model.dose import NotComputable, Step
from cds_service.core.model.findings import Decision, Finding, Group
from cds_service.core.model.known import Known
from cds_service.core.model.order import Order
from cds_service.core.wording import words
from cds_service.core.wording.arrangement import CardParts, lead_first
from cds_service.core.wording.suggestion_words import offered_in_words
from cds_service.core.wording.texts import CardText, Texts, fact_in_words, unknown_in_words

_BETWEEN_SENTENCES = re.compile(r"(?<=[.?]) ")

# "Total **120 mg/j**.", under no condition.
_TOTAL = re.compile(r"[A-Z]\w+ \*\*([^*]+)\*\*\.")

# Of more orders than this a card says how many others there are.
MOST_ORDERS = 4


class DetailWriter:
    """Writes the findings of one decision in one language."""

    def __init__(self, decision: Decision, texts: Texts, language: str) -> None:
        self._decision = decision
        self._texts = texts
        self._language = language
        taken = decision.case.facts.taken_now
        record = taken.value.on_record if isinstance(taken, Known) else ()
        self._orders: dict[str, Order] = {order.reference: order for order in (*record, *decision.case.orders)}

    def detail(self, card: CardParts, plan: str, *, names_day: bool) -> str:
        told = lead_first(card.findings)
        blocks = {
            "block-action": [*self._each_once(told, "action"), *self._plan(card, plan)],
            "block-finding": self._found(card, told),
            "block-rule": self._each_once(_settled(told), "rule"),
        }
        written = [f"**{self._phrase(name)}** {' '.join(lines)}" for name, lines in blocks.items() if lines]
        last = [*map(self._line, card.lines), *(self.write(notice, "action") for notice in card.notices)]
        if names_day:
            last.append(self._phrase("rules-of-day").format(words.day(self._decision.case.on, self._language)))
        return words.typeset("\n\n".join([*written, *filter(None, [" ".join(last)])]), self._language)

    def _plan(self, card: CardParts, plan: str) -> list[str]:
        """What is said of the suggestions, the plan being one line; all of it stands on its own page."""
        said = offered_in_words(card.offered, self._texts, self._language)
        return [plan, *said[1:]] if plan else said

    def _line(self, finding: Finding) -> str:
        """A finding as the last line of a card of others."""
        short = self.write(finding, "line")
        return short or f"{self._named(finding)} {self.write(finding, 'action')}"

    def _each_once(self, findings: Iterable[Finding], part: str) -> list[str]:
        """A part of each finding, split into sentences: one that two findings share is written once."""
        return _unique(sentence for item in findings for sentence in _sentences(self.write(item, part)))

    def _found(self, card: CardParts, findings: list[Finding]) -> list[str]:
        """The sums, then the findings: unconditional ones first, then those that hold under a condition."""
        sums = self._sums(card.orders) if card.group is Group.DOSE else []
        lines: list[str] = []
        for finding in sorted(findings, key=lambda finding: (finding.answer.if_alcohol, finding.answer.if_addition)):
            keys = (f"if-{condition}" for condition in finding.answer.conditions)
            new = [said for said in map(self._phrase, keys) if said not in lines]
            first, *more = [*new, *_sentences(self._named(finding))]
            uncapitalised = [words.uncapitalised(said) for said in more[: len(new)]]
            lines += [first, *uncapitalised, *more[len(new) :]]
        return [*sums, *(line for line in _once_in_any_case(lines) if not _is_the_only_sum(line, sums))]

    def _sums(self, orders: Sequence[str]) -> list[str]:
        sums = [self._sum(self._orders[order]) for order in orders[:MOST_ORDERS]]
        return [*sums, *([f"{self._others(orders)}."] if len(orders) > MOST_ORDERS else [])]

    def _others(self, orders: Sequence[str]) -> str:
        number = len(orders) - MOST_ORDERS
        return self._phrase("and-one-other" if number == 1 else "and-others").format(number)

    def _named(self, finding: Finding) -> str:
        """The finding in words, after the names of its orders if the request has several."""
        written = self.write(finding, "finding")
        case = self._decision.case
        several = len(case.orders) + len(case.unread) > 1
        if not several or finding.group is Group.DOSE:
            return written
        names = self._names(_unique(map(self._name_of, finding.answer.orders)))
        return f"{names}{words.COLON[self._language]}{words.uncapitalised(written)}" if names else written

    def _names(self, names: list[str]) -> str:
        listed = ", ".join(names[:MOST_ORDERS])
        return f"{listed} {self._others(names)}" if len(names) > MOST_ORDERS else listed

    def _name_of(self, reference: str) -> str:
        if reference in self._orders:
            return self._name(self._orders[reference])
        unread = self._decision.case.unread
        places = [item.place for item in unread if item.reference == reference and item.place]
        return self._numbered(places[0]) if places else ""

    def _numbered(self, place: int) -> str:
        return f"{self._phrase('order')}{words.NO_BREAK}{place}"

    def _name(self, order: Order) -> str:
        """The order and its product: "Prescription 2 (Baclocur 10 mg)", "Au dossier (Baclocur 40 mg)"."""
        product = order.medicine.product
        name = product.name if product else self._phrase("baclofen")
        where = self._numbered(order.place) if order.place else self._phrase("on-record")
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

    def write(self, finding: Finding, part: str) -> str:
        """A part of what a finding says, with its facts."""
        written: str = getattr(self.text(finding), part).substitute(self._facts(finding))
        return written

    def text(self, finding: Finding) -> CardText:
        return self._texts.card(finding.rule, finding.answer.case, self._language, self._decision.case.on)

    def _facts(self, finding: Finding) -> Mapping[str, str]:
        facts = finding.answer.facts
        written = {name: fact_in_words(name, value, self._texts, self._language) for name, value in facts.items()}
        unknown = unknown_in_words(facts, self._texts, self._language)
        return {**written, "facts": unknown} if unknown else written

    def _phrase(self, key: str) -> str:
        return self._texts.phrases[key, self._language]


def _settled(findings: Iterable[Finding]) -> list[Finding]:
    """Those that do not hang on a dose that is to be confirmed: that is settled before reasons are weighed."""
    return [finding for finding in findings if not finding.answer.if_confirmed]


def _sentences(written: str) -> list[str]:
    return _BETWEEN_SENTENCES.split(written)


def _once_in_any_case(lines: list[str]) -> list[str]:
    """Each sentence where it stands first, also where it is without its capital there."""
    first: dict[str, str] = {}
    for line in lines:
        first.setdefault(line.lower(), line)
    return list(first.values())


def _is_the_only_sum(line: str, sums: Sequence[str]) -> bool:
    """Whether the line is a total with which the only sum before it has just ended."""
    total = _TOTAL.fullmatch(line)
    return total is not None and len(sums) == 1 and sums[0].endswith(f"= {total[1]}.")


def _unique(lines: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(line for line in lines if line))
