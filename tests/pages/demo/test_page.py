"""The first page as a whole: four parts, two languages, no inline code, nothing loaded from other hosts."""

import re
import tomllib
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.pages.demo.first_page import LANGUAGES, PATHS, html, seen

ROOT = Path(__file__).parents[3]


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
        leads = {200, 503} if "insights" in address else {200}  # there is no store here
        assert not address or client.get("/" + address.removeprefix("./")).status_code in leads, link


def test_the_words_of_the_page_do_not_collide_with_those_of_a_plan() -> None:
    demo, plan = (tomllib.loads((ROOT / "cards" / f"{name}.toml").read_text("utf-8")) for name in ("demo", "plan"))

    assert not demo.keys() & plan.keys()
