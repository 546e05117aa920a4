"""`make bench`: compares the service with a bare Flask app that parses the same JSON, both under gunicorn.

Rounds alternate between the two, so that other load on the machine affects both alike. Compare CPU per request and
the ratios: requests/s and durations vary between machines and runs. It prints its aims beside the ratios, and fails
only if a body is not answered as its name says. The aims are missed; the README says why. The figures are saved in
docs/evidence/bench.json, from which the README takes them.
"""

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory

from bench import evidence, growth, start
from bench.bodies import ON, call_without_orders, request_body
from bench.load import CONNECTIONS, Load, answer, clients
from bench.servers import Server, started
from bench.tokens import line as line_of_tokens
from bench.tokens import signers, verifying

SERVICE = ["-m", "cds_service", "serve", "--host", "127.0.0.1", "--port", "{port}", "--workers", "2", "--on", ON]
BARE = [
    # An empty configuration: otherwise gunicorn would load our gunicorn.conf.py from the working folder.
    *(
        "-m",
        "gunicorn",
        "bench.bare_app:app",
        "--config",
        "python:bench.bare_app",
        "--bind",
        "127.0.0.1:{port}",
        "--preload",
    ),
    *("--worker-class", "gthread", "--workers", "2", "--threads", "16", "--keep-alive", "5"),
]  # as in cds_service/server.py, without its worker class and garbage collector settings

ROUNDS = 3
SECONDS_PER_ROUND = 3.0
SECONDS_TO_WARM_UP = 1.0


@dataclass(frozen=True)
class Body:
    name: str
    content: bytes
    before: float  # the ratio of release 0.1.0, measured by others on another machine
    aim: float
    has_cards: bool


SMALL, LARGE = (20, 10), (500, 200)  # conditions and medications


@dataclass
class Measurement:
    """All rounds of one server with one body. Times are in seconds; `cpu_of_rounds` is CPU per request, by round."""

    durations: list[float] = field(default_factory=list)
    seconds: float = 0
    cpu_seconds: float = 0
    cpu_of_rounds: list[float] = field(default_factory=list)

    @property
    def requests_per_second(self) -> float:
        return len(self.durations) / self.seconds

    @property
    def cpu_per_request(self) -> float:
        return self.cpu_seconds / len(self.durations)

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.durations, n=100, method="inclusive")[percent - 1]


def main() -> None:
    bodies = [
        Body("no baclofen, 30 kB", request_body("no baclofen", *SMALL), before=3.9, aim=1.9, has_cards=False),
        Body("no baclofen, 650 kB", request_body("no baclofen", *LARGE), before=2.7, aim=0.65, has_cards=False),
        Body(
            "a renewal without a card, 30 kB", request_body("a renewal", *SMALL), before=5.9, aim=4, has_cards=False
        ),
        Body("cards and plans, 30 kB", request_body("cards and plans", *SMALL), before=17, aim=7, has_cards=True),
        Body("cards and plans, 650 kB", request_body("cards and plans", *LARGE), before=3.8, aim=2.3, has_cards=True),
    ]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {CONNECTIONS} connections")
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())  # the service stores its answers, as in production
        settings = {"CDS_ANONYMOUS_PER_MINUTE": "0", "CDS_DATABASE_URL": f"sqlite:///{folder}/bench.db"}
        service = stack.enter_context(started("the service", SERVICE, settings))
        bare = stack.enter_context(started("bare Flask", BARE))
        load = stack.enter_context(clients())
        measured = {body.name: compare(load, service, bare, body) for body in bodies}
        for body in bodies:
            report(body, service, *measured[body.name])
        compare_tokens(load, service)
        of_new_database = settings | {"CDS_DATABASE_URL": f"sqlite:///{folder}/start.db"}
        starts = start.report(SERVICE, of_new_database, bodies[-2].content)
    growth.report()
    keep(measured, starts)


