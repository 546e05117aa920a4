"""Keeps the records of answers and feedback: on disk before an answer goes out, in the database soon after.

Every record is first written to the spool and synced to disk; a thread of each worker moves it to the database. If
the spool fails, the record is written directly to the database. If that fails too, the card still goes out, the
record is lost, an alarm is logged, and the service is not ready.
"""

import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import DataError, IntegrityError

from cds_service.store import migrator
from cds_service.store.counting import count_feedback
from cds_service.store.database import StoreDown, reading, writing
from cds_service.store.insert import write
from cds_service.store.kept import FeedbackItem, Record, SentAnswer, of_answer, of_feedback
from cds_service.store.other_calls import OtherCalls
from cds_service.store.spool import Spool
from cds_service.telemetry.logs import log_alarm, log_event

GATHER_S = 0.5
"""What comes within this time is written in one transaction."""

LOOK_EVERY_S = 5.0
"""How often a worker looks for what a dead one has left, or whether the database is there again."""

STATE_HOLDS_S = 1.0


class NotRecorded(Exception):  # noqa: N818 - the name says what happened
    """Neither the spool nor the database could store a record."""


@dataclass(frozen=True)
class State:
    """The state of the store, for `/readyz` and `/metrics`. `spooled` and `lost` count all workers of the machine."""

    reachable: bool  # the database answers
    at_head: bool  # and has the tables of this release
    keeping: bool  # a record can be kept at this moment
    spooled: int  # records that wait on the disk
    lost: int  # records that were not kept, since the start
    writing: bool = field(default=True, compare=False)  # the database takes them; known seconds after the rest


