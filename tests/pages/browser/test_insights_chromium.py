"""The page /insights in a real Chromium, with thousands of answers: charts and tables, 320 pixels, print, axe."""

import io
import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pypdf import PdfReader

from cds_service.config.clock import today
from cds_service.store import migrator
from cds_service.store.database import open_engine
from tests.access.deployment import deployed
from tests.known import known
from tests.pages.browser.conftest import faults_of, watched
from tests.pages.insights.generated_answers import OVERRIDDEN, fill
from tests.sampling import THOROUGH, some

KNOWLEDGE = known()
ANSWERS = 10_000 if THOROUGH else 2_500
RULES = "Par règle"
WEEKS = "Par semaine"


@pytest.fixture(scope="module")
def filled_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("insights")
    database = f"sqlite:///{folder}/cds.db"
    migrator.migrate(database)
    engine = open_engine(database)
    fill(engine, KNOWLEDGE, today(), ANSWERS)
    engine.dispose()
    environment = {"CDS_MODE": "demo", "CDS_DATABASE_URL": database, "CDS_ANONYMOUS_PER_MINUTE": "0"}
    with deployed(folder, environment) as running:
        yield f"http://127.0.0.1:{running.service.port}"


@pytest.fixture
def page(chromium: Browser, filled_url: str) -> Iterator[Page]:
    with watched(chromium, filled_url, 1280, 900) as page:
        yield page


def numbers(row: Locator) -> list[int]:
    """The numbers in the cells of a row: shown, accepted, overridden, without an answer."""
    return [int(re.sub(r"\D", "", text)) for text in row.locator(".number").all_inner_texts()[:4]]


def widths(svg: Locator) -> dict[str, float]:
    """The width of each part of a bar as a share of the whole, as the browser has drawn it."""
    drawn: dict[str, float] = svg.evaluate(
        "svg => Object.fromEntries([...svg.querySelectorAll('rect')].map(r =>"
        " [r.getAttribute('class'), r.getBBox().width / svg.getBoundingClientRect().width]))"
    )
    return drawn


def test_each_bar_is_drawn_as_its_row_says(page: Page) -> None:
    page.goto("/insights")
    rows = page.get_by_role("table", name=RULES).locator("tbody tr").all()

    assert len(rows) > 15
    for row in rows:
        shown, *parts = numbers(row)
        drawn = widths(row.locator("svg"))
        for ending, part in zip(("accepted", "overridden", "unanswered"), parts, strict=True):
            assert drawn.get(ending, 0) == pytest.approx(part / shown, abs=0.01)
        name = row.get_by_role("img").get_attribute("aria-label") or ""
        assert [int(re.sub(r"\D", "", found)) for found in re.findall(r"\d[\d\s\u202f]*", name)] == [shown, *parts]


def test_the_columns_are_as_high_as_the_table_of_weeks_says(page: Page) -> None:
    page.goto("/insights")
    table = [numbers(row) for row in page.get_by_role("table", name=WEEKS).locator("tbody tr").all()]

    columns: list[float] = page.locator(".plot").evaluate(
        "svg => { const all = new Map(); svg.querySelectorAll('rect').forEach(r => { const b = r.getBBox();"
        " const x = Math.round(b.x); all.set(x, (all.get(x) || 0) + b.height); });"
        " return [...all].sort((a, b) => a[0] - b[0]).map(a => a[1]); }"
    )
    highest = max(shown for shown, *_ in table)

    assert len(table) == 26
    assert len(columns) == len([shown for shown, *_ in table if shown])
    heights = [height / max(columns) for height in columns]
    assert heights == pytest.approx([shown / highest for shown, *_ in table if shown], abs=0.01)


def test_both_charts_have_a_name(page: Page) -> None:
    page.goto("/insights")

    expect(page.get_by_role("img", name=re.compile("Constats montrés par semaine.*dans le tableau"))).to_be_visible()
    assert page.get_by_role("img").count() > 15 + 26
    unnamed = "all => all.filter(e => !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby')).length"
    assert page.locator("svg[role=img]").evaluate_all(unnamed) == 0


def test_the_rule_to_look_at_is_on_the_first_screen_in_words(page: Page) -> None:
    page.goto("/insights")

    box = page.locator(".look li")
    expect(box).to_have_count(1)
    expect(box).to_contain_text(KNOWLEDGE.texts.topics[OVERRIDDEN, "fr"])
    expect(box).to_contain_text("Écartée au moins neuf fois sur dix")
    expect(box).to_be_in_viewport()
    first = page.get_by_role("table", name=RULES).locator("tbody tr").first
    expect(first).to_contain_text("Écartée au moins neuf fois sur dix")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("query", ["", "&rule=specialist-care", "&since=nonsense"])
def test_a_screen_of_320_pixels_does_not_scroll_sideways(page: Page, query: str, language: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"/insights?lang={language}{query}")

    assert page.evaluate("document.documentElement.scrollWidth") == 320
    too_wide = "all => all.filter(e => e.getBoundingClientRect().right > 320.5).map(e => e.outerHTML)"
    assert page.locator("body *:not(thead, thead *)").evaluate_all(too_wide) == []


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("width", "language", "scheme"),
    some([(1280, "en", "light"), (1280, "fr", "dark"), (320, "en", "light"), (320, "fr", "dark")], 3),
)
@pytest.mark.parametrize("query", ["", "&rule=specialist-care", "&since=nonsense"])
def test_axe_finds_nothing(
    page: Page, query: str, width: int, language: str, scheme: Literal["dark", "light"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/insights?lang={language}{query}")

    assert faults_of(page) == []


def test_a_rule_is_chosen_with_the_keyboard_alone_and_without_script(chromium: Browser, filled_url: str) -> None:
    context = chromium.new_context(base_url=filled_url, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto("/insights")
    page.get_by_label("Weeks of the rule").focus()
    page.keyboard.type("Start of")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="By week: Start of treatment")).to_be_visible()
    context.close()


def test_the_other_language_is_one_link_away_and_keeps_what_was_chosen(page: Page) -> None:
    page.goto("/insights?rule=specialist-care")
    page.get_by_role("link", name="English").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="By week: Multidisciplinary specialised addiction care")).to_be_visible()


def test_it_prints_on_a4_without_the_form(page: Page) -> None:
    page.goto("/insights")
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    page.emulate_media(media="print")

    assert len(sheets) <= 5
    assert [round(float(side) / 72 * 25.4) for side in sheets[0].mediabox.upper_right] == [210, 297]
    assert page.locator("form").is_hidden()
    assert "neuf fois sur dix" in sheets[0].extract_text().replace("\u00a0", " ")