def keep(measured: Mapping[str, tuple[Measurement, Measurement]], starts: Mapping[str, Mapping[str, float]]) -> None:
    counts = {name: len(of_service.durations) for name, (of_service, _) in measured.items()}
    figures = {name: figures_of(*both) for name, both in measured.items()}
    figures |= {f"a start {name}": dict(figures_of_start) for name, figures_of_start in starts.items()}
    machine = {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    evidence.keep("bench", counts={"requests": counts, **machine}, figures=figures)


def figures_of(of_service: Measurement, of_bare: Measurement) -> dict[str, float]:
    ratios = list(cpu_ratios(of_service, of_bare))
    return {
        "times the CPU of bare Flask": round(of_service.cpu_per_request / of_bare.cpu_per_request, 2),
        "least of a round": round(min(ratios), 2),
        "most of a round": round(max(ratios), 2),
        "ms of CPU a request": round(of_service.cpu_per_request * 1000, 2),
        "requests a second": round(of_service.requests_per_second),
        "p99 ms": round(of_service.percentile(99) * 1000, 1),
    }


def compare_tokens(load: Load, service: Server) -> None:
    """Times a call without orders, without a token and with one of each algorithm: the difference is the gate."""
    body = call_without_orders()
    known = signers()
    print(f"\nverification of tokens, a call without orders\n{'':34}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms/request':>16}")
    with verifying(SERVICE, known) as server:
        for name, target, signer in (("no token", service, None), *((one.algorithm, server, one) for one in known)):
            load.run(target.port, body, SECONDS_TO_WARM_UP, signer)
            cpu = target.cpu_seconds()
            durations = load.run(target.port, body, SECONDS_PER_ROUND, signer)
            print(line_of_tokens(name, durations, target.cpu_seconds() - cpu))


def compare(load: Load, service: Server, bare: Server, body: Body) -> tuple[Measurement, Measurement]:
    of_service, of_bare = Measurement(), Measurement()
    for server in (service, bare):
        load.run(server.port, body.content, SECONDS_TO_WARM_UP)
    for _ in range(ROUNDS):
        measure(load, service, body, of_service)
        measure(load, bare, body, of_bare)
    return of_service, of_bare


def measure(load: Load, server: Server, body: Body, measurement: Measurement) -> None:
    cpu, start = server.cpu_seconds(), time.perf_counter()
    durations = load.run(server.port, body.content, SECONDS_PER_ROUND)
    if not durations:
        sys.exit(f"{server.name} answered nothing in a round")
    cpu, seconds = server.cpu_seconds() - cpu, time.perf_counter() - start
    measurement.durations += durations
    measurement.seconds += seconds
    measurement.cpu_seconds += cpu
    measurement.cpu_of_rounds.append(cpu / len(durations))


def report(body: Body, service: Server, of_service: Measurement, of_bare: Measurement) -> None:
    cards = len(json.loads(answer(service.port, body.content))["cards"])
    if (cards > 0) is not body.has_cards:
        sys.exit(f"{body.name}: the service answers {cards} cards, so this is not the call that is to be measured")
    print(f"\n{body.name} ({len(body.content) / 1000:.0f} kB; the service answers {cards} cards)")
    print(f"{'':12}{'requests':>10}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms/request':>16}")
    for name, measurement in (("service", of_service), ("bare Flask", of_bare)):
        print(line(name, measurement))
    ratios = list(cpu_ratios(of_service, of_bare))
    print(
        f"service / bare Flask: CPU per request {of_service.cpu_per_request / of_bare.cpu_per_request:.2f}"
        f" (rounds {min(ratios):.2f} to {max(ratios):.2f}; release 0.1.0 {body.before}, aim at most {body.aim}),"
        f" requests/s {of_service.requests_per_second / of_bare.requests_per_second:.2f}"
    )


def line(name: str, measurement: Measurement) -> str:
    return (
        f"{name:12}{len(measurement.durations):10}{measurement.requests_per_second:12.0f}"
        f"{measurement.percentile(50) * 1000:9.2f}{measurement.percentile(99) * 1000:9.2f}"
        f"{measurement.cpu_per_request * 1000:16.3f}"
    )


def cpu_ratios(of_service: Measurement, of_bare: Measurement) -> Iterator[float]:
    pairs = zip(of_service.cpu_of_rounds, of_bare.cpu_of_rounds, strict=True)
    return (service / bare for service, bare in pairs)


if __name__ == "__main__":
    main()
