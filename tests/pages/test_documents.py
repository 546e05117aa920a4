"""Pages of text: each rule, the documents that pages name, and what programs get as JSON, for a person's browser."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient

from cds_service.config.settings import Settings
from cds_service.pages.documents.routes import DOCUMENTS
from cds_service.web import create_app
from tests.cli.running import page as printed
from tests.pages.demo.first_page import KNOWLEDGE, LANGUAGES, TODAY, seen

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
RULES = [rule.id for rule in KNOWLEDGE.rules.rules]


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return app_on(TODAY)


def app_on(day: date) -> FlaskClient:
    return create_app(KNOWLEDGE, lambda: day, settings=Settings(anonymous_per_minute=0)).test_client()


def shown(client: FlaskClient, path: str, status: int = 200) -> str:
    response = client.get(path, headers=BROWSER)
    assert (response.status_code, response.content_type) == (status, "text/html; charset=utf-8"), path
    return response.get_data(as_text=True)


@pytest.mark.parametrize("rule", RULES)
def test_the_page_of_a_rule_has_its_values_sources_cases_and_review(client: FlaskClient, rule: str) -> None:
    ours = KNOWLEDGE.rules.rule(rule)
    for language in LANGUAGES:
        page = shown(client, f"/rules/{rule}?lang={language}")
        assert KNOWLEDGE.texts.topics[rule, language] in unescape(page)
        assert {change.source.url for change in ours.changes} <= set(
            map(unescape, re.findall('href="([^"]+)"', page))
        )
        assert [case for case in ours.indicators if f"<code>{case}</code>" in page] or not ours.indicators
        assert page.count('<rect class="bar') == sum(change.values is not None for change in ours.changes)


def test_the_command_prints_what_the_page_shows(client: FlaskClient) -> None:
    text = printed("rules", "specialist-care", "--language", "en", "--on", TODAY.isoformat()).replace("\u00a0", " ")
    page = " ".join(seen(shown(client, "/rules/specialist-care?lang=en")).split())

    told = re.findall(r"^#+ ([^`\n]+)$|^> \*\*(.+?)\*\*|^- \*\*(\w+)\*\*", text, re.MULTILINE)
    assert len(told) > 40
    assert [part for parts in told for part in parts if part not in page] == []


@pytest.mark.parametrize(
    "path",
    [
        "/rules/specialist-care",
        "/docs/",
        "/docs/sam.md",
        "/fhir",
        "/fhir/PlanDefinition",
        "/cds-services",
        "/openapi.yaml",
    ],
)
def test_a_language_that_pages_have_not_is_said_and_not_replaced(client: FlaskClient, path: str) -> None:
    assert "lang: is not a language of this page" in shown(client, f"{path}?lang=de", 400)


def test_a_program_gets_its_json_whatever_the_language(client: FlaskClient) -> None:
    assert client.get("/cds-services?lang=de").status_code == 200


def test_a_vignette_of_the_rule_stands_on_its_page(client: FlaskClient) -> None:
    assert "exactly 80" in seen(shown(client, "/rules/specialist-care?lang=en")).lower()


def test_a_review_of_more_than_a_year_ago_is_said() -> None:
    reviewed = KNOWLEDGE.rules.rule("specialist-care").reviewed
    said = "Not read again for more than a year"

    assert said not in shown(app_on(reviewed + timedelta(days=365)), "/rules/specialist-care?lang=en")
    assert said in shown(app_on(reviewed + timedelta(days=366)), "/rules/specialist-care?lang=en")


def test_every_document_is_a_page_whose_links_lead_to_something(client: FlaskClient) -> None:
    listed = shown(client, "/docs/?lang=en")

    for name in DOCUMENTS:
        assert f'href="{name}.md?lang=en"' in listed
        page = shown(client, f"/docs/{name}.md")
        inside = {link for link in re.findall('<(?:a|img) [^>]*?(?:href|src)="([^"]+)"', page) if "//" not in link}
        for link in inside:
            address = link.partition("#")[0]
            path = address.removeprefix("../") if address.startswith("../") else f"docs/{address}"
            if address and "insights" not in address:  # there is no store here
                assert client.get(f"/{path}", headers=BROWSER).status_code == 200, (name, link)


@pytest.mark.parametrize("path", ["/fhir", "/fhir/ValueSet/seizure", "/cds-services", "/openapi.yaml"])
def test_a_browser_gets_a_page_and_a_program_what_it_got(client: FlaskClient, path: str) -> None:
    page = shown(client, path)

    assert 'href="' in page
    for accept in ("", "application/json", "application/fhir+json", "*/*"):
        answer = client.get(path, headers={"Accept": accept} if accept else {})
        assert answer.status_code == 200
        assert "html" not in answer.content_type


@pytest.mark.parametrize(("language", "said"), [("fr", "Rien à cette adresse"), ("en", "Nothing at this address")])
def test_a_person_is_told_what_to_do_about_an_error(client: FlaskClient, language: str, said: str) -> None:
    for path in ("/nowhere", "/rules/nothing", "/docs/nothing.md", "/fhir/Nothing"):
        page = shown(client, f"{path}?lang={language}", 404)
        assert said in page
        assert "OperationOutcome" in page
        assert client.get(path).content_type.startswith("application/")


def test_a_page_of_an_error_names_the_field_the_remedy_and_the_place_in_the_contract(client: FlaskClient) -> None:
    page = client.get("/fhir/ValueSet?name=x", headers={**BROWSER, "Prefer": "handling=strict"}).get_data(
        as_text=True
    )

    assert "URL: has a parameter that is not read. Search by _id or url" in page
    assert "openapi.yaml: paths, /fhir/{kind}" in page
