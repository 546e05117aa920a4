"""Completes a record: fills the gaps of its keys from the EHR's FHIR server, within the time budget.

Off unless the client's entry sets `read_fhir`. Each search runs in its own thread. Data that has not arrived by the
deadline is unknown, and a card says so.
"""

import logging
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import quote

from cds_service.config.clients import Client
from cds_service.core.record.prefetch import Record, Records, of_patient
from cds_service.core.record.subject import person_of
from cds_service.fhir_client import medications
from cds_service.fhir_client.breaker import Breaker
from cds_service.fhir_client.grant import Grant, read_grant
from cds_service.fhir_client.searches import Searches, next_link
from cds_service.fhir_client.transport import Connections
from cds_service.fhir_client.urls import Resolve, system_addresses
from cds_service.telemetry import metrics
from cds_service.telemetry.logs import log_alarm

Hook = Mapping[str, Any]
InScope = Callable[[Hook, Record], bool]

# The gaps that a read may fill. Not among them: data of another patient, and data that the user may not see.
_TO_FILL = {"not-sent", "source-failed", "unreadable", "paged"}

# The share of the budget for reading; the rest is for judging the orders.
_SHARE_FOR_READING = 0.9

_NOT_ARRIVED = "not-arrived"
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

    def complete(
        self, hook: Hook, record: Record, client: Client, started: float, in_scope: InScope
    ) -> tuple[Hook, Record]:
        """The hook call and the record, with the data that could be read.

        Reads only if drafts and record are `in_scope`. The client's budget counts from `started`, the
        time.monotonic value at which the request arrived.
        """
        grant = read_grant(hook, client)
        if grant is None:
            return hook, record
        gaps = _gaps(hook, record, self.templates)
        missing = dict(medications.of_drafts(hook, grant))
        if not (gaps or missing or dict(medications.of_record(record, grant))) or not in_scope(hook, record):
            return hook, record
        if not self.breaker.admits(grant.base.origin):
            metrics.count_fhir_read(grant.client, "breaker-open", breaker_open=True)
            return hook, _filled(record, {key: Records(key, gap=_NOT_ARRIVED) for key in gaps})
        deadline = started + client.budget_ms / 1000 * _SHARE_FOR_READING
        line = Connections(grant, deadline, self.resolve, self.tls)
        return self._read(hook, record, line, gaps, missing, in_scope)

    def _read(
        self,
        hook: Hook,
        record: Record,
        line: Connections,
        gaps: Iterable[str],
        missing: Mapping[str, str],
        in_scope: InScope,
    ) -> tuple[Hook, Record]:
        grant, search = line.grant, Searches(line)
        try:
            if missing:
                hook = medications.beside_drafts(hook, _in_parallel(_reads(search, missing), line))
                if not in_scope(hook, record):
                    return hook, record
            tasks = {key: self._task(search, grant, record[key]) for key in gaps}
            record = _filled(record, _in_parallel(tasks, line))
            missing = dict(medications.of_record(record, grant))
            if missing:
                record = medications.beside_record(record, _in_parallel(_reads(search, missing), line))
            return hook, record
        finally:
            self._report(grant, search, is_late=line.seconds_left <= 0)
            line.cut()

    def _task(self, search: Searches, grant: Grant, records: Records) -> Callable[[], Records]:
        key = records.key
        if records.gap == "paged" and next_link(records.sent) is not None:
            return lambda: search.rest_of(key, records.sent)
        query = quote(self.templates[key].replace("{{context.patientId}}", grant.patient_id), safe="/?&=:,")
        if "?" not in query:
            kind, _, identity = query.partition("/")
            return lambda: search.read(key, kind, identity)
        return lambda: search.search(key, query)

    def _report(self, grant: Grant, search: Searches, *, is_late: bool) -> None:
        """Reports to the breaker and the metrics: one failure per hook call, however many searches failed."""
        if not search.faults and not is_late:
            self.breaker.succeeded(grant.base.origin)
            metrics.count_fhir_read(grant.client, "read", breaker_open=False)
            return
        reasons = sorted({fault.gap for fault in search.faults} or {_NOT_ARRIVED})
        log_alarm("fhir-server-failed", client=grant.client, reason=", ".join(reasons))
        self.breaker.failed(grant.base.origin, max((fault.retry_after for fault in search.faults), default=0.0))
        for reason in reasons:
            metrics.count_fhir_read(grant.client, reason, breaker_open=self.breaker.is_open(grant.base.origin))


def _gaps(hook: Hook, record: Record, keys: Iterable[str]) -> list[str]:
    """The keys whose gap a read may fill."""
    context = hook["context"]
    person = person_of(context["patientId"], [context["draftOrders"], *(records.sent for records in record.values())])
    return [key for key in keys if record[key].gap in _TO_FILL and not of_patient(record[key], person).stranger]


def _reads(search: Searches, missing: Mapping[str, str]) -> dict[str, Callable[[], Records]]:
    return {name: partial(_medication, search, name, identity) for name, identity in missing.items()}


def _medication(search: Searches, name: str, identity: str) -> Records:
    found = search.resource("Medication", identity)
    return Records(name, gap=found) if isinstance(found, str) else Records(name, (found,))


def _filled(record: Record, found: Mapping[str, Records]) -> Record:
    """The record with what was read. A failed read says why nothing was sent, and never replaces what was sent."""
    return {**record, **{key: read for key, read in found.items() if _fills(read, record[key])}}


def _fills(read: Records, sent: Records) -> bool:
    return bool(read.gap is None or read.resources or read.sent) or sent.gap == "not-sent"


def _in_parallel(tasks: Mapping[str, Callable[[], Records]], line: Connections) -> dict[str, Records]:
    """Runs the tasks in threads; returns results by name. A task that passes the deadline gives `not-arrived`."""
    done: SimpleQueue[Records] = SimpleQueue()
    for name, task in tasks.items():
        of_this_request = copy_context().run  # so that log lines of the thread have the request id
        threading.Thread(target=of_this_request, args=(_run, name, task, done), daemon=True, name="fhir").start()
    results = {name: Records(name, gap=_NOT_ARRIVED) for name in tasks}
    for _ in tasks:
        try:
            read = done.get(timeout=max(line.seconds_left, 0))
        except Empty:
            break
        results[read.key] = read
    return results


def _run(name: str, task: Callable[[], Records], done: "SimpleQueue[Records]") -> None:
    """Runs a task and always puts a result: an uncaught exception would print a traceback with the server's data."""
    try:
        done.put(task())
    except Exception as defect:  # noqa: BLE001 - one search that breaks must not hide the others
        _LOG.error("defect: %s while reading FHIR", type(defect).__name__)
        done.put(Records(name, gap=_NOT_ARRIVED))
