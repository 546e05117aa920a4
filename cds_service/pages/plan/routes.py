"""Serves the page `/taper`: a plan to read and print, a form to make one, and the same plan as calendar and JSON.

It stores nothing, has no script and loads nothing from other hosts. An address holds doses, products and dates only,
and the whole plan once one is made or changed; unknown query parameters are neither read nor shown. Links are
relative, so that the page works behind a path prefix.
"""

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, Response, request

from cds_service.base.errors import Fault, RequestError
from cds_service.config.clock import FIRST_DAY
from cds_service.core.plans.plan_request import Choices, PlanMade, choices, holding, query_of
from cds_service.core.plans.products import ProductCatalogue
from cds_service.core.wording import words
from cds_service.knowledge.loading import Knowledge
from cds_service.pages.html_page import (
    WRONG_LANGUAGE,
    Render,
    add_file,
    html,
    in_language,
    is_language,
    language_of,
    template,
    with_headers,
)
from cds_service.pages.plan import plot
from cds_service.pages.plan.as_json import json_of
from cds_service.pages.plan.edit import EDIT_FIELDS, edited_request
from cds_service.pages.plan.ics import calendar_of
from cds_service.pages.plan.query import FIELDS, HELD_FIELDS, LAST_DAY, Given, fault_of, plan_of
from cds_service.pages.plan.revision import Revision, revision_of
from cds_service.pages.plan.texts import for_patient, for_pharmacy
from cds_service.pages.plan.view import view_of
from cds_service.pages.sentences import Sentences

PATH, STYLE_PATH = "/taper", "/taper.css"

_NAMES = (*FIELDS, *HELD_FIELDS, *EDIT_FIELDS, "make", "revision", "format", "lang")
_FOLDER = Path(__file__).parent
# The most characters of a value that the form shows again.
_MOST_ECHOED = 40


def add_pages(app: Flask, knowledge: Knowledge, today: Callable[[], date], on: date | None) -> None:
    """Adds the routes. `today` is called at each request, unless `on` fixes the day."""
    page = template("page.html", _FOLDER)

    @app.get(PATH)
    def taper_page() -> Response:
        given = {name: request.args.getlist(name) for name in _NAMES}
        return with_headers(_answer(given, knowledge, on or today(), page))

    add_file(app, STYLE_PATH, _FOLDER / "page.css", "text/css; charset=utf-8")


def _answer(given: Given, knowledge: Knowledge, today: date, page: Render) -> Response:
    asked = next(iter(given["lang"]), "")
    language = language_of(asked)
    wanted = (given["format"] or ["html"])[0]
    if wanted not in ("json", "ics"):
        return _page(given, knowledge, today, page, Sentences(knowledge.texts, language))
    if not is_language(asked):
        raise RequestError(WRONG_LANGUAGE)
    made = plan_of(given, knowledge, today, Sentences(knowledge.texts, "en"))
    if wanted == "json":
        return Response(json_of(made, knowledge.rules_version), content_type="application/json")
    return _calendar(made, knowledge, language, _revision(given, made))


def _page(given: Given, knowledge: Knowledge, today: date, page: Render, say: Sentences) -> Response:
    """The page, or the way to the address that holds the plan that a form asked for."""
    made, faults = _made(given, knowledge, today, say)
    if made is not None and (given["make"] or given["edit"]):
        address = _address(given, made, knowledge, say)
        if isinstance(address, str):
            return in_language(Response(status=303, headers={"Location": address}), say.language)
        faults = address
    content = _content(given, made, faults, knowledge, today, say)
    return html(page(**content), say.language, 400 if faults else 200)


def _address(given: Given, made: PlanMade, knowledge: Knowledge, say: Sentences) -> str | list[Fault]:
    """The address of the page that holds a plan, as it was made or as it is changed."""
    try:
        if not given["edit"]:
            catalogue = ProductCatalogue(knowledge.rules, knowledge.terminology, made.request.on)
            return f"taper?{query_of(holding(made, catalogue))}&lang={say.language}"
        query = query_of(edited_request(given, made, knowledge, say))
    except RequestError as error:
        return list(error.faults)
    return f"taper?{query}&revision={_revision(given, made).next(made.plan).written}&lang={say.language}"


