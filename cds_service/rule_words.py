"""What a rule file holds, in words: its values with their units, its urgency, its source."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from cds_service import page
from cds_service.core import words
from cds_service.core.findings import Indicator, Source
from cds_service.core.ruleset import Change, Rule, Value
from cds_service.core.texts import Texts
from cds_service.loading import Knowledge

# Rules that hold on every day bear this one.
_ALWAYS = date(1970, 1, 1)


@dataclass(frozen=True)
class RuleWords:
    """Writes rules in one language. `products` gives the name of each product by its code."""

    texts: Texts
    products: Mapping[str, str]
    language: str

    def phrase(self, key: str, *parts: str) -> str:
        return self.texts.phrases[key, self.language].format(*parts)

    def name(self, rule: Rule) -> str:
        """`abrupt-stop — Arrêt brutal`"""
        return f"{rule.id} — {self.texts.topics[rule.id, self.language]}"

    def day(self, day: date) -> str:
        return self.phrase("always") if day <= _ALWAYS else words.day(day, self.language)

    def values(self, change: Change | None) -> str:
        """`palier de 15 mg ; dose haute : plus de 80 mg/j`"""
        if change is None or change.values is None:
            return self.phrase("no-rule")
        written = [self.phrase(f"value-{name}", self._value(value)) for name, value in change.values.items()]
        return " ; ".join(written) or self.phrase("no-value")

    def _value(self, value: Value) -> str:
        if isinstance(value, tuple):
            return ", ".join(self._word(item) for item in value) or self.phrase("none")
        if isinstance(value, str):
            return self._word(value)
        return words.number(Fraction(value), self.language)

    def _word(self, code: str) -> str:
        """The name of a product, else the word for an entry of a closed list."""
        return self.products.get(code) or self.phrase(f"word-{code}")

    def indicators(self, rule: Rule) -> str:
        """`critique (found) ; avertissement (decrease-begun)`, most urgent first."""
        by_indicator: dict[Indicator, list[str]] = {}
        for case, indicator in rule.indicators.items():
            by_indicator.setdefault(indicator, []).append(case)
        worst_first = sorted(by_indicator.items(), reverse=True)
        written = [f"{self.indicator(indicator)} ({', '.join(cases)})" for indicator, cases in worst_first]
        return " ; ".join(written) or self.phrase("no-card")

    def indicator(self, indicator: Indicator) -> str:
        return self.phrase(f"indicator-{indicator.code}")

    def dated(self, source: Source) -> str:
        state = self.phrase("undated" if source.undated else "dated")
        return state.format(words.day(source.published, self.language))

    def source(self, source: Source, indent: int = 2) -> Iterator[str]:
        """The document, its address and its date, below each other."""
        yield from page.field(self.phrase("label-source"), source.title, indent)
        yield from page.field("", source.url, indent)
        yield from page.field("", self.dated(source), indent)


def rule_words(knowledge: Knowledge, language: str) -> RuleWords:
    return RuleWords(knowledge.texts, knowledge.terminology.names_by_code(), language)
