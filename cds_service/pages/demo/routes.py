"""Serves the demonstration page `/` and its parts `/rules`, `/break` and `/connect`.

It loads nothing from other hosts, and stores only what a button that says so counts (outcome.py). Only copying text
needs JavaScript. URLs hold numbers, dates and choices only; input that looks like a national identifier is refused.
Links are relative, so that the page works behind a path prefix.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from flask import Flask, Response, request

from cds_service.base.errors import Fault, RequestError
from cds_service.config.settings import Settings
from cds_service.http.body import read_body
from cds_service.knowledge.loading import Knowledge, data_path
from cds_service.pages.demo import outcome, parts
from cds_service.pages.demo.case_choice import chosen
from cds_service.pages.demo.fields import read_day
from cds_service.pages.demo.identity import looks_like_identity
from cds_service.pages.demo.result import Result, Setting, result_of
from cds_service.pages.html_page import HEADERS as PAGE_HEADERS
from cds_service.pages.html_page import add_file, html, language_of, template
from cds_service.pages.plan import plot
from cds_service.pages.sentences import Sentences
from cds_service.store.recorder import Recorder

PATHS = {
    "/": ("try", "rules", "break", "connect"),
    "/rules": ("rules",),
    "/break": ("break",),
    "/connect": ("connect",),
}
COLLECTION = "baclofen-cds.postman_collection.json"
MOST_BYTES = 512 * 1024
FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20

_FOLDER = Path(__file__).parent
_PLAN_FOLDER = Path(plot.__file__).parent

HEADERS = {
    **PAGE_HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
}

NOT_A_FORM = Fault("Content-Type", "is not that of a form", f"Send {FORM}")
TOO_LARGE = Fault("body", "is larger than 512 KiB", "Send a shorter request")


def add_demo(
    app: Flask,
    knowledge: Knowledge,
    today: Callable[[], date],
    on: date | None,
    settings: Settings,
    memory: Recorder | None,
) -> None:
    """Adds the routes of the demonstration page. `today` is called at each request, unless `on` fixes the day."""
    page = _Page(knowledge, lambda: on or today(), settings, memory)
    for path in PATHS:
        app.add_url_rule(path, f"demo_{path.strip('/') or 'first'}", page.get, methods=["GET"])
    if settings.by_hand:
        app.add_url_rule("/", "demo_judge", page.post, methods=["POST"])
    # The addresses of these two are those of the contract, which keeps what it once gave.
    add_file(app, "/door.css", _FOLDER / "demo.css", "text/css; charset=utf-8", HEADERS)
    add_file(app, "/door.js", _FOLDER / "demo.js", "text/javascript; charset=utf-8", HEADERS)
    add_file(app, f"/{COLLECTION}", data_path(f"docs/{COLLECTION}"), "application/json", HEADERS)


class _Page:
    """Handles the requests for the page and its parts."""

    def __init__(
        self, knowledge: Knowledge, today: Callable[[], date], settings: Settings, memory: Recorder | None
    ) -> None:
        self._knowledge = knowledge
        # Only a demonstration counts its visitors: what is kept in production was shown to a prescriber.
        self._memory = memory if settings.is_demo and not settings.shadow else None
        self._today = today
        self._public_url = settings.public_url
        self._by_hand = settings.by_hand
        self._render = template("demo.html", _FOLDER / "templates", _PLAN_FOLDER)

    def get(self) -> Response:
        many = request.args.to_dict(flat=False)
        if looks_like_identity("\n".join(value for values in many.values() for value in values)):
            return self._refuse(_language(many))
        asked = self._asked(many)
        place = self._place(_language(many))
        status = 400 if asked.case.wrong else 200
        return self._answer(asked, place, PATHS[request.path], status=status)

    def post(self) -> Response:
        """Judges a request that was pasted as JSON, of which nothing is kept; or keeps the outcome of a card."""
        many = _form()
        if outcome.CARD in many and self._memory is not None:
            return self._keep(many, self._memory)
        language, text = _language(many), _first(many, "request")
        if looks_like_identity(text):
            return self._refuse(language)
        place, today = self._place(language), self._today()
        on = read_day(_first(many, "on"), today) or today
        result = result_of(text.encode("utf-8", "replace"), on, place, _first(many, "apply"))
        return self._answer(self._asked({"on": [on.isoformat()]}), place, PATHS["/"], pasted=result)

    def _keep(self, many: Mapping[str, list[str]], memory: Recorder) -> Response:
        asked, place = self._asked(many), self._place(_language(many))
        said = outcome.keep(asked.given, asked.case, place, memory)
        return self._answer(asked, place, PATHS["/"], kept_as=said)

    def _refuse(self, language: str) -> Response:
        """Answers 400 with the reason, without repeating what was sent."""
        return self._answer(self._asked({}), self._place(language), PATHS["/"], status=400, refused=True)

    def _asked(self, many: Mapping[str, list[str]]) -> parts.Asked:
        given = {name: values[0] for name, values in many.items() if values}
        today = self._today()
        case = chosen(given, today)
        case = replace(case, wrong=(*case.wrong, *parts.wrong_choices(many, today)))
        return parts.Asked(many, given, case, today)

    def _place(self, language: str) -> Setting:
        base_url = self._public_url or request.url_root.rstrip("/")
        return Setting(self._knowledge, language, base_url, self._public_url)

    def _answer(
        self,
        asked: parts.Asked,
        place: Setting,
        shown: tuple[str, ...],
        *,
        status: int = 200,
        refused: bool = False,
        pasted: Result | None = None,
        kept_as: str = "",
    ) -> Response:
        say = Sentences(place.knowledge.texts, place.language)
        content = self._frame(asked, place, shown, say) | {"refused": refused, "kept_as": kept_as}
        if "try" in shown:
            content |= parts.try_part(asked, place, pasted)
        if "rules" in shown:
            content |= parts.rules_part(asked, place)
        if "break" in shown:
            content |= parts.break_part(asked, place)
        if "connect" in shown:
            content |= parts.connect_part(asked, place)
        return html(self._render(**content), place.language, status, HEADERS)

    def _frame(self, asked: parts.Asked, place: Setting, shown: tuple[str, ...], say: Sentences) -> dict[str, Any]:
        """The template values that all parts share. `here` is the relative URL of the page itself."""
        here = "./" if len(shown) > 1 else shown[0]
        lang = ("lang", place.language)
        other = "en" if place.language == "fr" else "fr"

        def address(path: str, pairs: Iterable[tuple[str, str]], fragment: str = "") -> str:
            query = urlencode([*pairs, lang])
            return f"{path}?{query}#{fragment}" if fragment else f"{path}?{query}"

        return {
            "say": say,
            "language": place.language,
            "other": other,
            "switch": f"{here}?{urlencode([*asked.case.kept, ('lang', other)])}",
            "here": here,
            "shown": shown,
            "case": asked.case,
            "form": asked.case.form,
            "order": parts.order_in_words(asked.case, place, say),
            "kept": [*asked.case.kept, lang],
            "address": address,
            "told": lambda wrong: parts.in_words(wrong, say),
            "drawing": plot,
            "today": asked.today,
            "version": place.knowledge.rules_version,
            "collection": COLLECTION,
            "by_hand": self._by_hand,
            "counts": self._by_hand and self._memory is not None,
        }


def _language(many: Mapping[str, list[str]]) -> str:
    return language_of(_first(many, "lang"))


def _first(many: Mapping[str, list[str]], name: str) -> str:
    return next(iter(many.get(name, [])), "")


def _form() -> dict[str, list[str]]:
    if request.mimetype != FORM:
        raise RequestError(NOT_A_FORM, status=415)
    body = read_body(MOST_BYTES, TOO_LARGE)
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise RequestError(NOT_A_FORM) from error
