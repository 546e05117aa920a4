"""The part of the first page for connecting an EHR: addresses, templates, the entry of a client."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cds_service.base.errors import Fault
from cds_service.config.clients import read_clients
from cds_service.config.settings import Settings
from cds_service.pages.demo import client_entry
from cds_service.web import create_app
from tests.access.deployment import PUBLIC_URL, deployed, production
from tests.pages.demo.first_page import KNOWLEDGE, TODAY, html, seen, text_of


def test_the_templates_are_those_of_discovery(client: FlaskClient) -> None:
    page = html(client, "/connect")
    service = client.get("/cds-services").get_json()["services"][0]

    assert json.loads(text_of(page, "prefetch-json")) == service["prefetch"]
    for key, template in service["prefetch"].items():
        assert text_of(page, f"prefetch-{key}") == template


def test_the_address_is_the_one_of_the_settings_and_never_that_of_a_header() -> None:
    settings = Settings(public_url="https://cds.example.org/baclofen", anonymous_per_minute=0)
    client = create_app(KNOWLEDGE, lambda: TODAY, settings=settings).test_client()

    page = client.get("/connect", headers={"Host": "evil.example"}).get_data(as_text=True)

    assert text_of(page, "discovery") == "https://cds.example.org/baclofen/cds-services"
    assert "evil.example" not in page


ENTRIES: list[dict[str, str]] = [
    {},
    {"language": "en", "suggestions": "create", "one_action": "1", "detail": "plain"},
    {"on_missing": "412", "shows_errors": "1", "incomplete": "on-change", "specialised_service": "1"},
    {"fhir_base": "https://ehr.hospital-a.example/fhir", "origin": "https://ehr.hospital-a.example"},
    {"algorithm": "EdDSA"},
]


@pytest.mark.parametrize("more", ENTRIES, ids=str)
def test_the_entry_that_is_written_is_one_that_the_service_reads(
    client: FlaskClient, more: dict[str, str], tmp_path: Path
) -> None:
    given = {**client_entry.EXAMPLE, **more}
    toml = text_of(html(client, "/connect", **given), "client-entry")
    path, faults = tmp_path / "clients.toml", list[Fault]()
    path.write_text(toml, "utf-8")

    (read,) = read_clients(path, faults)

    assert not faults
    assert (read.id, read.issuer, read.jwks_url) == (given["id"], given["issuer"], given["jwks_url"])
    assert read.language == (given.get("language") or None)
    for name in ("suggestions", "detail", "incomplete", "on_missing"):
        assert getattr(read, name) == given[name]
    for name in client_entry.BOXES:
        assert getattr(read, name) is bool(given.get(name))
    assert read.read_fhir is bool(given.get("fhir_base"))
    assert read.algorithms == ((given["algorithm"],) if given.get("algorithm") else ("ES384", "RS384"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "Hospital A"), ("id", 'a"\n[[client]]\nid = "b'), ("id", ""), ("issuer", "é"), ("issuer", "a\u007fb"),
        ("jwks_url", "http://ehr.example/jwks"), ("jwks_url", ""), ("origin", "https://ehr.example/path"),
        ("fhir_base", "ftp://x"), ("on_missing", "412"), ("algorithm", "none"), ("id", "\\"), ("issuer", "💊"),
    ],
)  # fmt: skip
def test_an_entry_that_the_service_would_refuse_is_told_with_its_faults(
    client: FlaskClient, name: str, value: str
) -> None:
    page = html(client, "/connect", **{**client_entry.EXAMPLE, name: value, "lang": "en"})

    assert "The service would refuse this entry" in page
    assert page.count('role="alert"') == 1


def test_the_checklist_asks_what_a_5xx_looks_like(client: FlaskClient) -> None:
    assert "5xx" in seen(html(client, "/connect", lang="fr")).partition("À vérifier chez l’éditeur")[2]


def test_in_production_the_page_is_open_and_its_entry_of_a_client_lets_the_service_start(tmp_path: Path) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(client_entry.entry_of(client_entry.EXAMPLE).toml, "utf-8")
    with deployed(tmp_path, production(file, f"sqlite:///{tmp_path}/trust.db")) as running:
        page = running.service.get("/")
        refused = running.sign(None)

    assert (page.status, refused.status) == (200, 401)
    assert text_of(page.body.decode(), "discovery") == f"{PUBLIC_URL}/cds-services"
    assert "pas un dispositif médical" in seen(page.body.decode())
