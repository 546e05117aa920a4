"""How long a service takes from its start to its first answer, and the memory of its processes."""

import time

from bench.load import answer
from bench.servers import started


def report(service: list[str], settings: dict[str, str], body: bytes) -> None:
    began = time.monotonic()
    with started("the service", service, settings) as server:
        answer(server.port, body)
        seconds, cpu = time.monotonic() - began, server.cpu_seconds()
        for _ in range(50):
            answer(server.port, body)
        print(f"\nfirst answer {seconds:.2f} s after the start (CPU {cpu:.2f} s; aim 1.5 s)")
        print(f"memory of two workers and their master: {server.megabytes():.0f} MB (PSS; aim 110 MB)")
