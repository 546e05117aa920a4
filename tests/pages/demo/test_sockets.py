"""The first page over sockets: its curl line, and forms that arrive in several packets."""

import shlex
import socket
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.pages.demo.first_page import answered, text_of
from tests.running.client import Service, assert_refused, receive
from tests.running.service import demo


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with demo(CDS_PUBLIC_URL="") as (service, _):
        yield service


def test_the_curl_line_gives_the_same_answer(running: Service) -> None:
    page = running.get("/?case=above-80&lang=en").body.decode()
    line = shlex.split(text_of(page, "curl"))
    headers = dict(part.split(": ", 1) for flag, part in pairwise(line) if flag == "-H")
    url, data = line[-3], line[-1]

    called = running.call("POST", url.removeprefix(f"http://127.0.0.1:{running.port}"), data.encode(), headers)

    assert (line[0], line[-2]) == ("curl", "--data-raw")
    assert called.status == 200
    assert called.json == answered(page)


POSTED = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"


def test_a_form_that_ends_too_early_is_not_judged_by_its_half(running: Service) -> None:
    with running.connect() as connection:
        connection.sendall(f"{POSTED}Content-Length: 99\r\n\r\nrequest=%7B".encode())
        connection.shutdown(socket.SHUT_WR)
        answer = receive(connection)

    assert_refused(answer, 408)


@pytest.mark.parametrize(
    ("chunks", "status"),
    [
        (b"9\r\nrequest=1\r\n0\r\n\r\n", 200),
        (b"X\r\nrequest=1\r\n0\r\n\r\n", 400),
        (b"".join(b"10000\r\n" + b"x" * 0x10000 + b"\r\n" for _ in range(9)) + b"0\r\n\r\n", 413),
    ],
    ids=["whole", "not chunks", "too long"],
)
def test_a_form_that_comes_in_chunks_is_read_whole_or_refused(running: Service, chunks: bytes, status: int) -> None:
    answer = running.exchange(f"{POSTED}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks)

    assert answer.status == status
