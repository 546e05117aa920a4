"""The first page: the service's own answers, nothing of a person, nothing stored, nothing from elsewhere."""

import json
import re
import shlex
import socket
import time
import tomllib
from collections.abc import Iterator
from datetime import date
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, select

from cds_service.clients import read_clients
from cds_service.core.findings import Group
from cds_service.door import broken, client_entry, fields, rule_view
from cds_service.door.cases import ready_cases
from cds_service.door.identity import looks_like_identity
from cds_service.door.judged import as_html
from cds_service.errors import Fault
from cds_service.loading import load_knowledge
from cds_service.order_sign import PREFETCH, answer
from cds_service.settings import Settings
from cds_service.store.tables import ANSWERS
from cds_service.web import create_app
from tests.card_contract import findings_of
from tests.http.client import HOOK_PATH, SANDBOX_ORDER, Service, assert_refused, receive
from tests.http.conftest import demo
from tests.trust.deployment import PUBLIC_URL, deployed, production

ROOT = Path(__file__).parent.parent
TODAY = date(2026, 11, 22)
KNOWLEDGE = load_knowledge()
LANGUAGES = ("fr", "en")
PATHS = ("/", "/rules", "/break", "/connect")
FORM = {"sex": "male", "age": "45", "alcohol": "1", "drinks": "80", "tried": "1", "taken": "0", "act": "prescribe"}
FORM |= {"product": "baclocur-20", "tablets": "1", "times": "3", "on": "2026-11-22"}

# The worst finding of each ready-made case, from the design and not from the program.
WORST = {
    "above-80": ("specialist-care", "warning"),
    "silence": None,
    "start": ("initial-dose-too-high", "warning"),
    "above-300": ("daily-dose-above-recommended", "critical"),
    "stop": ("abrupt-stop", "critical"),
    "taper": ("taper-in-progress", "info"),
    "generic": ("product-not-authorised", "warning"),
    "spasticity": None,
    "sandbox": ("daily-dose-above-recommended", "critical"),
    "in-2012": ("outside-indication", "info"),
    "in-2016": ("daily-dose-above-maximum", "critical"),
    "in-2018": ("daily-dose-above-maximum", "critical"),
    "in-2020": ("product-not-authorised", "warning"),
}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(KNOWLEDGE, lambda: TODAY, settings=Settings(anonymous_per_minute=0)).test_client()


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with demo(CDS_PUBLIC_URL="") as (service, _):
        yield service


def html(client: FlaskClient, path: str, /, **query: str) -> str:
    return html_of(client, 200, path, query)


def html_of(client: FlaskClient, status: int, path: str, query: dict[str, str]) -> str:
    response = client.get(path, query_string=query)
    assert response.status_code == status, response.get_data(as_text=True)[:300]
    assert response.content_type == "text/html; charset=utf-8"
    return response.get_data(as_text=True)


def seen(page: str) -> str:
    """The page as a reader sees it: entities and no-break spaces as they look."""
    return unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ")


def text_of(page: str, identity: str) -> str:
    found = re.search(rf'id="{identity}"[^>]*>(.*?)</(?:pre|textarea)>', page, re.DOTALL)
    assert found, identity
    return unescape(found[1])


def answered(page: str) -> Any:
    return json.loads(text_of(page, "raw-response"))


def day_of(case: str) -> date:
    return next(ready.on or TODAY for ready in ready_cases() if ready.id == case)


# --- the whole page ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_has_the_four_parts_and_each_has_a_page_of_its_own(client: FlaskClient, language: str) -> None:
    first = html(client, "/", lang=language)

    assert f'<html lang="{language}">' in first
    assert re.findall(r'<section id="(\w+)"', first) == ["try", "rules", "break", "connect"]
    for path in PATHS[1:]:
        assert re.findall(r'<section id="(\w+)"', html(client, path, lang=language)) == [path.strip("/")]


def test_french_unless_english_is_asked_for(client: FlaskClient) -> None:
    assert '<html lang="fr">' in html(client, "/")
    english = client.get("/", headers={"Accept-Language": "en-GB"})
    assert '<html lang="en">' in english.get_data(as_text=True)
    assert english.headers["Content-Language"] == "en"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_every_page_says_that_this_is_no_medical_device(client: FlaskClient, path: str, language: str) -> None:
    words = {"fr": "Démonstration, pas un dispositif médical.", "en": "A demonstration, not a medical device."}
    assert words[language] in seen(html(client, path, lang=language))


