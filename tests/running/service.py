"""Starts the service as a user would, on a port of its own, and stops it when the block ends."""

import atexit
import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from tests.running.client import Service

REPOSITORY = Path(__file__).parents[2]
ON = "2026-11-22"


@contextmanager
def started(
    environment: Mapping[str, str],
    *,
    workers: int = 2,
    port: int | None = None,
    stdout: IO[bytes] | None = None,
    stderr: IO[bytes] | int | None = None,
) -> Iterator[tuple[Service, subprocess.Popen[bytes]]]:
    """The service as a command, with these settings beside those of the tests, until the block ends."""
    port = port or free_port()
    command = [sys.executable, "-m", "cds_service", "serve", "--port", str(port), "--on", ON]
    process = subprocess.Popen(
        [*command, "--workers", str(workers)],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=stdout,
        stderr=stderr,
    )
    try:
        wait_for_health(process, port)
        yield Service(port), process
    finally:
        process.terminate()
        process.wait(timeout=120)


def demo(workers: int = 1, **settings: str) -> AbstractContextManager[tuple[Service, subprocess.Popen[bytes]]]:
    """A demonstration with these settings; its log is not kept."""
    return started({"CDS_MODE": "demo", **settings}, workers=workers, stderr=subprocess.DEVNULL)


def free_port() -> int:
    """A port that is ours until the tests end. Another run of tests, or another of its processes, does not get it.

    Below those that the kernel gives to clients, one of which could take it before the service does.
    """
    while True:
        port, held = 20_000 + secrets.randbelow(12_000), socket.socket()
        try:
            held.bind(("127.0.0.1", port))  # refused where anybody has bound it, whether he listens or not
        except OSError:
            held.close()
            continue
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # now a service may bind it too, and listen
        atexit.register(held.close)
        return port


def wait_for_health(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the service ended at its start"
        try:
            if Service(port).get("/healthz").status == 200:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
    raise AssertionError("the service did not answer in two minutes")
