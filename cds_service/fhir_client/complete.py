"""Completes a hook call: what prefetch left unknown is read from the EHR's FHIR server, within the budget.

Off unless the client's entry has it on. All searches run at once, each in a thread, and whoever asked
waits until the deadline and no longer: what has not arrived by then is unknown, and a card says so.
"""

import logging
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import quote

from cds_service.clients import Client
from cds_service.core import fhir
from cds_service.core.records import Part, read_records
from cds_service.fhir_client.breaker import Breaker
from cds_service.fhir_client.grant import Grant, read_grant
from cds_service.fhir_client.places import Resolve, system_addresses, url_within
from cds_service.fhir_client.searches import Search, next_link
from cds_service.fhir_client.transport import Line
from cds_service.logs import alarm

Hook = dict[str, Any]

# The gaps that a read may fill. Data of another patient, and what the user may not see, are not among them.
_TO_FILL = {"not-sent", "source-failed", "unreadable", "paged"}
_MOST_MEDICATIONS = 10

# Of the budget; the rest is for judging what came, so that the whole request keeps to it.
_SHARE_FOR_READING = 0.9

_NOT_ARRIVED = Part((), "not-arrived")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class FhirReader:
    """Reads for all hook calls of a process. Between calls it keeps nothing but which servers have failed.

    `tls` trusts what the system trusts, a hospital's own authority among it; SSL_CERT_FILE names others.
    """

    templates: Mapping[str, str]
    resolve: Resolve = system_addresses
    breaker: Breaker = field(default_factory=Breaker)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def complete(self, hook: Hook, client: Client, started: float, is_ours: Callable[[Hook], bool]) -> Hook:
        """The hook call with what could be read; read only where it is ours: about baclofen, or perhaps.

        The client's budget counts from `started`, the moment (time.monotonic) at which the request came.
        """
        grant = read_grant(hook, client)
        if grant is None:
            return hook
        gaps = dict(_gaps(hook, self.templates, grant.patient_id))
        medications = dict(_medications(hook, grant))
        if not (gaps or medications) or not is_ours(hook):
            return hook
        if not self.breaker.admits(grant.base.origin):
            return _filled(hook, dict.fromkeys(gaps, _NOT_ARRIVED))
        deadline = started + client.budget_ms / 1000 * _SHARE_FOR_READING
        line = Line(grant, deadline, self.resolve, self.tls)
        return self._read(hook, line, gaps, medications, is_ours)

    def _read(
        self,
        hook: Hook,
        line: Line,
        gaps: Mapping[str, str],
        medications: Mapping[str, str],
        is_ours: Callable[[Hook], bool],
    ) -> Hook:
        grant, search = line.grant, Search(line)
        try:
            if medications:
                reads = {name: _reading(search, identity) for name, identity in medications.items()}
                hook = _with_medications(hook, _in_parallel(reads, line))
                if not is_ours(hook):
                    return hook
            tasks = {key: self._task(search, grant, hook, key, gap) for key, gap in gaps.items()}
            return _filled(hook, _in_parallel(tasks, line))
        finally:
            self._report(grant, search, is_late=line.seconds_left <= 0)
            line.cut()

    def _task(self, search: Search, grant: Grant, hook: Hook, key: str, gap: str) -> Callable[[], Any]:
        given = fhir.as_object((hook.get("prefetch") or {}).get(key))
        if gap == "paged" and next_link(given) is not None:
            return lambda: search.rest_of(given)
        query = quote(self.templates[key].replace("{{context.patientId}}", grant.patient_id), safe="/?&=:,")
        if "?" not in query:
            kind, _, identity = query.partition("/")
            return lambda: search.read(kind, identity)
        return lambda: search.search(query)

    def _report(self, grant: Grant, search: Search, *, is_late: bool) -> None:
        """One fault a hook call at most, however many of its searches failed."""
        if not search.faults and not is_late:
            self.breaker.succeeded(grant.base.origin)
            return
        reasons = sorted({fault.gap for fault in search.faults} or {_NOT_ARRIVED.gap})
        alarm("fhir-server-failed", client=grant.client, reason=", ".join(reasons))
        self.breaker.failed(grant.base.origin, max((fault.retry_after for fault in search.faults), default=0.0))


