"""Answers of the service to be recorded, and what a database contains of them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Table, create_engine, exists, func, select, text

from cds_service.hook.order_sign import answer
from cds_service.knowledge.loading import Knowledge
from cds_service.store.kept import FeedbackItem, Record, SentAnswer, of_answer, of_feedback
from cds_service.store.opening import open_recorder
from cds_service.store.recorder import Recorder
from cds_service.store.tables import ANSWERS, AUDIT, CARDS, FEEDBACK
from tests.known import known
from tests.running.client import SANDBOX_ORDER

KEY = b"a key for digests, only of tests"
DAY = date(2026, 11, 22)
MOMENT = datetime(2024, 5, 17, 8, 15, 30, tzinfo=UTC)


@cache
def knowledge() -> Knowledge:
    return known()


def order(hook_instance: str) -> bytes:
    return json.dumps(json.loads(SANDBOX_ORDER.read_bytes()) | {"hookInstance": hook_instance}).encode()


def shown(client: str = "ehr", hook_instance: str = "") -> SentAnswer:
    """A real answer to the order of the sandbox."""
    body = order(hook_instance or str(uuid4()))
    answered = answer(body, knowledge(), on=DAY, language="fr")
    return SentAnswer(client, "fr", body, answered.hook_instance, answered.decision, answered.cards)


def decisions(count: int, client: str = "ehr") -> list[Record]:
    """Different answers: the first is computed, the others are copies of it for other calls."""
    first = shown(client)
    return [of_answer(replace(first, hook_instance=str(uuid4())), MOMENT, KEY) for _ in range(count)]


def told(card: str, outcome: str = "overridden", at: datetime = MOMENT, **more: Any) -> FeedbackItem:
    return FeedbackItem(card, outcome, at, **more)


def feedback(card: str, client: str = "ehr", **more: Any) -> Record:
    return of_feedback(told(card, **more), client, MOMENT, KEY)


def opened(url: str, folder: Path, *, migrates: bool = False) -> Recorder:
    return open_recorder(url, folder / "spool", "", migrates=migrates)


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A direct connection to the database, without the service; changes are committed."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def execute(url: str, statement: str, **values: object) -> None:
    with connected(url) as connection:
        connection.execute(text(statement), values)


def rows(url: str, table: Table, *columns: str) -> Sequence[Any]:
    with connected(url) as connection:
        return connection.execute(select(*(table.c[name] for name in columns or table.c.keys()))).all()


def count(url: str, table: Table) -> int:
    return len(rows(url, table))


def sealed(url: str) -> list[dict[str, Any]]:
    """The records of the chain, in order."""
    return [json.loads(row.content) for row in sorted(rows(url, AUDIT, "seq", "content"))]


def kept_feedback(url: str) -> set[str]:
    return {row.id for row in rows(url, FEEDBACK, "id")}


def feedback_on_unknown_cards(connection: Connection) -> int:
    """Items about cards that were not shown to the client that tells of them, or that are no longer kept."""
    shown = exists().where(
        CARDS.c.uuid == FEEDBACK.c.card, CARDS.c.answer == ANSWERS.c.id, ANSWERS.c.client == FEEDBACK.c.client
    )
    counted = connection.execute(select(func.count()).select_from(FEEDBACK).where(~shown))
    return int(counted.scalar_one())
