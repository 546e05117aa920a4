"""What discovery says about the service."""

import re
from datetime import date

import pytest
from jsonschema import Draft202012Validator

from cds_service.config.settings import Settings
from cds_service.web import create_app
from tests.known import known, openapi
from tests.running.client import HOOK_PATH, Service, assert_refused

# The tokens that CDS Hooks 2.0.1 allows: root-level, primitive members of the context, and those of the user.
TOKEN = re.compile(
    r"\{\{(context\.(userId|patientId|encounterId)|user(Practitioner|PractitionerRole|Patient|RelatedPerson)Id)\}\}"
)


def test_discovery_names_one_service_on_order_sign(service: Service) -> None:
    (offered,) = service.get("/cds-services").json["services"]

    assert (offered["hook"], offered["id"]) == ("order-sign", "baclofen-order-sign")
    assert "not a medical device" in offered["usageRequirements"]
    assert "version" not in offered


def test_the_versions_that_cds_hooks_3_defines_are_said_where_the_settings_ask_for_them() -> None:
    app = create_app(known(), lambda: date(2026, 11, 22), settings=Settings(discovery_versions=True))
    (offered,) = app.test_client().get("/cds-services").get_json()["services"]

    assert (offered["version"], offered["hookVersion"]) == ("2.0.1", "1.0")
    schema = {"$ref": "#/components/schemas/Service", "components": openapi()["components"]}
    Draft202012Validator(schema).validate(offered)


def test_the_offered_id_is_the_path_of_the_service(service: Service) -> None:
    (offered,) = service.get("/cds-services").json["services"]

    assert_refused(service.call("POST", f"/cds-services/{offered['id']}", b"{}"), 415)


def test_the_fixed_day_and_the_version_of_the_rules_are_shown(service: Service) -> None:
    (offered,) = service.get("/cds-services").json["services"]
    ready = service.get("/readyz").json

    assert offered["extension"]["org.baclofen-cds"] == {
        "rules_version": ready["rules_version"],
        "on": "2026-11-22",
    }


def test_prefetch_templates_are_within_the_grammar_of_2_0_1(service: Service) -> None:
    (offered,) = service.get("/cds-services").json["services"]

    for template in offered["prefetch"].values():
        without_tokens = TOKEN.sub("", template)
        assert re.fullmatch(r"[A-Z][A-Za-z]+(/|\?[^{}]*|/[^{}]*)", without_tokens), template


def test_each_search_asks_for_one_large_page(service: Service) -> None:
    (offered,) = service.get("/cds-services").json["services"]
    searches = [template for template in offered["prefetch"].values() if "?" in template]

    assert len(searches) == len(offered["prefetch"]) - 1
    for template in searches:
        assert template.endswith("&_count=1000")


def test_a_slash_at_the_end_never_redirects(service: Service) -> None:
    assert service.get("/cds-services/").json == service.get("/cds-services").json
    assert_refused(service.call("POST", HOOK_PATH + "/", b"{}", {"Content-Type": "application/json"}), 400)


def test_health_and_readiness(service: Service) -> None:
    assert service.get("/healthz").json == {"status": "ok"}
    assert service.get("/readyz").json["status"] == "ready"


def test_the_contract_is_served(service: Service) -> None:
    answer = service.get("/openapi.yaml")

    assert answer.headers["Content-Type"] == "application/yaml"
    assert answer.body.startswith(b"openapi: 3.1")


@pytest.mark.parametrize("path", ["/cds-services", "/healthz", "/readyz", "/openapi.yaml"])
def test_head_is_get_without_the_body(service: Service, path: str) -> None:
    head, get = service.call("HEAD", path), service.get(path)

    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(get.body))


def test_nothing_is_stored_or_sniffed(service: Service) -> None:
    headers = service.get("/cds-services").headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_id_of_a_request_is_given_back_when_it_is_one(service: Service) -> None:
    assert service.get("/healthz", **{"X-Request-Id": "a.B-1_2"}).headers["X-Request-Id"] == "a.B-1_2"
    assert re.fullmatch(r"[0-9a-f-]{36}", service.get("/healthz", **{"X-Request-Id": "<b>"}).headers["X-Request-Id"])
