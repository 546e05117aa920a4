"""Row 47: clients in a browser, from any origin, in demo mode and without credentials."""

import pytest

from tests.running.client import HOOK_PATH, Answer, Service

ORIGIN = {"Origin": "https://sandbox.cds-hooks.org"}


def preflight(service: Service, path: str, method: str) -> Answer:
    asked = {
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return service.call("OPTIONS", path, headers=ORIGIN | asked)


@pytest.mark.parametrize(("path", "method"), [("/cds-services", "GET"), (HOOK_PATH, "POST")])
def test_row_47_a_preflight_is_answered_without_a_token(service: Service, path: str, method: str) -> None:
    answer = preflight(service, path, method)

    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, OPTIONS, POST"
    assert answer.headers["Access-Control-Allow-Headers"].lower() == "authorization, content-type"
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_row_47_a_public_page_may_call_a_demonstration_on_a_private_network(service: Service) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Private-Network": "true"}

    answer = service.call("OPTIONS", HOOK_PATH, headers=asked)

    assert answer.headers["Access-Control-Allow-Private-Network"] == "true"
    assert "Access-Control-Allow-Private-Network" not in preflight(service, HOOK_PATH, "POST").headers


@pytest.mark.parametrize("origin", ["null", "https://elsewhere.example"])
def test_row_47_any_origin_is_allowed_but_none_with_credentials(service: Service, origin: str) -> None:
    headers = service.call("GET", "/cds-services", headers={"Origin": origin}).headers

    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in headers


def test_row_47_errors_can_be_read_from_another_origin_too(service: Service) -> None:
    answers = {
        404: service.call("GET", "/nowhere", headers=ORIGIN),
        405: service.call("PUT", HOOK_PATH, headers=ORIGIN),
        415: service.call("POST", HOOK_PATH, b"{}", ORIGIN),
        400: service.sign(b"{}", **ORIGIN),
        413: service.announce(HOOK_PATH, 8 * 1024 * 1024 + 1, **ORIGIN),
    }

    for status, answer in answers.items():
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_row_47_a_token_is_ignored_in_demo_mode(service: Service) -> None:
    assert service.get("/cds-services", Authorization="Bearer nonsense").status == 200
