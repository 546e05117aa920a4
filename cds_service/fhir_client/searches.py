"""Turns FHIR reads and searches into prefetch values: a resource, a whole Bundle, None, or a PartialRead."""

from collections.abc import Mapping
from typing import Any

import requests

from cds_service.core.record import fhir
from cds_service.core.record.prefetch import PartialRead
from cds_service.fhir_client.transport import Connections, Reply
from cds_service.fhir_client.urls import url_within

MOST_PAGES = 10

# Large pages: each further page costs a round trip.
_PAGE_SIZE = "&_count=200"


class Searches:
    """The reads and searches of one hook call, run in threads. They raise nothing; `faults` collects failures."""

    def __init__(self, line: Connections) -> None:
        self._line = line
        self._grant = line.grant
        self.faults: list[Reply] = []

    def read(self, kind: str, identity: str) -> Any:
        """Reads `Type/id`: the resource, or an empty PartialRead that says why there is none."""
        if not self._grant.may_read(kind):
            return PartialRead((), "access-refused")
        with self._line.session() as session:
            reply = self._get(session, f"{self._grant.base}/{kind}/{identity}")
        if reply.resource is None:
            return PartialRead((), "source-failed" if reply.gap == "none" else reply.gap)
        return reply.resource

    def search(self, query: str) -> Any:
        """Searches `Type?…`: a Bundle of all pages; None on 404; a PartialRead if failed or incomplete."""
        kind = query.partition("?")[0]
        if not self._grant.may_search(kind):
            return PartialRead((), "access-refused")
        with self._line.session() as session:
            reply = self._get(session, f"{self._grant.base}/{query}{_PAGE_SIZE}")
            if reply.resource is None:
                return None if reply.gap == "none" else PartialRead((), reply.gap)
            whole = self._all_pages(session, reply.resource)
        return whole if self._grant.sees_all(kind) else _as_part(whole)

    def rest_of(self, bundle: Mapping[str, Any]) -> Any:
        """Completes a Bundle of which the prefetch had only the first page."""
        with self._line.session() as session:
            return self._all_pages(session, bundle)

    def _all_pages(self, session: requests.Session, first: Mapping[str, Any]) -> Any:
        entries = fhir.as_list(first.get("entry"))
        page, pages = first, 1
        while (link := next_link(page)) is not None:
            url = url_within(self._grant.base, link)
            reply = self._get(session, url) if url and pages < MOST_PAGES else None
            if reply is None or fhir.as_object(reply.resource).get("resourceType") != "Bundle":
                return _as_part({**first, "entry": entries})
            page, pages = fhir.as_object(reply.resource), pages + 1
            entries = [*entries, *fhir.as_list(page.get("entry"))]
        if pages == 1:
            return first
        return {**{key: value for key, value in first.items() if key != "link"}, "entry": entries}

    def _get(self, session: requests.Session, url: str) -> Reply:
        reply = self._line.get(session, url)
        if reply.is_fault:
            self.faults.append(reply)
        return reply


def next_link(bundle: Mapping[str, Any]) -> object:
    """The URL of the next page as written, empty if it has none; None on the last page."""
    links = fhir.objects(bundle.get("link"))
    return next((link.get("url") or "" for link in links if link.get("relation") == "next"), None)


def _as_part(bundle: Any) -> Any:
    """Marks a Bundle as incomplete: a PartialRead with its resources and the gap `paged`."""
    if fhir.as_object(bundle).get("resourceType") != "Bundle":
        return bundle
    entries = fhir.objects(bundle.get("entry"))
    return PartialRead(tuple(fhir.as_object(entry.get("resource")) for entry in entries), "paged")
