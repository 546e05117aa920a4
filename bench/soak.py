"""`make soak`: five minutes of 50 requests/s against the service with its store; one worker is killed meanwhile.

Prints memory and open files of each worker, errors, response times, whether every answer is stored, and whether the
audit chain is intact. A response time counts from when the request was due, so that stalls show. Needs Linux.
"""

import argparse
import http.client
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.bodies import request_body
from bench.load import HEADERS, PATH
from bench.servers import ROOT, Server, started

SERVICE = ["-m", "cds_service", "serve", "--host", "127.0.0.1", "--port", "{port}", "--workers", "2"]
PER_SECOND = 50
CONNECTIONS = 16
FEEDBACK_EACH = 5  # feedback is sent for one answer in so many
MOST_GROWTH = 0.05


@dataclass
class Seen:
    """The results. `workers` holds (seconds since the start, resident memory in kB, open files) by process id."""

    durations: list[float] = field(default_factory=list)
    signed: int = 0
    told: int = 0
    cut: int = 0
    refused: list[str] = field(default_factory=list)
    workers: dict[int, list[tuple[float, int, int]]] = field(default_factory=dict)
    killed: int = 0


def main() -> None:
    seconds = _seconds()
    with tempfile.TemporaryDirectory(prefix="cds-soak-") as folder:
        environment = {
            "CDS_MODE": "demo",
            "CDS_DATABASE_URL": f"sqlite:///{folder}/cds.db",
            "CDS_ANONYMOUS_PER_MINUTE": "0",
        }
        with started("the service", SERVICE, environment) as server:
            seen = _soak(server, seconds)
        ok = _report(seen, seconds) & _report_store(seen, Path(folder), environment)
    sys.exit(0 if ok else 1)


def _seconds() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=300)
    seconds: int = parser.parse_args().seconds
    return seconds


# --- the load --------------------------------------------------------------------------------


def _soak(server: Server, seconds: int) -> Seen:
    seen, lock, local = Seen(), threading.Lock(), threading.local()
    hook = json.loads(request_body("cards and plans", 20, 10))
    begins = time.monotonic() + 0.5
    watch = threading.Thread(target=_watch, args=(server, seen, begins, seconds))
    watch.start()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        for number in range(seconds * PER_SECOND):
            due = begins + number / PER_SECOND
            time.sleep(max(due - time.monotonic(), 0))
            body = json.dumps(hook | {"hookInstance": str(uuid.uuid4())}).encode()  # or all cards have the same uuid
            threads.submit(_call, server.port, body, number, due, seen, lock, local)
    watch.join()
    return seen


def _call(
    port: int, body: bytes, number: int, due: float, seen: Seen, lock: threading.Lock, local: threading.local
) -> None:
    connection = getattr(local, "connection", None)
    if connection is None:
        connection = local.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        status, content = _post(connection, PATH, body)
        took = time.monotonic() - due
        told = number % FEEDBACK_EACH == 0 and status == 200
        if told:
            told = _post(connection, f"{PATH}/feedback", _feedback(content))[0] == 200
    except (OSError, http.client.HTTPException):
        connection.close()
        with lock:
            seen.cut += 1
        return
    with lock:
        seen.durations.append(took)
        seen.signed += status == 200
        seen.told += told
        if status != 200:
            seen.refused.append(f"{status}: {content[:200]!r}")


def _post(connection: http.client.HTTPConnection, path: str, body: bytes) -> tuple[int, bytes]:
    connection.request("POST", path, body, HEADERS)
    response = connection.getresponse()
    return response.status, response.read()


def _feedback(answer: bytes) -> bytes:
    card = json.loads(answer)["cards"][0]["uuid"]
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return json.dumps({"feedback": [{"card": card, "outcome": "overridden", "outcomeTimestamp": now}]}).encode()


# --- the watch -------------------------------------------------------------------------------


