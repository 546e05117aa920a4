"""Which links of a FHIR server may be followed, and the addresses that its name has."""

import re
import socket
from collections.abc import Callable
from urllib.parse import urljoin

from cds_service.http.addresses import BaseUrl, read_base_url

Resolve = Callable[[str, int], list[str]]
"""The addresses of a host and port. A test gives its own."""

_QUERY = re.compile(r"[\x21\x24-\x5b\x5d-\x7e]*", re.ASCII)


def url_within(base: BaseUrl, link: object) -> str | None:
    """Resolves an absolute or relative link; None if it leaves the base URL."""
    if not isinstance(link, str) or not link:
        return None
    front, mark, query = link.partition("?")
    place = read_base_url(urljoin(f"{base}/", front) if front else str(base))
    if place is None or not base.holds(place) or not _QUERY.fullmatch(query):
        return None
    return f"{place}{mark}{query}"


def system_addresses(host: str, port: int) -> list[str]:
    """The addresses from the system's resolver. It has no timeout: call it only in a thread that nobody joins."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
