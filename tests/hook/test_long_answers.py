"""Row 91: a suggestion repeats the draft, so beyond a bound of the answer it is left out."""

import json
from datetime import date
from typing import Any

import pytest

from cds_service.hook.outgoing import BYTES_LIMIT
from tests.running.client import Service, sandbox_order
from tests.running.service import ON
from tests.vignette_cases import encode, request

SAID = {
    "fr": "la prescription reçue est trop longue pour être recopiée",
    "en": "the order received is too long to be copied",
}


def order_with_note(characters: int) -> dict[str, Any]:
    order = sandbox_order()
    for entry in order["context"]["draftOrders"]["entry"]:
        entry["resource"]["extension"] = [{"url": "https://ehr.example/long", "valueString": "x" * characters}]
    return order


def suggested(cards: list[dict[str, Any]]) -> set[str]:
    """The types of resource that the suggestions hold."""
    suggestions = [item for card in cards for item in card.get("suggestions", [])]
    return {action["resource"]["resourceType"] for item in suggestions for action in item["actions"]}


def details(cards: list[dict[str, Any]]) -> str:
    return "\n".join(card["detail"] for card in cards)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_row_91_a_draft_too_long_to_be_copied_gets_its_cards_without_suggestions_and_says_so(
    service: Service, language: str
) -> None:
    everyday = service.sign(json.dumps(order_with_note(0)).encode(), **{"Accept-Language": language}).json["cards"]
    answer = service.sign(json.dumps(order_with_note(1_000_000)).encode(), **{"Accept-Language": language})

    assert len(answer.body) < BYTES_LIMIT
    assert [card["summary"] for card in answer.json["cards"]] == [card["summary"] for card in everyday]
    assert "MedicationRequest" in suggested(everyday)
    assert "MedicationRequest" not in suggested(answer.json["cards"])  # a referral, which copies nothing, may stay
    assert SAID[language] in details(answer.json["cards"])
    assert SAID[language] not in details(everyday)


def test_row_91_suggestions_that_are_too_long_only_together_are_left_out(service: Service) -> None:
    """Two tapers, each with its copy of the order."""
    order = {"order": "Baclocur 40, 1 cp TID", "replaces": "taken-1"}
    hook = request(
        {"id": "long", "on": date.fromisoformat(ON), "orders": [order], "taken": ["Baclocur 40, 1 cp TID"]}
    )
    (entry,) = hook["context"]["draftOrders"]["entry"]
    short = service.sign(encode(hook)).json["cards"]
    entry["resource"]["extension"] = [
        {"url": "https://ehr.example/long", "valueString": "x" * (BYTES_LIMIT * 6 // 10)}
    ]
    answer = service.sign(encode(hook))

    assert sum(len(card.get("suggestions", [])) for card in short) > 2
    assert len(answer.body) < BYTES_LIMIT
    assert "MedicationRequest" not in suggested(answer.json["cards"])
    assert SAID["fr"] in details(answer.json["cards"])


def test_row_91_below_the_bound_a_long_draft_is_copied_as_it_is(service: Service) -> None:
    """The sandbox's order is answered with no more than six copies."""
    answer = service.sign_order(order_with_note(BYTES_LIMIT // 10))

    assert BYTES_LIMIT // 10 < len(answer.body) <= BYTES_LIMIT
    assert "MedicationRequest" in suggested(answer.json["cards"])
    assert SAID["fr"] not in details(answer.json["cards"])
