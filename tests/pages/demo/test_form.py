"""The form of the first page: an edited form is judged; a field that cannot be read is named."""

import re

import pytest
from flask.testing import FlaskClient

from cds_service.pages.demo import client_entry, fields
from tests.hook.card_contract import findings_of
from tests.pages.demo.first_page import FORM, LANGUAGES, answered, html, html_of


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"tablets": "2", "times": "4"}, "initial-dose-too-high"),
        ({"taken": "60", "tablets": "2"}, "dose-increase-too-fast"),
        ({"age": "16"}, "not-adult"),
        ({"drinks": "30"}, "consumption-below-threshold"),
        ({"drinks": "50", "sex": "female"}, "initial-dose-too-high"),
        ({"psychiatric": "1"}, "psychiatric-history"),
        ({"seizure": "1"}, "seizure-history"),
        ({"tried": ""}, "prior-treatment-not-documented"),
        ({"product": "lioresal-10"}, "product-not-authorised"),
        ({"taken": "120", "act": "stop"}, "abrupt-stop"),
        ({"taken": "120", "act": "taper"}, "taper-in-progress"),
        ({"on": "2018-05-10", "taken": "90", "tablets": "1.5"}, "daily-dose-above-maximum"),
        ({"sex": "unknown", "drinks": "50"}, "check-incomplete"),
        ({"drinks": ""}, "check-incomplete"),
    ],
    ids=str,
)
def test_what_is_edited_in_the_form_is_what_is_judged(
    client: FlaskClient, changed: dict[str, str], rule: str
) -> None:
    sent = {name: value for name, value in {**FORM, **changed}.items() if value or name == "drinks"}

    page = html(client, "/", **sent)

    assert rule in findings_of(answered(page)["cards"])
    for name, value in changed.items():
        if name in fields.NUMBERS:
            assert re.search(rf'name="{name}"[^>]*value="{re.escape(value)}"', page)


def test_a_referral_on_record_silences_what_asks_for_it(client: FlaskClient) -> None:
    sent = {**FORM, "taken": "120", "tablets": "2"}

    without, with_one = (
        findings_of(answered(html(client, "/", **one))["cards"]) for one in (sent, {**sent, "referred": "1"})
    )

    assert without.get("specialist-care") == "warning"
    assert "specialist-care" not in with_one


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("on", "2012-04-23"), ("on", "2026-11-23"), ("on", "22/11/2026"), ("age", "121"), ("age", "4.5"),
        ("tablets", "0"), ("tablets", "0.3"), ("tablets", "1e3"), ("times", "7"), ("times", ""), ("taken", "-1"),
        ("taken", "1001"), ("drinks", "beaucoup"), ("product", "aspirin"), ("act", "x"), ("sex", "x"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_field_that_cannot_be_read_is_named_and_nothing_is_judged(
    client: FlaskClient, name: str, value: str, language: str
) -> None:
    page = html_of(client, 400, "/", {**FORM, name: value, "lang": language})

    assert re.findall(r'id="error-(\w+)"', page) == [name]
    assert re.search(rf'id="{name}"[^>]*aria-invalid="true"[^>]*aria-describedby="error-{name}"', page)
    assert "raw-response" not in page


def test_a_number_may_be_written_with_a_comma(client: FlaskClient) -> None:
    assert answered(html(client, "/", **{**FORM, "tablets": "0,5", "times": "2"}))["cards"] == []


def test_a_member_of_the_query_that_is_not_known_is_neither_read_nor_shown(client: FlaskClient) -> None:
    page = html(client, "/", name="Jeanne Martin", case="start", note="<b>Jeanne</b>")

    assert "Jeanne" not in page


def test_an_address_of_the_page_holds_fields_and_nothing_else(client: FlaskClient) -> None:
    page = html(client, "/", **FORM)
    forms = re.findall(r'<form[^>]*method="get".*?</form>', page, re.DOTALL)
    names = {name for form in forms for name in re.findall(r' name="([^"]+)"', form)}
    typed = {"day", *("d1", "d2", "d3"), "break", "without", "failed", "damage", "lang", "case", "apply"}

    assert names <= {*fields.NAMES, *typed, *client_entry.NAMES}
    free = re.findall(r"<(?:textarea|input(?![^>]*type=)(?![^>]*inputmode))[^>]*name=\"(\w+)\"", "".join(forms))
    assert set(free) <= set(client_entry.TEXTS)
