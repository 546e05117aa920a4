"""kill -9 of workers and of the master under load: the record of every answer is kept, once; the chain is intact.

Real gunicorn processes, on each kind of database. Clients send orders and feedback on the cards. An answer that
never arrived at the client need not be recorded.
"""

import http.client
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from cds_service.store.audit import verify_chain
from cds_service.store.chain import BEFORE_THE_FIRST, Head
from cds_service.store.tables import ANSWERS, AUDIT, CARDS, FEEDBACK
from tests.running.client import HOOK_PATH, Service
from tests.running.service import started
from tests.store.shown import connected, count, order, rows, sealed
from tests.store.waiting import eventually

WORKERS = 3
CLIENTS = 6
KILLS = 5
ENOUGH = 60


@dataclass
class Answered:
    """What clients received with status 200."""

    cards: set[str] = field(default_factory=set)
    feedback: set[str] = field(default_factory=set)  # the cards with accepted feedback
    failures: int = 0


def serving(database: str, spool: Path) -> AbstractContextManager[tuple[Service, subprocess.Popen[bytes]]]:
    settings = {"CDS_DATABASE_URL": database, "CDS_SPOOL": str(spool), "CDS_ANONYMOUS_PER_MINUTE": "0"}
    return started(settings, workers=WORKERS, stderr=subprocess.DEVNULL)


def workers(master: subprocess.Popen[bytes]) -> list[int]:
    children = Path(f"/proc/{master.pid}/task/{master.pid}/children")
    return [int(child) for child in children.read_text().split()]


def call(service: Service, answered: Answered) -> None:
    """Send an order, and an item of feedback on its first card."""
    try:
        answer = service.sign(order(str(uuid4())))
        if answer.status != 200:
            return
        cards = [card["uuid"] for card in answer.json["cards"]]
        answered.cards |= set(cards)
        item = {"card": cards[0], "outcome": "overridden", "outcomeTimestamp": "2026-11-20T08:15:30Z"}
        told = service.call(
            "POST",
            f"{HOOK_PATH}/feedback",
            json.dumps({"feedback": [item]}).encode(),
            {"Content-Type": "application/json"},
        )
        if told.status == 200:
            answered.feedback.add(cards[0])
    except (OSError, http.client.HTTPException):
        answered.failures += 1


@contextmanager
def load(service: Service, answered: Answered) -> Iterator[None]:
    """Clients that keep calling until the block ends."""
    done = threading.Event()

    def client() -> None:
        while not done.is_set():
            call(service, answered)

    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(CLIENTS):
            pool.submit(client)
        try:
            yield
        finally:
            done.set()


def assert_all_there(database: str, spool: Path, answered: Answered) -> None:
    # Files, not Spool.waiting(): if a process died before its first whole line, its file has no record and goes too.
    eventually(lambda: not list(spool.glob("*.jsonl")), 60)
    assert answered.feedback <= {row.card for row in rows(database, FEEDBACK, "card")}
    assert answered.cards <= {row.uuid for row in rows(database, CARDS, "uuid")}
    in_chain = [card["uuid"] for content in sealed(database) for card in content["cards"]]
    assert answered.cards <= set(in_chain)
    assert len(in_chain) == len(set(in_chain))  # no call was repeated, so a card twice is a record twice
    assert count(database, ANSWERS) == count(database, AUDIT)
    with connected(database) as connection:
        verdict = verify_chain(connection, [Head(0, BEFORE_THE_FIRST)])
    assert verdict.broken is None
    assert verdict.links == count(database, AUDIT) > 0


def test_row_88_workers_that_are_killed_under_load_lose_nothing(database: str, tmp_path: Path) -> None:
    answered, spool = Answered(), tmp_path / "spool"
    with serving(database, spool) as (service, master), load(service, answered):
        for number in range(1, KILLS + 1):
            eventually(lambda least=number * ENOUGH // KILLS: len(answered.feedback) >= least, 120)  # type: ignore[misc]  # the default binds it now
            os.kill(workers(master)[0], signal.SIGKILL)
            eventually(lambda: len(workers(master)) == WORKERS)
    with serving(database, spool):
        assert_all_there(database, spool, answered)
    assert len(answered.feedback) >= ENOUGH


def test_row_88_a_master_that_is_killed_with_all_its_workers_loses_nothing(database: str, tmp_path: Path) -> None:
    answered, spool = Answered(), tmp_path / "spool"
    with serving(database, spool) as (service, master), load(service, answered):
        eventually(lambda: len(answered.feedback) >= ENOUGH // 2, 120)
        ours = [master.pid, *workers(master)]
        for process in ours:
            os.kill(process, signal.SIGKILL)
        master.wait(timeout=30)
    with serving(database, spool):
        assert_all_there(database, spool, answered)


def test_row_88_while_the_master_alone_is_killed_its_workers_end_by_themselves(database: str, tmp_path: Path) -> None:
    answered, spool = Answered(), tmp_path / "spool"
    with serving(database, spool) as (service, master), load(service, answered):
        eventually(lambda: len(answered.feedback) >= ENOUGH // 4, 120)
        left = workers(master)
        os.kill(master.pid, signal.SIGKILL)
        master.wait(timeout=30)
        eventually(lambda: not any(Path(f"/proc/{worker}").exists() for worker in left))
    with serving(database, spool):
        assert_all_there(database, spool, answered)


def test_a_service_that_is_asked_to_stop_leaves_nothing_waiting(database: str, tmp_path: Path) -> None:
    answered, spool = Answered(), tmp_path / "spool"
    with serving(database, spool) as (service, _):
        for _ in range(5):
            call(service, answered)

    assert answered.failures == 0
    assert_all_there(database, spool, answered)
