"""Row 81, and what is kept: a store that is down holds back no card, and loses no record."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from cds_service.store import schema
from cds_service.store.memory import Memory, NotKept, State
from cds_service.store.opening import open_memory
from cds_service.store.records import of_answer, of_feedback
from cds_service.store.spool import SET_ASIDE, Spool
from cds_service.store.tables import ANSWERS, AUDIT, CARDS, CHOSEN, FEEDBACK, FINDINGS, SUGGESTIONS
from tests.http.conftest import free_port
from tests.store.shown import (
    KEY,
    MOMENT,
    connected,
    count,
    decisions,
    execute,
    feedback,
    opened,
    rows,
    sealed,
    shown,
    told,
)

WELL = State(reachable=True, at_head=True, keeping=True, spooled=0, lost=0)


@pytest.fixture
def memory(database: str, tmp_path: Path) -> Iterator[Memory]:
    memory = opened(database, tmp_path)
    yield memory
    memory.stop()


def eventually(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.05)


def fresh_state(memory: Memory) -> State:
    memory._state = None  # what it has looked at within the last second
    return memory.state()


def on_disk(memory: Memory) -> int:
    return Spool(memory._spool.folder).waiting()


# --- what is kept ----------------------------------------------------------------------------


def test_an_answer_is_kept_with_its_cards_findings_and_suggestions(memory: Memory, database: str) -> None:
    one = shown("hospital-a")
    memory.remember_answer(one)
    eventually(lambda: count(database, AUDIT) == 1)

    (answer,) = rows(database, ANSWERS)
    assert answer.client == "hospital-a"
    assert (answer.rules_version, answer.on_day) == (one.decision.rules_version, "2026-11-22")
    cards = {card["uuid"]: card for card in one.cards}
    assert {card.uuid: card.indicator for card in rows(database, CARDS)} == {
        uuid: card["indicator"] for uuid, card in cards.items()
    }
    on_cards = {
        (found["id"], found["indicator"], uuid)
        for uuid, card in cards.items()
        for found in card["extension"]["org.baclofen-cds"]["findings"]
    }
    kept = {(row.finding, row.indicator, row.card) for row in rows(database, FINDINGS)}
    assert {row for row in kept if row[2]} == on_cards
    assert {finding for finding, _, card in kept if card is None} == {"adverse-effect-report"}
    offered = {(item["uuid"], uuid) for uuid, card in cards.items() for item in card.get("suggestions", [])}
    assert {(row.uuid, row.card) for row in rows(database, SUGGESTIONS)} == offered
    assert fresh_state(memory) == WELL


def test_nothing_that_names_a_patient_an_order_or_a_prescriber_is_kept(memory: Memory, database: str) -> None:
    one = shown()
    memory.remember_answer(one)
    eventually(lambda: count(database, AUDIT) == 1)
    everything = str([rows(database, table) for table in (ANSWERS, CARDS, FINDINGS, SUGGESTIONS, AUDIT)])

    assert one.decision.case.patient_id not in everything
    assert all(order.reference not in everything for order in one.decision.case.orders)
    assert one.hook_instance not in everything
    assert "Practitioner" not in everything
    assert "500" in everything  # the dose that was judged is there


def test_the_same_call_has_the_same_digest_and_another_key_gives_another() -> None:
    one = shown()

    first, again = (of_answer(one, MOMENT, KEY) for _ in range(2))
    other = of_answer(one, MOMENT, b"another key for digests of tests")

    assert first["hook_instance"] == again["hook_instance"] != other["hook_instance"]
    assert first["id"] != again["id"]
    assert first["input"] == again["input"] == other["input"]


def test_the_key_is_kept_beside_the_spool_and_not_in_the_database(database: str, tmp_path: Path) -> None:
    one = shown()
    for _ in range(2):  # two starts of the service
        memory = opened(database, tmp_path)
        memory.remember_answer(one)
        memory.stop()

    assert count(database, ANSWERS) == 2
    assert len({row.hook_instance for row in rows(database, ANSWERS)}) == 1
    key = tmp_path / "spool" / "digest.key"
    assert (len(key.read_bytes()), key.stat().st_mode & 0o077) == (32, 0)


def test_feedback_is_kept_once_with_the_earlier_of_its_moments(memory: Memory, database: str) -> None:
    card, chosen = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    future = MOMENT.replace(year=2099)
    for _ in range(3):
        memory.remember_feedback([told(card, "accepted", future, suggestions=[chosen, chosen])], "ehr")
    memory.remember_feedback([told("123456", reason="patient-refuses"), told(card, at=MOMENT)], "ehr")
    eventually(lambda: count(database, FEEDBACK) == 3)

    (of_future,) = (row for row in rows(database, FEEDBACK) if row.outcome == "accepted")
    assert of_future.told_at.startswith("2099")
    assert of_future.effective_at == of_future.received_at
    assert [row.suggestion for row in rows(database, CHOSEN)] == [chosen]
    (other,) = (row for row in rows(database, FEEDBACK) if row.reason)
    assert (other.reason, other.effective_at) == ("patient-refuses", other.told_at)
    assert "123456" not in str(other)
    assert len(other.card) == 64


# --- the store is down -----------------------------------------------------------------------


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else writes, and takes his time."""
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


