"""A FHIR server for tests, over real sockets, with a switch for each way in which a server can fail.

`data` is the content of the EHR, by type; `faults` gives the fault of a type, or of all types under `*`. Every
request is recorded. Faults that delay wait for an event, so that a finished test does not wait for them.
"""

import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.vignette_cases import encode

BASE = "/fhir/r4"
TOKEN = "the-token-of-the-ehr"  # noqa: S105 - of no server but this one
DELAY_SECONDS = 5.0
BOMB_BYTES = 256 * 1024 * 1024

Resource = dict[str, Any]


@dataclass
class Seen:
    """A request that the server received."""

    path: str
    headers: Mapping[str, str]


@dataclass
class FhirStub:
    """The settings and records of the server. `elsewhere` is the address to which the faults that redirect lead."""

    data: dict[str, list[Resource]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    elsewhere: str = ""
    base: str = ""
    sent_bytes: int = 0  # by the fault that never ends
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def searched(self) -> list[str]:
        """The types that were requested, each once."""
        return sorted({urlsplit(seen.path).path.removeprefix(f"{BASE}/").partition("/")[0] for seen in self.seen})

    def holding(self, prefetch: Mapping[str, Any]) -> "FhirStub":
        """Load what the prefetch would have contained."""
        self.data.clear()
        for value in prefetch.values():
            entries = [{"resource": value}] if value["resourceType"] != "Bundle" else value.get("entry", [])
            for entry in entries:
                self.data.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
        return self


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stub: FhirStub

    def do_GET(self) -> None:
        self.stub.seen.append(Seen(self.path, dict(self.headers)))
        kind = urlsplit(self.path).path.removeprefix(f"{BASE}/").partition("/")[0]
        fault = self.stub.faults.get(kind, self.stub.faults.get("*", ""))
        with suppress(OSError):  # the caller has closed the connection
            getattr(self, "fault_" + fault.replace("-", "_"), self.answer)()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Print nothing on the console."""

    # --- without faults -------------------------------------------------------------------------

    def answer(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.refuse(401)
        place = urlsplit(self.path)
        kind, _, identity = place.path.removeprefix(f"{BASE}/").partition("/")
        if identity:
            return self._one(kind, identity)
        patient = parse_qs(place.query)["patient"][0]
        return self.send(200, self.bundle(self._of(kind, patient)))

    def _one(self, kind: str, identity: str) -> None:
        found = [item for item in self.stub.data.get(kind, []) if item["id"] == identity]
        return self.send(200, found[0]) if found else self.refuse(404)

    def _of(self, kind: str, patient: str) -> list[Resource]:
        reference = {"reference": f"Patient/{patient}"}
        return [item for item in self.stub.data.get(kind, []) if item.get("subject") == reference]

    def bundle(self, resources: list[Resource], **members: Any) -> Resource:
        whole = {"resourceType": "Bundle", "type": "searchset", "total": len(resources), **members}
        return {**whole, "entry": [{"resource": item} for item in resources]} if resources else whole

    def send(self, status: int, resource: Any, **headers: str) -> None:
        self.send_bytes(status, encode(resource), "application/fhir+json", **headers)

    def send_bytes(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status: int, **headers: str) -> None:
        issue = {"severity": "error", "code": "processing"}
        self.send(status, {"resourceType": "OperationOutcome", "issue": [issue]}, **headers)

    # --- faults ---------------------------------------------------------------------------------

    def fault_delay(self) -> None:
        self.stub.done.wait(DELAY_SECONDS)
        self.answer()

    def fault_trickle(self) -> None:
        self._head(b"Content-Length: 400\r\n")
        self._one_by_one(b" " * 400)

    def fault_trickle_in_the_head(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self._one_by_one(b"x" * 400)

    def fault_reset(self) -> None:
        self._head(b"Content-Length: 1000\r\n")
        self.wfile.write(b'{"resourceType":"Bundle","entry":[')
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def fault_cut_short(self) -> None:
        """A body without a length that ends too early."""
        self._head(b"Connection: close\r\n")
        self.wfile.write(b'{"resourceType":"Bundle","entry":[')
        self.close_connection = True

    def fault_401(self) -> None:
        self.refuse(401)

    def fault_403(self) -> None:
        self.refuse(403)

    def fault_404(self) -> None:
        self.refuse(404)

    def fault_404_html(self) -> None:
        self.send_bytes(404, b"<html>Not Found</html>", "text/html")

    def fault_429(self) -> None:
        self.refuse(429, Retry_After="20")

    def fault_500(self) -> None:
        self.refuse(500)

    def fault_html(self) -> None:
        self.send_bytes(200, b"<html><body>Apache Tomcat: error</body></html>", "text/html")

    def fault_endless(self) -> None:
        self._head(b"Transfer-Encoding: chunked\r\n")
        piece = b" " * 65_536
        while not self.stub.done.is_set():
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.stub.sent_bytes += len(piece)

    def fault_gzip_bomb(self) -> None:
        self.send_bytes(200, bomb(), "application/fhir+json", Content_Encoding="gzip")

    def fault_gzip(self) -> None:
        """Not a fault: a compressed answer, as most servers send."""
        patient = parse_qs(urlsplit(self.path).query).get("patient", [""])[0]
        kind = urlsplit(self.path).path.removeprefix(f"{BASE}/").partition("/")[0]
        found = self.bundle(self._of(kind, patient)) if patient else self.stub.data[kind][0]
        self.send_bytes(200, _gzip(encode(found)), "application/fhir+json", Content_Encoding="gzip")

    def fault_redirect(self) -> None:
        self.send_bytes(302, b"", "text/plain", Location=f"{self.stub.elsewhere}{self.path}")

    def fault_wrong_patient(self) -> None:
        kind = urlsplit(self.path).path.removeprefix(f"{BASE}/").partition("/")[0]
        others = [dict(item, subject={"reference": "Patient/p2"}) for item in self.stub.data.get(kind, [])]
        self.send(200, dict(self.stub.data["Patient"][0], id="p2") if kind == "Patient" else self.bundle(others))

    def fault_outcome(self) -> None:
        """Status 200 with an OperationOutcome."""
        self.send(200, {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]})

    def fault_paged(self) -> None:
        """One resource per page."""
        self._page(self.stub.base)

    def fault_paged_to_elsewhere(self) -> None:
        """The link to the second page names another host."""
        self._page(self.stub.elsewhere + BASE)

    def fault_paged_without_end(self) -> None:
        url = f"{self.stub.base}/Condition?patient=p1&page=1"
        self.send(200, self.bundle([], total=9_999, link=[{"relation": "next", "url": url}]))

    def _page(self, base: str) -> None:
        place = urlsplit(self.path)
        kind, _, identity = place.path.removeprefix(f"{BASE}/").partition("/")
        if identity:
            return self._one(kind, identity)
        asked = parse_qs(place.query)
        patient, page = asked["patient"][0], int(asked.get("page", ["0"])[0])
        found = self._of(kind, patient)
        link = [{"relation": "next", "url": f"{base}/{kind}?patient={patient}&page={page + 1}"}]
        more = {"link": link} if page + 1 < len(found) else {}
        return self.send(200, self.bundle(found[page : page + 1], **more) | {"total": len(found)})

    def _head(self, more: bytes) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n" + more + b"\r\n")

    def _one_by_one(self, body: bytes) -> None:
        self.close_connection = True
        for byte in body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.stub.done.wait(1):
                return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The TLS handshake runs in the thread of the connection, so that it does not block new connections."""
        with suppress(OSError), self._agreed(request) as connection:
            super().finish_request(connection, client_address)

    def _agreed(self, request: Any) -> Any:
        return self.tls.wrap_socket(request, server_side=True) if self.tls else nullcontext(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a caller that has closed the connection."""


@contextmanager
def fhir_server(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[FhirStub]:
    """A FHIR server on a free port of this machine, running until the block ends."""
    stub = FhirStub()
    handler = type("Handler", (_Handler,), {"stub": stub})
    server = _Server(("127.0.0.1", 0), handler)
    server.tls = tls
    stub.base = f"{'https' if tls else 'http'}://{host}:{server.server_address[1]}{BASE}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield stub
    finally:
        stub.done.set()
        server.shutdown()
        server.server_close()


@cache
def bomb() -> bytes:
    """A small body that decompresses to a quarter of a gigabyte."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b" " * (1024 * 1024)
    pieces = [pack.compress(piece) for _ in range(BOMB_BYTES // len(piece))]
    return b"".join([*pieces, pack.flush()])


def _gzip(body: bytes) -> bytes:
    pack = zlib.compressobj(6, zlib.DEFLATED, 31)
    return pack.compress(body) + pack.flush()


def authorization(**changes: Any) -> Resource:
    """`fhirAuthorization` as an EHR sends it. A member set to None is left out."""
    members = {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.read",
        "subject": "baclofen-cds",
        "patient": "p1",
        **changes,
    }
    return {key: value for key, value in members.items() if value is not None}
