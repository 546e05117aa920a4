"""Makes GET requests to a FHIR server: to a checked IP address, within a deadline, with a size limit.

The host name is resolved once and the connection goes to the address that was checked (no DNS rebinding); TLS and the
Host header still use the name. Redirects, proxies, cookies and `.netrc` are not used. `cut` ends pending requests.
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

from cds_service.base.errors import RequestError
from cds_service.core.record import fhir
from cds_service.fhir_client.grant import Grant
from cds_service.fhir_client.urls import Resolve
from cds_service.http.addresses import is_allowed_address, read_base_url
from cds_service.http.json_reader import read_resource

BYTES_LIMIT = 2 * 1024 * 1024
"""Of one answer, after decompression."""

_CHUNK = 64 * 1024
_REFUSED = {401, 403}
_NOT_THERE = {404, 410}

# urllib3 logs whole URLs, and ours contain the patient's id.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of a GET: a resource, or the reason why there is none: a key of cards/facts.toml, or "none" (404).

    `is_fault` counts for the circuit breaker. `retry_after` is the server's Retry-After in seconds.
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
    """Connects with `dial` and verifies certificates with one shared TLS context, which is slow to load."""

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


class Connections:
    """Makes the GET requests of one hook call. All of them end at `deadline`, a time.monotonic value."""

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
        """Ends every request that is still pending."""
        with self._lock:
            self._is_cut = True
            for duplicate in self._open:
                with suppress(OSError):  # closed by the other side already
                    duplicate.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def session(self) -> Iterator[requests.Session]:
        """A session for the pages of one search. It is used in one thread only."""
        duplicates: list[socket.socket] = []
        with requests.Session() as session:
            session.trust_env = False
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            adapter = _Adapter(partial(self._dial, duplicates), self._tls)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            try:
                yield session
            finally:
                self._forget(duplicates)

    def get(self, session: requests.Session, url: str) -> Reply:
        """Gets one resource. Never raises: a failure is a Reply too, and error messages are dropped."""
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
        place = read_base_url((prepared.url or "").partition("?")[0])
        if place is None or not self.grant.base.holds(place):
            raise ValueError("the URL leaves the server that the token is for")
        timeout = max(self.seconds_left, 0.001)
        return session.send(prepared, stream=True, timeout=timeout, allow_redirects=False)

    def _dial(self, duplicates: list[socket.socket], host: str, port: int, timeout: float) -> socket.socket:
        addresses = self._resolve(host, port)
        if not addresses or not all(map(self._may_be_called, addresses)):
            raise OSError("an address of the server is not one that may be called")
        for address in addresses:
            with suppress(OSError):
                connected = socket.create_connection((address, port), max(min(timeout, self.seconds_left), 0.001))
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._watch(connected, duplicates)
                return connected
        raise OSError("no address of the server takes a connection")

    def _may_be_called(self, address: str) -> bool:
        return is_allowed_address(address, allow_private=self.grant.allow_private)

    def _watch(self, connected: socket.socket, duplicates: list[socket.socket]) -> None:
        """Keeps a duplicate of the socket for `cut`, since TLS takes over the original."""
        duplicate = connected.dup()
        with self._lock:
            self._open.add(duplicate)
            duplicates.append(duplicate)
            if self._is_cut:
                duplicate.shutdown(socket.SHUT_RDWR)

    def _forget(self, duplicates: list[socket.socket]) -> None:
        with self._lock:
            for duplicate in duplicates:
                self._open.discard(duplicate)
                duplicate.close()


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
    """A 404 means "not found" only with an OperationOutcome: a proxy or a wrong path gives a 404 as well."""
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
    """The body, decompressed piece by piece; None if it exceeds BYTES_LIMIT."""
    body = bytearray()
    while piece := response.raw.read(_CHUNK, decode_content=True):
        body += piece
        if len(body) > BYTES_LIMIT:
            return None
    return bytes(body)
