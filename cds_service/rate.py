"""How often each caller may call: exact over all workers of a machine, in a page of memory that they share.

A library would count in each worker alone or ask for a server of its own; a table would write at every
request. Each caller has one number: the moment up to which its calls are spent (the generic cell rate
algorithm). The lock is the kernel's, so that a worker that is killed never holds it.
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

from cds_service.clients import Client

ADDRESSES = 4096
"""Places for callers without a token. Two addresses may share one; their limit is then one."""

WINDOW_S = 60.0
_MOMENT = struct.Struct("d")


class Rate:
    """A minute's calls may come at once; then they come back one by one."""

    def __init__(self, clients: Sequence[Client], now: Callable[[], float] = time.monotonic) -> None:
        self._places = {client.id: number for number, client in enumerate(clients)}
        self._memory = mmap.mmap(-1, (len(clients) + ADDRESSES) * _MOMENT.size)
        self._file = _nameless_file()
        weakref.finalize(self, os.close, self._file)
        self._threads = threading.Lock()
        self._salt = os.urandom(16)
        self._now = now

    def of_client(self, client: Client) -> float:
        """Counts one call; 0, or how many seconds it comes too early."""
        return self._take(self._places[client.id], client.requests_per_minute)

    def of_address(self, address: str, per_minute: int) -> float:
        """The same for a caller without a token. 0 a minute is no limit."""
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
        with self._threads:  # the kernel's lock does not part the threads of one process
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1, place)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)


def _nameless_file() -> int:
    """A file to lock parts of, which no other program can find; it stays empty."""
    number, name = tempfile.mkstemp(prefix="cds-rate-")
    Path(name).unlink()
    return number
