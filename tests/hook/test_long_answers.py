"""A suggestion repeats the draft, so a long draft would make a long answer: beyond a bound it is left out."""

import json
from typing import Any

import pytest

from cds_service.hook.outgoing import BYTES_LIMIT
from tests.running.client import Service, sandbox_order

SAID = {
    "fr": "la prescription reçue est trop longue pour être recopiée",
    "en": "the order received is too long to be copied",
}


def order_with_note(characters: int) -> dict[str, Any]:
    order = sandbox_order()
    for entry in order["context"]["draftOrders"]["entry"]:
        entry["resource"]["extension"] = [{"url": "https://ehr.example/long", "valueString": "x" * characters}]
    return order


def details(cards: list[dict[str, Any]]) -> str:
    return "\n".join(card["detail"] for card in cards)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_draft_too_long_to_be_copied_gets_its_cards_without_suggestions_and_says_so(
    service: Service, language: str
) -> None:
    everyday = service.sign(json.dumps(order_with_note(0)).encode(), **{"Accept-Language": language}).json["cards"]
    answer = service.sign(json.dumps(order_with_note(1_000_000)).encode(), **{"Accept-Language": language})

    assert len(answer.body) < BYTES_LIMIT
    assert [card["summary"] for card in answer.json["cards"]] == [card["summary"] for card in everyday]
    assert any("suggestions" in card for card in everyday)
    assert not any("suggestions" in card for card in answer.json["cards"])
    assert SAID[language] in details(answer.json["cards"])
    assert SAID[language] not in details(everyday)


def test_below_the_bound_a_long_draft_is_copied_as_it_is(service: Service) -> None:
    """The sandbox's order is answered with no more than six copies."""
    answer = service.sign_order(order_with_note(BYTES_LIMIT // 10))

    assert BYTES_LIMIT // 10 < len(answer.body) <= BYTES_LIMIT
    assert any("suggestions" in card for card in answer.json["cards"])
    assert SAID["fr"] not in details(answer.json["cards"])
