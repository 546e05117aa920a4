"""Calls that are not about baclofen are counted by client, hour and reason; of none is a record kept."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cds_service.config.settings import Settings
from cds_service.store.insert import write
from cds_service.store.kept import Record
from cds_service.store.other_calls import OtherCalls
from cds_service.store.purging import purge_other_calls
from cds_service.store.recorder import Recorder
from cds_service.store.statistics import Asked, answers_by_urgency
from cds_service.store.tables import ANSWERS, AUDIT, OTHER_CALLS
from cds_service.web import create_app
from tests.running.client import HOOK_PATH, SANDBOX_ORDER
from tests.store.shown import DAY, connected, count, knowledge, rows, shown
from tests.store.test_row_81_memory import no_disk
from tests.store.waiting import eventually, fresh_state, locked

NOON = datetime(2026, 11, 22, 12, 59, 59, tzinfo=UTC)
WEEK = date(2026, 11, 16), date(2026, 11, 23)


def counted(url: str) -> int:
    return sum(row.calls for row in rows(url, OTHER_CALLS, "calls"))


def a_count(calls: int, identity: str = "1") -> Record:
    return {
        "kind": "calls",
        "id": identity,
        "client": "ehr",
        "hour": "2026-11-22T12",
        "reason": "no-order",
        "shadow": False,
        "calls": calls,
    }


# --- what a call leaves -----------------------------------------------------------------------


def signed(order: dict[str, Any] | None) -> bytes:
    call = json.loads(SANDBOX_ORDER.read_bytes())
    call["context"]["draftOrders"]["entry"] = [{"resource": order}] if order else []
    return json.dumps(call).encode()


def test_a_call_about_another_medicine_leaves_a_count_and_nothing_else(database: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database, spool=tmp_path / "spool", shadow=True)
    app = create_app(knowledge(), lambda: DAY, settings=settings)
    other = {"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "paracétamol"}}
    for body in (signed(None), signed(other), signed(other)):
        answer = app.test_client().post(HOOK_PATH, data=body, content_type="application/json")
        assert answer.json == {"cards": []}

    app.extensions["memory"].stop()

    assert (count(database, ANSWERS), count(database, AUDIT)) == (0, 0)
    left = {row.reason: (row.client, row.shadow, row.calls) for row in rows(database, OTHER_CALLS)}
    assert left == {"no-order": ("anonymous", True, 1), "other-orders": ("anonymous", True, 2)}


def test_a_call_that_may_be_about_baclofen_leaves_a_record(memory: Recorder, database: str) -> None:
    memory.remember_answer(shown())
    memory.count_other_call("ehr", "no-order", shadow=False)
    memory.stop()

    assert (count(database, ANSWERS), counted(database)) == (1, 1)


def test_the_counts_add_up_with_the_answers_that_are_kept(database: str) -> None:
    with connected(database) as connection:
        write(connection, [a_count(3), a_count(4, "2"), a_count(9, "3") | {"shadow": True}])
        write(connection, [a_count(5, "4") | {"client": "other"}, a_count(1, "5") | {"hour": "2026-11-23T00"}])

        asked = [Asked(*WEEK), Asked(*WEEK, client="ehr"), Asked(*WEEK, shadow=True)]
        silent = [answers_by_urgency(connection, one)["silent"] for one in asked]

    assert silent == [12, 7, 9]


# --- how a count is written -------------------------------------------------------------------


def test_a_count_is_split_by_client_hour_reason_and_shadow() -> None:
    calls = OtherCalls()
    for client, reason, at, shadow in (
        ("a", "no-order", NOON, False),
        ("a", "no-order", NOON - timedelta(minutes=59), False),
        ("a", "no-order", NOON + timedelta(seconds=1), False),
        ("a", "other-orders", NOON, False),
        ("a", "no-order", NOON, True),
        ("b", "no-order", NOON, False),
    ):
        calls.add(client, reason, at, shadow=shadow)

    assert sorted(record["calls"] for record in calls.to_write()) == [1, 1, 1, 1, 2]


def test_what_is_written_is_written_again_only_once_it_has_grown() -> None:
    calls = OtherCalls()
    calls.add("ehr", "no-order", NOON, shadow=False)
    written = calls.to_write()
    calls.add("ehr", "no-order", NOON, shadow=False)
    calls.note_written(written, NOON)

    (grown,) = calls.to_write()
    calls.note_written([grown], NOON)

    assert (grown["id"], grown["calls"], calls.to_write()) == (written[0]["id"], 2, [])


def test_a_past_hour_is_forgotten_once_it_is_written_and_not_before() -> None:
    calls, later = OtherCalls(), NOON + timedelta(hours=1)
    calls.add("ehr", "no-order", NOON, shadow=False)
    calls.note_written([], later)
    (written,) = calls.to_write()
    calls.note_written([written], later)
    calls.add("ehr", "no-order", NOON, shadow=False)  # the clock was set back

    (again,) = calls.to_write()

    assert again["calls"] == 1
    assert again["id"] != written["id"]


def test_a_count_that_comes_twice_or_late_counts_once(database: str) -> None:
    with connected(database) as connection:
        write(connection, [a_count(2)])
        write(connection, [a_count(5), a_count(7, "2")])
        write(connection, [a_count(2), a_count(5)])
        write(connection, [a_count(4)])

    assert counted(database) == 12


def test_while_the_database_is_locked_counts_wait_on_the_disk(memory: Recorder, database: str) -> None:
    with locked(database):
        memory.count_other_call("ehr", "no-order", shadow=False)
        eventually(lambda: not memory._well)
        assert memory._other_calls.to_write() == []
        memory.count_other_call("ehr", "no-order", shadow=False)

    eventually(lambda: counted(database) == 2)


def test_without_disk_and_database_counts_wait_in_memory_and_the_service_is_not_ready(
    memory: Recorder, database: str
) -> None:
    memory._other_calls.add("ehr", "no-order", NOON, shadow=False)
    with no_disk(memory._spool.folder):
        with locked(database):
            memory._keep_other_calls()
            assert not fresh_state(memory).keeping
        memory._direct_after = 0.0  # the pause after a failure is over
        memory._keep_other_calls()

    assert counted(database) == 1


def test_old_counts_are_purged(memory: Recorder, database: str) -> None:
    with connected(database) as connection:
        write(connection, [a_count(2), a_count(3, "2") | {"hour": "2026-11-22T13"}])

    assert purge_other_calls(memory.engine, NOON + timedelta(hours=1)) == 1
    assert counted(database) == 3
