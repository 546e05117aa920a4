"""The first page in a real Chromium: its four parts by keyboard only, both languages, 320 and 1280 pixels, axe."""

import json
import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.pages.browser.conftest import faults_of, watched
from tests.sampling import some

LANGUAGES = ("fr", "en")
# In `make test` each language and each width once, in `make thorough` each with the other.
SEEN = some([("fr", 320), ("fr", 1280), ("en", 320), ("en", 1280)], 3)

# The texts that the tests look for, in each language.
WORDS = {
    "fr": {
        "try": "Essayer", "rules": "Les règles dans le temps", "break": "Casser", "connect": "Brancher",
        "start": "Commencer à 60 mg/j", "sign": "Signer l’ordonnance", "tablets": "Comprimés par prise",
        "above": "Baclofène 120 mg/j (> 80 mg/j)", "day": "24/07/2017", "send": "Envoyer la requête abîmée",
        "cut": "Corps coupé en deux", "write": "Écrire l’entrée", "accepts": "Le service accepte cette entrée",
        "why": "Pourquoi ? Tout le raisonnement", "applied": "Suggestion acceptée", "copied": "Copié",
        "edit": "Modifier la requête à la main", "judge": "Juger cette requête", "copy": "Copier",
        "refused": "Refusé", "begin": "débuter à 15-20 mg/j", "wrong": "À corriger",
    },
    "en": {
        "try": "Try it", "rules": "The rules through time", "break": "Break it", "connect": "Connect",
        "start": "Starting at 60 mg/day", "sign": "Sign the order", "tablets": "Tablets per intake",
        "above": "Baclofen 120 mg/day (> 80 mg/day)", "day": "24 Jul 2017", "send": "Send the damaged request",
        "cut": "Body cut in half", "write": "Write the entry", "accepts": "The service accepts this entry",
        "why": "Why? The whole reasoning", "applied": "Suggestion accepted", "copied": "Copied",
        "edit": "Edit the request by hand", "judge": "Judge this request", "copy": "Copy",
        "refused": "Refused", "begin": "start 15-20 mg/day", "wrong": "To correct",
    },
}  # fmt: skip
STATES = {
    "first": "/?",
    "silence": "/?case=silence",
    "applied": "/?case=start",
    "wrong": "/?act=prescribe&tablets=x",
    "refused": "/?note=255081416802538",
    "rules": "/rules?day=2017-07-24",
    "break": "/break?break=1&damage=cut",
    "connect": "/connect?id=Not+A+Slug&issuer=x",
}

# How axe sees a state: in `make test` each state in one of them, in turn.
AXE = (("fr", 320, "dark"), ("en", 1280, "light"))

TEXTS = ("/rules/specialist-care", "/docs/sam.md", "/fhir", "/fhir/CodeSystem/ucd-products", "/taper?from=120&to=80")


@pytest.fixture
def page(chromium: Browser, base_url: str) -> Iterator[Page]:
    with watched(chromium, base_url, 1280, 900) as page:
        yield page


def plain(written: str) -> re.Pattern[str]:
    """The words, with any kind of space between them; a slash would end the expression in a selector."""
    return re.compile(r"\s".join(re.escape(word) for word in written.split()).replace("/", "."))


def tab_to(page: Page, target: Locator) -> None:
    """Move the focus with the Tab key only; check that each element it stops at shows the focus."""
    expect(target).to_have_count(1)
    for _ in range(250):
        page.keyboard.press("Tab")
        there, tag, outline = target.evaluate(
            "one => { const now = document.activeElement;"
            " return [one === now, now.tagName, getComputedStyle(now).outlineWidth]; }"
        )
        assert tag == "BODY" or outline not in ("0px", ""), page.evaluate("document.activeElement.outerHTML")
        if there:
            return
    raise AssertionError("the key Tab does not lead there")


# --- the four parts, keyboard only -------------------------------------------------------------


@pytest.mark.sampled
@pytest.mark.parametrize(("language", "width"), SEEN)
def test_try_it_by_keyboard(page: Page, language: str, width: int) -> None:
    words = WORDS[language]
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/?lang={language}")
    expect(page.get_by_role("heading", name=plain(words["above"]), level=4).first).to_be_visible()

    tab_to(page, page.get_by_role("link", name=plain(words["start"]), exact=True))
    page.keyboard.press("Enter")
    answer = page.locator("#answer")
    expect(answer.get_by_role("heading", name=plain(words["begin"]), level=4)).to_be_visible()
    expect(answer.locator("svg polyline")).to_be_visible()

    tab_to(page, answer.locator("button.recommended"))
    page.keyboard.press("Enter")
    expect(answer.get_by_role("status")).to_contain_text(words["applied"])

    tab_to(page, page.get_by_label(words["tablets"], exact=True))
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(answer.locator(".order")).to_contain_text(re.compile(r"120\smg"))

    why = page.locator("summary", has_text=plain(words["why"]))
    tab_to(page, why)
    page.keyboard.press("Enter")
    expect(why.locator("xpath=..").locator("pre")).to_contain_text("initial-dose-too-high")


@pytest.mark.sampled
@pytest.mark.parametrize(("language", "width"), SEEN)
def test_the_rules_through_time_by_keyboard(page: Page, language: str, width: int) -> None:
    words = WORDS[language]
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/?lang={language}")

    tab_to(page, page.get_by_role("navigation").get_by_role("link", name=words["rules"]))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2, name=words["rules"])).to_be_in_viewport()
    tab_to(page, page.locator(".stops").get_by_role("link", name=plain(words["day"])))
    page.keyboard.press("Enter")

    row = page.get_by_role("row").filter(has_text="daily-dose-above-maximum")
    expect(row).to_be_visible()
    expect(row).to_contain_text(re.compile(r"80\smg"))
    expect(row.get_by_role("link").last).to_have_attribute("href", "https://ansm.sante.fr")
    flags = page.locator(".three .day").evaluate_all("all => all.map(day => day.querySelector('.card').className)")
    assert [name.split()[-1] for name in flags] == ["silent", "critical", "warning"]