@pytest.mark.parametrize("path", [*PATHS, "/door.css", "/door.js"])
def test_nothing_comes_from_elsewhere_and_no_script_or_style_is_inline(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    page = response.get_data(as_text=True)
    policy = response.headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:|@import|url\(", page)
    assert set(re.findall(r'<script[^>]*?src="([^"]+)"', page)) <= {"door.js"}
    assert len(re.findall(r"<script", page)) == len(re.findall(r"<script[^>]*?src=", page))
    assert set(re.findall(r'<link[^>]+href="([^"]+)"', page)) <= {"data:,", "door.css"}
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["Cache-Control"] == "no-store"


def test_every_link_within_the_page_leads_to_something(client: FlaskClient) -> None:
    page = html(client, "/", lang="en")
    links = {unescape(link) for link in re.findall(r'<a [^>]*?href="([^"]+)"', page)}
    inside = {link for link in links if not link.startswith("https://")}
    ids = set(re.findall(r' id="([^"]+)"', page))

    assert len(inside) > 20
    for link in inside:
        address, _, fragment = link.partition("#")
        assert not fragment or fragment in ids, link
        assert not address or client.get("/" + address.removeprefix("./")).status_code == 200, link


def test_the_words_of_the_page_do_not_collide_with_those_of_a_plan() -> None:
    door, plan = (tomllib.loads((ROOT / "cards" / f"{name}.toml").read_text("utf-8")) for name in ("door", "plan"))

    assert not door.keys() & plan.keys()


# --- 1: try it ---------------------------------------------------------------------------------


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
    for suggestion in (item for card in before for item in card.get("suggestions", [])):
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


def test_a_case_of_the_past_says_that_the_service_itself_judges_by_today(client: FlaskClient) -> None:
    assert "--on 2018-05-10" in seen(html(client, "/", case="in-2018"))
    assert "--on" not in seen(html(client, "/", case="start")).partition("curl")[2][:200]


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


# --- a request by hand -------------------------------------------------------------------------


def post(client: FlaskClient, text: str, **more: str) -> Any:
    return client.post("/", data={"request": text, "lang": "en", **more})


def test_a_request_by_hand_is_judged_on_its_day(client: FlaskClient) -> None:
    body = text_of(html(client, "/", case="in-2018"), "raw-request")

    page = post(client, body, on="2018-05-10").get_data(as_text=True)

    expected = answer(body.encode(), KNOWLEDGE, on=date(2018, 5, 10), language="en")
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


# --- identifiers -------------------------------------------------------------------------------


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, ...]:
    """The parts of an NIR: sex, year, month, department, commune, order."""
    return (
        draw(st.sampled_from("12")),
        f"{draw(st.integers(0, 99)):02}",
        f"{draw(st.integers(1, 12)):02}",
        draw(st.one_of(st.sampled_from(["2A", "2B", "2a"]), st.integers(1, 99).map(lambda number: f"{number:02}"))),
        f"{draw(st.integers(1, 999)):03}",
        f"{draw(st.integers(1, 999)):03}",
    )


def key_of_parts(parts: tuple[str, ...]) -> str:
    department = {"2A": "19", "2B": "18"}.get(parts[3].upper(), parts[3])
    return f"{97 - int(''.join([*parts[:3], department, *parts[4:]])) % 97:02}"


@given(
    numbers(), st.sampled_from(["", " ", "\u00a0", ".", "-"]), st.sampled_from(["{}", "n° {},", '{{"value":"{}"}}'])
)
def test_every_nir_is_seen_with_and_without_its_key(parts: tuple[str, ...], gap: str, around: str) -> None:
    whole = gap.join([*parts, key_of_parts(parts)])

    assert looks_like_identity(around.format(whole))
    assert looks_like_identity(around.format(gap.join(parts)))


def test_a_number_given_for_a_time_is_seen_by_its_key_alone() -> None:
    key = 97 - 7550814168025 % 97

    assert looks_like_identity(f"7550814168025{key:02}")
    assert not looks_like_identity(f"7550814168025{key % 97 + 1:02}")


def test_an_ins_is_seen_by_its_system_and_behind_escapes() -> None:
    assert looks_like_identity('{"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "x"}')
    assert looks_like_identity('{"value": "\\u0032550814168025\\u0033\\u0038"}')


def codes() -> Iterator[str]:
    for path in sorted((ROOT / "fhir_profiles").glob("*/*.json")):
        yield from re.findall(r'"([0-9A-Za-z.-]{6,})"', path.read_text("utf-8"))


def test_every_code_that_we_know_passes() -> None:
    known = set(codes())

    assert {"3400930163528", "66009893", "431260004"} <= known
    assert not [code for code in known if looks_like_identity(code)]


@pytest.mark.parametrize(
    "text",
    [
        "11111111-2222-3333-4444-555555555555", "2026-11-22T10:15:30.123456+01:00", "1795341600000",
        "urn:oid:1.2.250.1.213.1.1.4.322", "16224991000119103", "+33 1 55 87 30 00", "12345678901234567890",
    ],
)  # fmt: skip
def test_other_numbers_pass(text: str) -> None:
    assert not looks_like_identity(text)


def test_the_requests_of_the_page_pass(client: FlaskClient) -> None:
    for case in WORST:
        assert not looks_like_identity(text_of(html(client, "/", case=case), "raw-request"))


@pytest.mark.parametrize("written", ["255081416802538", "2 55 08 14 168 025 38"])
def test_an_identifier_is_refused_wherever_it_is_put_and_not_shown_again(client: FlaskClient, written: str) -> None:
    hook = json.loads(SANDBOX_ORDER.read_bytes())
    hook["prefetch"]["patient"]["identifier"] = [{"value": written}]
    answers = [
        client.get("/", query_string={**FORM, "drinks": written}),
        client.get("/", query_string={"case": "start", "note": written}),
        client.get("/connect", query_string={"id": written, "issuer": "x"}),
        post(client, json.dumps(hook)),
        post(client, written),
    ]

    for response in answers:
        page = response.get_data(as_text=True)
        assert response.status_code == 400
        assert 'role="alert"' in page
        assert written not in page
        assert "NIR" in page


# --- 2: the rules through time -----------------------------------------------------------------


@pytest.mark.parametrize("day", ["2012-04-24", "2016-05-10", "2017-07-24", "2021-03-04", "2026-11-22"])
def test_every_value_in_force_is_there_with_its_document(client: FlaskClient, day: str) -> None:
    page = html(client, "/rules", day=day, lang="fr")
    in_force = KNOWLEDGE.rules.in_force(date.fromisoformat(day))

    assert in_force
    assert re.findall(r'<span class="id">([\w-]+)</span>', page) == [
        rule.id for group in Group for rule, _ in in_force if rule.group is group
    ]
    for _, change in in_force:
        assert f'href="{change.source.url}"' in unescape(page)
        assert change.source.title.replace("\u00a0", " ") in seen(page)


def test_every_day_of_change_is_a_link_that_shows_it(client: FlaskClient) -> None:
    page = html(client, "/rules")
    days = {change.since.isoformat() for rule in KNOWLEDGE.rules.rules for change in rule.changes}

    linked = re.findall(r"day=(\d{4}-\d\d-\d\d)", page)

    assert linked == sorted(day for day in days if "2012-04-24" <= day <= "2026-11-22")
    assert 'class="fresh"' in html(client, "/rules", day="2017-07-24")


def test_the_chart_has_the_doses_of_the_rule_files() -> None:
    chart = rule_view.chart(KNOWLEDGE, TODAY, TODAY, "fr")

    drawn = [(band.rule, band.label.replace("\u00a0", " ")) for band in chart.bands]
    assert drawn == [
        ("daily-dose-above-maximum", "300 mg/j"),
        ("daily-dose-above-maximum", "80 mg/j"),
        ("daily-dose-above-recommended", "300 mg/j"),
        ("specialist-care", "80 mg/j"),
    ]
    first, second = chart.bands[:2]
    assert float(first.left) + float(first.width) == pytest.approx(float(second.left), abs=0.2)


def test_the_same_order_is_judged_on_three_days(client: FlaskClient) -> None:
    page = html(client, "/rules", case="above-80", lang="en")
    three = page.partition('class="three"')[2]
    columns = re.findall(r'<div class="day"><h4>(.*?)</h4>(.*?)(?=<div class="day">|</section>)', three, re.DOTALL)

    assert [day for day, _ in columns] == ["10 May 2016", "10 May 2018", "22 November 2026"]
    assert [re.findall(r'class="card [a-z ]*?(critical|warning|info|silent)', column) for _, column in columns] == [
        ["silent"],
        ["critical", "info"],
        ["warning", "info"],
    ]


def test_the_three_days_are_chosen_by_the_reader(client: FlaskClient) -> None:
    page = html(client, "/rules", case="in-2016", d1="2014-03-16", d2="2014-03-17", d3="2012-01-01", lang="en")

    assert "16 March 2014" in page
    assert "17 March 2014" in page
    assert 'name="d3" type="date" required min="2012-04-24" max="2026-11-22" value="2026-11-22"' in page


# --- 3: break it -------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["without", "failed"])
@pytest.mark.parametrize("key", PREFETCH)
def test_a_key_that_is_left_out_or_fails_is_said_on_a_card(client: FlaskClient, key: str, way: str) -> None:
    case = {"observations": "start", "medications": "start"}.get(key, "above-80")
    page = html(client, "/break", **{"break": "1", way: key, "case": case})

    found = re.findall(r'"id": "([\w-]+)"', text_of_details(page))
    assert "check-incomplete" in found
    assert '<h4 class="summary">' in page


def text_of_details(page: str) -> str:
    """The response of a damaged request, which is the second text below it."""
    return unescape(re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)[1])


