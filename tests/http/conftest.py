"""Starts the service once, as a user would, and stops it when the tests are done."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.client import Service

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    port = free_port()
    command = [sys.executable, "-m", "cds_service", "serve", "--port", str(port), "--on", "2026-11-22"]
    process = subprocess.Popen(command, cwd=REPOSITORY, env=dict(os.environ, CDS_MODE="demo"))
    try:
        wait_for_health(process, port)
        yield Service(port)
    finally:
        process.terminate()
        process.wait(timeout=10)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_for_health(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the service ended at its start"
        try:
            if Service(port).get("/healthz").status == 200:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
    raise AssertionError("the service did not answer in 60 seconds")