def _watch(server: Server, seen: Seen, begins: float, seconds: int) -> None:
    """Samples the workers every second; kills one worker after a third of the time."""
    for second in range(1, seconds):
        time.sleep(max(begins + second - time.monotonic(), 0))
        workers = _children(server.process.pid)
        if second == seconds // 3:
            seen.killed = workers.pop()
            os.kill(seen.killed, signal.SIGKILL)
        for worker in workers:
            seen.workers.setdefault(worker, []).extend(_held(worker, second))


def _children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _held(worker: int, second: float) -> Iterator[tuple[float, int, int]]:
    try:
        status = Path(f"/proc/{worker}/status").read_text()
        handles = len(list(Path(f"/proc/{worker}/fd").iterdir()))
    except OSError:
        return  # it has just ended
    yield second, int(status.partition("VmRSS:")[2].split()[0]), handles


# --- the report ------------------------------------------------------------------------------


def _report(seen: Seen, seconds: int) -> bool:
    print(f"{seconds} s at {PER_SECOND} requests/s; worker {seen.killed} killed after {seconds // 3} s")
    print(f"answered {len(seen.durations)}, of them 200: {seen.signed}; feedback 200: {seen.told}")
    print(f"cut by the kill: {seen.cut}; other errors: {len(seen.refused)}")
    for refusal in dict.fromkeys(seen.refused):
        print(f"    {refusal}")
    cuts = statistics.quantiles(seen.durations, n=1000, method="inclusive")
    named = ((50, cuts[499]), (95, cuts[949]), (99, cuts[989]), (99.9, cuts[998]), (100, max(seen.durations)))
    print("ms from when due: " + ", ".join(f"p{percent} {took * 1000:.1f}" for percent, took in named))
    flat = [_report_worker(worker, held, seconds) for worker, held in seen.workers.items()]
    return all(flat) and not seen.refused and seen.cut <= CONNECTIONS


def _report_worker(worker: int, held: Sequence[tuple[float, int, int]], seconds: int) -> bool:
    """Compares a worker's memory when warm (a fifth of the run after its first sample) with that at the end."""
    warm = held[0][0] + seconds / 5
    span = seconds / 10
    first = [kb for second, kb, _ in held if warm <= second < warm + span]
    last = [kb for second, kb, _ in held if second >= held[-1][0] - span]
    if not first or held[-1][0] < seconds / 2:
        print(f"worker {worker}: lived {len(held)} s")
        return True
    growth = statistics.median(last) / statistics.median(first) - 1
    handles = [count for _, _, count in held]
    sizes = f"{statistics.median(first) / 1024:.1f} MB when warm, {statistics.median(last) / 1024:.1f} MB at the end"
    print(f"worker {worker}: {sizes} ({growth:+.1%}; aim at most {MOST_GROWTH:+.0%})")
    each = [kb / 1024 for second, kb, _ in held if second % (seconds // 10) == 0]
    print(f"    MB every {seconds // 10} s: {' '.join(f'{size:.0f}' for size in each)}; ", end="")
    print(f"handles {min(handles)} to {max(handles)}")
    return growth <= MOST_GROWTH


def _report_store(seen: Seen, folder: Path, environment: dict[str, str]) -> bool:
    """Checks that all answers and feedback are in the database after a graceful stop. Cut ones may be too."""
    with closing(sqlite3.connect(folder / "cds.db")) as connection:
        answers, feedback = (
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - two names of ours
            for table in ("answers", "feedback")
        )
    verify = [sys.executable, "-m", "cds_service", "audit", "verify"]
    done = subprocess.run(verify, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, encoding="utf-8")
    print(f"in the store: {answers} answers, {feedback} of feedback; {(done.stdout or done.stderr).strip()}")
    kept = seen.signed <= answers <= seen.signed + seen.cut and seen.told <= feedback <= seen.told + seen.cut
    return kept and done.returncode == 0


if __name__ == "__main__":
    main()
