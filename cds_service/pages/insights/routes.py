"""Serves the page `/insights` and the same figures as `/insights.csv`. The gate checks access.

A client sees the figures of cards that it was sent; the operator sees those of all clients. Nothing from a request is
shown: only rules, reasons and days that we know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flask import Flask, Response, request
from jinja2 import Template
from sqlalchemy import Engine

from cds_service.access import gate
from cds_service.base.names import LANGUAGES
from cds_service.config.clients import ANONYMOUS
from cds_service.config.settings import Settings
from cds_service.knowledge.loading import Knowledge
from cds_service.pages.html_page import add_file, html, language_of, template, with_headers
from cds_service.pages.insights import chart
from cds_service.pages.insights.as_csv import csv_of
from cds_service.pages.insights.figures import RuleFigures
from cds_service.pages.insights.query import counted, figures_of, first_monday
from cds_service.pages.insights.view import rule_name, view_of
from cds_service.pages.sentences import Sentences
from cds_service.store.database import StoreDown, open_engine
from cds_service.store.statistics import WeekOfFinding

PATH, CSV_PATH, STYLE_PATH = "/insights", "/insights.csv", "/insights.css"
_FOLDER = Path(__file__).parent

PATIENCE_S = 20.0
"""For the counts of a large hospital's half year; no prescriber waits for them."""


@dataclass(frozen=True)
class _Asked:
    """The query of a request, and the counts; `rows` is None if the store cannot be read."""

    language: str
    since: date
    today: date
    is_day: bool
    rows: list[WeekOfFinding] | None
    client: str
    shadow: bool
    """Whether the counts are those of shadow mode: what would have been said."""
    has_shadow: bool
    """Whether anybody is in shadow mode, or these counts are asked for."""


def add_insights(app: Flask, knowledge: Knowledge, today: Callable[[], date], settings: Settings) -> None:
    """Adds the routes. `today` gives the real date, even if orders are judged by another day."""
    page = template("page.html", _FOLDER)
    url = settings.database_url
    engine = open_engine(url, wait_s=PATIENCE_S) if url else None

    @app.get(PATH)
    def insights_page() -> Response:
        asked = _asked(today(), engine, settings)
        status = 503 if asked.rows is None else 200 if asked.is_day else 400
        return html(_page(asked, knowledge, page), asked.language, status)

    @app.get(CSV_PATH)
    def insights_csv() -> Response:
        asked = _asked(today(), engine, settings)
        response = Response(csv_of(asked.rows or [], knowledge.texts), content_type="text/csv; charset=utf-8")
        response.status_code = 503 if asked.rows is None else 200
        response.headers["Content-Disposition"] = 'attachment; filename="insights.csv"'
        return with_headers(response)

    add_file(app, STYLE_PATH, _FOLDER / "page.css", "text/css; charset=utf-8")


def _asked(today: date, engine: Engine | None, settings: Settings) -> _Asked:
    since = first_monday(request.args.get("since", ""), today)
    client = "" if gate.caller() is ANONYMOUS else gate.caller().id
    shadow = request.args.get("shadow", "1" if gate.in_shadow() else "0") == "1"
    first = since or first_monday("", today) or today
    try:
        rows = counted(engine, first, today, client, shadow=shadow)
    except StoreDown:
        rows = None
    return _Asked(
        language_of(request.args.get("lang", "")),
        first,
        today,
        since is not None,
        rows,
        client,
        shadow,
        shadow or bool(settings.shadow_of),
    )


def _page(asked: _Asked, knowledge: Knowledge, page: Template) -> str:
    say = Sentences(knowledge.texts, asked.language)
    rows = asked.rows or []
    finding = next((row.finding for row in rows if row.finding == request.args.get("rule")), "")
    figures = figures_of(rows, asked.since, asked.today, finding)
    other = next(language for language in LANGUAGES if language != asked.language)
    return page.render(
        say=say,
        language=asked.language,
        other=other,
        view=view_of(figures, knowledge.texts, asked.language, finding),
        drawing=chart,
        asked=asked,
        finding=finding,
        choices=_choices(figures.rules, say, knowledge),
        limits=(first_monday("", asked.today), asked.today),
        version=knowledge.rules_version,
    )


def _choices(rules: tuple[RuleFigures, ...], say: Sentences, knowledge: Knowledge) -> list[tuple[str, str]]:
    named = [(rule.finding, rule_name(rule.finding, knowledge.texts, say.language)) for rule in rules]
    return sorted(named, key=lambda choice: choice[1])
