"""Writes records to the tables, each once, and appends decisions to the audit chain in the same transaction."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, insert, select, update

from cds_service.store import timestamps
from cds_service.store.chain import Head, Link, canonical, seal
from cds_service.store.kept import Record
from cds_service.store.tables import (
    ANSWER_PRODUCTS,
    ANSWERS,
    AUDIT,
    AUDIT_HEAD,
    CARDS,
    CHOSEN,
    FEEDBACK,
    FEEDBACK_FINDINGS,
    FINDINGS,
    OTHER_CALLS,
    SUGGESTION_FINDINGS,
    SUGGESTIONS,
)

Clock = Callable[[], float]


def write(connection: Connection, records: Sequence[Record], now: Clock = time.time) -> list[Record]:
    """Writes new records; existing ones stay, and counts of calls only grow. Returns the new feedback.

    Needs a writing transaction.
    """
    head = lock(connection)  # first: no other writer can come between look-up and insert
    feedback = _new(connection, FEEDBACK.c.id, _of_kind(records, "feedback"))
    _write_feedback(connection, feedback)
    decisions = _new(connection, AUDIT.c.record, _of_kind(records, "decision"))  # answers are purged before the chain
    if decisions:
        _write_answers(connection, decisions)
        append(connection, head, [(record["id"], canonical(record)) for record in decisions], now)
    _write_calls(connection, _of_kind(records, "calls"))
    return feedback


def append(connection: Connection, head: Head, contents: Iterable[tuple[str, str]], now: Clock = time.time) -> Head:
    """Appends (record id, content) pairs to the chain after the locked head; returns the new head."""
    rows = []
    for record, content in contents:
        sealed_at = timestamps.written(datetime.fromtimestamp(now(), UTC))
        link = seal(head, sealed_at, content)
        rows.append(_row(link, record))
        head = Head(link.seq, link.hash)
    connection.execute(insert(AUDIT), rows)
    connection.execute(update(AUDIT_HEAD).values(seq=head.seq, hash=head.hash))
    return head


def lock(connection: Connection) -> Head:
    """Locks the head of the chain until the transaction ends, and returns it."""
    row = connection.execute(select(AUDIT_HEAD.c.seq, AUDIT_HEAD.c.hash).with_for_update()).one()
    return Head(row.seq, row.hash)


def _row(link: Link, record: str) -> dict[str, Any]:
    return {
        "seq": link.seq,
        "sealed_at": link.sealed_at,
        "previous": link.previous,
        "content": link.content,
        "hash": link.hash,
        "record": record,
    }


def _of_kind(records: Iterable[Record], kind: str) -> list[Record]:
    """The records of a kind, each id once."""
    return list({record["id"]: record for record in records if record["kind"] == kind}.values())


def _new(connection: Connection, ids: Column[str], records: list[Record]) -> list[Record]:
    """The records whose id is not yet in the column."""
    asked = [record["id"] for record in records]
    known = set(connection.execute(select(ids).where(ids.in_(asked))).scalars()) if asked else set()
    return [record for record in records if record["id"] not in known]


def _write_answers(connection: Connection, records: list[Record]) -> None:
    _insert(connection, ANSWERS, [_answer(record) for record in records])
    _insert(connection, FINDINGS, [row for record in records for row in _findings(record)])
    _write_cards(connection, [(record["id"], card) for record in records for card in record["cards"]])
    _insert(connection, ANSWER_PRODUCTS, [row for record in records for row in _products(record)])


def _write_cards(connection: Connection, cards: list[tuple[str, Record]]) -> None:
    _insert(
        connection,
        CARDS,
        [{"answer": answer, "uuid": card["uuid"], "indicator": card["indicator"]} for answer, card in cards],
    )
    _insert(
        connection,
        SUGGESTIONS,
        [
            {"answer": answer, "uuid": suggestion, "card": card["uuid"]}
            for answer, card in cards
            for suggestion in dict.fromkeys(card["suggestions"])
        ],
    )
    _insert(connection, SUGGESTION_FINDINGS, [row for answer, card in cards for row in _answered(answer, card)])


def _answered(answer: str, card: Record) -> Iterator[dict[str, Any]]:
    """What each suggestion of a card answers; a record that waited since release 0.3.0 does not say it."""
    for suggestion, findings in card.get("answers", {}).items():
        for finding in dict.fromkeys(findings):
            yield {"answer": answer, "suggestion": suggestion, "finding": finding}


def _products(record: Record) -> Iterator[dict[str, Any]]:
    for product in sorted({order["product"] for order in record["orders"] if order["product"]}):
        yield {"answer": record["id"], "product": product}


def _answer(record: Record) -> dict[str, Any]:
    same = ("id", "at", "client", "hook_instance", "rules_version")
    return {name: record[name] for name in same} | {
        "week": timestamps.week(timestamps.read(record["at"])),
        "on_day": record["on"],
        "shadow": record.get("shadow", False),
    }


def _findings(record: Record) -> list[dict[str, Any]]:
    return [
        {
            "answer": record["id"],
            "number": number,
            "finding": finding["finding"],
            "indicator": finding["indicator"],
            "facts": canonical(finding["facts"]),
            "card": finding["card"],
        }
        for number, finding in enumerate(record["findings"])
    ]


def _write_feedback(connection: Connection, records: list[Record]) -> None:
    columns = [column.name for column in FEEDBACK.columns]
    _insert(connection, FEEDBACK, [{name: record[name] for name in columns} for record in records])
    chosen = [(record["id"], suggestion) for record in records for suggestion in record["suggestions"]]
    _insert(connection, CHOSEN, [{"feedback": feedback, "suggestion": suggestion} for feedback, suggestion in chosen])
    about = [(record["id"], finding) for record in records for finding in record.get("about", ())]
    _insert(connection, FEEDBACK_FINDINGS, [{"feedback": told, "finding": finding} for told, finding in about])


def _write_calls(connection: Connection, records: list[Record]) -> None:
    """Writes counts; one that is written already grows, unless the record is an older one that comes again."""
    columns = [column.name for column in OTHER_CALLS.columns]
    new = _new(connection, OTHER_CALLS.c.id, records)
    _insert(connection, OTHER_CALLS, [{name: record[name] for name in columns} for record in new])
    for record in records:
        of_it = and_(OTHER_CALLS.c.id == record["id"], OTHER_CALLS.c.calls < record["calls"])
        connection.execute(update(OTHER_CALLS).where(of_it).values(calls=record["calls"]))


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
