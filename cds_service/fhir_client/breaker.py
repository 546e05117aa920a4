"""A circuit breaker for each server: one that has failed us again and again is left alone for a while.

It counts hook calls, not searches, for a call makes six searches at once. Kept in the process.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

FAULTS = 5
OPEN_SECONDS = 30.0
LONGEST_SECONDS = 300.0
MOST_SERVERS = 1024


@dataclass
class _State:
    faults: int = 0
    closed_at: float = 0.0


class Breaker:
    """Whether a server may be called now. After the pause one call tries; the others wait for what it reports."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._states: dict[str, _State] = {}

    def admits(self, origin: str) -> bool:
        with self._lock:
            state = self._states.get(origin)
            if state is None or state.faults < FAULTS:
                return True
            if self._clock() < state.closed_at:
                return False
            state.closed_at = self._clock() + OPEN_SECONDS
            return True

    def is_open(self, origin: str) -> bool:
        """Whether the server is left alone now; asking changes nothing."""
        with self._lock:
            state = self._states.get(origin)
            return state is not None and state.faults >= FAULTS and self._clock() < state.closed_at

    def succeeded(self, origin: str) -> None:
        with self._lock:
            self._states.pop(origin, None)

    def failed(self, origin: str, retry_after: float = 0.0) -> None:
        """A call came to nothing. A server that says how long it wants to be left alone is taken at its word."""
        with self._lock:
            if len(self._states) >= MOST_SERVERS:
                self._states.clear()
            state = self._states.setdefault(origin, _State())
            state.faults = FAULTS if retry_after else state.faults + 1
            if state.faults >= FAULTS:
                state.closed_at = self._clock() + min(retry_after or OPEN_SECONDS, LONGEST_SECONDS)
