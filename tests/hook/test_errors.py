"""Every error is an OperationOutcome in JSON that says where and what to do, and contains no patient data."""

import logging
from datetime import date

import pytest

from cds_service.web import create_app
from tests.known import known
from tests.running.client import HOOK_PATH, SANDBOX_ORDER, Service, assert_refused, sandbox_order


def test_an_unknown_path_is_404(service: Service) -> None:
    assert "GET /cds-services" in assert_refused(service.get("/cds-services/other"), 404)


def test_a_wrong_method_is_405_and_names_the_right_ones(service: Service) -> None:
    answer = service.get(HOOK_PATH)

    assert_refused(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_all_faults_come_at_once_each_with_its_path(service: Service) -> None:
    answer = service.sign_order({"hook": "order-sign", "context": {"patientId": "a/b"}})

    assert_refused(answer, 400)
    assert [issue["expression"] for issue in answer.json["issue"]] == [
        ["hookInstance"],
        ["context.userId"],
        ["context.draftOrders"],
        ["context.patientId"],
    ]


def test_no_value_of_the_request_is_repeated(service: Service) -> None:
    order = sandbox_order()
    order["hook"] = "secret-hook"
    order["context"] |= {"patientId": "secret patient", "draftOrders": {"resourceType": "secret"}}

    assert b"secret" not in service.sign_order(order).body


def test_a_defect_of_ours_is_500_without_detail_in_answer_or_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise KeyError("patient secret")

    monkeypatch.setattr("cds_service.web.answer", fail)
    client = create_app(known(), lambda: date(2026, 11, 22)).test_client()

    with caplog.at_level(logging.ERROR):
        response = client.post(HOOK_PATH, data=SANDBOX_ORDER.read_bytes(), content_type="application/json")

    assert response.status_code == 500
    assert response.get_json()["issue"][0]["code"] == "exception"
    assert "KeyError at test_errors.py" in caplog.text
    assert "secret" not in response.get_data(as_text=True) + caplog.text


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("en-GB,en;q=0.9", "en"),
        ("fr-CA", "fr"),
        ("de", "fr"),
        ("fr;q=0.2,en;q=0.8", "en"),
        ("", "fr"),
        ("fr-FR, en;q=0.5", "fr"),
        ("fr-CH, de, en;q=0.9", "fr"),
        ("en-GB, fr;q=0.5", "en"),
        ("*, en;q=0", "fr"),
    ],
)
def test_the_language_is_that_which_the_client_prefers(service: Service, asked: str, given: str) -> None:
    headers = service.sign(SANDBOX_ORDER.read_bytes(), **{"Accept-Language": asked}).headers

    assert (headers["Content-Language"], headers["Vary"]) == (given, "Accept-Language")