@pytest.mark.parametrize(
    ("damage", "finding"),
    [("words", "dose-not-computable"), ("other-patient", "patient-mismatch"), ("no-product", "check-not-done")],
)
def test_an_order_that_cannot_be_read_gets_a_card_that_says_so(
    client: FlaskClient, damage: str, finding: str
) -> None:
    page = html(client, "/break", **{"break": "1", "damage": damage})

    assert f'"id": "{finding}"' in text_of_details(page)
    assert '<h4 class="summary">' in page


def test_a_body_that_is_no_json_is_an_error_and_the_page_asks_what_the_ehr_shows(client: FlaskClient) -> None:
    page = html(client, "/break", **{"break": "1", "damage": "cut", "lang": "en"})

    assert "HTTP 400" in page
    assert "What does yours show?" in page


def test_everything_may_be_broken_at_once(client: FlaskClient) -> None:
    many = [("break", "1"), *(("without", key) for key in broken.KEYS), *(("failed", key) for key in broken.KEYS)]
    many += [("damage", kind) for kind in broken.DAMAGES if kind != "cut"]

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


# --- 4: connect --------------------------------------------------------------------------------


def test_the_templates_are_those_of_discovery(client: FlaskClient) -> None:
    page = html(client, "/connect")
    service = client.get("/cds-services").get_json()["services"][0]

    assert json.loads(text_of(page, "prefetch-json")) == service["prefetch"]
    for key, template in service["prefetch"].items():
        assert text_of(page, f"prefetch-{key}") == template


