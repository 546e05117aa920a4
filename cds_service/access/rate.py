"""Limits the rate of each caller, exactly over all workers of a machine, in shared memory.

Libraries count per worker or need a server of their own; a database table would be written at every request. Each
caller has one number: its theoretical arrival time in the generic cell rate algorithm (GCRA). The lock is a kernel
file lock, which is released when a worker is killed.
"""

import fcntl
import hashlib
import mmap
import os
import struct
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cds_service.config.clients import Client

ADDRESSES = 4096
"""Places for callers without a token. Two addresses may share one; their limit is then one."""

WINDOW_S = 60.0
_MOMENT = struct.Struct("d")


class Rate:
    """A caller may make the calls of a minute in one burst; after that they are refilled one by one."""

    def __init__(self, clients: Sequence[Client], now: Callable[[], float] = time.monotonic) -> None:
        self._places = {client.id: number for number, client in enumerate(clients)}
        self._memory = mmap.mmap(-1, (len(clients) + ADDRESSES) * _MOMENT.size)
        self._file = _nameless_file()
        weakref.finalize(self, os.close, self._file)
        self._threads = threading.Lock()
        self._salt = os.urandom(16)
        self._now = now

    def of_client(self, client: Client) -> float:
        """Counts one call and returns 0; or returns the seconds to wait, and the call does not count."""
        return self._take(self._places[client.id], client.requests_per_minute)

    def of_address(self, address: str, per_minute: int) -> float:
        """The same for a caller without a token, by IP address. `per_minute` 0 means no limit."""
        if not per_minute:
            return 0.0
        digest = hashlib.blake2b(address.encode(), digest_size=8, salt=self._salt).digest()
        place = len(self._places) + int.from_bytes(digest, "big") % ADDRESSES
        return self._take(place, per_minute)

    def _take(self, place: int, per_minute: int) -> float:
        offset = place * _MOMENT.size
        with self._locked(place):
            now = self._now()
            (spent,) = _MOMENT.unpack_from(self._memory, offset)
            after = max(spent, now) + WINDOW_S / per_minute
            early: float = after - now - WINDOW_S
            if early > 0:
                return early
            _MOMENT.pack_into(self._memory, offset, after)
            return 0.0

    @contextmanager
    def _locked(self, place: int) -> Iterator[None]:
        with self._threads:  # a kernel file lock does not exclude threads of the same process
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1, place)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)


def _nameless_file() -> int:
    """The descriptor of an empty, already deleted file whose byte ranges serve as locks."""
    number, name = tempfile.mkstemp(prefix="cds-rate-")
    Path(name).unlink()
    return number
