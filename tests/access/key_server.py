"""A server of key sets, over TLS and real sockets, with every misbehaviour that we know of."""

import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme

FHIR = "/fhir/"  # one behaviour for all paths below it

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class KeyServer:
    """Answers each path by its behaviour, and counts the calls, and those that were answered to their end."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.behaviours: dict[str, Behaviour] = {}
        self.counts: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()

    def url(self, name: str) -> str:
        return f"https://localhost:{self.port}/{name}.json"

    def serve(self, name: str, behaviour: Behaviour) -> str:
        self.behaviours[f"/{name}.json"] = behaviour
        return self.url(name)

    def count(self, name: str) -> int:
        return self.counts[f"/{name}.json"]

    def has_ended(self, name: str) -> bool:
        return self.ended[f"/{name}.json"] > 0


@contextmanager
def key_server(authority: trustme.CA) -> Iterator[KeyServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = FHIR if self.path.startswith(FHIR) else self.path
            known.counts[path] += 1
            known.behaviours.get(path, status(404))(self)
            known.ended[path] += 1

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known = KeyServer(server.server_address[1])
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that cut are what it is for
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()


def keys(document: object, content_type: str = "application/json") -> Behaviour:
    return body(json.dumps(document).encode(), content_type)


def body(content: bytes, content_type: str = "application/json", code: int = 200) -> Behaviour:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def status(code: int) -> Behaviour:
    return body(b"{}", code=code)


def redirect(to: str) -> Behaviour:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def slow(seconds: float) -> Behaviour:
    return lambda _handler: time.sleep(seconds)


def trickle(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte of the headers every tenth of a second: no single wait is long, but the answer never ends."""
    for _ in range(50):
        handler.wfile.write(b"X")
        time.sleep(0.1)


def cut(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{")