def test_the_address_is_the_one_of_the_settings_and_never_that_of_a_header() -> None:
    settings = Settings(public_url="https://cds.example.org/baclofen", anonymous_per_minute=0)
    client = create_app(KNOWLEDGE, lambda: TODAY, settings=settings).test_client()

    page = client.get("/connect", headers={"Host": "evil.example"}).get_data(as_text=True)

    assert text_of(page, "discovery") == "https://cds.example.org/baclofen/cds-services"
    assert "evil.example" not in page


ENTRIES: list[dict[str, str]] = [
    {},
    {"language": "en", "suggestions": "create", "one_action": "1", "detail": "plain"},
    {"on_missing": "412", "shows_errors": "1", "incomplete": "on-change", "specialised_service": "1"},
    {"fhir_base": "https://ehr.hospital-a.example/fhir", "origin": "https://ehr.hospital-a.example"},
    {"algorithm": "EdDSA"},
]


@pytest.mark.parametrize("more", ENTRIES, ids=str)
def test_the_entry_that_is_written_is_one_that_the_service_reads(
    client: FlaskClient, more: dict[str, str], tmp_path: Path
) -> None:
    given = {**client_entry.EXAMPLE, **more}
    toml = text_of(html(client, "/connect", **given), "client-entry")
    path, faults = tmp_path / "clients.toml", list[Fault]()
    path.write_text(toml, "utf-8")

    (read,) = read_clients(path, faults)

    assert not faults
    assert (read.id, read.issuer, read.jwks_url) == (given["id"], given["issuer"], given["jwks_url"])
    assert read.language == (given.get("language") or None)
    for name in ("suggestions", "detail", "incomplete", "on_missing"):
        assert getattr(read, name) == given[name]
    for name in client_entry.BOXES:
        assert getattr(read, name) is bool(given.get(name))
    assert read.read_fhir is bool(given.get("fhir_base"))
    assert read.algorithms == ((given["algorithm"],) if given.get("algorithm") else ("ES384", "RS384"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "Hospital A"), ("id", 'a"\n[[client]]\nid = "b'), ("id", ""), ("issuer", "é"), ("issuer", "a\u007fb"),
        ("jwks_url", "http://ehr.example/jwks"), ("jwks_url", ""), ("origin", "https://ehr.example/path"),
        ("fhir_base", "ftp://x"), ("on_missing", "412"), ("algorithm", "none"), ("id", "\\"), ("issuer", "💊"),
    ],
)  # fmt: skip
def test_an_entry_that_the_service_would_refuse_is_told_with_its_faults(
    client: FlaskClient, name: str, value: str
) -> None:
    page = html(client, "/connect", **{**client_entry.EXAMPLE, name: value, "lang": "en"})

    assert "The service would refuse this entry" in page
    assert page.count('role="alert"') == 1


