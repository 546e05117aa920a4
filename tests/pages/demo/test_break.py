"""The part of the first page that damages a request and shows that a card reports it."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from cds_service.base.names import PREFETCH
from cds_service.pages.demo import damage
from tests.pages.demo.first_page import html


@pytest.mark.parametrize("way", ["without", "failed"])
@pytest.mark.parametrize("key", PREFETCH)
def test_a_key_that_is_left_out_or_fails_is_said_on_a_card(client: FlaskClient, key: str, way: str) -> None:
    case = {"observations": "start", "medications": "start"}.get(key, "above-80")
    page = html(client, "/break", **{"break": "1", way: key, "case": case})

    found = re.findall(r'"id": "([\w-]+)"', text_of_details(page))
    assert "check-incomplete" in found
    assert '<h4 class="summary">' in page


def text_of_details(page: str) -> str:
    """The answer to a damaged request: the second text block below it."""
    return unescape(re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)[1])


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        ("words", "dose-not-computable"),
        ("other-patient", "patient-mismatch"),
        ("no-product", "check-not-done"),
        ("slow", "check-incomplete"),
        ("null", "indication-not-documented"),
        ("paged", "check-incomplete"),
    ],
)
def test_an_order_that_cannot_be_read_gets_a_card_that_says_so(
    client: FlaskClient, damage: str, finding: str
) -> None:
    page = html(client, "/break", **{"break": "1", "damage": damage})

    assert f'"id": "{finding}"' in text_of_details(page)
    assert 'class="summary">' in page


def test_a_body_that_is_no_json_is_an_error_and_the_page_asks_what_the_ehr_shows(client: FlaskClient) -> None:
    page = html(client, "/break", **{"break": "1", "damage": "cut", "lang": "en"})

    assert "HTTP 400" in page
    assert "What does yours show?" in page


def test_a_token_that_is_not_accepted_is_an_error_too(client: FlaskClient) -> None:
    assert "HTTP 401" in html(client, "/break", **{"break": "1", "damage": "token", "lang": "en"})


def test_everything_may_be_broken_at_once(client: FlaskClient) -> None:
    many = [("break", "1"), *(("without", key) for key in damage.KEYS), *(("failed", key) for key in damage.KEYS)]
    many += [("damage", kind) for kind in damage.DAMAGES if kind not in ("cut", "token")]

    response = client.get("/break?" + urlencode(many))

    assert response.status_code == 200
    assert '<h4 class="summary">' in response.get_data(as_text=True)


def test_before_anything_is_chosen_the_conditions_are_left_out(client: FlaskClient) -> None:
    page = html(client, "/break")

    assert (
        '"conditions"'
        not in unescape(re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)[0]).partition("prefetch")[2]
    )
    assert "check-incomplete" in page
