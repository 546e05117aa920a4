"""Counts feedback for `/metrics` by the findings that it is about, which are looked up in the store."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, select

from cds_service.store.booking import named_findings
from cds_service.store.kept import Record
from cds_service.store.tables import ANSWERS, CARDS, FINDINGS
from cds_service.telemetry import metrics


def count_feedback(connection: Connection, feedback: Sequence[Record]) -> None:
    """Counts new items of feedback. A card that this client was not shown counts as unknown."""
    shown, named = _shown(connection, feedback), _named(connection, feedback)
    for item in feedback:
        on_card = shown.get((item["client"], item["card"]), [])
        about = [finding for finding in on_card if finding in named.get(item["id"], ())]
        metrics.count_feedback_outcome(about or on_card, item["outcome"])


def _shown(connection: Connection, feedback: Sequence[Record]) -> dict[tuple[str, str], list[str]]:
    """The findings of each card, by client and card."""
    asked = (
        select(ANSWERS.c.client, CARDS.c.uuid, FINDINGS.c.finding)
        .join(CARDS, CARDS.c.answer == ANSWERS.c.id)
        .join(FINDINGS, and_(FINDINGS.c.answer == CARDS.c.answer, FINDINGS.c.card == CARDS.c.uuid))
        .where(CARDS.c.uuid.in_({item["card"] for item in feedback}))
        .distinct()
    )
    shown: dict[tuple[str, str], list[str]] = {}
    for client, card, finding in connection.execute(asked):
        shown.setdefault((client, card), []).append(finding)
    return shown


def _named(connection: Connection, feedback: Sequence[Record]) -> dict[str, set[str]]:
    names = named_findings()
    asked = select(names.c.feedback, names.c.finding).where(names.c.feedback.in_({item["id"] for item in feedback}))
    named: dict[str, set[str]] = {}
    for told, finding in connection.execute(asked):
        named.setdefault(told, set()).add(finding)
    return named
