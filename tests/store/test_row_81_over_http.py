"""Row 81 as a prescriber sees it: whatever happens to the store, the card is shown, and operators are alarmed."""

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from cds_service.store.spool import Spool
from cds_service.store.tables import ANSWERS, FEEDBACK
from tests.running.client import HOOK_PATH, Answer, Service, assert_refused
from tests.running.service import REPOSITORY, free_port, wait_for_health
from tests.store.shown import connected, count, order
from tests.store.waiting import eventually, locked


@dataclass
class Running:
    """A service whose log goes through a pipe, so that it can report a full disk."""

    service: Service
    process: subprocess.Popen[bytes]
    lines: list[dict[str, Any]] = field(default_factory=list)

    def sign(self) -> Answer:
        return self.service.sign(order(str(uuid4())))

    def tell(self) -> Answer:
        item = {"card": str(uuid4()), "outcome": "overridden", "outcomeTimestamp": "2026-11-20T08:15:30Z"}
        body = json.dumps({"feedback": [item]}).encode()
        return self.service.call("POST", f"{HOOK_PATH}/feedback", body, {"Content-Type": "application/json"})

    def events(self) -> set[str]:
        return {line["event"] for line in self.lines}

    def processes(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [self.process.pid, *(int(child) for child in children.read_text().split())]


@contextmanager
def running(database: str, spool: Path) -> Iterator[Running]:
    port = free_port()
    command = [sys.executable, "-m", "cds_service", "serve", "--port", str(port), "--workers", "1"]
    settings = {"CDS_DATABASE_URL": database, "CDS_SPOOL": str(spool)}
    process = subprocess.Popen(
        [*command, "--on", "2026-11-22"], cwd=REPOSITORY, env={**os.environ, **settings}, stderr=subprocess.PIPE
    )
    found = Running(Service(port), process)
    reading = threading.Thread(target=_read, args=(process, found.lines))
    reading.start()
    try:
        wait_for_health(process, port)
        yield found
    finally:
        process.terminate()
        process.wait(timeout=60)
        reading.join()


def _read(process: subprocess.Popen[bytes], lines: list[dict[str, Any]]) -> None:
    assert process.stderr is not None
    with process.stderr:
        lines += (json.loads(line) for line in process.stderr)  # line by line, as they arrive


def assert_cards(answer: Answer) -> None:
    assert answer.status == 200
    assert answer.json["cards"][0]["indicator"] == "critical"


def test_row_81_a_database_that_is_not_there_holds_back_no_card_and_no_feedback(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    url = f"postgresql+psycopg://cds@127.0.0.1:{free_port()}/none"
    with running(url, spool) as service:
        for _ in range(3):
            assert_cards(service.sign())
        assert service.tell().status == 200
        eventually(lambda: "store-down" in service.events())

    assert Spool(spool).waiting() == 4


def test_row_81_a_locked_database_holds_back_no_card(database: str, tmp_path: Path) -> None:
    with running(database, tmp_path / "spool") as service:
        with locked(database):
            for _ in range(3):
                assert_cards(service.sign())
            assert service.tell().status == 200
        eventually(lambda: count(database, ANSWERS) == 3 and count(database, FEEDBACK) == 1)


def test_row_81_without_spool_and_database_cards_go_out_with_an_alarm_and_feedback_is_asked_for_again(
    tmp_path: Path,
) -> None:
    no_folder = tmp_path / "spool"
    no_folder.write_bytes(b"")
    url = f"postgresql+psycopg://cds@127.0.0.1:{free_port()}/none"
    with running(url, no_folder) as service:
        for _ in range(3):
            assert_cards(service.sign())
        refused = service.tell()
        eventually(lambda: "record-lost" in service.events())

    assert_refused(refused, 503)
    assert int(refused.headers["Retry-After"]) > 0
    assert "spool-not-writable" in service.events()
    lost = [line for line in service.lines if line["event"] == "record-lost"]
    assert len(lost) == 3
    assert {line["level"] for line in lost} == {"error"}


def test_row_81_a_disk_that_fills_up_holds_back_no_card_and_is_used_again_when_there_is_room(tmp_path: Path) -> None:
    """No file may grow by a byte: neither the spool nor SQLite can store anything."""
    url = f"sqlite:///{tmp_path}/store.db"
    with running(url, tmp_path / "spool") as service:
        assert_cards(service.sign())
        eventually(lambda: count(url, ANSWERS) == 1)
        unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
        for process in service.processes():
            resource.prlimit(process, resource.RLIMIT_FSIZE, (0, unlimited[1]))

        assert_cards(service.sign())
        assert_refused(service.tell(), 503)
        eventually(lambda: "record-lost" in service.events())

        for process in service.processes():
            resource.prlimit(process, resource.RLIMIT_FSIZE, unlimited)
        assert_cards(service.sign())
        assert service.tell().status == 200
        eventually(lambda: count(url, ANSWERS) == 2 and count(url, FEEDBACK) == 1)
    with connected(url) as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
