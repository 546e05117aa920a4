"""Deletes answers and feedback past their retention, in small batches, so that other writers do not wait long."""

from datetime import datetime

from sqlalchemy import Engine, Table, delete, select
from sqlalchemy.sql.elements import ColumnElement

from cds_service.store import timestamps
from cds_service.store.database import writing
from cds_service.store.tables import ANSWERS, FEEDBACK, OTHER_CALLS

AT_ONCE = 500


def purge_answers(engine: Engine, before: datetime) -> int:
    """Deletes answers with their cards, findings and suggestions; returns how many answers. Raises StoreDown."""
    return _purge(engine, ANSWERS, ANSWERS.c.at < timestamps.written(before))


def purge_feedback(engine: Engine, before: datetime) -> int:
    return _purge(engine, FEEDBACK, FEEDBACK.c.received_at < timestamps.written(before))


def purge_other_calls(engine: Engine, before: datetime) -> int:
    """Deletes counts of calls that are not about baclofen; returns how many counts."""
    return _purge(engine, OTHER_CALLS, OTHER_CALLS.c.hour < timestamps.hour(before))


def _purge(engine: Engine, table: Table, old: ColumnElement[bool]) -> int:
    removed = 0
    while True:
        some = select(table.c.id).where(old).limit(AT_ONCE)
        with writing(engine) as connection:
            now = connection.execute(delete(table).where(table.c.id.in_(some))).rowcount
        removed += now
        if now < AT_ONCE:
            return removed
