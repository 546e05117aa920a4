"""Completes a hook call: reads missing prefetch data from the EHR's FHIR server, within the time budget.

Off unless the client's entry sets `read_fhir`. Each search runs in its own thread. Data that has not arrived by the
deadline is unknown, and a card says so.
"""

import logging
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import quote

from cds_service.config.clients import Client
from cds_service.core.record import fhir
from cds_service.core.record.prefetch import PartialRead, read_records
from cds_service.core.record.subject import person_of
from cds_service.fhir_client import medications
from cds_service.fhir_client.breaker import Breaker
from cds_service.fhir_client.grant import Grant, read_grant
from cds_service.fhir_client.searches import Searches, next_link
from cds_service.fhir_client.transport import Connections
from cds_service.fhir_client.urls import Resolve, system_addresses
from cds_service.telemetry import metrics
from cds_service.telemetry.logs import log_alarm

Hook = dict[str, Any]

# The gaps that a read may fill. Not among them: data of another patient, and data that the user may not see.
_TO_FILL = {"not-sent", "source-failed", "unreadable", "paged"}

# The share of the budget for reading; the rest is for judging the orders.
_SHARE_FOR_READING = 0.9

_NOT_ARRIVED = PartialRead((), "not-arrived")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class FhirReader:
    """Reads for all hook calls of a process. Between calls it keeps only the state of the circuit breaker.

    `templates` are the prefetch templates by key. `tls` trusts the system's CA certificates, such as a hospital's;
    SSL_CERT_FILE names others.
    """

    templates: Mapping[str, str]
    resolve: Resolve = system_addresses
    breaker: Breaker = field(default_factory=Breaker)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def complete(self, hook: Hook, client: Client, started: float, is_ours: Callable[[Hook], bool]) -> Hook:
        """The hook call with the data that could be read. Reads only if `is_ours`: a draft is, or may be, baclofen.

        The client's budget counts from `started`, the time.monotonic value at which the request arrived.
        """
        grant = read_grant(hook, client)
        if grant is None:
            return hook
        gaps = dict(_gaps(hook, self.templates))
        missing = dict(medications.of_drafts(hook, grant))
        if not (gaps or missing or dict(medications.of_record(hook, grant))) or not is_ours(hook):
            return hook
        if not self.breaker.admits(grant.base.origin):
            metrics.count_fhir_read(grant.client, "breaker-open", breaker_open=True)
            return _filled(hook, dict.fromkeys(gaps, _NOT_ARRIVED))
        deadline = started + client.budget_ms / 1000 * _SHARE_FOR_READING
        line = Connections(grant, deadline, self.resolve, self.tls)
        return self._read(hook, line, gaps, missing, is_ours)

    def _read(
        self,
        hook: Hook,
        line: Connections,
        gaps: Mapping[str, str],
        missing: Mapping[str, str],
        is_ours: Callable[[Hook], bool],
    ) -> Hook:
        grant, search = line.grant, Searches(line)
        try:
            if missing:
                hook = medications.beside_drafts(hook, _in_parallel(_reads(search, missing), line))
                if not is_ours(hook):
                    return hook
            tasks = {key: self._task(search, grant, hook, key, gap) for key, gap in gaps.items()}
            hook = _filled(hook, _in_parallel(tasks, line))
            missing = dict(medications.of_record(hook, grant))
            return medications.beside_record(hook, _in_parallel(_reads(search, missing), line)) if missing else hook
        finally:
            self._report(grant, search, is_late=line.seconds_left <= 0)
            line.cut()

    def _task(self, search: Searches, grant: Grant, hook: Hook, key: str, gap: str) -> Callable[[], Any]:
        given = fhir.as_object((hook.get("prefetch") or {}).get(key))
        if gap == "paged" and next_link(given) is not None:
            return lambda: search.rest_of(given)
        query = quote(self.templates[key].replace("{{context.patientId}}", grant.patient_id), safe="/?&=:,")
        if "?" not in query:
            kind, _, identity = query.partition("/")
            return lambda: search.read(kind, identity)
        return lambda: search.search(query)

    def _report(self, grant: Grant, search: Searches, *, is_late: bool) -> None:
        """Reports to the breaker and the metrics: one failure per hook call, however many searches failed."""
        if not search.faults and not is_late:
            self.breaker.succeeded(grant.base.origin)
            metrics.count_fhir_read(grant.client, "read", breaker_open=False)
            return
        reasons = sorted({fault.gap for fault in search.faults} or {_NOT_ARRIVED.gap})
        log_alarm("fhir-server-failed", client=grant.client, reason=", ".join(reasons))
        self.breaker.failed(grant.base.origin, max((fault.retry_after for fault in search.faults), default=0.0))
        for reason in reasons:
            metrics.count_fhir_read(grant.client, reason, breaker_open=self.breaker.is_open(grant.base.origin))


def _gaps(hook: Hook, keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    prefetch, person = hook.get("prefetch") or {}, person_of(hook)
    for key in keys:
        gap = read_records(prefetch, key, person).gap
        if gap in _TO_FILL:
            yield key, gap


def _reads(search: Searches, missing: Mapping[str, str]) -> dict[str, Callable[[], Any]]:
    return {name: partial(search.read, "Medication", identity) for name, identity in missing.items()}


def _filled(hook: Hook, found: Mapping[str, Any]) -> Hook:
    """Adds what was read to the prefetch. A failed read fills a missing key but never replaces what was sent."""
    prefetch = dict(hook.get("prefetch") or {})
    for key, value in found.items():
        if key not in prefetch or not isinstance(value, PartialRead) or value.resources:
            prefetch[key] = value
    return {**hook, "prefetch": prefetch}


def _in_parallel(tasks: Mapping[str, Callable[[], Any]], line: Connections) -> dict[str, Any]:
    """Runs the tasks in threads; returns results by name. A task that passes the deadline gives `not-arrived`."""
    done: SimpleQueue[tuple[str, Any]] = SimpleQueue()
    for name, task in tasks.items():
        of_this_request = copy_context().run  # so that log lines of the thread have the request id
        threading.Thread(target=of_this_request, args=(_run, name, task, done), daemon=True, name="fhir").start()
    results: dict[str, Any] = dict.fromkeys(tasks, _NOT_ARRIVED)
    for _ in tasks:
        try:
            name, result = done.get(timeout=max(line.seconds_left, 0))
        except Empty:
            break
        results[name] = result
    return results


def _run(name: str, task: Callable[[], Any], done: "SimpleQueue[tuple[str, Any]]") -> None:
    """Runs a task and always puts a result: an uncaught exception would print a traceback with the server's data."""
    try:
        done.put((name, task()))
    except Exception as defect:  # noqa: BLE001 - one search that breaks must not hide the others
        _LOG.error("defect: %s while reading FHIR", type(defect).__name__)
        done.put((name, _NOT_ARRIVED))
