"""The load generator of the benchmark: a few keep-alive connections, each sending its next request at once.

It runs in its own processes, so that its CPU time is not counted as the server's and does not distort the timing.
"""

import http.client
import multiprocessing
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from bench.tokens import Signer

PATH = "/cds-services/baclofen-order-sign"
HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
PROCESSES = 2
CONNECTIONS_PER_PROCESS = 4
CONNECTIONS = PROCESSES * CONNECTIONS_PER_PROCESS
MOST_REQUESTS = 20_000  # per connection and round, even if time is left


@dataclass(frozen=True)
class Load:
    pool: ProcessPoolExecutor

    def run(self, port: int, body: bytes, seconds: float, signer: Signer | None = None) -> list[float]:
        """Returns the duration of each request in seconds. Signing the token is not included."""
        parts = [self.pool.submit(_connections, port, body, seconds, signer) for _ in range(PROCESSES)]
        return [duration for part in parts for duration in part.result()]


@contextmanager
def clients() -> Iterator[Load]:
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        yield Load(pool)


def answer(port: int, body: bytes) -> bytes:
    """Sends one request on a new connection and returns the response body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        return _ask(connection, body, {})
    finally:
        connection.close()


def _connections(port: int, body: bytes, seconds: float, signer: Signer | None) -> list[float]:
    with ThreadPoolExecutor(CONNECTIONS_PER_PROCESS) as threads:
        parts = [threads.submit(_connection, port, body, seconds, signer) for _ in range(CONNECTIONS_PER_PROCESS)]
        return [duration for part in parts for duration in part.result()]


def _connection(port: int, body: bytes, seconds: float, signer: Signer | None) -> list[float]:
    durations: list[float] = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end and len(durations) < MOST_REQUESTS:
        token = signer.header() if signer else {}
        start = time.perf_counter()
        try:
            _ask(connection, body, token)
        except (http.client.RemoteDisconnected, ConnectionResetError):
            connection.close()  # the server may close an idle connection; the next request reopens it
            continue
        durations.append(time.perf_counter() - start)
    connection.close()
    return durations


def _ask(connection: http.client.HTTPConnection, body: bytes, token: Mapping[str, str]) -> bytes:
    connection.request("POST", PATH, body, {**HEADERS, **token})
    response = connection.getresponse()
    content = response.read()
    if response.status != http.client.OK:
        raise RuntimeError(f"the server answered {response.status}: {content[:500].decode(errors='replace')}")
    return content
