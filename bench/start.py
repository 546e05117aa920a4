"""How long a service takes from its start to its first answer, and the memory of its processes.

Twice: where it makes its database first, as once in its life, and where it finds it, as after each restart.
"""

import time

from bench.load import answer
from bench.servers import started

ANSWERS = 51
"""As many as both workers have had their part of, before their memory is looked at."""


def report(service: list[str], settings: dict[str, str], body: bytes) -> dict[str, dict[str, float]]:
    """Prints the figures, and returns them by the kind of start. Memory is PSS in MB, of workers and master."""
    print()
    return {name: _start(name, service, settings, body) for name in ("that makes its database", "after that")}


def _start(name: str, service: list[str], settings: dict[str, str], body: bytes) -> dict[str, float]:
    began = time.monotonic()
    with started("the service", service, settings) as server:
        answer(server.port, body)
        seconds, cpu = time.monotonic() - began, server.cpu_seconds()
        for _ in range(ANSWERS - 1):
            answer(server.port, body)
        megabytes = server.megabytes()
    print(f"a start {name}: first answer after {seconds:.2f} s (CPU {cpu:.2f} s; aim 1.5 s)")
    print(f"   memory of two workers and their master {megabytes:.0f} MB (PSS; aim 110 MB)")
    return {"first answer s": round(seconds, 2), "CPU s": round(cpu, 2), "memory MB": round(megabytes)}
