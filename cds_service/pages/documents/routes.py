"""Serves the page of each rule, the documents that pages name, and an overview of the FHIR definitions."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec
from flask import Flask, Response, abort, request

from cds_service.base.errors import RequestError
from cds_service.core.wording.texts import Texts
from cds_service.definitions.pages import definitions
from cds_service.knowledge.loading import Knowledge, data_path
from cds_service.pages.documents.browser import wants_html
from cds_service.pages.documents.frame import as_html, framed
from cds_service.pages.documents.periods import periods_of
from cds_service.pages.html_page import WRONG_LANGUAGE, add_file, html, is_language, language_of
from cds_service.reports.rule_page import rule_page
from cds_service.reports.rule_words import rule_words

DOCUMENTS = ("sandbox", "vendor-checklist", "vignettes", "cards", "sources", "sam", "intended-use", "hazard-log")
IMAGES = ("sandbox-menu.png", "sandbox-add-service.png", "sandbox-card.png")


def add_documents(app: Flask, knowledge: Knowledge, today: Callable[[], date]) -> None:
    """Adds the routes. `today` is the real date, by which a review is overdue."""
    _add_rules(app, knowledge, today)
    _add_files(app, knowledge.texts)
    _add_overview(app, knowledge.texts)
    for image in IMAGES:
        add_file(app, f"/docs/images/{image}", data_path(f"docs/images/{image}"), "image/png")
    add_file(app, "/page.css", Path(__file__).parent / "page.css", "text/css; charset=utf-8")


def _add_rules(app: Flask, knowledge: Knowledge, today: Callable[[], date]) -> None:
    texts = knowledge.texts
    rules = {rule.id: rule for rule in knowledge.rules.rules}

    @app.get("/rules/<identity>")
    def one_rule(identity: str) -> Response:
        if identity not in rules:
            abort(404)
        rule, language = rules[identity], _language()
        answers = f"[{texts.plan['rule-to-insights', language]}](../insights?rule={identity}&lang={language})"
        head, heading, rest = rule_page(knowledge, rule, today(), language).partition("\n## ")
        more = {
            "plot": periods_of(rule, today(), rule_words(knowledge, language)),
            "rest": as_html(heading + rest),
        }
        title = texts.topics[rule.id, language]
        return html(framed(title, as_html(f"{head}\n{answers}"), texts, language, root="../", **more), language)


def _add_files(app: Flask, texts: Texts) -> None:
    written = {name: data_path(f"docs/{name}.md").read_text("utf-8") for name in DOCUMENTS}

    @app.get("/docs", strict_slashes=False)
    def documents() -> Response:
        language = _language()
        title = texts.plan["site-documents", language]
        here, root = ("", "../") if request.path.endswith("/") else ("docs/", "./")
        listed = "\n".join(_listed(f"{here}{name}", text, texts, language) for name, text in written.items())
        return html(framed(title, as_html(f"# {title}\n\n{listed}"), texts, language, root=root), language)

    @app.get("/docs/<name>")
    def document(name: str) -> Response:
        text = written.get(name.removesuffix(".md"))
        if text is None:
            abort(404)
        language = _language()
        content = f'<div lang="{_written_in(name)}">{as_html(text, _leads)}</div>'
        return html(framed(_title(text), content, texts, language, root="../"), language)


def _listed(path: str, text: str, texts: Texts, language: str) -> str:
    """A line of the list of documents, with the language of the document where it is another."""
    written_in = _written_in(path.rpartition("/")[2])
    note = "" if written_in == language else f" {texts.plan[f'in-{written_in}', language]}"
    return f"- [{_title(text)}]({path}.md?lang={language}){note}"


def _written_in(name: str) -> str:
    return "fr" if name.startswith("sam") else "en"


def _add_overview(app: Flask, texts: Texts) -> None:
    ids = {kind: sorted(of_kind) for kind, of_kind in definitions().items()}
    as_json = msgspec.json.encode(ids)

    @app.get("/fhir")
    def overview() -> Response:
        if not wants_html():
            return Response(as_json, content_type="application/json")
        language = _language()
        title = texts.plan["site-fhir", language]
        listed = [line for kind, of_kind in ids.items() for line in _links(kind, of_kind, f"?lang={language}")]
        page = "\n".join([f"# {title}", "", texts.plan["fhir-about", language], "", *listed])
        return html(framed(title, as_html(page), texts, language, root="./"), language)


def _links(kind: str, ids: list[str], query: str) -> list[str]:
    return [f"## [{kind}](fhir/{kind}{query})", "", *(f"- [{one}](fhir/{kind}/{one}{query})" for one in ids), ""]


def _language() -> str:
    asked = request.args.get("lang", "")
    if not is_language(asked):
        raise RequestError(WRONG_LANGUAGE)
    return language_of(asked)


def _title(text: str) -> str:
    return text.partition("\n")[0].removeprefix("# ")


def _leads(url: str) -> bool:
    """Whether a link of a document leads to something that is served beside it."""
    return url.startswith(("https://", "http://", "#")) or url in {f"{name}.md" for name in DOCUMENTS}
