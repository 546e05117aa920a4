"""A gunicorn worker that stops reading a request that has not arrived completely within five seconds.

gunicorn's threads block until a slow client has sent its headers and body, so a few slow clients would block the
whole service. Here the worker's main loop shuts down the reading side of a connection that is past its deadline.
The application then sees an incomplete body and can still answer 408.
"""

import socket
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn.http import errors
from gunicorn.workers import gthread
from gunicorn.workers.gthread import TConn, ThreadWorker

from cds_service.base.errors import Fault
from cds_service.http.operation_outcome import outcome_body

BACK_TO_POLLER = gthread._DEFER  # type: ignore[attr-defined]  # not in the type stubs yet
SECONDS = 5.0
LOOK_EVERY = 0.25


class DeadlineWorker(ThreadWorker):
    """The gthread worker, with a deadline for reading a request and JSON bodies where gunicorn refuses one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading: dict[TConn, float] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """Sets the deadline. Time in the queue counts: slow clients queued behind slow clients are cut as well."""
        self.reading[conn] = time.monotonic() + SECONDS
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        """Runs in a thread of the pool. A connection that has sent nothing yet goes back to the poller at once."""
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
                # Only the reading side: received data can still be read and the answer written.
                with suppress(OSError):  # already closed
                    conn.sock.shutdown(socket.SHUT_RD)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answers in JSON. gunicorn's own answer is HTML and, like its log, repeats what the client sent."""
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
