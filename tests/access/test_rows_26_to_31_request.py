"""Rows 26 to 29 and 31: unusual headers, things that belong to another client, and one answer to every failure."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.access.conftest import BETA, World, assert_401
from tests.access.deployment import BODY
from tests.access.forge import compact
from tests.running.client import HOOK_PATH, assert_refused, receive

HEAD = f"POST {HOOK_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()


@pytest.mark.parametrize("place", ["query", "body", "cookie", "x-header"])
def test_row_26_a_token_elsewhere_is_no_token(world: World, place: str) -> None:
    token, path, headers, body = world.alpha.token(), HOOK_PATH, {"Content-Type": "application/json"}, BODY
    if place == "query":
        path += f"?access_token={token}&Authorization=Bearer%20{token}"
    elif place == "cookie":
        headers["Cookie"] = f"Authorization=Bearer {token}"
    elif place == "x-header":
        headers["X-Authorization"] = headers["Proxy-Authorization"] = f"Bearer {token}"
    else:
        body = json.dumps(json.loads(BODY) | {"access_token": token, "Authorization": f"Bearer {token}"}).encode()

    assert_401(world, world.deployment.service.call("POST", path, body, headers), "no-token")


def test_row_27_a_long_header_is_refused(world: World) -> None:
    head = HEAD + b"Authorization: Bearer " + b"a" * 20_000 + b"\r\n\r\n"

    assert_refused(world.deployment.service.exchange(head), 431)


def test_row_27_a_huge_header_is_not_read_to_its_end(world: World) -> None:
    with world.deployment.service.connect() as connection, suppress(ConnectionError):
        connection.sendall(HEAD + b"Authorization: Bearer " + b"a" * 10_000_000 + b"\r\n\r\n")
        assert receive(connection).status == 431

    assert world.deployment.service.get("/healthz").status == 200


@pytest.mark.parametrize(
    ("lines", "statuses"),
    [
        (b"Authorization: Bearer %b\r\nAuthorization: Bearer %b", {400, 401}),
        (b"Authorization: Bearer Bearer %b", {401}),
        (b"Authorization: Bearer\t%b", {401}),
        (b"Authorization: Bearer  %b", {401}),
        (b"Authorization: Bearer %b extra", {401}),
        (b"Authorization: Bearer %b,", {401}),
        (b"Authorization: %b", {401}),
        (b"Authorization: Basic %b", {401}),
        (b"Authorization: Bearer\r\n %b", {400}),
        (b"Authorization : Bearer %b", {400}),
    ],
)
def test_row_28_ambiguous_headers_are_refused(world: World, lines: bytes, statuses: set[int]) -> None:
    token = world.alpha.token().encode()
    header = lines.replace(b"%b", token)

    answer = world.deployment.service.exchange(HEAD + header + b"\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)

    assert answer.status in statuses
    assert_refused(answer, answer.status)


def test_row_28_the_scheme_has_no_case(world: World) -> None:
    assert world.deployment.service.sign(BODY, Authorization=f"bEARER {world.alpha.token()}").status == 200


@pytest.mark.parametrize("tenant", ["hospital-a", "", None, ["hospital-b"], 5])
def test_row_29_another_tenant_is_refused(world: World, tenant: Any) -> None:
    assert_401(world, world.deployment.sign(world.beta.token(tenant=tenant)), "tenant")


@pytest.mark.parametrize("subject", ["app-a", "", None])
def test_row_29_another_subject_is_refused_where_the_entry_names_one(world: World, subject: Any) -> None:
    assert_401(world, world.deployment.sign(world.beta.token(sub=subject)), "subject")


@pytest.mark.parametrize(
    "base",
    [
        BETA,
        BETA + "/",
        BETA + "//",
        BETA.replace("https", "HTTPS"),
        BETA.replace("beta", "Beta"),
        BETA.replace(".example", ".example."),
        BETA.replace(".example", ".example:443"),
        BETA.replace("/fhir", "/other/../fhir"),
        BETA.replace("/fhir", "/./fhir"),
        BETA.replace("/fhir", "/%66hir"),
        BETA.replace("//", "//user@"),
        f" {BETA} ",
        f"{BETA}?x=1#y",
    ],
)
def test_row_29_the_fhir_server_of_another_client_is_refused(world: World, base: str) -> None:
    body = json.dumps(json.loads(BODY) | {"fhirServer": base}).encode()

    assert_401(world, world.deployment.sign(world.alpha.token(), body), "fhir-server-of-another")


def test_row_29_a_record_that_is_no_json_does_not_hide_the_server_of_another_client(world: World) -> None:
    call = json.loads(BODY) | {"fhirServer": BETA, "prefetch": {"goals": {"total": float("nan")}}}

    assert_401(world, world.deployment.sign(world.alpha.token(), json.dumps(call).encode()), "fhir-server-of-another")


def test_row_29_a_server_that_nobody_has_registered_is_not_read_but_the_orders_are_judged(world: World) -> None:
    body = json.dumps(json.loads(BODY) | {"fhirServer": world.keys.url("fhir")}).encode()

    assert world.deployment.sign(world.alpha.token(), body).status == 200
    assert world.keys.count("fhir") == 0


def every_failure(world: World) -> dict[str, Callable[[], str | None]]:
    alpha, now = world.alpha, int(time.time())
    used = alpha.token()
    world.deployment.sign(used)
    return {
        "no token": lambda: None,
        "garbage": lambda: "garbage",
        "unknown issuer": lambda: alpha.token(iss="https://unknown.example"),
        "unknown key": lambda: alpha.token({"kid": "unknown"}),
        "bad signature": lambda: compact(alpha.header(), alpha.claims(), lambda _: b"\1" * 96),
        "expired": lambda: alpha.token(iat=now - 400, exp=now - 100),
        "audience": lambda: alpha.token(aud="https://other.example"),
        "tenant": lambda: world.beta.token(tenant="a"),
        "jti": lambda: alpha.token(jti=""),
        "replay": lambda: used,
        "algorithm": lambda: alpha.token({"alg": "HS256"}),
        "jku": lambda: alpha.token({"jku": "https://other.example"}),
    }


def test_row_31_every_failure_looks_the_same(world: World) -> None:
    seen = {}
    for name, token in every_failure(world).items():
        answer = world.deployment.sign(token())
        kept = {key: value for key, value in answer.headers.items() if key not in ("X-Request-Id", "Date")}
        seen[name] = (answer.status, answer.body, tuple(sorted(kept.items())))

    assert len(set(seen.values())) == 1, seen