def test_row_81_while_the_database_is_locked_records_wait_on_the_disk_and_come_in_afterwards(
    memory: Memory, database: str
) -> None:
    with locked(database):
        for _ in range(3):
            memory.remember_answer(shown())
        memory.remember_feedback([told("123456")], "ehr")
        assert on_disk(memory) == 4
        eventually(lambda: not memory._well)  # a worker has tried, and failed
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


def test_row_81_a_database_without_tables_is_waited_for(memory: Memory, database: str) -> None:
    tables = ["answers", "cards", "findings", "suggestions", "feedback", "chosen_suggestions", "audit", "audit_head"]
    for table in ("alembic_version", "used_tokens", "key_sets", *reversed(tables)):
        execute(database, f"DROP TABLE {table}")

    memory.remember_answer(shown())
    eventually(lambda: not memory._well)

    assert fresh_state(memory) == State(reachable=True, at_head=False, keeping=True, spooled=1, lost=0)
    schema.migrate(database)
    eventually(lambda: count(database, AUDIT) == 1)


def test_row_81_in_demo_mode_the_service_starts_without_its_database_and_makes_the_tables_later(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "later"
    url = f"sqlite:///{folder}/store.db"
    memory = open_memory(url, tmp_path / "spool", "", migrates=True)
    memory.remember_answer(shown())

    assert fresh_state(memory) == State(reachable=False, at_head=False, keeping=True, spooled=1, lost=0)
    folder.mkdir()
    eventually(lambda: fresh_state(memory) == WELL)
    memory.stop()
    assert count(url, AUDIT) == 1


def test_row_81_a_server_that_nobody_runs_costs_an_answer_no_time(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://cds@127.0.0.1:{free_port()}/none"
    memory = open_memory(url, tmp_path / "spool", "", migrates=True)

    for _ in range(20):
        memory.remember_answer(shown())

    assert fresh_state(memory) == State(reachable=False, at_head=False, keeping=True, spooled=20, lost=0)
    memory.stop(0)


# --- the disk too ----------------------------------------------------------------------------


@contextmanager
def no_disk(folder: Path) -> Iterator[None]:
    """Where the folder was is a file: nothing can be written there, whoever asks."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_bytes(b"")
    try:
        yield
    finally:
        folder.unlink()


def test_row_81_without_the_disk_records_go_straight_into_the_database(memory: Memory, database: str) -> None:
    with no_disk(memory._spool.folder):
        memory.remember_answer(shown())
        memory.remember_feedback([told("123456")], "ehr")

        assert (count(database, AUDIT), count(database, FEEDBACK)) == (1, 1)
        assert fresh_state(memory).keeping


def test_row_81_without_disk_and_database_the_card_still_goes_out_and_it_is_counted(
    memory: Memory, database: str
) -> None:
    with no_disk(memory._spool.folder):
        with locked(database):
            for _ in range(3):
                memory.remember_answer(shown())
            with pytest.raises(NotKept):
                memory.remember_feedback([told("123456")], "ehr")
            assert memory._shared.lost == 3
        assert not fresh_state(memory).keeping

    assert fresh_state(memory).keeping
    memory.remember_answer(shown())
    eventually(lambda: count(database, AUDIT) == 1)
    assert fresh_state(memory).lost == 3


def test_a_record_that_the_database_never_takes_does_not_keep_back_the_others(memory: Memory, database: str) -> None:
    records = decisions(3)
    records[1]["client"] = None
    memory._spool.append([*records, feedback("123456")])
    memory.start()

    eventually(lambda: count(database, AUDIT) == 2 and count(database, FEEDBACK) == 1)
    memory.stop()

    assert records[1]["id"] in (memory._spool.folder / SET_ASIDE).read_text()
    assert on_disk(memory) == 0


def test_what_is_fetched_twice_is_kept_once(memory: Memory, database: str) -> None:
    """A worker was killed between the commit and the removal of its file."""
    records = [*decisions(2), of_feedback(told("123456"), "ehr", MOMENT, KEY)]
    for _ in range(3):
        memory._spool.append(records)
        memory._spool.drain(memory._write)

    assert (count(database, AUDIT), count(database, ANSWERS), count(database, FEEDBACK)) == (2, 2, 1)