def _revision(given: Given, made: PlanMade) -> Revision:
    return revision_of(next(iter(given["revision"]), ""), query_of(made.request) or "")


def _calendar(made: PlanMade, knowledge: Knowledge, language: str, revision: Revision) -> Response:
    body = calendar_of(made, knowledge.texts, language, revision)
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="baclofen.ics"'
    return in_language(response, language)


def _made(given: Given, knowledge: Knowledge, today: date, say: Sentences) -> tuple[PlanMade | None, list[Fault]]:
    """The plan, or the faults of the request; neither if no plan was asked for."""
    wrong = {
        "format": given["format"][:1] not in ([], ["html"]),
        "lang": not is_language(next(iter(given["lang"]), "")),
    }
    faults = [fault_of(name, f"not-a-{name}", say) for name, is_wrong in wrong.items() if is_wrong]
    if faults:
        return None, faults
    if not any(given[field] for field in FIELDS):
        return None, []
    try:
        return plan_of(given, knowledge, today, say), []
    except RequestError as error:
        return None, list(error.faults)


# --- what the template is given --------------------------------------------------------------


def _content(
    given: Given, plan: PlanMade | None, faults: list[Fault], knowledge: Knowledge, today: date, say: Sentences
) -> dict[str, Any]:
    language = say.language
    day = plan.request.on if plan else today
    view = view_of(plan, knowledge.texts, language) if plan else None
    return {
        "say": say,
        "language": language,
        "switch": _switch(given, "en" if language == "fr" else "fr"),
        "faults": faults,
        "form": _form(given, plan, day),
        "choices": _choices(choices(ProductCatalogue(knowledge.rules, knowledge.terminology, day)), say),
        "limits": (FIRST_DAY.isoformat(), LAST_DAY.isoformat()),
        "view": view,
        "for_patient": for_patient(plan, view, knowledge.texts, language) if plan and view else "",
        "for_pharmacy": for_pharmacy(plan, view, knowledge.texts, language) if plan and view else "",
        "plan": plan,
        "plot": plot.plot_of(plan.plan, language) if plan else None,
        "drawing": plot,
        "address": _parameters(given, plan) if plan else [],
        "version": knowledge.rules_version,
    }


def _switch(given: Given, other: str) -> list[tuple[str, str]]:
    """The query parameters of the same page in the other language."""
    kept = [(field, value[:_MOST_ECHOED]) for field in FIELDS for value in given[field][:1] if value]
    held = [(field, value) for field in (*HELD_FIELDS, "revision") for value in given[field][:1] if value]
    return [*kept, *held, ("lang", other)]


def _parameters(given: Given, plan: PlanMade) -> list[tuple[str, str]]:
    """The query parameters of the plan that is shown."""
    asked = parse_qsl(query_of(plan.request) or "")
    return [*asked, *(("revision", written) for written in given["revision"][:1] if written)]


def _form(given: Given, plan: PlanMade | None, day: date) -> dict[str, str]:
    """The values that the form shows; a missing date is filled in."""
    shown = {field: next(iter(given[field]), "")[:_MOST_ECHOED] for field in FIELDS}
    wrong_day = plan is None and bool(shown["on"])
    return {**shown, "on": shown["on"] if wrong_day else day.isoformat()}


def _choices(offered: Choices, say: Sentences) -> dict[str, Sequence[tuple[str, str]]]:
    """(value, label) of each choice; the most careful dose comes first."""
    return {
        "product": [(product.code, product.name) for product in offered.products],
        "step": _doses("step", offered.steps_mg, say),
        "careful": [(value, say(f"choice-careful-{value}")) for value in ("yes", "no")],
    }


def _doses(field: str, doses: Sequence[Fraction], say: Sentences) -> list[tuple[str, str]]:
    named = []
    for number, mg in enumerate(doses):
        choice = say(f"choice-{field}", mg=words.number(mg, say.language))
        named.append((str(mg), say(f"other-{field}" if number else f"careful-{field}", choice=choice)))
    return named
