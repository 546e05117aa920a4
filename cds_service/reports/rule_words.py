"""Writes the contents of a rule file in words: its values with units, its indicators, its source."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from cds_service.core.model.findings import Indicator, Source
from cds_service.core.model.ruleset import Rule, RuleChange, Value
from cds_service.core.record.terminology import Terminology
from cds_service.core.wording import words
from cds_service.core.wording.texts import BETWEEN, Texts
from cds_service.knowledge.loading import Knowledge
from cds_service.reports import text_layout

# The `since` of rules that hold on every day.
ALWAYS = date(1970, 1, 1)


@dataclass(frozen=True)
class RuleWriter:
    """Writes rules in one language."""

    texts: Texts
    terminology: Terminology
    language: str

    def phrase(self, key: str, *parts: str) -> str:
        return self.texts.phrases[key, self.language].format(*parts)

    def name(self, rule: Rule) -> str:
        """`abrupt-stop — Arrêt brutal`"""
        return f"{rule.id} — {self.texts.topics[rule.id, self.language]}"

    def day(self, day: date) -> str:
        return self.phrase("always") if day <= ALWAYS else words.day(day, self.language)

    def values(self, rule: Rule, change: RuleChange) -> str:
        """`un palier : 15 mg ; dose élevée : plus de 80 mg/j`"""
        written = [self._named(rule, name, value) for name, value in (change.values or {}).items()]
        return BETWEEN[self.language].join(written) or self.phrase("no-value")

    def _named(self, rule: Rule, name: str, value: Value) -> str:
        """A value with its unit. A phrase specific to the check takes precedence over the shared one."""
        return self.phrase(self._first(f"value-{rule.check}-{name}", f"value-{name}"), self.value(name, value))

    def value(self, name: str, value: Value) -> str:
        if isinstance(value, tuple):
            return ", ".join(self._word(name, item) for item in value) or self.phrase("none")
        if isinstance(value, str):
            return self._word(name, value)
        return words.number(Fraction(value), self.language)

    def _word(self, name: str, code: str) -> str:
        """The name of a product, else the word for an entry of a closed list."""
        product = self.terminology.product_named(code)
        return product.name if product else self.phrase(self._first(f"word-{name}-{code}", f"word-{code}"))

    def _first(self, own: str, shared: str) -> str:
        return own if (own, self.language) in self.texts.phrases else shared

    def indicators(self, rule: Rule) -> str:
        """`critique`; if cases differ, `critique (found) ; avertissement (decrease-begun)`, the most urgent first."""
        by_indicator: dict[Indicator, list[str]] = {}
        for case, indicator in rule.indicators.items():
            by_indicator.setdefault(indicator, []).append(case)
        if len(by_indicator) == 1:
            return self.indicator(*by_indicator)
        worst_first = sorted(by_indicator.items(), reverse=True)
        written = [f"{self.indicator(indicator)} ({', '.join(cases)})" for indicator, cases in worst_first]
        return BETWEEN[self.language].join(written) or self.phrase("no-card")

    def indicator(self, indicator: Indicator) -> str:
        return self.phrase(f"indicator-{indicator.code}")

    def when_in_force(self, rule: Rule, on: date) -> str:
        """When a rule that is not in force on a day begins, or when it ended."""
        begun = [change for change in rule.changes if change.since <= on]
        if begun:
            return self.phrase("ended-on", self.day(begun[-1].since))
        return self.phrase("begins-on", self.day(rule.changes[0].since))

    def dated(self, source: Source) -> str:
        return self.texts.dated(source, self.language)

    def cited(self, source: Source) -> str:
        return self.texts.cited(source, self.language)

    def reached(self, source: Source) -> Iterator[str]:
        """A line on what its URL reaches, where that is not the text that was read."""
        reached = self.texts.reached(source, self.language)
        if reached:
            yield f"({reached})"

    def source(self, source: Source, indent: int = 2) -> Iterator[str]:
        """The title, the paragraph, the URL and the date of a source, one below the other."""
        yield from text_layout.field(self.phrase("label-source"), source.title, indent)
        yield from text_layout.field("", source.where, indent)
        yield from text_layout.field("", source.url, indent)
        for line in self.reached(source):
            yield from text_layout.field("", line, indent)
        yield from text_layout.field("", self.dated(source), indent)


def rule_words(knowledge: Knowledge, language: str) -> RuleWriter:
    return RuleWriter(knowledge.texts, knowledge.terminology, language)
