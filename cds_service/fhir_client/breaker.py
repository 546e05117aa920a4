"""A circuit breaker for each FHIR server: after repeated failures the server is not called for a while.

Failures are counted per hook call and not per search, since one call makes up to six searches. The state is kept in
the process.
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
    """Decides whether a server may be called. After the pause one trial call is admitted, the others are not yet."""

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
        """Whether calls to the server are refused now. Unlike `admits` it does not change the state."""
        with self._lock:
            state = self._states.get(origin)
            return state is not None and state.faults >= FAULTS and self._clock() < state.closed_at

    def succeeded(self, origin: str) -> None:
        with self._lock:
            self._states.pop(origin, None)

    def failed(self, origin: str, retry_after: float = 0.0) -> None:
        """Counts a failed hook call. With `retry_after` (seconds, set by the server) the breaker opens at once."""
        with self._lock:
            if len(self._states) >= MOST_SERVERS:
                self._states.clear()
            state = self._states.setdefault(origin, _State())
            state.faults = FAULTS if retry_after else state.faults + 1
            if state.faults >= FAULTS:
                state.closed_at = self._clock() + min(retry_after or OPEN_SECONDS, LONGEST_SECONDS)
