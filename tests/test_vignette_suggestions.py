"""What the cards of a vignette offer: every suggestion by its label in French, and which of them is recommended; why
no plan is made, and whether a suggestion was left out.

The lines stand in the vignettes themselves (`suggested`, `recommended`, `no_plan`, `left_out`). All that is offered
is valid R4.
"""

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from cds_service.hook.order_sign import answer
from cds_service.hook.outgoing import is_valid
from cds_service.knowledge.loading import Knowledge
from tests.known import known
from tests.vignette_cases import Vignette, read_vignettes

SAID = {"suggested", "recommended", "no_plan"}
VIGNETTES = [vignette for vignette in read_vignettes() if SAID & vignette.said.keys()]
LEFT_OUT = "Suggestion non proposée"
NO_PLAN = re.compile(r"Pas de plan : ([^.]*)\.")


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


def cards_of(vignette: Vignette, knowledge: Knowledge) -> list[dict[str, Any]]:
    body = answer(vignette.body(), knowledge, on=vignette.on, language="fr").body
    cards: list[dict[str, Any]] = json.loads(body, parse_float=Decimal)["cards"]
    return cards


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda vignette: vignette.id)
def test_what_is_offered_and_whether_something_is_left_out(vignette: Vignette, knowledge: Knowledge) -> None:
    cards, said = cards_of(vignette, knowledge), vignette.said
    details = " ".join(plain(card["detail"]) for card in cards)
    offered = [item for card in cards for item in card.get("suggestions", [])]
    labels = [plain(item["label"]) for item in offered]

    assert labels == said.get("suggested", labels)
    assert NO_PLAN.findall(details) == ([said["no_plan"]] if "no_plan" in said else [])
    assert (LEFT_OUT in details) == said.get("left_out", False)
    assert all(is_valid(action["resource"]) for item in offered for action in item["actions"])


@pytest.mark.parametrize(
    "vignette",
    [vignette for vignette in VIGNETTES if "recommended" in vignette.said],
    ids=lambda vignette: vignette.id,
)
def test_what_is_recommended(vignette: Vignette, knowledge: Knowledge) -> None:
    offered = [item for card in cards_of(vignette, knowledge) for item in card.get("suggestions", [])]
    recommended = [plain(item["label"]) for item in offered if item.get("isRecommended")]

    assert len(recommended) == len(vignette.said["recommended"])
    for label, beginning in zip(recommended, vignette.said["recommended"], strict=True):
        assert label.startswith(beginning)


def plain(words: str) -> str:
    return words.replace("\u00a0", " ")
