"""A gunicorn worker that waits for nobody: a request arrives whole within five seconds or is cut.

gunicorn's threads block until a slow client has sent its headers and body, so a few such clients would
take the whole service. Here the worker's main loop, which runs anyway, ends the reading of a connection
that is past its deadline. The application then sees a body that stops short, and can still answer 408.
"""

import socket
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn.http import errors
from gunicorn.workers import gthread
from gunicorn.workers.gthread import TConn, ThreadWorker

from cds_service.errors import Fault
from cds_service.operation_outcome import outcome_body

BACK_TO_POLLER = gthread._DEFER  # type: ignore[attr-defined]  # the type stubs are older than it
SECONDS = 5.0
LOOK_EVERY = 0.25


class DeadlineWorker(ThreadWorker):
    """gthread, with a deadline on what is read and with JSON where gunicorn itself refuses a request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading: dict[TConn, float] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """The time in the queue counts: slow clients behind slow clients are all cut together."""
        self.reading[conn] = time.monotonic() + SECONDS
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        """Runs in a thread of the pool. A silent connection gives the thread back at once."""
        try:
            if not conn.initialized and not conn.wait_for_data(0):
                return BACK_TO_POLLER
            return super().handle(conn)
        finally:
            self.reading.pop(conn, None)

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        super().wait_for_and_dispatch_events(LOOK_EVERY if timeout is None else min(timeout, LOOK_EVERY))
        self.cut_overdue()

    def cut_overdue(self) -> None:
        now = time.monotonic()
        for conn, deadline in self.reading.copy().items():
            if deadline < now:
                # Only the reading side: what has arrived can still be read, and the answer written.
                with suppress(OSError):  # closed a moment ago
                    conn.sock.shutdown(socket.SHUT_RD)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """gunicorn's own answer is HTML and repeats, as its log does, what the client sent."""
        if not isinstance(exc, errors.ParseException):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Refused a request that is not HTTP as it should be: %s", type(exc).__name__)
        with suppress(OSError):
            client.sendall(refusal(exc))


def refusal(exc: errors.ParseException) -> bytes:
    status = _status(exc)
    fault = Fault("HTTP request", "cannot be read unambiguously", "Send one well-formed HTTP/1.1 request")
    body = outcome_body(status, [fault])
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def _status(exc: errors.ParseException) -> HTTPStatus:
    if isinstance(exc, errors.LimitRequestLine):
        return HTTPStatus.REQUEST_URI_TOO_LONG
    if isinstance(exc, errors.LimitRequestHeaders):
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    return HTTPStatus.BAD_REQUEST
