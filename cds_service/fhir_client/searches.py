"""Turns FHIR reads and searches into what is known under a key of the record."""

from collections.abc import Mapping
from typing import Any

import requests

from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Records, read_records
from cds_service.fhir_client.transport import Connections, Reply
from cds_service.fhir_client.urls import url_within

MOST_PAGES = 10


class Searches:
    """The reads and searches of one hook call, run in threads. They raise nothing; `faults` collects failures."""

    def __init__(self, line: Connections) -> None:
        self._line = line
        self._grant = line.grant
        self.faults: list[Reply] = []

    def read(self, key: str, kind: str, identity: str) -> Records:
        """What is known under a key that asks for one resource."""
        found = self.resource(kind, identity)
        return Records(key, gap=found) if isinstance(found, str) else read_records(key, found)

    def resource(self, kind: str, identity: str) -> Resource | str:
        """Reads `Type/id`: the resource, or the gap that says why there is none."""
        if not self._grant.may_read(kind):
            return "access-refused"
        with self._line.session() as session:
            reply = self._get(session, f"{self._grant.base}/{kind}/{identity}")
        if reply.resource is None:
            return "source-failed" if reply.gap == "none" else reply.gap
        return reply.resource

    def search(self, key: str, query: str) -> Records:
        """Searches `Type?…`: the resources of all pages; none on 404; why, if it failed or is incomplete."""
        kind = query.partition("?")[0]
        if not self._grant.may_search(kind):
            return Records(key, gap="access-refused")
        with self._line.session() as session:
            reply = self._get(session, f"{self._grant.base}/{query}")
            if reply.resource is None:
                return Records(key, gap=None if reply.gap == "none" else reply.gap)
            whole, is_whole = self._all_pages(session, reply.resource)
        return read_records(key, whole) if is_whole and self._grant.sees_all(kind) else _as_part(key, whole)

    def rest_of(self, key: str, bundle: Mapping[str, Any]) -> Records:
        """Completes a Bundle of which the prefetch had only the first page."""
        with self._line.session() as session:
            whole, is_whole = self._all_pages(session, bundle)
        return read_records(key, whole) if is_whole else _as_part(key, whole)

    def _all_pages(self, session: requests.Session, first: Mapping[str, Any]) -> tuple[Resource, bool]:
        """A Bundle with the entries of all its pages, and whether all could be read."""
        entries = fhir.as_list(first.get("entry"))
        page, pages = first, 1
        while (link := next_link(page)) is not None:
            url = url_within(self._grant.base, link)
            reply = self._get(session, url) if url and pages < MOST_PAGES else None
            if reply is None or fhir.as_object(reply.resource).get("resourceType") != "Bundle":
                return {**first, "entry": entries}, False
            page, pages = fhir.as_object(reply.resource), pages + 1
            entries = [*entries, *fhir.as_list(page.get("entry"))]
        if pages == 1:
            return first, True
        return {**{key: value for key, value in first.items() if key != "link"}, "entry": entries}, True

    def _get(self, session: requests.Session, url: str) -> Reply:
        reply = self._line.get(session, url)
        if reply.is_fault:
            self.faults.append(reply)
        return reply


def next_link(bundle: Mapping[str, Any]) -> object:
    """The URL of the next page as written, empty if it has none; None on the last page."""
    links = fhir.objects(bundle.get("link"))
    return next((link.get("url") or "" for link in links if link.get("relation") == "next"), None)


def _as_part(key: str, bundle: Resource) -> Records:
    """What is known of a Bundle that is incomplete: its resources, and the gap `paged`."""
    if bundle.get("resourceType") != "Bundle":
        return read_records(key, bundle)
    entries = fhir.objects(bundle.get("entry"))
    return Records(key, tuple(fhir.as_object(entry.get("resource")) for entry in entries), "paged")
