"""The spool: each appended record is given once and in order, whichever process dies and whatever the disk does."""

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cds_service.store.database import StoreDown
from cds_service.store.kept import Record
from cds_service.store.spool import FULL_BYTES, SET_ASIDE, Spool
from tests.running.service import REPOSITORY


def numbered(*numbers: int, words: str = "") -> list[Record]:
    return [{"id": number, "words": words} for number in numbers]


class Taken:
    """The receiver of records; while `down` it accepts none."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.down = False

    def __call__(self, records: Sequence[Record]) -> None:
        if self.down:
            raise StoreDown("down")
        self.numbers += [record["id"] for record in records]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def files(spool: Spool) -> list[str]:
    return sorted(path.name for path in spool.folder.iterdir())


def test_what_was_appended_is_given_once_in_order_and_leaves_nothing_behind(spool: Spool) -> None:
    taken = Taken()
    spool.append(numbered(1))
    spool.append(numbered(2, 3))
    assert spool.waiting() == 3

    spool.drain(taken)
    spool.drain(taken)

    assert taken.numbers == [1, 2, 3]
    assert (spool.waiting(), files(spool)) == (0, [])


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


@contextmanager
def another(folder: Path, code: str) -> Iterator[subprocess.Popen[str]]:
    """Another process, which has opened the spool of this folder and waits to be killed."""
    begin = "import os, sys; from pathlib import Path; from cds_service.store.spool import Spool\n"
    program = f"{begin}spool = Spool(Path({str(folder)!r}))\n{code}\nprint('ready', flush=True)\nsys.stdin.read()"
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, **pipes) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


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
    (spool.folder / "0.jsonl").symlink_to("removed")  # it is listed, and cannot be opened

    spool.drain(taken)

    assert taken.numbers == [1]


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


# --- a disk that fails -----------------------------------------------------------------------


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """No file of this process may grow beyond this size: like a full disk, it stops in the middle of a line."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_row_81_a_full_disk_is_said_and_leaves_whole_lines(spool: Spool) -> None:
    taken = Taken()
    spool.append(numbered(1))
    with files_end_at(100), pytest.raises(OSError, match="File too large"):
        spool.append(numbered(2, words="x" * 200))
    spool.append(numbered(3))

    spool.drain(taken)

    assert taken.numbers == [1, 3]


def test_row_81_a_probe_tells_whether_anything_can_be_kept(spool: Spool) -> None:
    spool.probe()
    with files_end_at(100), pytest.raises(OSError, match="File too large"):
        spool.probe()

    assert files(spool) == []


def test_a_line_that_holds_no_record_is_set_aside_and_the_others_are_given(spool: Spool) -> None:
    taken = Taken()
    with another(
        spool.folder, "spool.append([{'id': 1}]); os.write(spool._current.number, b'\\0\\0\\n{\"id\": 2}\\n')"
    ):
        pass

    spool.drain(taken)

    assert taken.numbers == [1, 2]
    assert files(spool) == [SET_ASIDE]
    assert (spool.folder / SET_ASIDE).read_bytes() == b"\0\0\n"
    assert spool.waiting() == 0


def test_the_folder_is_for_the_service_alone(spool: Spool) -> None:
    spool.append(numbered(1))

    assert spool.folder.stat().st_mode & 0o077 == 0
    assert {(spool.folder / name).stat().st_mode & 0o077 for name in files(spool)} == {0}