def _gaps(hook: Hook, keys: Mapping[str, str], patient_id: str) -> Iterator[tuple[str, str]]:
    prefetch = hook.get("prefetch") or {}
    for key in keys:
        gap = read_records(prefetch, key, patient_id).gap
        if gap in _TO_FILL:
            yield key, gap


def _medications(hook: Hook, grant: Grant) -> Iterator[tuple[str, str]]:
    """`Medication/id` of the drafts that point to one that did not come along, and its id."""
    entries = fhir.objects(hook["context"]["draftOrders"].get("entry"))
    resources = [fhir.as_object(entry.get("resource")) for entry in entries]
    here = {fhir.local_reference(resource) for resource in resources}
    here |= {entry.get("fullUrl") for entry in entries if isinstance(entry.get("fullUrl"), str)}
    wanted = dict.fromkeys(_reference(resource, grant) for resource in resources)
    missing = [name for name in wanted if name and name not in here]
    for name in missing[:_MOST_MEDICATIONS]:
        yield name, name.removeprefix("Medication/")


def _reference(draft: fhir.Resource, grant: Grant) -> str:
    """`Medication/id` where the draft points to one on the server that we may read, and not to another's."""
    pointer = fhir.as_object(draft.get("medicationReference"))
    url = url_within(grant.base, pointer.get("reference"))
    name = url.removeprefix(f"{grant.base}/") if url else ""
    return name if name == fhir.relative(pointer) and name.startswith("Medication/") else ""


def _reading(search: Search, identity: str) -> Callable[[], Any]:
    return lambda: search.read("Medication", identity)


def _with_medications(hook: Hook, found: Mapping[str, Any]) -> Hook:
    """The Medications stand beside the drafts, after the last: as Epic sends them, and no draft changes its place."""
    fitting = [item for name, item in found.items() if fhir.local_reference(fhir.as_object(item)) == name]
    bundle = hook["context"]["draftOrders"]
    entries = [*fhir.as_list(bundle.get("entry")), *({"resource": item} for item in fitting)]
    return {**hook, "context": {**hook["context"], "draftOrders": {**bundle, "entry": entries}}}


def _filled(hook: Hook, found: Mapping[str, Any]) -> Hook:
    """A read that came to nothing takes the place of nothing but silence: what prefetch said stays."""
    prefetch = dict(hook.get("prefetch") or {})
    for key, value in found.items():
        if key not in prefetch or not isinstance(value, Part) or value.resources:
            prefetch[key] = value
    return {**hook, "prefetch": prefetch}


def _in_parallel(tasks: Mapping[str, Callable[[], Any]], line: Line) -> dict[str, Any]:
    """What each task gives, or that it did not arrive in time. Nobody waits for a thread beyond the deadline."""
    done: SimpleQueue[tuple[str, Any]] = SimpleQueue()
    for name, task in tasks.items():
        threading.Thread(target=_run, args=(name, task, done), daemon=True, name="fhir").start()
    results: dict[str, Any] = dict.fromkeys(tasks, _NOT_ARRIVED)
    for _ in tasks:
        try:
            name, result = done.get(timeout=max(line.seconds_left, 0))
        except Empty:
            break
        results[name] = result
    return results


def _run(name: str, task: Callable[[], Any], done: "SimpleQueue[tuple[str, Any]]") -> None:
    """The end of a thread is always a result; a traceback on the console might hold what the server said."""
    try:
        done.put((name, task()))
    except Exception as defect:  # noqa: BLE001 - one search that breaks must not hide the others
        _LOG.error("defect: %s while reading FHIR", type(defect).__name__)
        done.put((name, _NOT_ARRIVED))
