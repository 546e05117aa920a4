"""The tables from version to version: brings a database to the newest, and tells whether it is there."""

import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from cds_service.store.database import StoreDown, open_engine, reading, writing

MIGRATION_WAIT_S = 60.0
_ONE_AT_A_TIME = threading.Lock()  # in this process: alembic keeps what it is doing in its modules
_LOCK = 4_217_001  # a number that no other program on the same PostgreSQL should use


def migrate(url: str) -> None:
    """Brings the tables to the newest version; whoever comes at the same time waits. Raises StoreDown."""
    engine = open_engine(url, wait_s=MIGRATION_WAIT_S)
    try:
        _open_first(lambda: check_reachable(url))
        with _ONE_AT_A_TIME, writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
            configuration = _configuration()
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
    finally:
        engine.dispose()


def check_reachable(url: str) -> None:
    """Raises StoreDown where nobody answers, or where a file cannot be made."""
    engine = open_engine(url)
    try:
        with reading(engine) as connection:
            connection.execute(text("SELECT 1"))
    finally:
        engine.dispose()


def is_at_head(connection: Connection) -> bool:
    """Whether the tables are those that this release writes."""
    return MigrationContext.configure(connection).get_current_revision() == head()


@cache
def head() -> str:
    """The newest version of the tables."""
    return ScriptDirectory.from_config(_configuration()).get_current_head() or ""


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return configuration


def _open_first(look: Callable[[], None]) -> None:
    """A new SQLite file turns to WAL mode once, and whoever comes at that moment is told that it is locked."""
    for _ in range(20):
        try:
            return look()
        except StoreDown:
            time.sleep(0.05)
    return look()
