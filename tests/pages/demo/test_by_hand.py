"""A request that is typed by hand on the first page."""

import json
import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from cds_service.hook.order_sign import answer
from cds_service.pages.demo.result import as_html
from tests.hook.card_contract import findings_of
from tests.pages.demo.first_page import KNOWLEDGE, answered, html, post, text_of
from tests.running.client import SANDBOX_ORDER


def test_a_request_by_hand_is_judged_on_its_day(client: FlaskClient) -> None:
    body = text_of(html(client, "/", case="in-2018"), "raw-request")

    page = post(client, body, on="2018-05-10").get_data(as_text=True)

    expected = answer(body.encode(), KNOWLEDGE, on=date(2018, 5, 10), language="en", names_day=True)
    assert answered(page) == json.loads(expected.body)
    assert "A request edited by hand" in page


@pytest.mark.parametrize("text", ["", "{", "[]", '{"hook": "order-sign"}', "[" * 5000, '{"a": NaN}', "\x00", "💊"])
def test_what_is_no_request_is_refused_in_words_and_without_a_card(client: FlaskClient, text: str) -> None:
    response = post(client, text)

    assert response.status_code == 200
    page = response.get_data(as_text=True)
    assert answered(page)["resourceType"] == "OperationOutcome"
    assert "HTTP 400" in page
    assert "The service cannot read the request" in page


def test_what_is_written_by_hand_is_shown_as_text(client: FlaskClient) -> None:
    evil = '{"hook": "</textarea><script>alert(1)</script>"}'

    page = post(client, evil).get_data(as_text=True)

    assert "<script>alert" not in page
    assert json.loads(text_of(page, "request")) == json.loads(evil)


def test_the_form_has_a_limit_and_a_type(client: FlaskClient) -> None:
    kind = "application/x-www-form-urlencoded"
    too_much = client.post("/", data=b"request=" + b"x" * 600_000, content_type=kind)
    other = client.post("/", data=b"{}", content_type="application/json")
    many = client.post("/", data="&".join(f"a{number}=1" for number in range(100)), content_type=kind)

    assert [too_much.status_code, other.status_code, many.status_code] == [413, 415, 400]
    assert too_much.get_json()["resourceType"] == "OperationOutcome"


def test_a_fhir_server_that_is_named_by_hand_is_not_called(client: FlaskClient) -> None:
    hook = json.loads(SANDBOX_ORDER.read_bytes()) | {"fhirServer": "https://127.0.0.1:9/fhir"}
    hook["fhirAuthorization"] = {"access_token": "t", "token_type": "Bearer", "expires_in": 300}
    hook["fhirAuthorization"] |= {"scope": "patient/*.read", "subject": "x"}
    hook["prefetch"] = {}

    page = post(client, json.dumps(hook)).get_data(as_text=True)

    assert "check-incomplete" in findings_of(answered(page)["cards"])


def test_html_and_images_in_a_card_are_text() -> None:
    drawn = as_html("**a** <script>x</script> ![i](https://x.example/i.png) [l](javascript:alert(1)) <b onclick=x>")

    assert "<strong>a</strong>" in drawn
    assert not re.findall(r"<(script|img|b )|href=.javascript", drawn)
