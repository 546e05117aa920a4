"""Row 81: a store that is down delays no card, and loses no record."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from cds_service.store import migrator
from cds_service.store.kept import of_feedback
from cds_service.store.opening import open_recorder
from cds_service.store.recorder import NotRecorded, Recorder, State
from cds_service.store.spool import SET_ASIDE
from cds_service.store.tables import ANSWERS, AUDIT, FEEDBACK
from tests.databases import PostgreSQL
from tests.running.service import free_port
from tests.store.shown import KEY, MOMENT, connected, count, decisions, execute, feedback, opened, sealed, shown, told
from tests.store.waiting import WELL, eventually, fresh_state, locked, on_disk

# --- the store is down -----------------------------------------------------------------------


def test_row_81_while_the_database_is_locked_records_wait_on_the_disk_and_come_in_afterwards(
    memory: Recorder, database: str
) -> None:
    with locked(database):
        for _ in range(3):
            memory.remember_answer(shown())
        memory.remember_feedback([told("123456")], "ehr")
        assert on_disk(memory) == 4
        eventually(lambda: not memory._well)  # a worker has tried to write, and failed
    eventually(lambda: count(database, AUDIT) == 3)

    eventually(lambda: fresh_state(memory) == WELL)
    assert count(database, FEEDBACK) == 1
    moments = [content["at"] for content in sealed(database)]
    assert moments == sorted(moments)


def test_row_81_a_database_that_may_only_be_read_is_waited_for(database: str, tmp_path: Path) -> None:
    name = database.rpartition("/")[2]
    if database.startswith("sqlite"):
        memory = opened(f"sqlite:///file:{tmp_path}/{name}?mode=ro&uri=true", tmp_path)
    else:
        execute(database, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        memory = opened(database, tmp_path)
    memory.remember_answer(shown())
    eventually(lambda: not memory._well)
    memory.stop()
    assert (count(database, AUDIT), on_disk(memory)) == (0, 1)

    if not database.startswith("sqlite"):
        with connected(database) as connection:
            connection.execute(text("SET TRANSACTION READ WRITE"))
            connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = off"))
    again = opened(database, tmp_path)
    again.start()

    eventually(lambda: count(database, AUDIT) == 1)
    again.stop()


def test_row_81_a_database_without_tables_is_waited_for(memory: Recorder, database: str) -> None:
    tables = [
        *("answers", "answer_products", "cards", "findings", "suggestions", "suggestion_findings"),
        *("feedback", "feedback_findings", "chosen_suggestions", "other_calls", "audit", "audit_head"),
    ]
    for table in ("alembic_version", "used_tokens", "key_sets", *reversed(tables)):
        execute(database, f"DROP TABLE {table}")

    memory.remember_answer(shown())
    eventually(lambda: not memory._well)

    assert fresh_state(memory) == State(reachable=True, at_head=False, keeping=True, spooled=1, lost=0)
    migrator.migrate(database)
    eventually(lambda: count(database, AUDIT) == 1)


def test_row_81_in_demo_mode_the_service_starts_without_its_database_and_makes_the_tables_later(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "later"
    url = f"sqlite:///{folder}/store.db"
    memory = open_recorder(url, tmp_path / "spool", "", migrates=True)
    memory.remember_answer(shown())

    assert fresh_state(memory) == State(reachable=False, at_head=False, keeping=True, spooled=1, lost=0)
    folder.mkdir()
    eventually(lambda: fresh_state(memory) == WELL)
    memory.stop()
    assert count(url, AUDIT) == 1


def test_row_81_a_server_that_nobody_runs_costs_an_answer_no_time(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://cds@127.0.0.1:{free_port()}/none"
    memory = open_recorder(url, tmp_path / "spool", "", migrates=True)

    for _ in range(20):
        memory.remember_answer(shown())

    assert fresh_state(memory) == State(reachable=False, at_head=False, keeping=True, spooled=20, lost=0)
    memory.stop(0)


# --- the disk is down too --------------------------------------------------------------------


@contextmanager
def no_disk(folder: Path) -> Iterator[None]:
    """A file in place of the folder: nobody can write there, not even root."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_bytes(b"")
    try:
        yield
    finally:
        folder.unlink()


def test_row_81_without_the_disk_records_go_straight_into_the_database(memory: Recorder, database: str) -> None:
    with no_disk(memory._spool.folder):
        memory.remember_answer(shown())
        memory.remember_feedback([told("123456")], "ehr")

        assert (count(database, AUDIT), count(database, FEEDBACK)) == (1, 1)
        assert fresh_state(memory).keeping


def test_row_81_without_disk_and_database_the_card_still_goes_out_and_it_is_counted(
    memory: Recorder, database: str
) -> None:
    with no_disk(memory._spool.folder):
        with locked(database):
            for _ in range(3):
                memory.remember_answer(shown())
            with pytest.raises(NotRecorded):
                memory.remember_feedback([told("123456")], "ehr")
            assert memory._shared.lost == 3
        assert not fresh_state(memory).keeping

    assert fresh_state(memory).keeping
    memory.remember_answer(shown())
    eventually(lambda: count(database, AUDIT) == 1)
    assert fresh_state(memory).lost == 3


def test_a_record_that_the_database_never_takes_does_not_keep_back_the_others(
    memory: Recorder, database: str
) -> None:
    records = decisions(3)
    records[1]["client"] = None
    memory._spool.append([*records, feedback("123456")])
    memory.start()

    eventually(lambda: count(database, AUDIT) == 2 and count(database, FEEDBACK) == 1)
    memory.stop()

    assert records[1]["id"] in (memory._spool.folder / SET_ASIDE).read_text()
    assert on_disk(memory) == 0


def test_nor_does_one_that_is_longer_than_its_column(postgres: PostgreSQL, tmp_path: Path) -> None:
    """SQLite takes a text of any length, PostgreSQL does not."""
    database = postgres.new_database(with_tables=True)
    memory = opened(database, tmp_path)
    records = decisions(3)
    records[0]["client"] = "x" * 200
    memory._spool.append(records)
    memory.start()

    eventually(lambda: count(database, AUDIT) == 2)
    memory.stop()

    assert records[0]["id"] in (memory._spool.folder / SET_ASIDE).read_text()


def test_what_is_fetched_twice_is_kept_once(memory: Recorder, database: str) -> None:
    """A worker was killed between the commit and the removal of its file."""
    records = [*decisions(2), of_feedback(told("123456"), "ehr", MOMENT, KEY)]
    for _ in range(3):
        memory._spool.append(records)
        memory._spool.drain(memory._write)

    assert (count(database, AUDIT), count(database, ANSWERS), count(database, FEEDBACK)) == (2, 2, 1)
