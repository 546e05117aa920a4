"""What the service remembers: on the disk before an answer goes out, in the database a moment later.

Every record takes the same way, whether the database is well or not: into the spool, flushed to the disk, and
from there, by a thread of each worker, into the database. Where the spool fails, straight into the database;
where that fails too, the card still goes out, the record is lost, an alarm says so and the service is not ready.
"""

import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import DataError, IntegrityError

from cds_service.logs import alarm, note
from cds_service.store import schema
from cds_service.store.counting import count_feedback
from cds_service.store.database import StoreDown, reading, writing
from cds_service.store.records import Record, Shown, Told, of_answer, of_feedback
from cds_service.store.spool import Spool
from cds_service.store.writing import write

GATHER_S = 0.5
"""What comes within this time is written in one transaction."""

LOOK_EVERY_S = 5.0
"""How often a worker looks for what a dead one has left, or whether the database is there again."""

STATE_HOLDS_S = 1.0


class NotKept(Exception):  # noqa: N818 - named for what the reader must know
    """Neither the disk nor the database takes a record."""


@dataclass(frozen=True)
class State:
    """How the store is, for `/readyz` and `/metrics`. `spooled` and `lost` are of all workers of this machine."""

    reachable: bool  # the database answers
    at_head: bool  # and has the tables of this release
    keeping: bool  # a record can be kept at this moment
    spooled: int  # records that wait on the disk
    lost: int  # records that were not kept, since the start


class Memory:
    """Made once, before the workers are forked; each of them starts its own thread."""

    def __init__(self, engine: Engine, spool: Spool, key: bytes, *, mend: Callable[[], None] | None = None) -> None:
        """`key` is for digests. `mend`, where given, brings the tables to the newest version."""
        self.engine = engine
        self._spool = spool
        self._key = key
        self._mend = mend
        self._shared = _Shared()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._direct_after = 0.0
        self._well = True
        self._state: tuple[float, State] | None = None

    # --- a request remembers ---------------------------------------------------------------

    def remember_answer(self, shown: Shown) -> None:
        """On the disk when this returns. Never raises: a card goes out whatever happens here."""
        try:
            self._keep([of_answer(shown, _now(), self._key)])
        except NotKept:
            self._lose("record-lost")
        except Exception as defect:  # noqa: BLE001 - what cannot be remembered never holds back a card
            self._lose("record-lost", type(defect).__name__)

    def remember_feedback(self, told: Sequence[Told], client: str) -> None:
        """On the disk when this returns. Raises NotKept."""
        self._keep([of_feedback(item, client, _now(), self._key) for item in told])

    def _keep(self, records: Sequence[Record]) -> None:
        self.start()
        try:
            self._spool.append(records)
        except OSError:
            self._write_directly(records)
        self._shared.failing = False
        self._wake.set()

    def _write_directly(self, records: Sequence[Record]) -> None:
        """Not again for a while after it failed: each attempt may take seconds of somebody's answer."""
        if time.monotonic() < self._direct_after:
            raise NotKept
        try:
            self._put(records)
        except (StoreDown, IntegrityError, DataError):
            self._direct_after = time.monotonic() + LOOK_EVERY_S
            raise NotKept from None

    def _lose(self, event: str, reason: str = "spool-and-database") -> None:
        self._shared.lose()
        alarm(event, reason=reason)

    # --- a thread of each worker brings it into the database -------------------------------

    def start(self) -> None:
        """Starts the thread of this process, once."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._stopping.clear()
                self._thread = threading.Thread(target=self._run, name="store", daemon=True)
                self._thread.start()

    def stop(self, within_s: float = 5.0) -> None:
        """Brings in what waits, as far as it can within this time; the rest is there at the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(within_s)
            if self._thread.is_alive():  # it waits for the database, and ends with the process
                return
        self._spool.close()
        self.engine.dispose()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._drain()
            self._wake.wait(LOOK_EVERY_S)
            self._wake.clear()
            self._stopping.wait(GATHER_S)
        self._drain()

    def _drain(self) -> None:
        try:
            self._spool.drain(self._write)
        except StoreDown as down:
            self._say(well=False, reason=str(down))
            self._try_to_mend()
            self._stopping.wait(1.0)
        except Exception as defect:  # noqa: BLE001 - the thread must live, and what waits is safe on the disk
            self._say(well=False, reason=type(defect).__name__)
            self._stopping.wait(1.0)
        else:
            self._say(well=True)

    def _try_to_mend(self) -> None:
        if self._mend is not None:
            try:
                self._mend()
            except StoreDown:
                return

    def _write(self, records: Sequence[Record]) -> None:
        """A record that the database will never take must not keep back all that come after it."""
        try:
            self._put(records)
        except (IntegrityError, DataError):
            if len(records) > 1:
                for record in records:
                    self._write([record])
                return
            self._spool.set_aside(records[0])
            alarm("record-set-aside")

    def _put(self, records: Sequence[Record]) -> None:
        with writing(self.engine) as connection:
            feedback = write(connection, records)
        if feedback:
            self._count(feedback)

    def _count(self, feedback: Sequence[Record]) -> None:
        try:
            with reading(self.engine) as connection:
                count_feedback(connection, feedback)
        except Exception as defect:  # noqa: BLE001 - the records are in; a count must not bring them again
            alarm("feedback-not-counted", reason=type(defect).__name__)

    def _say(self, *, well: bool, reason: str = "") -> None:
        """Once, when it changes."""
        if well != self._well:
            self._well = well
            if well:
                note("store-up")
            else:
                alarm("store-down", reason=reason)

    # --- how it is -------------------------------------------------------------------------

    def state(self) -> State:
        """As it was within the last second: whoever asks often does not burden the store."""
        known, now = self._state, time.monotonic()
        if known is None or now - known[0] > STATE_HOLDS_S:
            known = self._state = (now, self._look())
        return known[1]

    def _look(self) -> State:
        self.start()
        reachable = at_head = False
        try:
            with reading(self.engine) as connection:
                reachable, at_head = True, schema.is_at_head(connection)
        except StoreDown:
            pass
        return State(reachable, at_head, self.check_keeping(), self._waiting(), self._shared.lost)

    def _waiting(self) -> int:
        try:
            return self._spool.waiting()
        except OSError:
            return 0

    def check_keeping(self) -> bool:
        """Asks the disk only where something was not kept, and at the start."""
        if self._shared.failing:
            try:
                self._spool.probe()
            except OSError:
                return False
            self._shared.failing = False
        return True


class _Shared:
    """What all workers of a machine share: whether the last record was kept, and how many were not.

    Each process counts in a place of its own, so that no lock is needed that a killed one could hold.
    """

    PLACES = 64

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, (self.PLACES + 1) * 8)
        self.failing = True  # until the disk was asked

    @property
    def failing(self) -> bool:
        return self._memory[0] == 1

    @failing.setter
    def failing(self, failing: bool) -> None:
        self._memory[0] = int(failing)

    @property
    def lost(self) -> int:
        return sum(struct.unpack_from(f"{self.PLACES}Q", self._memory, 8))

    def lose(self) -> None:
        self.failing = True
        place = 8 * (1 + os.getpid() % self.PLACES)
        (count,) = struct.unpack_from("Q", self._memory, place)
        struct.pack_into("Q", self._memory, place, count + 1)


def _now() -> datetime:
    return datetime.now(UTC)
