"""The part of the first page that shows how the rules changed over time."""

import re
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient

from cds_service.pages.demo import rule_view
from tests.pages.demo.first_page import KNOWLEDGE, TODAY, html, html_of, seen


@pytest.mark.parametrize("day", ["2012-04-24", "2016-05-10", "2017-07-24", "2021-03-04", "2026-11-22"])
def test_every_value_in_force_is_there_with_its_document(client: FlaskClient, day: str) -> None:
    page = html(client, "/rules", day=day, lang="fr")
    in_force = KNOWLEDGE.rules.in_force(date.fromisoformat(day))

    assert in_force
    assert re.findall(r'<span class="id">([\w-]+)</span>', page) == [
        rule.id for rule, _ in sorted(in_force, key=lambda pair: pair[0].place.section)
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
    query = {"case": "in-2016", "d1": "2014-03-16", "d2": "2014-03-17", "d3": "2012-01-01", "lang": "en"}
    page = html_of(client, 400, "/rules", query)

    assert "Day 3" in page.partition('role="alert"')[2]
    assert "16 March 2014" in page
    assert "17 March 2014" in page
    assert 'name="d3" type="date" required min="2012-04-24" max="2026-11-22" value="2026-11-22"' in page
