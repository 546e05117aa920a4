"""Gives cards and suggestions their uuids, by which feedback names them.

A uuid is made of the client, the firing of the hook, the day, the patient and the card itself: the same question
twice has the same cards, and whatever differs in one of these has another, also where a client reuses a hookInstance.
"""

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from cds_service.core.model.case import Case

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def identified(
    cards: Sequence[dict[str, Any]], case: Case, *, client: str, hook_instance: str
) -> list[dict[str, Any]]:
    """The cards, and the suggestions on them, each with its uuid."""
    asked = (client, hook_instance, case.on.isoformat(), case.patient_id)
    return [_identified(card, asked) for card in cards]


def _identified(card: dict[str, Any], asked: tuple[str, ...]) -> dict[str, Any]:
    uuid = uuid5(NAMESPACE_URL, _ENCODER.encode([*asked, card]).decode())
    named = {"uuid": str(uuid), **card}
    if "suggestions" in card:
        named["suggestions"] = [
            {"uuid": str(uuid5(uuid, str(number))), **item} for number, item in enumerate(card["suggestions"])
        ]
    return named
