"""What programs get as JSON, for a person's browser as a page: definitions, discovery, the contract, and errors.

A program that does not ask for HTML gets the same bytes as before.
"""

import json
import re
from html import escape

from flask import Flask, Response, request

from cds_service.core.wording.texts import Texts
from cds_service.http.operation_outcome import outcome_body
from cds_service.pages.documents.frame import framed
from cds_service.pages.html_page import HEADERS, WRONG_LANGUAGE, is_language, language_of

_AS_PAGES = ("/fhir/", "/cds-services", "/openapi.yaml")
_JSON = "application/json"
_PARAMETER = re.compile(r"<(\w+)>")
_KNOWN_ERRORS = (400, 401, 404, 405, 429, 503)


def wants_html() -> bool:
    """Whether HTML is asked for, and not JSON as much: only browsers do that."""
    accepted = request.accept_mimetypes
    return "text/html" in request.headers.get("Accept", "") and accepted["text/html"] > accepted[_JSON]


def show_in_browsers(app: Flask, texts: Texts) -> None:
    """Turns such answers into pages. To be added before the gate, which then adds its headers to the page."""

    @app.after_request
    def as_page(response: Response) -> Response:
        if request.method != "GET" or response.mimetype == "text/html":
            return response
        failed = response.status_code >= 400
        if not failed and not request.path.startswith(_AS_PAGES):
            return response
        response.vary.add("Accept")
        if not wants_html():
            return response
        asked = request.args.get("lang", "")
        if not failed and not is_language(asked):
            response, failed = _refused(response), True
        language = language_of(asked)
        return _as_page(response, _error(response, texts, language) if failed else _text(response), texts, language)


def _refused(response: Response) -> Response:
    response.status_code = 400
    response.set_data(outcome_body(400, [WRONG_LANGUAGE]))
    response.content_type = _JSON
    return response


def _as_page(response: Response, content: str, texts: Texts, language: str) -> Response:
    title = texts.plan[f"error-{_kind(response)}", language] if response.status_code >= 400 else request.path
    root = "../" * (request.path.count("/") - 1) or "./"
    response.set_data(framed(title, content, texts, language, root=root))
    response.content_type = "text/html; charset=utf-8"
    response.content_language.clear()
    response.content_language.add(language)
    response.headers.update(HEADERS)
    return response


def _kind(response: Response) -> str:
    return str(response.status_code) if response.status_code in _KNOWN_ERRORS else "other"


def _error(response: Response, texts: Texts, language: str) -> str:
    """What happened and what to do, for a person; below it what a program would be told."""
    kind = _kind(response)
    title, remedy = (escape(texts.plan[f"{part}-{kind}", language]) for part in ("error", "what-to-do"))
    is_open = " open" if kind == "400" else ""  # it names what is to be corrected
    for_programs = f"<details{is_open}><summary>HTTP {response.status_code}</summary>{_shown(response)}</details>"
    return f"<h1>{title}</h1><p>{remedy}</p>{_faults(response)}{for_programs}"


def _faults(response: Response) -> str:
    """Each fault with its field and its remedy, and where the contract describes what was asked for."""
    said = json.loads(response.get_data()) if (response.mimetype or "").endswith("json") else {}
    faults = [f"<li>{escape(issue['diagnostics'])}</li>" for issue in said.get("issue", ())]
    path = _PARAMETER.sub(r"{\1}", request.url_rule.rule) if request.url_rule else ""
    place = f"<p>openapi.yaml: paths, {escape(path)}</p>" if path else ""
    return f'<div lang="en"><ul>{"".join(faults)}</ul>{place}</div>' if faults else ""


def _text(response: Response) -> str:
    return f"<h1>{escape(request.path)}</h1>{_shown(response)}"


def _shown(response: Response) -> str:
    text = response.get_data(as_text=True)
    kind = response.mimetype or ""
    if kind.endswith("json"):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return f'<pre tabindex="0" lang="en" aria-label="{escape(kind)}">{escape(text)}</pre>'
