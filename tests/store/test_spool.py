"""The spool: each appended record is given once and in order, whichever process dies."""

import fcntl
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cds_service.store.database import StoreDown
from cds_service.store.kept import Record
from cds_service.store.spool import BATCH, FULL_BYTES, Spool, _File
from tests.store.spooling import Taken, another, files, numbered

OPEN = Path("/proc/self/fd")


def test_what_was_appended_is_given_once_in_order_and_leaves_nothing_behind(spool: Spool) -> None:
    taken, open_before = Taken(), len(list(OPEN.iterdir()))
    spool.append(numbered(1))
    spool.append(numbered(2, 3))
    assert spool.waiting() == 3

    spool.drain(taken)
    spool.drain(taken)

    assert taken.numbers == [1, 2, 3]
    assert (spool.waiting(), files(spool)) == (0, [])
    assert len(list(OPEN.iterdir())) == open_before


def test_what_nobody_takes_waits_in_order_with_what_comes_after(spool: Spool) -> None:
    taken = Taken()
    taken.down = True
    for number in range(5):
        spool.append(numbered(number))
        with pytest.raises(StoreDown):
            spool.drain(taken)
    assert spool.waiting() == 5
    taken.down = False

    spool.drain(taken)

    assert taken.numbers == [0, 1, 2, 3, 4]


def test_more_than_a_file_is_given_in_order(spool: Spool) -> None:
    taken = Taken()
    for number in range(30):
        spool.append(numbered(number, words="x" * (FULL_BYTES // 10)))

    assert len(files(spool)) == 3
    spool.drain(taken)

    assert taken.numbers == list(range(30))


def test_many_records_are_given_in_batches_and_each_once(spool: Spool) -> None:
    batches: list[Sequence[Record]] = []
    spool.append(numbered(*range(2 * BATCH + 1)))

    spool.drain(batches.append)

    assert [len(batch) for batch in batches] == [BATCH, BATCH, 1]
    assert [record["id"] for batch in batches for record in batch] == list(range(2 * BATCH + 1))


def test_what_waits_is_counted_anew_where_a_file_has_grown(spool: Spool) -> None:
    counts = []
    for number in range(3):
        spool.append(numbered(number))
        counts.append(spool.waiting())

    assert counts == [1, 2, 3]
    assert Spool(spool.folder).waiting() == 3


def test_what_threads_append_while_it_is_drained_is_given_once(spool: Spool) -> None:
    taken, done = Taken(), threading.Event()

    def drain() -> None:
        while not done.is_set():
            spool.drain(taken)
        spool.drain(taken)

    def append(first: int) -> None:
        for number in range(first, first + 25):
            spool.append(numbered(number))

    with ThreadPoolExecutor(9) as pool:
        draining = pool.submit(drain)
        list(pool.map(append, range(0, 200, 25)))
        done.set()
        draining.result()

    assert sorted(taken.numbers) == list(range(200))


# --- a process that dies ---------------------------------------------------------------------


def test_what_a_killed_process_left_is_given_by_another_and_not_while_it_lives(spool: Spool) -> None:
    taken = Taken()
    with another(spool.folder, "spool.append([{'id': 1}, {'id': 2}])") as process:
        spool.append(numbered(3))
        spool.drain(taken)
        assert taken.numbers == [3]

        process.send_signal(signal.SIGKILL)
        process.wait()

    spool.drain(taken)

    assert taken.numbers == [3, 1, 2]
    assert files(spool) == []


def test_a_line_that_a_process_died_in_was_never_answered_for(spool: Spool) -> None:
    taken = Taken()
    torn = "spool.append([{'id': 1}]); os.write(spool._current.number, b'{\"id\": 2')"
    with another(spool.folder, torn):
        pass

    spool.drain(taken)

    assert taken.numbers == [1]
    assert files(spool) == []


def test_of_many_that_look_for_what_is_left_one_takes_it(spool: Spool) -> None:
    taken = Taken()
    with another(spool.folder, "for n in range(50): spool.append([{'id': n}]); spool._rotate()"):
        pass
    lock = threading.Lock()

    def write(records: Sequence[Record]) -> None:
        with lock:
            taken(records)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: one.drain(write), [Spool(spool.folder) for _ in range(4)]))

    assert sorted(taken.numbers) == list(range(50))


def test_a_file_that_another_removes_meanwhile_hides_none_after_it(spool: Spool) -> None:
    taken = Taken()
    with another(spool.folder, "spool.append([{'id': 1}])"):
        pass
    for number in range(30):  # in whichever order they are listed
        (spool.folder / f"{number}.jsonl").symlink_to("removed")  # it is listed, and cannot be opened

    spool.drain(taken)

    assert taken.numbers == [1]


def test_what_a_dead_process_left_is_given_before_what_came_after_it(spool: Spool) -> None:
    taken = Taken()
    with another(spool.folder, "spool.append([{'id': 1}])"):
        pass
    spool.append(numbered(2, words="x" * FULL_BYTES))  # its file is full: the first round gives it too

    spool.drain(taken)

    assert taken.numbers == [1, 2]


def test_a_file_that_another_drains_while_it_is_opened_is_not_given_again(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, others, lock = Taken(), [Spool(spool.folder)], fcntl.flock
    spool.append(numbered(1))
    spool.close()

    def another_was_first(number: int, how: int) -> None:
        if others:
            others.pop().drain(taken)
        lock(number, how)

    monkeypatch.setattr(fcntl, "flock", another_was_first)
    spool.drain(taken)

    assert (taken.numbers, files(spool)) == ([1], [])


def test_what_a_process_closes_is_given_by_another(spool: Spool) -> None:
    taken = Taken()
    spool.append(numbered(1))
    Spool(spool.folder).drain(taken)
    assert taken.numbers == []

    spool.close()
    spool.close()
    Spool(spool.folder).drain(taken)

    assert taken.numbers == [1]


def test_one_flush_serves_all_that_was_written_before_it_and_none_is_asked_of_what_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(os, "fdatasync", flushed.append)
    file = _File(tmp_path / "lines", os.O_CREAT)
    file.write(b"1\n")
    file.write(b"2\n")

    file.flush(4)
    file.flush(2)  # of the thread that wrote the first line
    file.flush(4)
    assert len(flushed) == 1

    file.write(b"3\n")
    file.remove()  # another thread has given it to the database
    file.flush(6)
    assert len(flushed) == 1


def test_who_clears_the_folder_while_it_is_drained_stops_nothing(spool: Spool) -> None:
    taken = Taken()

    def write(records: Sequence[Record]) -> None:
        taken(records)
        for path in spool.folder.iterdir():
            path.unlink()

    spool.append(numbered(1))
    spool.drain(write)
    spool.append(numbered(2))
    spool.drain(write)

    assert taken.numbers == [1, 2]


def test_what_was_appended_is_on_disk_before_anyone_is_answered(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(os, "fdatasync", lambda number: flushed.append(os.fstat(number).st_size))
    sizes = []
    for number in (1, 2):
        spool.append(numbered(number))
        sizes.append(sum(path.stat().st_size for path in spool.folder.iterdir()))

    assert flushed == sizes
