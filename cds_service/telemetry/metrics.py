"""Prometheus metrics over all workers, without patient data.

Every label value is known when the service starts: routes, client ids, rule ids, our own reasons. Nothing from a
request is ever a label.

Each worker counts in files of a shared folder; the worker that answers /metrics adds them up. The folder is emptied
at the start, so that counters start at 0 with the service and not with a worker.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from cds_service.core.model.findings import Decision

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the library's own name for it
_OURS = "cds-metrics-"
_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_HERE = CollectorRegistry()

# Each metric has a label: one without would create its value at once, before `share` has set the folder.
_REQUESTS = Counter("cds_requests", "Requests answered", ("route", "status", "client"), registry=_HERE)
_SECONDS = Histogram("cds_request_seconds", "Time to an answer", ("route",), buckets=_BOUNDS_S, registry=_HERE)
_FINDINGS = Counter("cds_findings", "Findings of decisions", ("finding", "indicator"), registry=_HERE)
_CARDS = Counter("cds_cards", "Cards sent", ("indicator",), registry=_HERE)
_FEEDBACK = Counter("cds_feedback", "Cards answered, by what they show", ("finding", "outcome"), registry=_HERE)
_FHIR = Counter("cds_fhir_reads", "Hook calls that read FHIR, by outcome", ("client", "outcome"), registry=_HERE)
_REFUSALS = Counter("cds_token_refusals", "Tokens not accepted", ("reason",), registry=_HERE)
_BREAKER = Gauge(
    "cds_fhir_breaker_open",
    "1 while a worker leaves the FHIR server of a client alone",
    ("client",),
    registry=_HERE,
    multiprocess_mode="livemax",
)


# --- what the service tells ------------------------------------------------------------------

P = ParamSpec("P")


def _harmless(count: Callable[P, None]) -> Callable[P, None]:
    """Decorator: a counter that cannot be written (such as on a full disk) must never hold back a card."""

    @wraps(count)
    def counted(*args: P.args, **kwargs: P.kwargs) -> None:
        with suppress(Exception):
            count(*args, **kwargs)

    return counted


@_harmless
def count_request(route: str, status: int, client: str, seconds: float) -> None:
    """Counts a request. `route` is the URL rule, not the path as sent; empty if none matched."""
    _REQUESTS.labels(route or "none", str(status), client).inc()
    _SECONDS.labels(route or "none").observe(seconds)


@_harmless
def count_decision(decision: Decision, cards: Sequence[Mapping[str, Any]]) -> None:
    for finding in decision.findings:
        _FINDINGS.labels(finding.rule, finding.indicator.code).inc()
    for card in cards:
        _CARDS.labels(card["indicator"]).inc()


@_harmless
def count_feedback_outcome(findings: Iterable[str], outcome: str) -> None:
    """Counts one item of feedback. `findings` are the rules that it is about; it may be about none."""
    for finding in tuple(findings) or ("unknown",):
        _FEEDBACK.labels(finding, outcome).inc()


@_harmless
def count_fhir_read(client: str, outcome: str, *, breaker_open: bool) -> None:
    _FHIR.labels(client, outcome).inc()
    _BREAKER.labels(client).set(breaker_open)


@_harmless
def count_refused_token(reason: str) -> None:
    _REFUSALS.labels(reason).inc()


# --- the page --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """A gauge that is read when /metrics is called. Without a `label`, `values` has one value, under an empty key."""

    name: str
    explanation: str
    values: Mapping[str, float]
    label: str = ""


class _Readings(Collector):
    def __init__(self, readings: Iterable[Reading]) -> None:
        self._readings = tuple(readings)

    def collect(self) -> Iterable[Metric]:
        for reading in self._readings:
            family = GaugeMetricFamily(
                reading.name, reading.explanation, labels=[reading.label] * bool(reading.label)
            )
            for labelled, value in reading.values.items():
                family.add_metric([labelled] * bool(reading.label), value)
            yield family


def exposition(readings: Iterable[Reading]) -> bytes:
    """All counters and the current readings in the Prometheus text format."""
    counted = _HERE
    if os.environ.get(_FOLDER):
        counted = CollectorRegistry()
        multiprocess.MultiProcessCollector(counted)
    now = CollectorRegistry()
    now.register(_Readings(readings))
    return generate_latest(counted) + generate_latest(now)


# --- the folder that workers share -----------------------------------------------------------


def share() -> None:
    """Sets up the shared folder. Call it in the master process, before the first worker is forked."""
    given = os.environ.get(_FOLDER)
    folder = Path(given or tempfile.mkdtemp(prefix=_OURS))
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob("*.db"):
        left_over.unlink()
    os.environ[_FOLDER] = str(folder)
    # The library looks at the environment once, when it is imported.
    values.ValueClass = values.MultiProcessValue()


def forget_worker(process: int) -> None:
    """Drops the gauges of a worker that has ended; its counters stay."""
    multiprocess.mark_process_dead(process)


def stop_sharing() -> None:
    """Removes the shared folder if this service created it."""
    folder = Path(os.environ.get(_FOLDER, ""))
    if folder.name.startswith(_OURS):
        shutil.rmtree(folder, ignore_errors=True)
