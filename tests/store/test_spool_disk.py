"""Row 81: the spool on a disk that fails leaves whole lines, says that nothing can be kept, and is for us alone."""

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cds_service.store.spool import SET_ASIDE, Spool
from cds_service.telemetry import logs
from tests.store.spooling import Taken, another, files, numbered


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


def test_row_81_where_half_a_line_cannot_be_taken_back_what_comes_goes_to_another_file(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = Taken()

    def refuses(_number: int, _size: int) -> None:
        raise OSError("Input/output error")

    spool.append(numbered(1))
    monkeypatch.setattr(os, "ftruncate", refuses)
    with files_end_at(100), pytest.raises(OSError, match="File too large"):
        spool.append(numbered(2, words="x" * 200))
    spool.append(numbered(3))

    spool.drain(taken)

    assert (taken.numbers, files(spool)) == ([1, 3], [])


def test_row_81_a_probe_tells_whether_anything_can_be_kept(spool: Spool) -> None:
    spool.probe()
    with files_end_at(100), pytest.raises(OSError, match="File too large"):
        spool.probe()

    assert files(spool) == []


def test_row_81_a_probe_that_can_create_nothing_says_why(spool: Spool) -> None:
    spool.probe()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            spool.probe()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_record_that_the_database_rejects_is_kept_for_a_person_to_look_at(spool: Spool) -> None:
    spool.append(numbered(1))
    spool.set_aside({"id": 2})
    spool.set_aside({"id": 3})

    assert (spool.folder / SET_ASIDE).read_bytes() == b'{"id":2}\n{"id":3}\n'
    assert spool.waiting() == 1


def test_a_line_that_holds_no_record_is_set_aside_with_an_alarm_and_the_others_are_given(
    spool: Spool, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure()
    taken = Taken()
    with another(
        spool.folder, "spool.append([{'id': 1}]); os.write(spool._current.number, b'\\0\\0\\n{\"id\": 2}\\n')"
    ):
        pass

    spool.drain(taken)

    assert taken.numbers == [1, 2]
    assert files(spool) == [SET_ASIDE]
    assert (spool.folder / SET_ASIDE).read_bytes() == b"\0\0\n"
    assert "record-set-aside" in capfd.readouterr().err
    assert spool.waiting() == 0


@pytest.mark.parametrize("begin", [Spool.probe, lambda spool: spool.append(numbered(1))], ids=["probe", "append"])
def test_the_folder_is_made_for_the_service_alone(begin: Callable[[Spool], None], tmp_path: Path) -> None:
    spool = Spool(tmp_path / "of the service" / "spool")

    begin(spool)
    begin(spool)

    assert spool.folder.stat().st_mode & 0o077 == 0
    assert all((spool.folder / name).stat().st_mode & 0o077 == 0 for name in files(spool))
