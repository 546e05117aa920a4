"""The sentences of cards/, as the renderer asks for them. No sentence is written in code."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template


@dataclass(frozen=True, slots=True)
class CardText:
    """What one case of one rule says in one language. `summary` is empty for a notice."""

    summary: Template
    finding: Template
    rule: Template
    action: Template


@dataclass(frozen=True, slots=True)
class OverrideReason:
    """A reason for dismissing a card: its code, and its words by language."""

    code: str
    display: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Texts:
    """Every text by its place: (rule, case, language), (rule, language), (key, language)."""

    cards: Mapping[tuple[str, str, str], CardText]
    topics: Mapping[tuple[str, str], str]
    reasons: Mapping[tuple[str, str], str]
    facts: Mapping[tuple[str, str], str]
    phrases: Mapping[tuple[str, str], str]
    override_reasons: tuple[OverrideReason, ...]
