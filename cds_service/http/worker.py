"""The gunicorn worker: a client that sends, reads or hangs up slowly, or not at all, holds up nobody else.

gunicorn's threads block until a slow client has sent its headers and body, and again until it has read the answer;
its main loop blocks until a client has hung up. So a few such clients would block the whole service. Here each has
its deadline:

- To send a request, five seconds. Then the main loop shuts down the reading side; the application sees an incomplete
  body and can still answer 408.
- To read an answer, five seconds. The kernel takes up to `BUFFER` bytes at once, for which no thread waits.
- To hang up, two seconds. Meanwhile the main loop throws away what still comes, and goes on serving.
"""

import selectors
import socket
import struct
import time
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.http import errors
from gunicorn.workers import gthread
from gunicorn.workers.gthread import TConn, ThreadWorker

from cds_service.base.errors import Fault
from cds_service.http import connection
from cds_service.http.operation_outcome import outcome_body

BACK_TO_POLLER = gthread._DEFER  # type: ignore[attr-defined]  # not in the type stubs yet
SECONDS = 5.0
SECONDS_TO_HANG_UP = 2.0
LOOK_EVERY = 0.25
AT_ONCE = struct.pack("ii", 1, 0)
BUFFER = 512 * 1024
THROWN_AWAY = 1024 * 1024
"""Of what still comes after the answer. Closed with unread bytes, a connection loses the end of the answer."""


class DeadlineWorker(ThreadWorker):
    """The gthread worker, with deadlines for clients and JSON bodies where gunicorn refuses a request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading: dict[TConn, float] = {}
        self.hanging_up: dict[TConn, tuple[float, int]] = {}
        """Until when it may hang up, and how many bytes it may still send."""

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

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Answers a request. The time to read the answer is limited as a whole, however slowly the bytes trickle."""
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        conn.sock.settimeout(SECONDS)
        connection.serves(req)
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            self.log.warning("Cut a client that did not read its answer within %d seconds", SECONDS)
            with suppress(OSError):  # so that the kernel does not keep the rest for it either
                conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            return False

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Runs in the main loop. gunicorn would wait here until the client has hung up."""
        if fs.cancelled() or fs.exception() is not None or fs.result():
            super().finish_request(conn, fs)
            return
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.throw_away, conn))
        except (OSError, ValueError, KeyError):  # it has hung up, or was cut
            self.close(conn)
        else:
            self.hanging_up[conn] = time.monotonic() + SECONDS_TO_HANG_UP, THROWN_AWAY

    def throw_away(self, conn: TConn, sock: socket.socket) -> None:
        """Reads what still comes after the last answer, and closes at its end."""
        until, left = self.hanging_up[conn]
        try:
            left -= len(sock.recv(left)) or left
        except BlockingIOError:
            return
        except OSError:
            left = 0
        self.hanging_up[conn] = until, left
        if left <= 0:
            self.hang_up(conn)

    def hang_up(self, conn: TConn) -> None:
        del self.hanging_up[conn]
        self.poller.unregister(conn.sock)
        self.close(conn)

    def close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()

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
        for conn, (deadline, _) in [*self.hanging_up.items()]:
            if deadline < now:
                self.hang_up(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answers in JSON. gunicorn's own answer is HTML and, like its log, repeats what the client sent."""
        with suppress(OSError):
            client.settimeout(SECONDS)
            if isinstance(exc, errors.ParseException):
                self.log.warning("Refused a request that is not HTTP as it should be: %s", type(exc).__name__)
                client.sendall(refusal(exc))
            else:
                super().handle_error(req, client, addr, exc)


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
