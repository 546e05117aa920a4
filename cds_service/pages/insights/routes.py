"""Serves the page `/insights` and the same figures as `/insights.csv`. The gate checks access.

A client sees the figures of cards that it was sent; the operator sees those of all clients. Nothing from a request is
shown: only rules, reasons and days that we know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flask import Flask, Response, request
from sqlalchemy import Engine

from cds_service.access import gate
from cds_service.base.errors import Fault, RequestError
from cds_service.base.names import LANGUAGES
from cds_service.config.clients import ANONYMOUS
from cds_service.knowledge.loading import Knowledge
from cds_service.pages.html_page import (
    WRONG_LANGUAGE,
    Render,
    add_file,
    html,
    is_language,
    language_of,
    template,
    with_headers,
)
from cds_service.pages.insights import chart
from cds_service.pages.insights.as_csv import csv_by_rule, csv_of
from cds_service.pages.insights.figures import RuleFigures
from cds_service.pages.insights.parts import answers_in_words, parts_in_words, trial_in_words
from cds_service.pages.insights.query import Counts, counts, figures_of, first_monday
from cds_service.pages.insights.view import rule_name, view_of
from cds_service.pages.sentences import Sentences
from cds_service.store.database import StoreDown, open_engine

PATH, CSV_PATH, STYLE_PATH = "/insights", "/insights.csv", "/insights.css"
_FOLDER = Path(__file__).parent

_FAULTS = {
    "since": Fault("since", "is not a past day", "Write it as YYYY-MM-DD, from 2012-04-24 on"),
    "rule": Fault("rule", "is not the id of a rule", "Take one of GET /rules, or leave it out"),
    "lang": WRONG_LANGUAGE,
    "by": Fault("by", "is not a way to count", "Write week or rule, or leave it out"),
    "shadow": Fault("shadow", "is neither 0 nor 1", "Write 1 to count what shadow mode would have said"),
}

PATIENCE_S = 20.0
"""For the counts of a large hospital's half year; no prescriber waits for them."""


@dataclass(frozen=True)
class _Asked:
    """The query of a request, and the counts; `counts` is None if the store cannot be read.

    `wrong` are the names of parameters that are not understood: the page then shows what it shows without them.
    """

    language: str
    since: date
    today: date
    finding: str
    wrong: tuple[str, ...]
    counts: Counts | None
    client: str


def add_insights(app: Flask, knowledge: Knowledge, today: Callable[[], date], database_url: str) -> None:
    """Adds the routes. `today` gives the real date, even if orders are judged by another day."""
    page = template("page.html", _FOLDER)
    engine = open_engine(database_url, wait_s=PATIENCE_S) if database_url else None

    @app.get(PATH)
    def insights_page() -> Response:
        asked = _asked(today(), engine, knowledge)
        status = 503 if asked.counts is None else 400 if asked.wrong else 200
        return html(_page(asked, knowledge, page), asked.language, status)

    @app.get(CSV_PATH)
    def insights_csv() -> Response:
        asked = _asked(today(), engine, knowledge)
        if asked.wrong and asked.counts is not None:
            raise RequestError(*(_FAULTS[name] for name in asked.wrong))
        response = Response(_table(asked, knowledge), content_type="text/csv; charset=utf-8")
        response.status_code = 503 if asked.counts is None else 200
        response.headers["Content-Disposition"] = 'attachment; filename="insights.csv"'
        return with_headers(response)

    add_file(app, STYLE_PATH, _FOLDER / "page.css", "text/css; charset=utf-8")


def _table(asked: _Asked, knowledge: Knowledge) -> str:
    """One row a week, rule and indicator; or the table of rules of the page; of unsent cards if asked."""
    found = asked.counts or Counts()
    rows = found.trial_rows if request.args.get("shadow") == "1" else found.rows
    of_it = [row for row in rows if asked.finding in ("", row.finding)]
    if request.args.get("by") == "rule":
        return csv_by_rule(figures_of(of_it, asked.since, asked.today), knowledge.texts, asked.language)
    return csv_of(of_it, knowledge.texts)


def _asked(today: date, engine: Engine | None, knowledge: Knowledge) -> _Asked:
    since = first_monday(request.args.get("since", ""), today)
    client = "" if gate.caller() is ANONYMOUS else gate.caller().id
    first = since or first_monday("", today) or today
    rule, lang = request.args.get("rule", ""), request.args.get("lang", "")
    is_right = {
        "since": since is not None,
        "rule": not rule or (rule, LANGUAGES[0]) in knowledge.texts.topics,
        "lang": is_language(lang),
        "by": request.args.get("by", "week") in ("week", "rule"),
        "shadow": request.args.get("shadow", "0") in ("0", "1"),
    }
    finding = rule if is_right["rule"] else ""
    try:
        found = counts(engine, first, today, client, finding)
    except StoreDown:
        found = None
    wrong = tuple(name for name, right in is_right.items() if not right)
    return _Asked(language_of(lang), first, today, finding, wrong, found, client)


def _page(asked: _Asked, knowledge: Knowledge, page: Render) -> str:
    say = Sentences(knowledge.texts, asked.language)
    found = asked.counts or Counts()
    figures = figures_of(found.rows, asked.since, asked.today, asked.finding)
    other = next(language for language in LANGUAGES if language != asked.language)
    return page(
        say=say,
        language=asked.language,
        other=other,
        view=view_of(figures, knowledge.texts, asked.language, asked.finding),
        answers=answers_in_words(found.answers, knowledge.texts, say),
        trial_answers=answers_in_words(found.trial_answers, knowledge.texts, say),
        trial=trial_in_words(found.trial_rows, knowledge.texts, say),
        parts=parts_in_words(found.parts, knowledge, say),
        drawing=chart,
        asked=asked,
        finding=asked.finding,
        choices=_choices(figures.rules, say, knowledge),
        version=knowledge.rules_version,
    )


def _choices(rules: tuple[RuleFigures, ...], say: Sentences, knowledge: Knowledge) -> list[tuple[str, str]]:
    named = [(rule.finding, rule_name(rule.finding, knowledge.texts, say.language)) for rule in rules]
    return sorted(named, key=lambda choice: choice[1])