class Recorder:
    """Stores records for one service. Made once, before the workers are forked; each worker starts its own thread."""

    def __init__(self, engine: Engine, spool: Spool, key: bytes, *, mend: Callable[[], None] | None = None) -> None:
        """`key` is the HMAC key for digests. `mend`, if given, migrates the database when it is not usable."""
        self.engine = engine
        self._spool = spool
        self._key = key
        self._mend = mend
        self._shared = _SharedCounters()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._direct_after = 0.0
        self._well = True
        self._state: tuple[float, State] | None = None
        self._other_calls = OtherCalls()

    # --- storing a record ------------------------------------------------------------------

    def remember_answer(self, shown: SentAnswer) -> None:
        """Stores an answer; it is on disk when this returns. Never raises: the card goes out in any case."""
        try:
            self._keep([of_answer(shown, _now(), self._key)])
        except NotRecorded:
            self._lose("record-lost")
        except Exception as defect:  # noqa: BLE001 - a record that cannot be stored never holds back a card
            self._lose("record-lost", type(defect).__name__)

    def remember_feedback(self, told: Sequence[FeedbackItem], client: str) -> None:
        """Stores feedback; it is on disk when this returns. Raises NotRecorded."""
        self._keep([of_feedback(item, client, _now(), self._key) for item in told])

    def count_other_call(self, client: str, reason: str, *, shadow: bool) -> None:
        """Counts a call that is not about baclofen. The count is on disk within LOOK_EVERY_S."""
        self._other_calls.add(client, reason, _now(), shadow=shadow)
        self.start()

    def _keep(self, records: Sequence[Record]) -> None:
        self.start()
        try:
            self._spool.append(records)
        except OSError:
            self._write_directly(records)
        self._shared.failing = False
        self._wake.set()

    def _write_directly(self, records: Sequence[Record]) -> None:
        """Writes to the database. Pauses after a failure: each attempt may delay an answer by seconds."""
        if time.monotonic() < self._direct_after:
            raise NotRecorded
        try:
            self._put(records)
        except (StoreDown, IntegrityError, DataError):
            self._direct_after = time.monotonic() + LOOK_EVERY_S
            raise NotRecorded from None

    def _lose(self, event: str, reason: str = "spool-and-database") -> None:
        self._shared.lose()
        log_alarm(event, reason=reason)

    # --- the thread that writes to the database --------------------------------------------

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
        """Writes waiting records for at most `within_s` seconds; the rest stays in the spool until the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(within_s)
            if self._thread.is_alive():  # it waits for the database and ends with the process
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
            self._keep_other_calls()
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

    def _keep_other_calls(self) -> None:
        counts = self._other_calls.to_write()
        try:
            if counts:
                self._keep(counts)
        except NotRecorded:
            self._shared.failing = True  # the counts stay in memory, and are written at the next attempt
        else:
            self._other_calls.note_written(counts, _now())

    def _try_to_mend(self) -> None:
        if self._mend is not None:
            try:
                self._mend()
            except StoreDown:
                return

    def _write(self, records: Sequence[Record]) -> None:
        """Writes records. One that the database rejects is set aside, so that it does not block those after it."""
        try:
            self._put(records)
        except (IntegrityError, DataError):
            if len(records) > 1:
                for record in records:
                    self._write([record])
                return
            self._spool.set_aside(records[0])
            log_alarm("record-set-aside")

    def _put(self, records: Sequence[Record]) -> None:
        with writing(self.engine) as connection:
            feedback = write(connection, records)
        if feedback:
            self._count(feedback)

    def _count(self, feedback: Sequence[Record]) -> None:
        try:
            with reading(self.engine) as connection:
                count_feedback(connection, feedback)
        except Exception as defect:  # noqa: BLE001 - the records are written; a count must not repeat that
            log_alarm("feedback-not-counted", reason=type(defect).__name__)

    def _say(self, *, well: bool, reason: str = "") -> None:
        """Notes whether the database takes what is written, for all workers; logs it once when that changes."""
        self._shared.note_writing(works=well)
        if well != self._well:
            self._well = well
            if well:
                log_event("store-up")
            else:
                log_alarm("store-down", reason=reason)

    # --- the state -------------------------------------------------------------------------

    def state(self) -> State:
        """The state, cached for a second, so that frequent calls do not burden the store."""
        known, now = self._state, time.monotonic()
        if known is None or now - known[0] > STATE_HOLDS_S:
            known = self._state = (now, self._look())
        return known[1]

    def _look(self) -> State:
        self.start()
        reachable = at_head = False
        try:
            with reading(self.engine) as connection:
                reachable, at_head = True, migrator.is_at_head(connection)
        except StoreDown:
            pass
        writing = not self._shared.cannot_write()
        return State(reachable, at_head, self.check_keeping(), self._waiting(), self._shared.lost, writing)

    def _waiting(self) -> int:
        try:
            return self._spool.waiting()
        except OSError:
            return 0

    def check_keeping(self) -> bool:
        """Whether records can be stored. Probes the disk only at the start and after a failure."""
        if self._shared.failing:
            try:
                self._spool.probe()
            except OSError:
                return False
            self._shared.failing = False
        return True


class _SharedCounters:
    """Memory shared by all workers: whether the last record failed, how many were lost, who cannot write.

    Each process counts in the slot of its pid modulo PLACES, instead of a lock that a killed process could hold.
    """

    PLACES = 64

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, (2 * self.PLACES + 1) * 8)
        self.failing = True  # until the disk has been probed

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

    def note_writing(self, *, works: bool) -> None:
        """Notes when this process last failed to write to the database. The clock is that of all processes."""
        place = 8 * (1 + self.PLACES + os.getpid() % self.PLACES)
        struct.pack_into("d", self._memory, place, 0.0 if works else time.monotonic())

    def cannot_write(self) -> bool:
        """Whether a process fails to write. It tries again all the time, so an old failure is one of the dead."""
        failures: tuple[float, ...] = struct.unpack_from(f"{self.PLACES}d", self._memory, 8 * (1 + self.PLACES))
        return max(failures) > time.monotonic() - 4 * LOOK_EVERY_S


def _now() -> datetime:
    return datetime.now(UTC)