def test_the_checklist_asks_what_a_5xx_looks_like(client: FlaskClient) -> None:
    assert "5xx" in seen(html(client, "/connect", lang="fr")).partition("À vérifier chez l’éditeur")[2]


# --- what stays --------------------------------------------------------------------------------


def test_the_page_is_limited_as_any_anonymous_caller_is() -> None:
    client = create_app(KNOWLEDGE, lambda: TODAY, settings=Settings(anonymous_per_minute=3)).test_client()

    statuses = [client.get("/connect").status_code for _ in range(4)]

    assert statuses == [200, 200, 200, 429]


def test_nothing_that_the_page_is_asked_is_stored_or_logged(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    with deployed(tmp_path, {"CDS_MODE": "demo", "CDS_DATABASE_URL": url}, workers=1) as running:
        body = text_of(running.service.get("/?case=in-2018&tablets=2").body.decode(), "raw-request")
        form = urlencode({"request": body, "on": "2018-05-10"}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        assert running.service.call("POST", "/?note=secret", form, kind).status == 200
        assert running.sign(None).status == 200
        engine = create_engine(url)
        kept = _rows(engine)
        for _ in range(200):  # the store writes behind the answer
            if kept:
                break
            time.sleep(0.05)
            kept = _rows(engine)
        engine.dispose()
        routes = [line["route"] for line in running.lines() if line["event"] == "request"]

    assert len(kept) == 1
    assert routes == ["/", "/", HOOK_PATH]
    assert not re.findall(r"secret|invented|in-2018|MedicationRequest|tablets", running.log.read_text("utf-8"))


def _rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(ANSWERS)))


def test_in_production_the_page_is_open_and_its_entry_of_a_client_lets_the_service_start(tmp_path: Path) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(client_entry.entry_of(client_entry.EXAMPLE).toml, "utf-8")
    with deployed(tmp_path, production(file, f"sqlite:///{tmp_path}/trust.db"), workers=1) as running:
        page = running.service.get("/")
        refused = running.sign(None)

    assert (page.status, refused.status) == (200, 401)
    assert text_of(page.body.decode(), "discovery") == f"{PUBLIC_URL}/cds-services"
    assert "pas un dispositif médical" in seen(page.body.decode())
