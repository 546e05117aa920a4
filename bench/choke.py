"""`make choke`: what hostile requests cost, beside a calm request of their size, and how that grows with the size.

Each kind is posted at two sizes, one twice the other, to a service with one worker. Compare the ratios: CPU differs
between machines. The command never fails: it prints its aims beside the ratios. `--keep` saves the figures in
docs/evidence/choke.json. Arguments that are no options choose kinds by a part of their name.
"""

import argparse
import http.client
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from tempfile import TemporaryDirectory

from bench import evidence
from bench.hostile import KINDS, hostile
from bench.hostile_request import calm
from bench.load import HEADERS, PATH
from bench.servers import Server, started

SERVICE = ["-m", "cds_service", "serve", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1"]
SIZES = (60_000, 120_000)
MOST_OF_CALM = 12.0
MOST_GROWTH = 2.7
"""The aims: of the CPU of a calm request of the same size, and of the growth at twice the size."""

CPU_SECONDS = 0.4
MOST_POSTS = 25
PATIENCE_S = 120
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("kinds", nargs="*", help="a part of the name of a kind")
    arguments.add_argument("--keep", action="store_true", help="save the figures in docs/evidence/choke.json")
    given = arguments.parse_args()
    chosen = [name for name in KINDS if not given.kinds or any(part in name for part in given.kinds)]
    figures = measured(chosen)
    if given.keep:
        evidence.keep("choke", counts={"kinds": len(figures), "cores": os.cpu_count()}, figures=figures)


def measured(chosen: Sequence[str]) -> Mapping[str, Mapping[str, float]]:
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        settings = {"CDS_ANONYMOUS_PER_MINUTE": "0", "CDS_DATABASE_URL": f"sqlite:///{folder}/choke.db"}
        service = stack.enter_context(started("the service", SERVICE, settings))
        cpu_of_post(service, PATH, calm(SIZES[0]))  # the first answer of a worker is slower
        usual = [cpu_of_post(service, PATH, calm(size)) for size in SIZES]
        print(
            f"calm: {usual[0] * 1000:.1f} ms of CPU at {SIZES[0] // 1000} kB, {usual[1] * 1000:.1f} ms at twice that"
        )
        print(
            f"{'':42}{'ms':>9}{'x calm':>8}{'ms':>9}{'x calm':>8}{'growth':>8}   aims: {MOST_OF_CALM}, {MOST_GROWTH}"
        )
        return {name: reported(name, service, usual) for name in chosen}


def reported(name: str, service: Server, usual: Sequence[float]) -> Mapping[str, float]:
    path = "/" if name.startswith("form") else PATH
    spent = [cpu_of_post(service, path, hostile(name, size)) for size in SIZES]
    of_calm, growth = [cpu / calm_cpu for cpu, calm_cpu in zip(spent, usual, strict=True)], spent[1] / spent[0]
    missed = max(of_calm) > MOST_OF_CALM or growth > MOST_GROWTH
    columns = "".join(f"{cpu * 1000:9.1f}{times:8.1f}" for cpu, times in zip(spent, of_calm, strict=True))
    print(f"{name:42}{columns}{growth:8.2f}{'   missed' if missed else ''}", flush=True)
    return {
        "ms of CPU": round(spent[0] * 1000, 1),
        "ms of CPU at twice the size": round(spent[1] * 1000, 1),
        "times a calm request": round(max(of_calm), 1),
        "growth": round(growth, 2),
    }


def cpu_of_post(service: Server, path: str, body: bytes) -> float:
    """The CPU seconds of one post, over as many as give a figure; the clock of the kernel counts hundredths."""
    began, posts = service.cpu_seconds(), 0
    while posts < MOST_POSTS and service.cpu_seconds() - began < CPU_SECONDS:
        post(service.port, path, body)
        posts += 1
    return max(service.cpu_seconds() - began, 0.005) / posts


def post(port: int, path: str, body: bytes) -> None:
    """One request, whatever its answer. One that gets none in two minutes has cost what it has until then."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("POST", path, body, FORM if path == "/" else HEADERS)
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()


if __name__ == "__main__":
    main()
