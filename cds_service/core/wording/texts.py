"""Holds the sentences of cards/ by key, and writes facts in words. No sentence is written in code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from string import Template

from cds_service.core.model.dose import Span
from cds_service.core.model.findings import READ, FactValue, Source, ToConfirm
from cds_service.core.wording import words


@dataclass(frozen=True, slots=True)
class CardText:
    """What one case of one rule says in one language. `summary` is empty for a notice.

    `when` says for the sheets when it speaks. `link` is the label of its link, where that is not the
    title of its source. `line` is what a finding says as the last line of another's card; empty where it says
    there what was found and what to do.
    """

    summary: Template
    finding: Template
    rule: Template
    action: Template
    when: Template
    link: Template
    line: Template


@dataclass(frozen=True, slots=True)
class OverrideReason:
    """A reason to override a card: its code, and its words by language. A `retired` one is no longer offered."""

    code: str
    display: Mapping[str, str]
    retired: bool = False


@dataclass(frozen=True, eq=False)
class Texts:
    """Every text by its key: (rule, case, language), (rule, language) or (key, language).

    `cards` holds the versions of a text, oldest first, each with the day from which on it is said. `offered_reasons`
    has the reasons to override a finding, by rule.
    """

    cards: Mapping[tuple[str, str, str], tuple[tuple[date, CardText], ...]]
    topics: Mapping[tuple[str, str], str]
    reasons: Mapping[tuple[str, str], str]
    facts: Mapping[tuple[str, str], str]
    phrases: Mapping[tuple[str, str], str]
    suggestions: Mapping[tuple[str, str], str]
    plan: Mapping[tuple[str, str], str]
    override_reasons: tuple[OverrideReason, ...]
    offered_reasons: Mapping[str, tuple[OverrideReason, ...]]

    def card(self, rule: str, case: str, language: str, on: date) -> CardText:
        """What a case of a rule says on a day."""
        versions = self.cards[rule, case, language]
        return next((text for since, text in reversed(versions) if since <= on), versions[0][1])

    def rules_by_reason(self) -> dict[str, tuple[str, ...]]:
        """The rules whose findings a reason is about, by its code; none for a retired one."""
        offered = self.offered_reasons.items()
        return {
            reason.code: tuple(rule for rule, reasons in offered if reason in reasons)
            for reason in self.override_reasons
        }

    def dated(self, source: Source, language: str) -> str:
        """The date of a source, and what it is the date of."""
        return self.phrases[source.dating, language].format(words.day(source.published, language))

    def reached(self, source: Source, language: str) -> str:
        """What the URL of a source reaches, where that is not the text that was read; else nothing."""
        return "" if source.link == READ else self.phrases[f"link-{source.link}", language]

    def labelled(self, source: Source, language: str, title: str = "") -> str:
        """The label of a link to a source: its title, or another one, and what the link reaches."""
        parts = (title or source.title, self.reached(source, language))
        return BETWEEN[language].join(part for part in parts if part)

    def cited(self, source: Source, language: str) -> str:
        """Which paragraph of a source, its date, and what its URL reaches."""
        parts = (source.where, self.dated(source, language), self.reached(source, language))
        return BETWEEN[language].join(part for part in parts if part)


# French puts a no-break space before a semicolon.
BETWEEN = {"fr": "\u00a0; ", "en": "; "}


# Facts whose number is not a daily dose in mg.
_MILLIGRAMS = {"fall_mg", "rise_mg", "step_mg"}
_GRAMS_PER_DAY = {"grams", "limit_grams"}


def fact_in_words(name: str, value: FactValue, texts: Texts, language: str) -> str:
    """A fact of a finding as its card says it."""
    if isinstance(value, Span | ToConfirm | Fraction):
        return _quantity(name, value, language)
    if isinstance(value, date):
        return words.day(value, language)
    if name == "reason":
        return texts.reasons[str(value), language]
    if isinstance(value, tuple):
        return ", ".join(dict.fromkeys(words.uncapitalised(_named(name, item, texts, language)) for item in value))
    return words.capitalised(str(value)) if name == "product" else str(value)  # sentences begin with the product


def unknown_in_words(facts: Mapping[str, FactValue], texts: Texts, language: str) -> str:
    """Unknown facts under the reason of each: "goals and referrals (not sent); consumption (not readable)"."""
    named, reasons = facts.get("facts"), facts.get("reasons")
    if not isinstance(named, tuple) or not isinstance(reasons, tuple):
        return ""
    by_reason: dict[str, dict[str, None]] = {}
    for fact, reason in zip(named, reasons, strict=True):
        by_reason.setdefault(texts.facts[reason, language], {})[texts.facts[fact, language]] = None
    return BETWEEN[language].join(f"{', '.join(said)} ({reason})" for reason, said in by_reason.items())


def _named(name: str, item: str, texts: Texts, language: str) -> str:
    """One item of a list in words: a fact, why it is unknown, or a rule. `parts` may be rules or facts."""
    if name in ("facts", "reasons"):
        return texts.facts[item, language]
    return texts.topics.get((item, language)) or texts.facts[item, language]


def _quantity(name: str, value: Span | ToConfirm | Fraction, language: str) -> str:
    if name in _MILLIGRAMS and isinstance(value, Fraction):
        return words.milligrams(value, language)
    if name in _GRAMS_PER_DAY and not isinstance(value, ToConfirm):
        return words.grams_per_day(value, language)
    return words.mg_per_day(value, language)
