"""Writes the reasoning behind an answer as text: orders, facts, readings, rules and cards.

Like a card, it repeats nothing from the request except references (Type/id) and numbers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from cds_service.core.course.course import Course
from cds_service.core.course.readings import courses, courses_with_stops
from cds_service.core.facts.indication import ALCOHOL_ONLY_BRAND, by_record
from cds_service.core.model.case import Facts, UnreadEntry
from cds_service.core.model.dose import NotComputable, Question, Span, Step
from cds_service.core.model.findings import Decision, Finding, MissingFact
from cds_service.core.model.known import Fact, History, Known, ReportedNone, Sex
from cds_service.core.model.medicine import Medicine
from cds_service.core.model.order import Indication, Order
from cds_service.core.model.ruleset import Rule
from cds_service.core.rules.decide import ask_all_rules
from cds_service.core.wording import words
from cds_service.core.wording.texts import fact_in_words
from cds_service.knowledge.loading import Knowledge
from cds_service.reports import text_layout
from cds_service.reports.line_words import line_words
from cds_service.reports.rule_words import RuleWriter, rule_words

_INDENT = 4


def explain(decision: Decision, cards: Sequence[Mapping[str, Any]], knowledge: Knowledge, language: str) -> str:
    """The reasoning as plain text. `cards` are those of the answer, in the same language."""
    lines = _Explanation(decision, cards, knowledge, language).lines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


class _Explanation:
    """Writes the explanation of one decision in one language."""

    def __init__(
        self, decision: Decision, cards: Sequence[Mapping[str, Any]], knowledge: Knowledge, language: str
    ) -> None:
        self._decision = decision
        self._answered = cards
        self._case = decision.case
        self._knowledge = knowledge
        self._language = language
        self._write: RuleWriter = rule_words(knowledge, language)
        self._phrase = self._write.phrase

    def lines(self) -> Iterator[str]:
        yield self._phrase("explained", self._write.day(self._case.on))
        yield self._phrase("version", self._decision.rules_version)
        sections = {
            "title-orders": self._orders(),
            "title-taken": self._taken(),
            "title-readings": self._readings(),
            "title-facts": self._facts(),
            "title-rules": self._rules(),
            "title-cards": self._cards(),
        }
        for title, lines in sections.items():
            yield from text_layout.title(self._phrase(title))
            yield from lines

    def _field(self, label: str, text: str) -> Iterator[str]:
        return text_layout.field(self._phrase(f"label-{label}"), text, _INDENT)

    # --- orders --------------------------------------------------------------------------

    def _orders(self) -> Iterator[str]:
        if not self._case.orders and not self._case.unread:
            yield self._phrase("no-orders")
        for order in self._case.orders:
            yield from self._order(order)
        for unread in self._case.unread:
            yield from self._unread(unread)

    def _order(self, order: Order) -> Iterator[str]:
        place = f"{self._phrase('order')} {order.place}" if order.place else self._phrase("on-record")
        yield from text_layout.paragraph(self._phrase("pair", place, order.reference), 2)
        yield from self._field("product", self._medicine(order.medicine))
        if order.place:
            yield from self._field("indication", self._indication(order))
            key = "authorised" if order.authorised else "not-authorised"
            yield from self._field("framework", self._phrase(key, self._phrase(f"word-{order.framework.value}")))
        yield from self._dose(order)
        others = sorted(order.replaces - {order.reference})
        if others:
            yield from self._field("links", self._phrase("replaces", ", ".join(others)))
        yield ""

    def _unread(self, unread: UnreadEntry) -> Iterator[str]:
        place = f"{self._phrase('order')} {unread.place}" if unread.place else self._phrase("title-orders")
        yield from text_layout.paragraph(
            self._phrase("pair", place, unread.reference) if unread.reference else place, 2
        )
        yield from self._field("not-judged", self._knowledge.texts.reasons[unread.reason, self._language])
        yield ""

    def _medicine(self, medicine: Medicine) -> str:
        parts = [medicine.product.name if medicine.product else self._phrase("baclofen")]
        if medicine.by_text:
            parts.append(self._phrase("by-text"))
        if medicine.strength_mg is not None:
            parts.append(self._phrase("label-strength", words.number(medicine.strength_mg, self._language)))
        elif medicine.strength_mg_per_ml is not None:
            parts.append(self._phrase("label-strength-ml", words.number(medicine.strength_mg_per_ml, self._language)))
        else:
            parts.append(self._phrase("strength-none"))
        return ", ".join([*parts, self._phrase("route-oral")])

    def _indication(self, order: Order) -> str:
        """The indication of an order, and what it follows from: the product, the reason or the problem list."""
        said = self._phrase(f"indication-{order.indication.name.lower()}")
        product = order.medicine.product
        if order.indication is Indication.OUTSIDE:
            return said
        if product is not None and product.brand == ALCOHOL_ONLY_BRAND:
            return self._phrase("why-brand", said)
        facts = self._case.facts
        listed = by_record(facts.alcohol_dependence, facts.spasticity)
        return self._phrase("why-record" if order.indication is listed else "why-reason", said)

    def _dose(self, order: Order) -> Iterator[str]:
        if order.stops:
            yield from self._field("dose", self._phrase("stopped"))
        elif isinstance(order.dose, NotComputable):
            yield from self._field("dose", self._not_computable(order.dose))
        else:
            for step in order.dose:
                yield from self._field("dose", self._step(step))
            for question in order.questions:
                yield from self._field("dose", self._asked(question))

    def _asked(self, question: Question) -> str:
        texts = self._knowledge.texts
        where, what = texts.facts[question.element, self._language], texts.reasons[question.reason, self._language]
        return self._phrase("asked", where, what)

    def _not_computable(self, dose: NotComputable) -> str:
        reason = self._knowledge.texts.reasons[dose.reason, self._language]
        written = self._phrase("not-computable", reason, dose.element)
        if dose.possible_mg_per_day is None:
            return written
        return f"{written} {self._phrase('possible', words.mg_per_day(dose.possible_mg_per_day, self._language))}"

    def _step(self, step: Step) -> str:
        total = words.mg_per_day(step.mg_per_day, self._language)
        terms = " + ".join(words.term(term, self._language) for term in step.terms)
        return self._period(step, f"{terms} = {total}" if terms else total)

    def _period(self, step: Step, text: str) -> str:
        if step.until is None:
            return self._phrase("period-open", self._write.day(step.since), text)
        return self._phrase("period-closed", self._write.day(step.since), self._write.day(step.until), text)

    # --- what is taken, and what will be -------------------------------------------------

    def _taken(self) -> Iterator[str]:
        taken = self._case.facts.taken_now
        if isinstance(taken, Known):
            for order in taken.value.on_record:
                yield from self._order(order)
        else:
            yield from text_layout.paragraph(self._fact(taken), 2)

    def _readings(self) -> Iterator[str]:
        readings = [(course, False) for course in courses(self._case)]
        readings += [(course, True) for course in courses_with_stops(self._case)]
        if not readings:
            yield from text_layout.paragraph(self._phrase("no-readings"), 2)
        for number, (course, stops) in enumerate(readings, start=1):
            yield from text_layout.paragraph(self._phrase("reading", str(number), self._condition(course, stops)), 2)
            yield from self._course(course)

    def _condition(self, course: Course, stops: bool) -> str:
        keys = ["if-possible" if course.if_alcohol else "if-sure"]
        keys += ["if-adds"] * course.if_addition + ["with-stops"] * stops
        return ", ".join(self._phrase(key) for key in keys)

    def _course(self, course: Course) -> Iterator[str]:
        yield from self._field("counted", ", ".join(course.orders))
        if not course.if_addition:
            for told in line_words(course.signed, self._phrase, self._write.day):
                yield from self._field("lines", told)
        totals = [self._period(step, words.mg_per_day(step.mg_per_day, self._language)) for step in course.steps]
        for total in totals or [self._phrase("no-dose")]:
            yield from self._field("total", total)
        before = self._phrase("unknown") if course.before is None else words.mg_per_day(course.before, self._language)
        yield from self._field("taken", before)
        yield from self._field("peak", words.mg_per_day(course.dose, self._language))
        moves = [words.milligrams(move, self._language) for move in (course.fall_mg, course.rise_mg)]
        change = self._phrase(f"change-{course.trend.name.lower()}")
        yield from self._field("change", self._phrase("fall-and-rise", change, *moves))
        if course.threshold_mg:
            floor = words.mg_per_day(course.threshold_mg, self._language)
            yield from self._field("floor", self._phrase("floor", floor))
        yield ""

    # --- facts ---------------------------------------------------------------------------

    def _facts(self) -> Iterator[str]:
        for known in fields(Facts):
            if known.name != "taken_now":
                name = words.capitalised(self._knowledge.texts.facts[known.name, self._language])
                value = self._fact(getattr(self._case.facts, known.name))
                yield from text_layout.paragraph(self._phrase("pair", name, value), 2)

    def _fact(self, fact: Fact[object]) -> str:
        if isinstance(fact, Known):
            return self._phrase("fact-known", self._value(fact.value), fact.provenance)
        if isinstance(fact, ReportedNone):
            return self._phrase("fact-none", fact.provenance)
        reason = self._knowledge.texts.facts.get((fact.reason, self._language), fact.reason)
        return self._phrase("fact-unknown", reason, fact.provenance)

    def _value(self, value: object) -> str:
        match value:
            case History(active=active):
                return self._phrase("history-active" if active else "history-resolved")
            case Sex():
                return self._phrase(f"sex-{value.value}")
            case bool():
                return self._phrase("yes" if value else "no")
            case Span():
                return words.grams_per_day(value, self._language)
        return self._phrase("years", str(value))

    # --- rules and cards -----------------------------------------------------------------

    def _rules(self) -> Iterator[str]:
        asked = {answer.rule.id: answer for answer in ask_all_rules(self._case, self._knowledge.rules)}
        for rule in self._knowledge.rules.rules:
            yield f"  {self._write.name(rule)}"
            answer = asked.get(rule.id)
            if answer is None:
                when = self._write.when_in_force(rule, self._case.on)
                yield from self._field("answer", self._phrase("answer-not-asked", when))
            else:
                yield from self._field("value", self._write.values(rule, answer.change))
                for line in self._answers(rule, answer.said, answer.defect):
                    yield from self._field("answer", line)
                yield from self._write.source(answer.change.source, _INDENT)
            yield ""

    def _answers(self, rule: Rule, said: tuple[Finding | MissingFact, ...], defect: str) -> list[str]:
        found = [finding for finding in self._decision.findings if finding.rule == rule.id]
        answers = [self._finding(finding) for finding in found]
        missing = dict.fromkeys(item.fact for item in said if isinstance(item, MissingFact))
        if missing:
            names = ", ".join(self._knowledge.texts.facts[fact, self._language] for fact in missing)
            answers.append(self._phrase("answer-unjudged", names))
        if defect:
            answers.append(self._phrase("answer-defect", defect))
        return answers or [self._phrase("answer-nothing")]

    def _finding(self, finding: Finding) -> str:
        answer, texts = finding.answer, self._knowledge.texts
        facts = {name: fact_in_words(name, value, texts, self._language) for name, value in answer.facts.items()}
        text = texts.card(finding.rule, answer.case, self._language, self._case.on)
        sentence = (text.finding.substitute(facts) or text.action.substitute(facts)).replace("**", "")
        keys = [f"if-{condition}" for condition in finding.answer.conditions]
        conditions = [f"{self._phrase(key).rstrip(' :.')}." for key in keys]
        written = self._phrase("answer", answer.case, self._write.indicator(finding.indicator), sentence)
        return " ".join([written, *conditions, f"[{', '.join(answer.orders)}]" if answer.orders else ""])

    def _cards(self) -> Iterator[str]:
        if not self._answered:
            yield from text_layout.paragraph(self._phrase("no-cards"), 2)
        for card in self._answered:
            indicator = self._phrase(f"indicator-{card['indicator']}")
            yield from text_layout.field(indicator, card["summary"])
            for block in card["detail"].replace("**", "").split("\n\n"):
                yield from text_layout.field("", block)
            for suggestion in card.get("suggestions", []):
                yield from text_layout.field("", self._phrase("offers", suggestion["label"]))
            yield ""
