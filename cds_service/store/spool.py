"""The spool: records wait here on the local disk until they are in the database.

A folder of JSON Lines files. Each process appends to its own file, which it holds by a kernel lock. When a process is
killed its lock is released, and another process takes over the file. File names sort by time. A last line without a
line break was never acknowledged (a crash or a full disk) and is ignored.
"""

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from cds_service.store.chain import canonical
from cds_service.store.kept import Record
from cds_service.telemetry.logs import log_alarm

BATCH = 200
FULL_BYTES = 1024 * 1024
SET_ASIDE = "set-aside.jsonl"

Write = Callable[[Sequence[Record]], None]


class _File:
    """A file that this process has locked. One flush serves all threads whose lines were written before it."""

    def __init__(self, path: Path, flags: int) -> None:
        self.path = path
        self.number = os.open(path, flags | os.O_RDWR | os.O_CLOEXEC, 0o600)  # closing it unlocks the file
        self.size = self._flushed = 0
        self._closed = False
        self._flushing = threading.Lock()

    def write(self, lines: bytes) -> None:
        left = memoryview(lines)
        while left:
            left = left[os.write(self.number, left) :]
        self.size += len(lines)

    def flush(self, size: int) -> None:
        """Returns when the first `size` bytes are on disk, or already in the database."""
        with self._flushing:
            if self._flushed < size and not self._closed:
                written = self.size
                os.fdatasync(self.number)
                self._flushed = written

    def close(self) -> None:
        with self._flushing:
            os.close(self.number)
            self._closed = True

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.close()


class Spool:
    """The spool folder, as one process sees it. Every method may raise OSError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._current: _File | None = None
        self._full: list[_File] = []
        self._counts: dict[str, tuple[int, int]] = {}

    def append(self, records: Sequence[Record]) -> None:
        """Appends records; they are on disk when this returns."""
        lines = b"".join(canonical(record).encode() + b"\n" for record in records)
        with self._lock:
            if self._current is None:
                self._current = self._new_file()
            file = self._current
            try:
                file.write(lines)
            except OSError:
                self._cut_back(file)
                raise
            size = file.size
            if size >= FULL_BYTES:
                self._rotate()
        file.flush(size)

    def drain(self, write: Write) -> None:
        """Passes all waiting records to `write`, oldest files first, and deletes the files. One thread at a time."""
        self._drain_files(write)
        with self._lock:
            self._rotate()
        self._drain_files(write)

    def waiting(self) -> int:
        """The number of waiting records of all processes."""
        counts = {}
        for path in self._paths():
            with suppress(FileNotFoundError):
                size = path.stat().st_size
                known = self._counts.get(path.name)
                counts[path.name] = known if known and known[0] == size else (size, path.read_bytes().count(b"\n"))
        self._counts = counts
        return sum(count for _, count in counts.values())

    def close(self) -> None:
        """Closes and unlocks the files for other processes. Not while another thread appends or drains."""
        with self._lock:
            for file in [*self._full, *([self._current] if self._current else [])]:
                file.close()
            self._full, self._current = [], None

    def set_aside(self, record: Record) -> None:
        """Keeps a record that the database rejects in a separate file, for a person to look at."""
        self._set_aside(canonical(record).encode())

    def probe(self) -> None:
        """Raises OSError if nothing can be written to the folder."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"probe-{uuid4()}"
        try:
            with path.open("xb") as file:
                file.write(b"." * 4096)
                file.flush()
                os.fsync(file.fileno())
        finally:
            path.unlink(missing_ok=True)

    def _new_file(self) -> _File:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            path = self.folder / f"{time.time_ns():020d}-{uuid4().hex}.jsonl"
            file = _File(path, os.O_CREAT | os.O_EXCL | os.O_APPEND)
            if _take(file):  # else another process has locked it first
                _flush_folder(self.folder)
                return file

    def _cut_back(self, file: _File) -> None:
        """Removes a half-written line, so that the next line does not join it; if that fails, starts another file."""
        try:
            os.ftruncate(file.number, file.size)
        except OSError:
            self._full.append(file)
            self._current = None

    def _rotate(self) -> None:
        if self._current is not None:
            self._full.append(self._current)
            self._current = None

    def _drain_files(self, write: Write) -> None:
        with self._lock:
            mine, self._full = self._full, []
        waiting = sorted([*mine, *self._of_the_dead()], key=lambda file: file.path.name)
        try:
            while waiting:
                self._drain_file(waiting[0], write)
                waiting.pop(0).remove()
        finally:
            with self._lock:
                self._full = [*waiting, *self._full]

    def _drain_file(self, file: _File, write: Write) -> None:
        whole, _, _torn = file.path.read_bytes().rpartition(b"\n")
        records, unreadable = _decode(whole.split(b"\n") if whole else [])
        for first in range(0, len(records), BATCH):
            write(records[first : first + BATCH])
        for line in unreadable:
            self._set_aside(line)
            log_alarm("record-set-aside", reason="unreadable")

    def _set_aside(self, line: bytes) -> None:
        with (self.folder / SET_ASIDE).open("ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _of_the_dead(self) -> Iterator[_File]:
        """Locks and yields the files of processes that have ended."""
        for path in self._paths():
            try:
                file = _File(path, 0)
            except FileNotFoundError:
                continue
            if _take(file):
                yield file

    def _paths(self) -> list[Path]:
        return [path for path in self.folder.glob("*.jsonl") if path.name != SET_ASIDE]


def _take(file: _File) -> bool:
    """Locks a file. False, with the file closed, if another process holds it or has removed it."""
    try:
        fcntl.flock(file.number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        taken = os.fstat(file.number).st_nlink > 0
    except BlockingIOError:
        taken = False
    if not taken:
        file.close()
    return taken


def _decode(lines: Iterable[bytes]) -> tuple[list[Record], list[bytes]]:
    """The records, and the lines that are not JSON: the disk may have damaged them."""
    records, unreadable = [], []
    for line in lines:
        try:
            records.append(json.loads(line))
        except ValueError:
            unreadable.append(line)
    return records, unreadable


def _flush_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
