"""SIGTERM: running requests are answered, no new ones are accepted; a killed worker is replaced."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cds_service.server import options
from tests.running.client import HOOK_PATH, SANDBOX_ORDER, Service, receive
from tests.running.service import REPOSITORY, free_port, wait_for_health
from tests.store.waiting import eventually

BODY = SANDBOX_ORDER.read_bytes()
HEAD = (
    f"POST {HOOK_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(BODY)}\r\nConnection: close\r\n\r\n"
).encode()

SERVE = [sys.executable, "-m", "cds_service", "serve", "--workers", "2", "--port", "{port}"]
# As docs/operation.md tells operators who run gunicorn themselves.
GUNICORN = [sys.executable, "-m", "gunicorn", "cds_service.wsgi:app()", "--bind", "127.0.0.1:{port}"]

Running = tuple[subprocess.Popen[bytes], Service]


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[Running]:
    port = free_port()
    environment = {**os.environ, "CDS_MODE": "demo", "CDS_DATABASE_URL": f"sqlite:///{folder}/cds.db"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [word.format(port=port) for word in command], cwd=REPOSITORY, env=environment, stderr=log
        )
        try:
            wait_for_health(process, port)
            yield process, Service(port)
        finally:
            process.kill()
            process.wait(timeout=60)


@pytest.mark.parametrize("command", [SERVE, GUNICORN], ids=["cds-service", "gunicorn"])
def test_a_request_that_has_begun_is_answered_whole_before_the_service_ends(
    command: list[str], tmp_path: Path
) -> None:
    with running(command, tmp_path) as (process, service):
        half = len(BODY) // 2
        with service.connect() as begun:
            begun.sendall(HEAD + BODY[:half])
            wait_until_taken(begun)
            process.send_signal(signal.SIGTERM)
            begun.sendall(BODY[half:])
            answer = receive(begun)

        assert answer.status == 200
        assert len(answer.json["cards"]) > 1
        assert process.wait(timeout=120) == 0
        with pytest.raises(OSError, match="refused"):
            service.connect()


def wait_until_taken(connection: socket.socket) -> None:
    """Until the kernel says that the other side has read what was sent."""
    port = f":{connection.getpeername()[1]:04X}"

    def is_read() -> bool:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
        # State 01 is established; the second number is what waits to be read by the server.
        return any(row[1].endswith(port) and row[3] == "01" and row[4].endswith(":00000000") for row in rows)

    eventually(is_read)


def test_gunicorn_with_our_file_is_the_service(tmp_path: Path) -> None:
    with running(GUNICORN, tmp_path) as (process, service):
        assert len(service.sign(BODY).json["cards"]) > 1
        assert service.get("/readyz").json["checks"]["database"] == "ok"
        assert b"cds_requests_total" in service.get("/metrics").body
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        # The first may answer before the second is there.
        eventually(lambda: len(children.read_text().split()) == options("", workers=2)["workers"])


def test_a_worker_that_is_killed_is_replaced_and_nobody_waits_for_it(tmp_path: Path) -> None:
    with running(SERVE, tmp_path) as (process, service):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        first = set(children.read_text().split())
        for worker in first:
            os.kill(int(worker), signal.SIGKILL)
            assert service.sign(BODY).status == 200  # from the other worker, or the new one
        while len(now := set(children.read_text().split()) - first) < 2:
            assert process.poll() is None

        assert not now & first
