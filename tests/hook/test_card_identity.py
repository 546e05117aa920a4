"""The uuid of a card: of the client, the firing of the hook, the day, the patient and what the card says."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cds_service.config.clients import ANONYMOUS, Client
from cds_service.hook.order_sign import answer
from tests.known import known
from tests.vignette_cases import encode, request

Json = dict[str, Any]

KNOWLEDGE = known()
TODAY = date(2026, 11, 22)
LATER = TODAY + timedelta(days=1)
# Two cards: one with suggestions, and one without, which a hookInstance and its orders would not tell apart.
HOOK = request(
    {"id": "identity", "on": TODAY, "orders": ["Liorésal 10, 30 mg TID"], "conditions": ["F10.2", "R45.8"]}
)


def uuids(hook: Json, on: date = TODAY, client: Client = ANONYMOUS, language: str = "fr") -> list[list[str]]:
    """Of each card its uuid and those of its suggestions."""
    made = answer(encode(hook), KNOWLEDGE, on=on, language=language, client=client)
    cards = json.loads(made.body)["cards"]
    return [[card["uuid"], *(item["uuid"] for item in card.get("suggestions", []))] for card in cards]


def changed(change: Callable[[Json], Any]) -> Json:
    hook = deepcopy(HOOK)
    change(hook)
    return hook


def another_patient(hook: Json) -> None:
    """The same order id, the same everything: only the patient is another one."""
    text = encode(hook).decode().replace(f"Patient/{hook['context']['patientId']}", "Patient/another-one")
    hook.update(json.loads(text, parse_float=Decimal))
    hook["context"]["patientId"] = "another-one"
    hook["prefetch"]["patient"]["id"] = "another-one"


def flat(named: list[list[str]]) -> set[str]:
    return {uuid for card in named for uuid in card}


def test_every_card_and_suggestion_has_a_uuid_of_its_own() -> None:
    named = uuids(HOOK)

    assert len(named) == 2
    assert len(named[0]) > 2
    assert len(named[1]) == 1
    assert len(flat(named)) == sum(map(len, named))


def test_the_same_question_twice_has_the_same() -> None:
    again = changed(lambda hook: hook | {"extension": {"sent": "again"}})

    assert uuids(again) == uuids(HOOK)


@pytest.mark.parametrize(
    "asked",
    [
        lambda: uuids(changed(another_patient)),
        lambda: uuids(changed(lambda hook: hook.update(hookInstance="99999999-2222-3333-4444-555555555555"))),
        lambda: uuids(HOOK, LATER),
        lambda: uuids(HOOK, client=replace(ANONYMOUS, id="hospital-a")),
        lambda: uuids(HOOK, language="en"),
    ],
    ids=["another patient", "another firing", "another day", "another client", "another language"],
)
def test_what_differs_has_others(asked: Callable[[], list[list[str]]]) -> None:
    others = asked()

    assert len(others) == 2
    assert not flat(others) & flat(uuids(HOOK))


def test_a_client_that_reuses_a_hook_instance_gets_another_card_for_another_dose() -> None:
    """One override was counted for three different cards, a critical one among them."""
    orders = ["Liorésal 10, 30 mg TID", "Liorésal 10, 40 mg TID", "Liorésal 10, 120 mg TID"]
    asked = [request({"id": "identity", "on": TODAY, "orders": [order]}) for order in orders]

    assert len({hook["hookInstance"] for hook in asked}) == 1
    assert len({uuids(hook)[0][0] for hook in asked}) == 3
