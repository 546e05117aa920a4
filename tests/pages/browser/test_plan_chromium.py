"""The page /taper in a real Chromium: the plot equals the plan, it prints on one sheet, keyboard, 320 pixels, axe."""

import io
import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from cds_service.pages.plan.query import plan_of
from cds_service.pages.sentences import Sentences
from tests.known import known
from tests.pages.browser.conftest import faults_of, watched
from tests.sampling import some

TAPER = {"from": "300", "to": "80", "product": "baclocur-40", "on": "2026-11-22"}
LONGEST = {"from": "300", "to": "0", "product": "baclocur-30", "step": "15", "on": "2026-12-22"}
PLANS = [
    TAPER,
    {"from": "120", "to": "80", "on": "2026-11-22"},
    {"from": "90", "to": "0", "step": "15", "on": "2026-11-22"},
    {"from": "0", "to": "60", "on": "2026-11-22"},
    {"from": "25", "to": "57", "on": "2026-11-22"},
    {"from": "7", "to": "0", "on": "2026-11-22"},
    {"from": "300", "to": "0", "intakes": "75-75-75-75", "step": "15", "on": "2026-11-22"},
]
KNOWLEDGE = known()


@pytest.fixture
def page(chromium: Browser, base_url: str) -> Iterator[Page]:
    with watched(chromium, base_url, 1000, 800) as page:
        yield page


def address(query: dict[str, str], **more: str) -> str:
    return "/taper?" + "&".join(f"{name}={value}" for name, value in {**query, **more}.items())


def pages_of(page: Page) -> int:
    return len(PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages)


# --- the plot --------------------------------------------------------------------------------


def drawn(page: Page) -> list[tuple[float, float]]:
    """The corners of the line as the browser has drawn them, in units of the drawing."""
    points: list[list[float]] = page.locator("polyline").evaluate("line => Array.from(line.points, p => [p.x, p.y])")
    return [(x, y) for x, y in points]


def on_axes(page: Page) -> Any:
    """Read a corner as (days, mg) from the labels of the axes only, as a reader would."""
    marks = page.locator("text.y-mark").evaluate_all("all => all.map(m => [+m.getAttribute('y'), m.textContent])")
    (bottom, none), (top, highest) = marks[0], marks[-1]
    days = page.locator("text.x-mark").evaluate_all("all => all.map(m => [+m.getAttribute('x'), m.textContent])")
    (left, first), (right, last) = days[0], days[-1]
    between = (_day(last) - _day(first)).days
    assert none == "0"
    return lambda x, y: (
        round((x - left) / (right - left) * between, 1),
        round((bottom - y) / (bottom - top) * float(highest), 1),
    )


def _day(written: str) -> date:
    day, month, year = written.split("/")
    return date(int(year), int(month), int(day))


@pytest.mark.parametrize("query", PLANS, ids=address)
def test_the_points_of_the_plot_are_those_of_the_plan(page: Page, query: dict[str, str]) -> None:
    made = plan_of({k: [v] for k, v in query.items()}, KNOWLEDGE, date.max, Sentences(KNOWLEDGE.texts, "fr")).plan
    page.goto(address(query))

    read = on_axes(page)
    corners = [read(x, y) for x, y in drawn(page)]
    begins = made.levels[0].since
    starts = [float((level.since - begins).days) for level in made.levels]
    doses = [float(dose) for dose in (made.from_mg, *(level.mg_per_day for level in made.levels))]
    steps = list(zip(starts, pairwise(doses), strict=True))
    expected = [corner for day, (before, after) in steps for corner in ((day, before), (day, after))]
    assert corners[1:-1] == expected
    assert corners[0][0] < 0
    assert corners[0][1] == doses[0]
    assert corners[-1] == (float(made.days), doses[-1])


def test_the_plot_has_a_name_and_a_description(page: Page) -> None:
    page.goto(address(TAPER))

    plot = page.get_by_role("img", name="Dose de baclofène par jour, du 22/11/2026 au 15/01/2027")
    expect(plot).to_be_visible()
    assert "Dès le 03/01/2027 : 80 mg/j." in (plot.locator("desc").text_content() or "").replace("\u00a0", " ")


@pytest.mark.parametrize("width", [1000, 320])
def test_the_table_is_a_table_to_a_screen_reader_on_every_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(address(TAPER))

    tree = page.get_by_role("table", name="Le plan jour par jour")
    expect(tree.get_by_role("row")).to_have_count(23)
    expect(tree.get_by_role("rowheader", name=re.compile("dim..22.11.2026"))).to_be_visible()
    expect(tree.get_by_role("columnheader", name="mg/j")).to_have_count(1)


# --- paper and screens -----------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "query", [*PLANS, LONGEST, {**LONGEST, "from": "100"}, {**LONGEST, "from": "110"}], ids=address
)
def test_a_plan_of_up_to_30_levels_prints_on_one_page_of_a4(page: Page, query: dict[str, str], language: str) -> None:
    page.goto(address(query, lang=language))

    assert page.locator(".plan tbody tr").count() <= 30
    assert pages_of(page) == 1


