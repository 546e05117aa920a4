"""Migrates the database to the newest version of the tables, and checks its version.

Only a migration imports alembic, which is as large as a third of the service.
"""

import threading
import time
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from cds_service.store.database import StoreDown, open_engine, reading, writing

MIGRATION_WAIT_S = 60.0
_ONE_AT_A_TIME = threading.Lock()  # in this process: alembic has global state
_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 4_217_001  # a number that no other program on the same PostgreSQL should use


class NewerTables(StoreDown):
    """The tables were migrated by a newer release: nothing can take them back."""

    def __init__(self) -> None:
        super().__init__("its tables are of a newer release")


def migrate(url: str) -> None:
    """Migrates the tables to the newest version; concurrent migrations wait. Raises StoreDown."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    engine = open_engine(url, wait_s=MIGRATION_WAIT_S)
    try:
        if engine.dialect.name == "sqlite":
            _turn_to_wal(url)
        with _ONE_AT_A_TIME, writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
            configuration = Config()
            configuration.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
    except CommandError:
        raise NewerTables from None
    finally:
        engine.dispose()


def is_at_head(connection: Connection) -> bool:
    """Whether the database has the newest version of the tables."""
    return version(connection) == head()


def version(connection: Connection) -> str:
    """The version of the tables; empty if there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return max(connection.execute(text("SELECT version_num FROM alembic_version")).scalars(), default="")


@cache
def head() -> str:
    """The newest version of the tables: the files of the migrations are named by theirs, as v0004_other_calls.py."""
    newest = max(path.stem for path in (_MIGRATIONS / "versions").glob("v*.py"))
    return newest.removeprefix("v").partition("_")[0]


def _turn_to_wal(url: str) -> None:
    """Switches a new SQLite file to WAL mode. A concurrent switch fails at once as locked, so it is retried."""
    engine = open_engine(url)
    for attempt in range(20):
        try:
            with reading(engine):
                break
        except StoreDown:
            if attempt == 19:
                raise
            time.sleep(0.05)
    engine.dispose()
