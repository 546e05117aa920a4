"""HTTP and parsing: rows 33 to 46. Whatever a client sends, the service answers in JSON and keeps running."""

import json
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest

from cds_service.http.worker import SECONDS
from tests.running.client import HOOK_PATH, SANDBOX_ORDER, Service, assert_refused, receive, sandbox_order
from tests.store.waiting import eventually

LIMIT = 8 * 1024 * 1024
HEAD = f"POST {HOOK_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()
BODY = SANDBOX_ORDER.read_bytes()


def with_dose(value: str) -> bytes:
    order = sandbox_order()
    (entry,) = order["context"]["draftOrders"]["entry"]
    entry["resource"]["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] = "VALUE"
    return json.dumps(order).replace('"VALUE"', value).encode()


def test_row_33_a_content_length_above_the_limit_is_refused_at_once(service: Service) -> None:
    assert_refused(service.exchange(HEAD + b"Content-Length: %d\r\n\r\n" % (LIMIT + 1)), 413)


def test_row_33_a_body_of_exactly_the_limit_is_read(service: Service) -> None:
    assert service.sign(BODY.ljust(LIMIT)).status == 200


def test_row_34_chunked_body_above_the_limit_is_refused(service: Service) -> None:
    body = BODY.ljust(LIMIT + 1)

    answer = service.exchange(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))

    assert_refused(answer, 413)


def test_row_34_chunked_body_within_the_limit_is_read(service: Service) -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(BODY[i : i + 999]), BODY[i : i + 999]) for i in range(0, len(BODY), 999))

    answer = service.exchange(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")

    assert answer.status == 200


@pytest.mark.parametrize("depth", [100, 2_000, 1_000_000])
def test_row_35_deep_nesting_is_refused(service: Service, depth: int) -> None:
    said = assert_refused(service.sign(b'{"context":' + b"[" * depth + b"]" * depth + b"}"), 400)

    assert "64 deep" in said


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1e-999999999"])
def test_row_36_numbers_that_are_none_are_refused(service: Service, number: str) -> None:
    assert_refused(service.sign(with_dose(number)), 400)


def test_row_37_a_member_given_twice_is_refused(service: Service) -> None:
    said = assert_refused(service.sign(with_dose('40,"value":400')), 400)

    assert "context: holds an object that names the same member twice" in said


@pytest.mark.parametrize("number", ["9" * 5_000, "1E2", "80.0", "0.1", "-1", "0"])
def test_row_38_numbers_of_any_form_and_size_are_read(service: Service, number: str) -> None:
    assert service.sign(with_dose(number)).status == 200


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_row_39_only_utf_8_without_a_mark_is_read(service: Service, encoding: str) -> None:
    assert_refused(service.sign(BODY.decode().encode(encoding)), 400)


@pytest.mark.parametrize("text", [b'"\xe9"', b'"\\ud800"', b'"\\udc00x"', b'"\x00"', b'"\xed\xa0\x80"'])
def test_row_39_text_that_is_none_is_refused(service: Service, text: bytes) -> None:
    assert_refused(service.sign(with_dose("0").replace(b'"order-sign"', text)), 400)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "GZIP"])
def test_row_40_compressed_bodies_are_refused_unread(service: Service, encoding: str) -> None:
    assert_refused(service.sign(BODY, **{"Content-Encoding": encoding}), 415)


def test_row_40_the_encoding_that_changes_nothing_is_accepted(service: Service) -> None:
    assert service.sign(BODY, **{"Content-Encoding": "identity"}).status == 200


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/fhir+json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON;charset=UTF-8", 200),
        ('application/json; charset="utf-8"', 200),
        ("application/json;charset=UTF8", 200),
        ("application/json; charset=us-ascii", 200),
        ("application/json; charset=latin-1", 415),
        ("application/json; charset=utf-16", 415),
        ("text/plain", 415),
        ("", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
def test_row_41_media_types(service: Service, content_type: str, status: int) -> None:
    assert service.sign(BODY, content_type).status == status


def test_row_41_a_missing_media_type_is_refused(service: Service) -> None:
    assert_refused(service.call("POST", HOOK_PATH, BODY), 415)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'"x"', b"0", BODY[:500], BODY + BODY, b"{}", b"{,}", b"<html/>"]
)
def test_row_42_what_is_not_one_call_of_the_hook_is_refused(service: Service, body: bytes) -> None:
    assert_refused(service.sign(body), 400)


