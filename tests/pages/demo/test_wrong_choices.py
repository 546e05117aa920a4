"""A parameter that is wrong is said, and nothing else is shown in its place as if it had been asked for."""

import pytest
from flask.testing import FlaskClient

from tests.pages.demo.first_page import html, html_of, seen


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/?tablets=abc", "Tablets per intake"),
        ("/?case=nobody", "Ready-made case"),
        ("/?case=start&on=2011-01-01", "Day of signing"),
        ("/rules?day=tomorrow", "Day of the rules"),
        ("/rules?d2=2011-01-01", "Day 2"),
        ("/break?break=1&damage=flood", "Damage"),
        ("/break?break=1&without=everything", "Damage"),
        ("/?lang=de", "Language"),
        ("/rules?lang=de", "Language"),
    ],
)
def test_what_is_wrong_is_said(client: FlaskClient, address: str, said: str) -> None:
    path, _, query = address.partition("?")
    given = dict(pair.split("=") for pair in query.split("&"))

    page = html_of(client, 400, path, {"lang": "en"} | given, "en")

    assert f"{said} : " in seen(page.partition('role="alert"')[2].partition("</div>")[0])


@pytest.mark.parametrize("query", [{"tablets": "abc"}, {"case": "nobody"}])
def test_no_other_order_is_judged_instead(client: FlaskClient, query: dict[str, str]) -> None:
    assert "card-source" not in html_of(client, 400, "/", query)
    assert '<h4 class="summary">' not in html_of(client, 400, "/", query).partition('id="rules"')[0]


def test_fields_without_the_form_change_the_case(client: FlaskClient) -> None:
    assert "40 mg/day" in seen(
        html(client, "/", case="start", tablets="1", times="2", product="baclocur-20", lang="en")
    )
