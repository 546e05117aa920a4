"""Starts a server on a free port of 127.0.0.1, measures the CPU time of its processes, and stops it.

Needs Linux: CPU time is read from /proc.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent
SECONDS_TO_START = 60
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """User and system CPU time of the whole process tree since its start."""
        return sum(_ticks(process) for process in _tree(self.process.pid)) / TICKS_PER_SECOND

    def megabytes(self) -> float:
        """The memory of the process tree; what several processes share counts once."""
        return sum(_kilobytes(process) for process in _tree(self.process.pid)) / 1000


@contextmanager
def started(name: str, arguments: list[str], environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Runs `python` with these arguments, {port} replaced; yields the server when its port accepts connections."""
    port = _free_port()
    command = [sys.executable, *(argument.format(port=port) for argument in arguments)]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL, stderr=errors
        )
        try:
            _wait_until_it_listens(name, process, port, errors)
            yield Server(name, port, process)
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_listens(name: str, process: subprocess.Popen[bytes], port: int, errors: IO[bytes]) -> None:
    give_up = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < give_up:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    errors.seek(0)
    sys.exit(f"{name} did not start. What it said:\n{errors.read().decode(errors='replace')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()


def _tree(root: int) -> Iterator[int]:
    yield root
    for children in Path(f"/proc/{root}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _tree(int(child))


def _ticks(process: int) -> int:
    """User plus system time in clock ticks: fields 14 and 15 of /proc/PID/stat, read from behind the process name."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _kilobytes(process: int) -> int:
    """The proportional set size."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
