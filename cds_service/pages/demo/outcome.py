"""Sends what a visitor did with a card, as a client would: the answer is kept, then the feedback on it.

Only a press of its button comes here. The order is the invented one of the form; a `hookInstance` of its own keeps
one visitor's press apart from another's.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec

from cds_service.base.names import PREFETCH
from cds_service.config.clients import ANONYMOUS
from cds_service.hook.feedback import read_feedback
from cds_service.hook.order_sign import Answered, answer
from cds_service.http.json_reader import read_hook
from cds_service.pages.demo.case_choice import CaseChoice
from cds_service.pages.demo.result import Setting
from cds_service.store.kept import SentAnswer
from cds_service.store.recorder import NotRecorded, Recorder

ACCEPTED, OVERRIDDEN, CARD = "accepted", "overridden", "card"
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def keep(given: Mapping[str, str], case: CaseChoice, place: Setting, memory: Recorder) -> str:
    """Keeps what the form says was done with one card. Returns the key of the sentence for the visitor."""
    body = case.request(place.knowledge)
    if body is None or case.fields is None:
        return "outcome-unknown"
    sent = _ENCODER.encode({**read_hook(body, set(PREFETCH)), "hookInstance": str(uuid4())})
    answered = answer(sent, place.knowledge, on=case.fields.on, language=place.language, public_url=place.public_url)
    told = _told(given, answered)
    if told is None:
        return "outcome-unknown"
    try:
        kept = SentAnswer(
            ANONYMOUS.id, place.language, sent, answered.hook_instance, answered.decision, answered.cards
        )
        memory.remember_answer(kept)
        reasons = place.knowledge.texts.rules_by_reason()
        feedback = read_feedback(_ENCODER.encode({"feedback": [told]}), reasons, with_comments=False)
        memory.remember_feedback(feedback.told, ANONYMOUS.id)
    except NotRecorded:
        return "outcome-not-kept"
    return f"outcome-{told['outcome']}"


def _told(given: Mapping[str, str], answered: Answered) -> dict[str, Any] | None:
    """The item of feedback; None if the form names no card, suggestion or reason of this answer."""
    card = _at(answered.cards, given.get(CARD, ""))
    if card is None:
        return None
    item = {"card": card["uuid"], "outcomeTimestamp": datetime.now(UTC).isoformat(timespec="seconds")}
    if ACCEPTED in given:
        chosen = _at(card.get("suggestions", []), given[ACCEPTED])
        return chosen and {**item, "outcome": ACCEPTED, "acceptedSuggestions": [{"id": chosen["uuid"]}]}
    reason = next((one for one in card["overrideReasons"] if one["code"] == given.get(OVERRIDDEN)), None)
    return reason and {**item, "outcome": OVERRIDDEN, "overrideReason": {"reason": reason}}


def _at(listed: list[dict[str, Any]], place: str) -> dict[str, Any] | None:
    return listed[int(place)] if place.isdecimal() and len(place) < 3 and int(place) < len(listed) else None
