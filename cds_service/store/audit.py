"""Verifies, reads and purges the audit chain in the database."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, func, select, text

from cds_service.store import timestamps
from cds_service.store.chain import Head, Link, Verdict, canonical, verify
from cds_service.store.insert import append, lock
from cds_service.store.tables import AUDIT, AUDIT_HEAD

_LINK = (AUDIT.c.seq, AUDIT.c.sealed_at, AUDIT.c.previous, AUDIT.c.content, AUDIT.c.hash)


def verify_chain(connection: Connection, known: Iterable[Head]) -> Verdict:
    """Verifies the whole chain, as it is now, against `known`: heads that were exported before."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    stored = head(connection)
    with connection.execute(select(*_LINK).order_by(AUDIT.c.seq), execution_options={"yield_per": 1000}) as rows:
        return verify((Link(*row) for row in rows), known, stored)


def head(connection: Connection) -> Head:
    """The last link of the chain; seq 0 if it is empty."""
    row = connection.execute(select(AUDIT_HEAD.c.seq, AUDIT_HEAD.c.hash)).one()
    return Head(row.seq, row.hash)


def decisions_with_card(connection: Connection, card: str) -> list[str]:
    """The sealed decisions, as canonical JSON, that gave this card. Reads the whole chain."""
    found = select(AUDIT.c.content).where(AUDIT.c.content.contains(f'"uuid":"{card}"', autoescape=True))
    return list(connection.execute(found.order_by(AUDIT.c.seq)).scalars())


def purge_chain(connection: Connection, before: datetime) -> int:
    """Removes the oldest links, up to the first that was sealed at or after `before`; returns how many.

    Needs a writing transaction. The purge is itself appended as a link, so that the rest can still be verified.
    """
    end = lock(connection)
    last = _last_to_remove(connection, before)
    if last is None:
        return 0
    content: dict[str, Any] = {"kind": "purge", "id": str(uuid4()), "seq": last.seq, "hash": last.hash}
    append(connection, end, [(content["id"], canonical(content))])
    return connection.execute(delete(AUDIT).where(AUDIT.c.seq <= last.seq)).rowcount


def _last_to_remove(connection: Connection, before: datetime) -> Head | None:
    """The last link to remove. By seq and not by time alone, since a clock may have been set back."""
    cut = timestamps.written(before)
    kept = connection.execute(select(func.min(AUDIT.c.seq)).where(AUDIT.c.sealed_at >= cut)).scalar_one()
    old = select(AUDIT.c.seq, AUDIT.c.hash).where(AUDIT.c.sealed_at < cut)
    if kept is not None:
        old = old.where(AUDIT.c.seq < kept)
    row = connection.execute(old.order_by(AUDIT.c.seq.desc()).limit(1)).one_or_none()
    return Head(row.seq, row.hash) if row else None


def days_ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)
