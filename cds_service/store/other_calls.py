"""Counts the calls that are not about baclofen, by client, hour and reason: of these, no record is kept one by one.

A count only grows, and is written as a whole each time: the largest of an id is the count, however often it is
written. Each process counts under ids of its own; the sum over all ids is how many calls there were.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

from cds_service.store import timestamps
from cds_service.store.kept import Record


class Kind(NamedTuple):
    """Which calls are counted together. `reason` is why they are not about baclofen; in `shadow` no card is sent."""

    client: str
    hour: str
    reason: str
    shadow: bool


@dataclass(slots=True)
class _Count:
    calls: int = 0
    written: int = 0
    id: str = field(default_factory=lambda: str(uuid4()))


class OtherCalls:
    """The counts of one process that are not yet written, and those of the current hour."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Kind, _Count] = {}

    def add(self, client: str, reason: str, at: datetime, *, shadow: bool) -> None:
        with self._lock:
            self._counts.setdefault(Kind(client, timestamps.hour(at), reason, shadow), _Count()).calls += 1

    def to_write(self) -> list[Record]:
        """A record of each count that has grown since it was last written."""
        with self._lock:
            return [
                {"kind": "calls", "id": count.id, **kind._asdict(), "calls": count.calls}
                for kind, count in self._counts.items()
                if count.calls > count.written
            ]

    def note_written(self, records: Iterable[Record], now: datetime) -> None:
        """Notes that these are on disk. Of a past hour, what is written is forgotten: a later call gets a new id."""
        written = {record["id"]: record["calls"] for record in records}
        hour = timestamps.hour(now)
        with self._lock:
            for count in self._counts.values():
                count.written = written.get(count.id, count.written)
            self._counts = {
                kind: count
                for kind, count in self._counts.items()
                if kind.hour == hour or count.calls > count.written
            }
