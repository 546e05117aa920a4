"""Fills a store with answers and feedback: decisions on our own vignettes, written by the store's own functions.

The numbers are the same each time. The simulated prescribers override `OVERRIDDEN` nearly always, the others half
of the time.
"""

import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from cds_service.core.model.findings import Decision
from cds_service.hook.order_sign import answer
from cds_service.knowledge.loading import Knowledge
from cds_service.store.database import writing
from cds_service.store.insert import write
from cds_service.store.kept import FeedbackItem, Record, SentAnswer, of_answer, of_feedback
from tests.vignette_cases import read_vignettes

OVERRIDDEN = "seizure-history"
KEY = b"a key for digests of these tests"
_BATCH = 500


@dataclass(frozen=True)
class Answered:
    decision: Decision
    cards: list[dict[str, Any]]


def fill(engine: Engine, knowledge: Knowledge, today: date, number: int = 10_000, client: str = "anonymous") -> None:
    """Spread `number` answers over the half year before `today`."""
    known, chance = decided(knowledge), random.Random(number)  # noqa: S311 - numbers that come out the same
    records: list[Record] = []
    for _ in range(number):
        records += _one(chance.choice(known), today, client, chance)
        if len(records) >= _BATCH:
            _write(engine, records)
    _write(engine, records)


def decided(knowledge: Knowledge) -> list[Answered]:
    """The service's answer to one in three vignettes of today's rules, and to all of OVERRIDDEN, that get a card."""
    vignettes = [known for known in read_vignettes() if known.on >= date(2021, 3, 4)]
    answers = (
        answer(vignette.body(), knowledge, on=vignette.on, language="fr")
        for place, vignette in enumerate(vignettes)
        if place % 3 == 0 or OVERRIDDEN in vignette.said["expected"]
    )
    return [Answered(made.decision, made.cards) for made in answers if made.cards]


def _one(answered: Answered, today: date, client: str, chance: random.Random) -> Iterator[Record]:
    at = datetime.combine(today, datetime.min.time(), UTC) - timedelta(minutes=chance.randrange(180 * 24 * 60))
    cards = [{**card, "uuid": str(uuid.UUID(int=chance.getrandbits(128), version=4))} for card in answered.cards]
    shown = SentAnswer(client, "fr", b"a body", str(chance.getrandbits(64)), answered.decision, cards)
    yield of_answer(shown, at, KEY)
    for card in cards:
        told = _told(card, at + timedelta(minutes=2), chance)
        if told is not None:
            yield of_feedback(told, client, at + timedelta(minutes=3), KEY)


def _told(card: Mapping[str, Any], at: datetime, chance: random.Random) -> FeedbackItem | None:
    if chance.random() < 0.2:
        return None
    findings = {finding["id"] for finding in card["extension"]["org.baclofen-cds"]["findings"]}
    if chance.random() < (0.01 if OVERRIDDEN in findings else 0.5):
        return FeedbackItem(card["uuid"], "accepted", at)
    reasons = ("risk-benefit-ratio", "action-completed", "risk-benefit-ratio", "unlisted", None)
    return FeedbackItem(card["uuid"], "overridden", at, reason=chance.choice(reasons))


def _write(engine: Engine, records: list[Record]) -> None:
    with writing(engine) as connection:
        write(connection, records)
    records.clear()
