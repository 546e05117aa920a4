"""A ready-made case of the first page shows the service's own answer, and what accepting a suggestion changes."""

import json
import re
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient

from cds_service.config.settings import Settings
from cds_service.pages.demo.cases import ready_cases
from cds_service.web import create_app
from tests.hook.card_contract import findings_of
from tests.pages.demo.first_page import KNOWLEDGE, LANGUAGES, TODAY, WORST, answered, html, seen, text_of
from tests.running.client import HOOK_PATH, SANDBOX_ORDER

# Nothing to say, a taper that is right, another disease, and orders within the text of their year.
WITHOUT_SUGGESTIONS = {"silence", "taper", "spasticity", "in-2012", "in-2016", "in-2020"}


def day_of(case: str) -> date:
    return next(ready.on or TODAY for ready in ready_cases() if ready.id == case)


@pytest.mark.parametrize("case", WORST)
def test_a_ready_made_case_shows_what_it_is_there_to_show(client: FlaskClient, case: str) -> None:
    page = html(client, "/", case=case)
    cards = answered(page)["cards"]

    if WORST[case] is None:
        assert cards == []
        assert "Aucune carte" in seen(page)
    else:
        worst = cards[0]["source"]["topic"]["code"], cards[0]["indicator"]
        assert worst == WORST[case]
        assert cards[0]["summary"].replace("\u00a0", " ") in seen(page)


def test_there_is_no_case_that_no_test_expects() -> None:
    assert {ready.id for ready in ready_cases()} == WORST.keys()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", WORST)
def test_the_page_shows_byte_for_byte_what_the_service_answers(client: FlaskClient, case: str, language: str) -> None:
    page = html(client, "/", case=case, lang=language)
    service = create_app(KNOWLEDGE, lambda: TODAY, on=day_of(case)).test_client()

    sent = service.post(
        HOOK_PATH,
        data=text_of(page, "raw-request").encode(),
        content_type="application/json",
        headers={"Accept-Language": language},
    )

    assert sent.status_code == 200
    assert sent.get_json() == answered(page)


def test_the_case_of_the_sandbox_is_the_request_that_the_sandbox_sent(client: FlaskClient) -> None:
    shown = json.loads(text_of(html(client, "/", case="sandbox"), "raw-request"))

    assert shown == json.loads(SANDBOX_ORDER.read_bytes())


@pytest.mark.parametrize("case", WORST)
def test_every_suggestion_of_a_case_is_a_button_that_applies_it_and_judges_again(
    client: FlaskClient, case: str
) -> None:
    page = html(client, "/", case=case)
    before = answered(page)["cards"]
    offered = [item for card in before for item in card.get("suggestions", [])]
    assert bool(offered) == (case not in WITHOUT_SUGGESTIONS)
    for suggestion in offered:
        assert f'value="{suggestion["uuid"]}"' in page
        after = html(client, "/", case=case, apply=suggestion["uuid"])

        left = findings_of(answered(after)["cards"])
        answers = suggestion["extension"]["org.baclofen-cds"]["answers"]
        assert answers
        assert {left.get(rule, "info") for rule in answers} == {"info"}
        assert suggestion["label"].replace("\u00a0", " ") in seen(after)


def test_a_second_click_judges_the_order_that_the_first_one_left(client: FlaskClient) -> None:
    page = html(client, "/", case="above-300")
    first = answered(page)["cards"][0]["suggestions"][0]
    changed = html(client, "/", case="above-300", apply=first["uuid"])
    form = {"request": text_of(changed, "raw-request"), "on": "2026-11-22", "lang": "fr"}

    again = client.post("/", data=form).get_data(as_text=True)

    assert answered(again) == answered(changed)
    assert answered(again) != answered(page)


def test_the_plan_of_a_suggestion_is_drawn_and_leads_to_its_page(client: FlaskClient) -> None:
    page = html(client, "/", case="start", lang="fr")
    link = re.search(r'href="(\./taper\?[^"]+)"', page)

    assert "<polyline" in page
    assert link
    plan = client.get(unescape(link[1]).removeprefix("."))
    assert plan.status_code == 200
    points = re.search(r'points="([^"]+)"', page)
    assert points
    assert points[1] in plan.get_data(as_text=True)


def test_the_reasoning_is_the_one_of_the_command(client: FlaskClient) -> None:
    page = seen(html(client, "/", case="in-2018"))

    assert "daily-dose-above-maximum" in page
    assert KNOWLEDGE.rules_version in page


def test_a_case_of_the_past_says_that_the_service_itself_judges_by_today(client: FlaskClient) -> None:
    assert "--on 2018-05-10" in seen(html(client, "/", case="in-2018"))
    assert "--on" not in seen(html(client, "/", case="start")).partition("curl")[2][:200]


@pytest.mark.parametrize(
    ("taken", "times", "taken_now"),
    [("120", "3", "40 mg × 3"), ("100", "3", "50 mg × 2"), ("0.5", "4", "0,5 mg × 1")],
)
def test_what_is_taken_is_taken_as_it_is_ordered(client: FlaskClient, taken: str, times: str, taken_now: str) -> None:
    hook = json.loads(text_of(html(client, "/", taken=taken, times=times), "raw-request"))
    (line,) = hook["prefetch"]["medications"]["entry"][0]["resource"]["dosageInstruction"]

    quantity, repeat = line["doseAndRate"][0]["doseQuantity"], line["timing"]["repeat"]
    assert f"{quantity['value']:g} mg × {repeat['frequency']}".replace(".", ",") == taken_now


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_leads_to_the_page_of_its_rule_once(language: str) -> None:
    settings = Settings(public_url="https://cds.example", anonymous_per_minute=0)
    page = html(create_app(KNOWLEDGE, lambda: TODAY, settings=settings).test_client(), "/", lang=language)

    sources = re.findall(r'<p class="from">(.*?)</p>', page)
    assert sources
    assert [source.count("/rules/") + source.count('"rules/') for source in sources] == [1] * len(sources)
