"""Opens connections to SQLite (in WAL mode) or PostgreSQL, and transactions that read or write."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DisconnectionError, IntegrityError, SQLAlchemyError

WAIT_S = 2.0
"""For a lock, a connection or an answer: longer than a busy moment, shorter than anybody's patience."""

_WRITES = "cds_writes"
_FILE = "cds_file"


class StoreDown(Exception):  # noqa: N818 - the name says what happened
    """The store is not available. The message holds only the type of the error."""


def open_engine(url: str, *, wait_s: float = WAIT_S, flushed: bool = True) -> Engine:
    """An engine, not yet connected. `flushed` (SQLite): commits are synced. Raises StoreDown without the driver."""
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite(url, wait_s, flushed)
    waits = {"connect_timeout": round(WAIT_S), "options": f"-c statement_timeout={round(wait_s * 1000)}"}
    try:
        return create_engine(
            url, connect_args=waits, pool_pre_ping=True, pool_size=16, pool_timeout=wait_s, hide_parameters=True
        )
    except ImportError as error:
        raise StoreDown(f"{type(error).__name__}: install the extra postgresql") from None


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that changes nothing. Raises StoreDown."""
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreDown(type(error).__name__) from None


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction. SQLite takes its write lock at the start.

    Raises StoreDown, or IntegrityError or DataError for what the database does not take.
    """
    try:
        with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
            yield connection
    except (IntegrityError, DataError):
        raise
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreDown(type(error).__name__) from None


def _sqlite(url: str, wait_s: float, flushed: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": wait_s}, hide_parameters=True)

    file = Path(make_url(url).database or "")

    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # `_begin` issues BEGIN itself
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if flushed else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys=ON")
        record.info[_FILE] = _identity(file)

    def check(_connection: object, record: Any, _proxy: object) -> None:
        if record.info[_FILE] != _identity(file):
            raise DisconnectionError

    event.listen(engine, "connect", prepare)
    event.listen(engine, "checkout", check)
    event.listen(engine, "begin", _begin)
    return engine


def _identity(file: Path) -> tuple[int, int] | None:
    """Which file this is. One that was removed goes on taking what is written, and all of it is lost."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _begin(connection: Connection) -> None:
    """Begins a transaction. One that writes must lock at its start, or another could write between read and write."""
    immediate = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
