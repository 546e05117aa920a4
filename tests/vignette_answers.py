"""The cards of every vignette in both languages, each with the decision that it must report, for tests of words.

The required text of a card is worked out here and in the tests, from the decision, the vignette and the files of
cards/, never with the code that writes cards.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cds_service.core.model.findings import Decision, Finding, Group
from cds_service.core.model.known import Known
from cds_service.core.model.order import Order
from cds_service.core.plans.plan_request import plan_linker
from cds_service.core.plans.suggest import Suggestion
from cds_service.core.wording.cards import render
from cds_service.hook.order_sign import answer
from tests.hook.card_contract import EXTENSION, Card
from tests.known import known
from tests.vignette_cases import Vignette, read_vignettes

LANGUAGES = ("fr", "en")
PUBLIC_URL = "https://cds.example"
_CARDS = Path(__file__).parents[1] / "cards"
KNOWLEDGE = known()


@cache
def texts(file: str) -> dict[str, Any]:
    return tomllib.loads((_CARDS / f"{file}.toml").read_text(encoding="utf-8"))


def phrase(key: str, language: str) -> str:
    written: str = texts("phrases")[key][language]
    return written


def plain(written: str) -> str:
    """Without markdown emphasis, and with ordinary spaces."""
    return written.replace("**", "").replace("\u00a0", " ")


@dataclass(frozen=True)
class ToldCard:
    """One card, and what it must report."""

    vignette: Vignette
    language: str
    card: Card
    decision: Decision
    offered: tuple[Suggestion, ...]

    @property
    def name(self) -> str:
        """The name of the card in a list of faults."""
        return f"{self.vignette.id} {self.language} {self.group.name}"

    @property
    def topic(self) -> str:
        code: str = self.card["source"]["topic"]["code"]
        return code

    @property
    def group(self) -> Group:
        """Whose card it is: a finding of another group that joins it does not change that."""
        groups = {KNOWLEDGE.rules.rule(rule).group for rule in self.rules}
        group = Group.DOSE if Group.DOSE in groups else KNOWLEDGE.rules.rule(self.topic).group
        assert group is not None
        return group

    @property
    def rules(self) -> set[str]:
        return {finding["id"] for finding in self.card["extension"][EXTENSION]["findings"]}

    @property
    def findings(self) -> list[Finding]:
        """The findings of its group that are on it."""
        return [item for item in self.carried if item.group is self.group]

    @property
    def carried(self) -> list[Finding]:
        """Every finding on it, also those that join it."""
        return [item for item in self.decision.findings if item.group is not None and item.rule in self.rules]

    @property
    def orders(self) -> list[Order]:
        """The orders that its findings are about: drafts and orders on record."""
        taken = self.decision.case.facts.taken_now
        known = [*self.decision.case.orders, *(taken.value.on_record if isinstance(taken, Known) else ())]
        named = dict.fromkeys(name for finding in self.findings for name in finding.answer.orders)
        return [next(order for order in known if order.reference == name) for name in named]

    @property
    def summary(self) -> str:
        return plain(self.card["summary"])

    @property
    def detail(self) -> str:
        return plain(self.card["detail"])

    def block(self, key: str) -> str:
        """A block of `detail`, by the key of its heading; empty if there is none."""
        heading = phrase(key, self.language)
        blocks = [block for block in self.detail.split("\n\n") if block.startswith(heading)]
        return blocks[0].removeprefix(heading).strip() if blocks else ""


@cache
def told_cards() -> tuple[ToldCard, ...]:
    return tuple(card for vignette in read_vignettes() for card in _cards_of(vignette))


def _cards_of(vignette: Vignette) -> Iterator[ToldCard]:
    """The cards of a vignette: judged once, written in each language."""
    answered = answer(vignette.body(), KNOWLEDGE, on=vignette.on, language="fr", public_url=PUBLIC_URL)
    url = plan_linker(PUBLIC_URL, KNOWLEDGE.rules, KNOWLEDGE.terminology, vignette.on)
    for language in LANGUAGES:
        cards = render(answered.decision, answered.offered, KNOWLEDGE.texts, language, url)
        for card in cards:
            yield ToldCard(vignette, language, card, answered.decision, tuple(answered.offered))


def by_answer() -> list[list[ToldCard]]:
    """The cards of each answer, most urgent first."""
    answers: dict[tuple[str, str], list[ToldCard]] = {}
    for told in told_cards():
        answers.setdefault((told.vignette.id, told.language), []).append(told)
    return list(answers.values())
