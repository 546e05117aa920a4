"""Waits for what the store writes after an answer, reads its state, and locks its database."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from cds_service.store.recorder import Recorder, State
from cds_service.store.spool import Spool

WELL = State(reachable=True, at_head=True, keeping=True, spooled=0, lost=0)


def eventually(holds: Callable[[], bool], seconds: float = 120) -> None:
    """Returns once it holds. The seconds are how long a machine may take that has much else to do."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.05)


def until_all_is_in_the_database(database: Path) -> None:
    """Until nothing waits in the spool: a running service deletes its files there, even while a test reads them."""
    eventually(lambda: not list(Path(f"{database}.spool").glob("*.jsonl")))


def fresh_state(memory: Recorder) -> State:
    memory._state = None  # drop the state cached for a second
    return memory.state()


def on_disk(memory: Recorder) -> int:
    return Spool(memory._spool.folder).waiting()


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Another writer holds a lock on the database for some time."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            _lock(connection)
            yield
            connection.rollback()
    finally:
        engine.dispose()


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(text("BEGIN EXCLUSIVE"))
    else:
        connection.execute(text("LOCK TABLE audit_head IN ACCESS EXCLUSIVE MODE"))