@pytest.mark.parametrize(
    "headers",
    [
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}    ",
        b"Host: elsewhere\r\nContent-Length: 2\r\n\r\n{}",
        b"X-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}",
        b"Content-Length: +2\r\n\r\n{}",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    ],
    ids=["te-and-cl", "two-lengths", "two-hosts", "folded", "signed-length", "chunk-size"],
)
def test_row_43_ambiguous_http_is_refused(service: Service, headers: bytes) -> None:
    assert_refused(service.exchange(HEAD + headers), 400)


@pytest.mark.parametrize(
    ("request_line", "header", "status"),
    [
        ("GET /" + "a" * 5_000 + " HTTP/1.1", "X: y", 414),
        ("GET / HTTP/1.1", "X: " + "a" * 9_000, 431),
        ("GET / HTTP/9.9", "X: y", 400),
        ("nonsense", "X: y", 400),
    ],
)
def test_row_43_heads_that_cannot_be_read_are_refused_in_json(
    service: Service, request_line: str, header: str, status: int
) -> None:
    answer = service.exchange(f"{request_line}\r\nHost: localhost\r\n{header}\r\n\r\n".encode())

    assert_refused(answer, status)
    assert answer.headers["Connection"] == "close"


def test_row_44_slow_bodies_and_heads_are_cut_and_hold_up_nobody(service: Service) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        bodies = [stack.enter_context(service.connect()) for _ in range(6)]
        heads = [stack.enter_context(service.connect()) for _ in range(6)]
        for connection in bodies:
            connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
        for connection in heads:
            connection.sendall(HEAD)

        assert_nobody_waits_for(bodies + heads, service)
        trickling = bodies[3:] + heads[3:]
        eventually(lambda: trickle(trickling) == len(trickling))  # though bytes go on coming

        for connection in bodies[:3]:
            assert_refused(receive(connection), 408)
        for connection in heads[:3]:
            assert connection.recv(1) == b""
    assert time.monotonic() - began > 4.5


def test_row_44_more_slow_clients_than_threads_are_all_cut_at_one_deadline(service: Service) -> None:
    began = time.monotonic()
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        connections = [stack.enter_context(service.connect()) for _ in range(120)]
        for connection in connections:
            connection.sendall(HEAD)
        health = pool.submit(service.get, "/healthz")

        eventually(lambda: cut(connections) > 0)
        until_the_first = time.monotonic() - began
        eventually(lambda: cut(connections) == len(connections))
        until_the_last = time.monotonic() - began
        assert health.result().status == 200
    assert until_the_first < 3 * SECONDS
    assert until_the_last < 2 * until_the_first  # one lot after another, in 2 x 16 threads, it would be four times


def test_row_45_idle_connections_hold_up_nobody(service: Service) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(service.connect()) for _ in range(200)]

        assert_nobody_waits_for(idle, service)


def assert_nobody_waits_for(connections: list[socket.socket], service: Service) -> None:
    """The health page is answered before any of these connections has come to its end."""
    for _ in range(3):
        assert service.get("/healthz").status == 200
    assert cut(connections) == 0


def cut(connections: list[socket.socket]) -> int:
    """How many of these connections the service has answered or ended."""
    ready = select.poll()
    for connection in connections:
        ready.register(connection, select.POLLIN)
    return len(ready.poll(0))


def trickle(connections: list[socket.socket]) -> int:
    """Some time later another byte on each; how many have been cut by then."""
    time.sleep(0.5)
    for connection in connections:
        with suppress(OSError):  # it has been cut
            connection.sendall(b"x")
    return cut(connections)


@pytest.mark.parametrize(
    "path",
    [
        "//cds-services",
        "/cds-services//",
        "//cds-services/baclofen-order-sign",
        "/cds-services//baclofen-order-sign",
        "/cds-services/%2e%2e/healthz",
        "/cds-services/../healthz",
        "/cds-services;x",
        "/CDS-SERVICES",
        "/cds-services/BACLOFEN-ORDER-SIGN",
        "/healthz%00",
        "/%ff",
    ],
)
def test_row_46_other_paths_are_404_in_json(service: Service, path: str) -> None:
    assert_refused(service.get(path), 404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "GET"])
def test_row_46_other_methods_are_405_in_json(service: Service, method: str) -> None:
    answer = service.call(method, HOOK_PATH)

    assert_refused(answer, 405)
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_headers_of_a_proxy_change_nothing(service: Service) -> None:
    spoofed = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "Script-Name": "/healthz"}

    assert service.call("GET", "/cds-services", headers=spoofed).json == service.get("/cds-services").json
