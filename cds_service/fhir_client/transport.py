"""One GET to a FHIR server: to a checked address, within a deadline, with a cap on what is read.

The address is resolved, judged and connected to in one step, while the name stays that of the URL for
TLS and for the header Host: a second answer of the resolver has no say. No redirect is followed, no
proxy, cookie or `.netrc` is used, and `cut` ends whatever still waits when the time is over.
"""

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from cds_service.core import fhir
from cds_service.errors import RequestError
from cds_service.fhir_client.grant import Grant
from cds_service.fhir_client.places import Resolve, may_be_called, read_place
from cds_service.json_reader import read_resource

BYTES_LIMIT = 2 * 1024 * 1024
"""Of one answer, after decompression."""

_CHUNK = 64 * 1024
_REFUSED = {401, 403}
_NOT_THERE = {404, 410}

# Below an error urllib3 logs whole URLs, and ours name the patient.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a GET: a resource, or why there is none (a key of cards/facts.toml; "none" says not found).

    `is_fault` counts against the server; `retry_after` is how long it asked to be left alone, in seconds.
    """

    resource: dict[str, Any] | None = None
    gap: str = ""
    is_fault: bool = False
    retry_after: float = 0.0


NOT_ARRIVED = Reply(gap="not-arrived", is_fault=True)

Dial = Callable[[str, int, float], socket.socket]


class _Connection(HTTPConnection):
    def __init__(self, *args: Any, dial: Dial, **options: Any) -> None:
        super().__init__(*args, **options)
        self._dial = dial

    def _new_conn(self) -> socket.socket:
        return self._dial(self.host, self.port or 80, float(self.timeout or 0))


class _SecureConnection(HTTPSConnection):
    def __init__(self, *args: Any, dial: Dial, **options: Any) -> None:
        super().__init__(*args, **options)
        self._dial = dial

    def _new_conn(self) -> socket.socket:
        return self._dial(self.host, self.port or 443, float(self.timeout or 0))


class _Adapter(HTTPAdapter):
    """Connects by `dial`, and holds certificates to one context for all, which takes a while to load."""

    def __init__(self, dial: Dial, tls: ssl.SSLContext) -> None:
        self._dial = dial
        self._tls = tls
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **options)

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        kind = _SecureConnection if pool.scheme == "https" else _Connection
        pool.ConnectionCls = partial(kind, dial=self._dial)
        return pool

    def cert_verify(self, conn: Any, *_args: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED"


class Line:
    """Makes the GETs of one hook call. All of them end at `deadline`, a moment of time.monotonic."""

    def __init__(self, grant: Grant, deadline: float, resolve: Resolve, tls: ssl.SSLContext) -> None:
        self.grant = grant
        self._deadline = deadline
        self._resolve = resolve
        self._tls = tls
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._is_cut = False

    @property
    def seconds_left(self) -> float:
        return 0.0 if self._is_cut else self._deadline - time.monotonic()

    def cut(self) -> None:
        """Ends every GET that is still under way."""
        with self._lock:
            self._is_cut = True
            for twin in self._open:
                with suppress(OSError):  # closed by the other side already
                    twin.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def session(self) -> Iterator[requests.Session]:
        """For the pages of one search. It is for one thread."""
        twins: list[socket.socket] = []
        with requests.Session() as session:
            session.trust_env = False
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            adapter = _Adapter(partial(self._dial, twins), self._tls)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            try:
                yield session
            finally:
                self._forget(twins)

    def get(self, session: requests.Session, url: str) -> Reply:
        """One resource. Whatever goes wrong is a reply too: nothing is raised, and no message is kept."""
        try:
            with self._send(session, url) as response:
                return _reply(response)
        except (requests.RequestException, HTTPError, OSError, ValueError):
            return NOT_ARRIVED

    def _send(self, session: requests.Session, url: str) -> requests.Response:
        headers = {
            "Accept": "application/fhir+json, application/json;q=0.9",
            "Accept-Encoding": "gzip",
            "Authorization": f"Bearer {self.grant.token}",
            "User-Agent": "baclofen-cds",
        }
        prepared = requests.Request("GET", url, headers=headers).prepare()
        place = read_place((prepared.url or "").partition("?")[0])
        if place is None or not self.grant.base.holds(place):
            raise ValueError("the URL leaves the server that the token is for")
        timeout = max(self.seconds_left, 0.001)
        return session.send(prepared, stream=True, timeout=timeout, allow_redirects=False)

    def _dial(self, twins: list[socket.socket], host: str, port: int, timeout: float) -> socket.socket:
        addresses = self._resolve(host, port)
        if not addresses or not all(map(self._may_be_called, addresses)):
            raise OSError("an address of the server is not one that may be called")
        for address in addresses:
            with suppress(OSError):
                connected = socket.create_connection((address, port), max(min(timeout, self.seconds_left), 0.001))
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._watch(connected, twins)
                return connected
        raise OSError("no address of the server takes a connection")

    def _may_be_called(self, address: str) -> bool:
        return may_be_called(address, allow_private=self.grant.allow_private)

    def _watch(self, connected: socket.socket, twins: list[socket.socket]) -> None:
        """Keeps a twin of the socket, for TLS takes the socket itself away."""
        twin = connected.dup()
        with self._lock:
            self._open.add(twin)
            twins.append(twin)
            if self._is_cut:
                twin.shutdown(socket.SHUT_RDWR)

    def _forget(self, twins: list[socket.socket]) -> None:
        with self._lock:
            for twin in twins:
                self._open.discard(twin)
                twin.close()


def _reply(response: requests.Response) -> Reply:
    if response.status_code in _REFUSED:
        return Reply(gap="access-refused")
    if response.status_code in _NOT_THERE:
        return _not_there(response)
    if response.status_code != 200:
        is_busy = response.status_code == 429 or response.status_code >= 500
        return Reply(gap="source-failed", is_fault=is_busy, retry_after=_retry_after(response))
    return _read(response)


def _not_there(response: requests.Response) -> Reply:
    """Only where FHIR itself says so: the 404 of a proxy, or of a wrong path, says nothing of the patient."""
    said = fhir.as_object(_read(response).resource)
    return Reply(gap="none" if said.get("resourceType") == "OperationOutcome" else "source-failed")


def _read(response: requests.Response) -> Reply:
    body = _body(response)
    if body is None:
        return NOT_ARRIVED
    try:
        return Reply(read_resource(body))
    except RequestError:
        return Reply(gap="unreadable", is_fault=True)


def _retry_after(response: requests.Response) -> float:
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 6 else 0.0


def _body(response: requests.Response) -> bytes | None:
    """The body, decompressed piece by piece; None where it is larger than we read."""
    body = bytearray()
    while piece := response.raw.read(_CHUNK, decode_content=True):
        body += piece
        if len(body) > BYTES_LIMIT:
            return None
    return bytes(body)
