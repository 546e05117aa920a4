"""Requests suggestions in the notation of vignettes, and reads the cards of the answer."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from cds_service.hook.order_sign import answer
from cds_service.knowledge.loading import Knowledge
from tests.vignette_cases import encode, request

Json = dict[str, Any]

EXTENSION = "org.baclofen-cds"
TODAY = date(2026, 11, 22)
YEAR_2018 = date(2018, 3, 5)

NO_BREAK = "\u00a0"


class Answered:
    """The cards of an answer, and their suggestions."""

    def __init__(self, hook: Json, knowledge: Knowledge, on: date, language: str = "fr") -> None:
        self.hook = hook
        self.on = on.isoformat()
        answered = answer(encode(hook), knowledge, on=on, language=language)
        self.body, self.offered = answered.body, answered.offered
        self.texts, self.language = knowledge.texts, language
        self.cards: list[Json] = json.loads(self.body, parse_float=Decimal)["cards"]

    @property
    def suggestions(self) -> list[Json]:
        return [item for card in self.cards for item in card.get("suggestions", [])]

    @property
    def labels(self) -> list[str]:
        return [item["label"].replace(NO_BREAK, " ") for item in self.suggestions]

    @property
    def recommended(self) -> list[str]:
        return [item["label"].replace(NO_BREAK, " ") for item in self.suggestions if item.get("isRecommended")]

    @property
    def actions(self) -> list[Json]:
        return [action for item in self.suggestions for action in item["actions"]]

    def card(self, finding: str) -> Json:
        """The card with a finding."""
        cards = [card for card in self.cards if finding in found_on(card)]
        assert len(cards) == 1
        return cards[0]

    def update(self, beginning: str) -> Json:
        """The changed draft of the first suggestion whose label starts with these words."""
        item = next(item for item in self.suggestions if item["label"].startswith(beginning))
        resource: Json = next(action["resource"] for action in item["actions"] if action["type"] == "update")
        return resource


def found_on(card: Json) -> list[str]:
    return [finding["id"] for finding in card["extension"][EXTENSION]["findings"]]


def ask(knowledge: Knowledge, order: Any, *taken: Any, on: date = TODAY, **said: Any) -> Answered:
    """Sign an order in the notation of tests/vignettes/README.md, with what is taken now."""
    orders = order if isinstance(order, list) else [order]
    return Answered(
        request({"id": "suggestions", "on": on, "orders": orders, "taken": list(taken), **said}), knowledge, on
    )


def steps(resource: Json) -> list[tuple[str, str | None]]:
    """First and last day of each dosage."""
    bounds = [dosage["timing"]["repeat"]["boundsPeriod"] for dosage in resource["dosageInstruction"]]
    return [(period["start"], period.get("end")) for period in bounds]


def sent(answered: Answered) -> Json:
    resource: Json = answered.hook["context"]["draftOrders"]["entry"][0]["resource"]
    return resource