@pytest.mark.sampled
@pytest.mark.parametrize(("language", "width"), SEEN)
def test_break_it_by_keyboard(page: Page, language: str, width: int) -> None:
    words = WORDS[language]
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/break?lang={language}")
    answer = page.locator("#broken")
    expect(answer.get_by_role("heading", level=4)).to_have_count(1)

    tab_to(page, page.locator('input[name="without"][value="medications"]'))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name=words["send"]))
    page.keyboard.press("Enter")
    expect(page.locator('input[name="without"]:checked')).to_have_count(2)
    expect(answer.get_by_role("heading", level=4)).to_have_count(1)

    tab_to(page, page.get_by_label(words["cut"]))
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("HTTP 400")


@pytest.mark.sampled
@pytest.mark.parametrize(("language", "width"), SEEN)
def test_connect_by_keyboard(page: Page, language: str, width: int) -> None:
    words = WORDS[language]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/connect?lang={language}")

    copy = page.locator('button[data-copy="prefetch-conditions"]')
    tab_to(page, copy)
    page.keyboard.press("Enter")
    expect(copy).to_contain_text(words["copied"])
    assert page.evaluate("navigator.clipboard.readText()") == "Condition?patient={{context.patientId}}&_count=1000"
    expect(copy).to_contain_text(words["copy"])

    tab_to(page, page.locator("#client-id"))
    page.keyboard.press("Control+A")
    page.keyboard.type("clinic-b")
    page.keyboard.press("Enter")
    expect(page.locator("#entry")).to_contain_text(words["accepts"])
    expect(page.locator("#client-entry")).to_contain_text('id = "clinic-b"')


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_by_hand_by_keyboard(page: Page, language: str) -> None:
    words = WORDS[language]
    page.goto(f"/?case=silence&lang={language}")
    body = page.locator("#request").input_value()
    hook = json.loads(body)
    del hook["prefetch"]["conditions"]

    tab_to(page, page.locator("summary", has_text=words["edit"]))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#request"))
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(json.dumps(hook))
    tab_to(page, page.get_by_role("button", name=words["judge"]))
    page.keyboard.press("Enter")

    expect(page.locator("#answer .card.info").first).to_be_visible()
    assert "Condition" not in page.url
    assert json.loads(page.locator("#raw-request").text_content() or "") == hook


# --- every state of every part ------------------------------------------------------------------


def open_state(page: Page, state: str, language: str) -> None:
    page.goto(f"{STATES[state]}&lang={language}")
    if state == "applied":
        with page.expect_navigation():  # with its style sheet: the next measurement needs the finished page
            page.locator("#answer button.recommended").click()
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("state", "language", "width", "scheme"),
    some([(state, *seen) for number, state in enumerate(STATES) for seen in (AXE, AXE[::-1])[number % 2]], 2),
)
def test_axe_finds_nothing(
    page: Page, state: str, language: str, width: int, scheme: Literal["dark", "light"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    open_state(page, state, language)

    assert faults_of(page) == []


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_pages_of_text_are_readable_in_both_schemes_and_black_on_paper(
    page: Page, width: int, scheme: Literal["dark", "light"]
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in TEXTS:
        page.emulate_media(color_scheme=scheme, media="screen")
        page.goto(path)
        assert faults_of(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        is_dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(17, 22, 28)"
        assert is_dark == (scheme == "dark"), path
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)", path


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_on_paper_a_button_is_black_on_white(page: Page, scheme: Literal["dark", "light"]) -> None:
    page.emulate_media(color_scheme=scheme, media="print")
    for path in ("/", "/rules"):
        page.goto(path)
        drawn = page.locator("button:visible").evaluate_all(
            "all => all.map(one => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor].join())"
        )
        assert set(drawn) == {"rgb(0, 0, 0),rgb(255, 255, 255)"}, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_screen_of_320_pixels_does_not_scroll_sideways(page: Page, language: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    for state in STATES:
        open_state(page, state, language)

        assert page.evaluate("document.documentElement.scrollWidth") == 320, state


def test_without_script_nothing_but_copying_is_missing(chromium: Browser, base_url: str) -> None:
    context = chromium.new_context(base_url=base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/?lang=fr")
    page.get_by_role("link", name=plain(WORDS["fr"]["start"]), exact=True).click()
    page.locator("#answer button.recommended").click()
    expect(page.locator("#answer").get_by_role("status")).to_be_visible()
    page.locator('input[name="damage"][value="words"]').check()
    page.get_by_role("button", name=WORDS["fr"]["send"]).click()
    expect(page.locator("#broken")).to_contain_text("dose-not-computable")
    expect(page.locator("button.copy:visible")).to_have_count(0)
    context.close()


def test_the_link_of_a_fault_leads_to_its_field(page: Page) -> None:
    page.goto("/?act=prescribe&product=baclocur-10&sex=male&age=45&taken=0&times=3&tablets=many")

    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(WORDS["fr"]["wrong"])
    alert.get_by_role("link").click()

    expect(page.locator("#tablets")).to_be_focused()
    expect(page.locator("#tablets")).to_have_accessible_description(re.compile("Comprimés par prise"))


def test_the_other_language_keeps_the_case(page: Page) -> None:
    page.goto("/?case=stop")

    page.get_by_role("link", name="English").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator('.chips a[aria-current="true"]').first).to_have_text(plain("Abrupt stop at 120 mg/day"))
    expect(page.locator("#answer .card").first).to_have_class(re.compile("critical"))
