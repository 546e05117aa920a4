"""Rows 89 and 90: who does not read, or not hang up, holds up nobody; who sends what is refused unread is cut.

In each test the others are served while the bad clients are still there, not within so many seconds.
"""

import select
import socket
from contextlib import ExitStack

import pytest

from cds_service.server import options
from tests.hook.test_bad_input import BODY, HEAD
from tests.running.client import HOOK_PATH, Service, assert_refused, receive
from tests.running.service import demo
from tests.store.waiting import eventually

THREADS = options("", workers=1)["threads"]
LONG_FILE = "/baclofen-cds.postman_collection.json"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (HOOK_PATH, {"Content-Type": "text/plain"}, 415),
        (HOOK_PATH, {"Content-Encoding": "gzip"}, 415),
        (f"{HOOK_PATH}/nowhere", {}, 404),
        ("/healthz", {}, 405),
        ("/", {"Content-Type": "text/plain"}, 415),
    ],
)
def test_row_90_a_refusal_before_the_body_is_read_ends_the_connection(
    service: Service, path: str, headers: dict[str, str], status: int
) -> None:
    answer = service.announce(path, 100_000, **headers)

    assert_refused(answer, status)
    assert answer.headers["Connection"] == "close"


def test_row_90_a_body_that_is_too_large_ends_the_connection(service: Service) -> None:
    answer = service.announce(HOOK_PATH, 100_000_000)

    assert_refused(answer, 413)
    assert answer.headers["Connection"] == "close"


def test_row_90_a_body_that_comes_too_often_ends_the_connection() -> None:
    with demo(CDS_ANONYMOUS_PER_MINUTE="1") as (service, _):
        answers = [service.announce(f"{HOOK_PATH}/feedback", 100_000, **{"Content-Type": "text/plain"}) for _ in "12"]

    assert [answer.status for answer in answers] == [415, 429]
    assert {answer.headers["Connection"] for answer in answers} == {"close"}


def test_row_90_the_end_of_a_refused_body_is_thrown_away_and_the_answer_arrives_whole(service: Service) -> None:
    """Where bytes are left unread the kernel resets the connection, and the end of the answer is lost."""
    head = HEAD.replace(b"application/json", b"text/plain")

    assert_refused(service.exchange(head + b"Content-Length: 800000\r\n\r\n" + b" " * 800_000), 415)


@pytest.mark.parametrize("body", [BODY, b"{}"], ids=["answered", "refused"])
def test_row_90_a_body_that_was_read_leaves_the_connection_open(service: Service, body: bytes) -> None:
    with service.connect() as connection:
        for _ in range(2):
            connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            assert receive(connection).headers["Connection"] == "keep-alive"


def test_row_89_clients_that_do_not_hang_up_hold_up_nobody() -> None:
    with demo() as (service, _), ExitStack() as stack:
        held = [stack.enter_context(service.connect()) for _ in range(2 * THREADS)]
        for connection in held:
            connection.sendall(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        for connection in held:
            assert_refused(receive(connection), 404)

        assert service.get("/healthz").status == 200
        assert not any(is_closed(connection) for connection in held)
        eventually(lambda: all(is_closed(connection) for connection in held))


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed it: then the kernel refuses what is sent."""
    try:
        connection.send(b"x")
    except OSError:
        return True
    return False


def test_row_89_clients_that_read_no_answer_do_not_keep_the_threads() -> None:
    """Each asks many times for a long file: together more than the kernel takes. It is told when it is cut."""
    with demo(CDS_ANONYMOUS_PER_MINUTE="0") as (service, _), ExitStack() as stack:
        slow = [stack.enter_context(service.connect()) for _ in range(2 * THREADS)]
        for connection in slow:
            connection.sendall(f"GET {LONG_FILE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 200)

        eventually(lambda: has_ended(slow) > 0)
        assert service.get("/healthz").status == 200


def has_ended(connections: list[socket.socket]) -> int:
    """How many of these connections the service has ended, though nothing was read from them."""
    ended = select.poll()
    for connection in connections:
        ended.register(connection, select.POLLERR)
    return len(ended.poll(0))


def test_row_89_an_answer_within_the_bound_leaves_no_thread_waiting_for_who_does_not_read() -> None:
    with demo() as (service, _), ExitStack() as stack:
        slow = [stack.enter_context(service.connect()) for _ in range(3 * THREADS)]
        for connection in slow:
            connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)

        assert service.get("/healthz").status == 200
        for connection in slow:
            assert receive(connection).status == 200
