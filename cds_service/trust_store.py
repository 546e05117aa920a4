"""What all workers must know together: which tokens were used, and the keys that one of them has fetched.

A unique key and an INSERT decide who was first; nothing is read before it is written. Only digests of the
tokens' ids are stored. SQLite (in WAL mode) or PostgreSQL.
"""

import hashlib
import threading
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Float,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

PURGE_EVERY_S = 60.0

_METADATA = MetaData()
_USED = Table(
    "used_tokens",
    _METADATA,
    Column("client", String(128), primary_key=True),
    Column("jti", String(64), primary_key=True),
    Column("until", Float, nullable=False, index=True),
)
_KEYS = Table(
    "key_sets",
    _METADATA,
    Column("client", String(128), primary_key=True),
    Column("attempted", Float, nullable=False),
    Column("fetched", Float, nullable=False),
    Column("document", LargeBinary, nullable=False),
)


class StoreDown(Exception):  # noqa: N818 - named for what the reader must know
    """The store cannot be asked. Only the type of what went wrong is kept."""


@dataclass(frozen=True)
class KeySet:
    """A key set as it was fetched, and when; `fetched` is 0 where it never was."""

    fetched: float
    attempted: float
    document: bytes


class TrustStore:
    """One database for all workers. Each process opens its own connections."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._purge_lock = threading.Lock()
        self._purged = 0.0

    def prepare(self) -> None:
        """Makes the tables, and leaves no connection for a forked process to share."""
        try:
            _METADATA.create_all(self._engine)
        except SQLAlchemyError as error:
            raise StoreDown(type(error).__name__) from None
        finally:
            self._engine.dispose()

    def close(self) -> None:
        self._engine.dispose()

    def use(self, client: str, jti: str, until: float, now: float) -> bool:
        """Notes that a token is used; False where it was before."""
        row = {"client": client, "jti": hashlib.sha256(jti.encode()).hexdigest(), "until": until}
        try:
            self._purge(now)
            with self._engine.begin() as connection:
                connection.execute(insert(_USED), row)
        except IntegrityError:
            return False
        except SQLAlchemyError as error:
            raise StoreDown(type(error).__name__) from None
        return True

    def _purge(self, now: float) -> None:
        """Once a minute in each process, whoever comes first: what is past can never be used again."""
        with self._purge_lock:
            if now - self._purged < PURGE_EVERY_S:
                return
            self._purged = now
        with self._engine.begin() as connection:
            connection.execute(delete(_USED).where(_USED.c.until < now))

    def keys(self, client: str) -> KeySet:
        wanted = select(_KEYS.c.fetched, _KEYS.c.attempted, _KEYS.c.document).where(_KEYS.c.client == client)
        try:
            with self._engine.connect() as connection:
                row = connection.execute(wanted).one_or_none()
        except SQLAlchemyError as error:
            raise StoreDown(type(error).__name__) from None
        return KeySet(row.fetched, row.attempted, row.document) if row else KeySet(0, 0, b"")

    def claim_refresh(self, client: str, now: float, every_s: float) -> bool:
        """True for the one that may fetch now: at most one a period, of all workers."""
        claim = (
            update(_KEYS).where(_KEYS.c.client == client, _KEYS.c.attempted <= now - every_s).values(attempted=now)
        )
        first = {"client": client, "attempted": now, "fetched": 0.0, "document": b""}
        try:
            with self._engine.begin() as connection:
                if connection.execute(claim).rowcount == 1:
                    return True
                known = connection.execute(select(_KEYS.c.client).where(_KEYS.c.client == client)).one_or_none()
                if known is None:
                    connection.execute(insert(_KEYS), first)
                return known is None
        except IntegrityError:
            return False
        except SQLAlchemyError as error:
            raise StoreDown(type(error).__name__) from None

    def save_keys(self, client: str, fetched: float, document: bytes) -> None:
        new = update(_KEYS).where(_KEYS.c.client == client).values(fetched=fetched, document=document)
        try:
            with self._engine.begin() as connection:
                connection.execute(new)
        except SQLAlchemyError as error:
            raise StoreDown(type(error).__name__) from None


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": 2.0}, hide_parameters=True)
        event.listen(engine, "connect", _begin_sqlite)
        return engine
    waits = {"connect_timeout": 2, "options": "-c statement_timeout=2000"}
    try:
        return create_engine(
            url, connect_args=waits, pool_pre_ping=True, pool_size=16, pool_timeout=2.0, hide_parameters=True
        )
    except ImportError as error:
        raise StoreDown(f"{type(error).__name__}: install the extra postgresql") from None


def _begin_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
