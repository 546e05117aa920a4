"""Counts feedback for `/metrics` by the findings of the answered card, which are looked up in the store."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, select

from cds_service.store.kept import Record
from cds_service.store.tables import ANSWERS, CARDS, FINDINGS
from cds_service.telemetry import metrics


def count_feedback(connection: Connection, feedback: Sequence[Record]) -> None:
    """Counts new items of feedback. A card that this client was not shown counts as unknown."""
    shown = (
        select(ANSWERS.c.client, CARDS.c.uuid, FINDINGS.c.finding)
        .join(CARDS, CARDS.c.answer == ANSWERS.c.id)
        .join(FINDINGS, and_(FINDINGS.c.answer == CARDS.c.answer, FINDINGS.c.card == CARDS.c.uuid))
        .where(CARDS.c.uuid.in_({item["card"] for item in feedback}))
        .distinct()
    )
    known: dict[tuple[str, str], list[str]] = {}
    for client, card, finding in connection.execute(shown):
        known.setdefault((client, card), []).append(finding)
    for item in feedback:
        metrics.count_feedback_outcome(known.get((item["client"], item["card"]), []), item["outcome"])