def test_the_printed_page_is_a4_without_form_and_without_links_that_paper_has_not(page: Page) -> None:
    page.goto(address(TAPER))
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages[0]
    page.emulate_media(media="print")

    assert [round(float(side) / 72 * 25.4) for side in printed.mediabox.upper_right] == [210, 297]
    for hidden in ("form", "nav", ".edit", ".copy"):
        assert not any(part.is_visible() for part in page.locator(hidden).all()), hidden
    text = printed.extract_text().replace("\u00a0", " ")
    assert "Nom du patient (à écrire à la main)" in text
    assert "Téléphone du prescripteur" in text
    assert "Ensuite : 80 mg/j jusqu’à la consultation" in text


def test_a_plan_that_is_longer_says_so(page: Page) -> None:
    page.goto(address({"from": "600", "to": "0"}))

    assert pages_of(page) == 2
    expect(page.get_by_text("s’imprime sur plus d’une page")).to_be_visible()


@pytest.mark.parametrize("query", [*PLANS, {}, {"from": "x", "to": "-1"}], ids=address)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_screen_of_320_pixels_does_not_scroll_sideways(page: Page, query: dict[str, str], language: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(address(query, lang=language))

    assert page.evaluate("document.documentElement.scrollWidth") == 320
    too_wide = "all => all.filter(e => e.getBoundingClientRect().right > 320.5).map(e => e.outerHTML)"
    assert page.locator("body *:not(thead, thead *)").evaluate_all(too_wide) == []


@pytest.mark.parametrize("query", [TAPER, {**LONGEST, "intakes": "75-75-75-75", "lang": "en"}], ids=address)
def test_no_width_between_a_telephone_and_a_desk_scrolls_sideways(page: Page, query: dict[str, str]) -> None:
    page.goto(address(query))
    page.locator("summary").click()

    for width in range(320, 1281, 40):
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_plan_is_changed_without_script(chromium: Browser, base_url: str) -> None:
    context = chromium.new_context(base_url=base_url, java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(address({"from": "120", "to": "80", "on": "2026-11-22"}))
    page.locator("summary").click()
    page.get_by_label("Palier 1, Jours").fill("5")
    page.get_by_label("Palier 2, Palier de plus avant").check()
    page.get_by_role("button", name="Recalculer le plan").click()

    levels = page.locator(".plan tbody tr")
    expect(levels).to_have_count(5)
    expect(levels.nth(1)).to_contain_text(re.compile("ven..27/11/2026.*105", re.DOTALL))
    expect(page.get_by_label("Pour le patient")).to_have_value(re.compile("Ensuite"))
    assert "revision=" in page.url
    context.close()


def test_without_script_nothing_is_missing(chromium: Browser, base_url: str) -> None:
    context = chromium.new_context(base_url=base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/taper?lang=fr")
    page.get_by_label("Dose prise aujourd’hui, en mg/j").fill("100")
    page.get_by_label("Dose visée, en mg/j").fill("80")
    page.get_by_role("button", name="Calculer le plan").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"de\s100\sà\s80"))
    expect(page.get_by_role("img")).to_be_visible()
    context.close()


# --- keyboard and accessibility --------------------------------------------------------------


def focused(page: Page) -> str:
    name: str = page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()")
    return name


def test_a_plan_is_made_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/taper")
    keys = page.keyboard

    keys.press("Tab")
    assert focused(page) == "Aller au formulaire"
    keys.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    keys.press("Tab")
    keys.type("0")
    keys.press("Tab")
    keys.type("60")
    for _ in range(20):
        if focused(page) == "careful":
            break
        keys.press("Tab")
    keys.press("ArrowDown")
    keys.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Instauration du baclofène"))
    assert "careful=no" in page.url
    assert "levels=" in page.url
    assert page.locator(".plan tbody tr").first.get_by_role("cell").nth(1).text_content() == "15"


def test_everything_that_takes_the_focus_shows_it(page: Page) -> None:
    page.goto(address(TAPER))
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        seen.append((focused(page), outline))

    assert len(seen) > 8
    assert [name for name, outline in seen if outline in ("0px", "")] == []


def test_the_link_of_an_error_leads_to_its_field(page: Page) -> None:
    page.goto("/taper?from=120&to=abc")

    page.get_by_role("alert").get_by_role("link", name="Dose visée").click()

    expect(page.locator("#to")).to_be_focused()
    expect(page.locator("#to")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#to")).to_have_accessible_description(re.compile("n’est pas une dose"))


@pytest.mark.sampled
@pytest.mark.parametrize(("width", "language"), some([(1000, "en"), (1000, "fr"), (320, "en"), (320, "fr")], 3))
@pytest.mark.parametrize("query", [TAPER, {"from": "0", "to": "60"}, {}, {"from": "x", "to": "-1"}], ids=address)
def test_axe_finds_nothing(page: Page, query: dict[str, str], width: int, language: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address(query, lang=language))

    assert faults_of(page) == []


def test_the_other_language_is_one_link_away(page: Page) -> None:
    page.goto(address(TAPER))

    page.get_by_role("link", name="English").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Baclofen taper: from\s300\sto\s80"))
