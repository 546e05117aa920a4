"""What the cards of a vignette offer: the label of every suggestion in French, and whether one was left out.

The lines stand in the vignettes themselves (`suggested`, `left_out`). All that is offered is valid R4.
"""

import json
from decimal import Decimal
from typing import Any

import pytest

from cds_service.hook.order_sign import answer
from cds_service.hook.outgoing import is_valid
from cds_service.knowledge.loading import Knowledge
from tests.known import known
from tests.vignette_cases import Vignette, read_vignettes

VIGNETTES = [vignette for vignette in read_vignettes() if "suggested" in vignette.said]
LEFT_OUT = "Suggestion non proposée"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


def cards_of(vignette: Vignette, knowledge: Knowledge) -> list[dict[str, Any]]:
    body = answer(vignette.body(), knowledge, on=vignette.on, language="fr").body
    cards: list[dict[str, Any]] = json.loads(body, parse_float=Decimal)["cards"]
    return cards


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda vignette: vignette.id)
def test_what_is_offered_and_whether_something_is_left_out(vignette: Vignette, knowledge: Knowledge) -> None:
    cards = cards_of(vignette, knowledge)
    offered = [item for card in cards for item in card.get("suggestions", [])]

    assert [item["label"].replace("\u00a0", " ") for item in offered] == vignette.said["suggested"]
    assert any(LEFT_OUT in card["detail"] for card in cards) == vignette.said.get("left_out", False)
    assert all(is_valid(action["resource"]) for item in offered for action in item["actions"])
