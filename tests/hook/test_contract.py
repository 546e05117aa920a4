"""`openapi.yaml` and the application agree, in both directions."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from cds_service.base.errors import RequestError
from cds_service.hook import contract
from cds_service.web import create_app
from tests.known import known, openapi
from tests.running.client import HOOK_PATH, SANDBOX_ORDER

OPENAPI = openapi()
EXAMPLE = OPENAPI["components"]["examples"]["OrderSign"]["value"]


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(known(), lambda: date(2026, 11, 22)).test_client()


def answers(client: FlaskClient) -> Iterator[tuple[str, Any]]:
    """One answer of each kind, with the name of its schema."""
    sandbox = SANDBOX_ORDER.read_bytes()
    yield "Discovery", client.get("/cds-services").get_json()
    yield "Health", client.get("/healthz").get_json()
    yield "Readiness", client.get("/readyz").get_json()
    yield "Cards", client.post(HOOK_PATH, json=EXAMPLE).get_json()
    yield "Cards", client.post(HOOK_PATH, data=sandbox, content_type="application/json").get_json()
    yield "OperationOutcome", client.post(HOOK_PATH, json={}).get_json()
    yield "OperationOutcome", client.post(HOOK_PATH, data=b"{").get_json()
    yield "OperationOutcome", client.post(HOOK_PATH, data=b"{", content_type="application/json").get_json()
    yield "OperationOutcome", client.get("/nowhere").get_json()
    yield "OperationOutcome", client.get(HOOK_PATH).get_json()


def test_the_contract_is_valid_openapi() -> None:
    assert OPENAPI["openapi"].startswith("3.1")
    validate(OPENAPI)


def test_the_contract_says_that_this_is_no_medical_device_and_names_no_host() -> None:
    assert "not a medical device" in OPENAPI["info"]["description"]
    assert [server["url"] for server in OPENAPI["servers"]] == ["/"]


def test_contract_and_application_have_the_same_paths_and_methods(client: FlaskClient) -> None:
    offered = {
        (str(rule).replace("<", "{").replace(">", "}"), method)
        for rule in client.application.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in {"HEAD", "OPTIONS"}
    }

    assert offered == {(path, method.upper()) for path, item in OPENAPI["paths"].items() for method in item}


def test_every_answer_is_as_the_contract_says(client: FlaskClient) -> None:
    for name, answer in answers(client):
        schema = {"$ref": f"#/components/schemas/{name}", "components": OPENAPI["components"]}
        Draft202012Validator(schema).validate(answer)


def test_no_answer_holds_anything_empty(client: FlaskClient) -> None:
    for name, answer in answers(client):
        assert list(empty_members(answer, name)) == []


def empty_members(value: Any, path: str) -> Iterator[str]:
    """CDS Hooks: no null, no empty string, array or object, except the lists of cards and services."""
    if path in {"Cards.cards", "Discovery.services"} and value == []:
        return
    if value is None or value in ("", [], {}) or (isinstance(value, str) and not value.strip()):
        yield path
    members = dict(enumerate(value)) if isinstance(value, list) else value
    for key, member in members.items() if isinstance(members, dict) else ():
        yield from empty_members(member, f"{path}.{key}")


@pytest.mark.parametrize("name", ["OrderSign", "DoseCard"])
def test_the_examples_are_as_the_contract_says(name: str) -> None:
    schema = {"OrderSign": "OrderSignRequest", "DoseCard": "Cards"}[name]
    reference = {"$ref": f"#/components/schemas/{schema}", "components": OPENAPI["components"]}

    Draft202012Validator(reference).validate(OPENAPI["components"]["examples"][name]["value"])


def test_the_example_of_a_request_is_accepted() -> None:
    contract.check_request(EXAMPLE)


def test_each_fault_has_its_path_and_a_remedy_and_none_repeats_a_value() -> None:
    hook = {
        "hook": "secret",
        "prefetch": ["secret"],
        "context": {"patientId": "secret/../", "draftOrders": {"entry": 5}},
    }

    with pytest.raises(RequestError) as caught:
        contract.check_request(hook)

    assert {fault.where for fault in caught.value.faults} == {
        "hook",
        "hookInstance",
        "prefetch",
        "context.userId",
        "context.patientId",
        "context.draftOrders",
        "context.draftOrders.entry",
    }
    assert "secret" not in str(caught.value)
    assert all(fault.remedy == contract.REMEDIES[fault.where] for fault in caught.value.faults)
