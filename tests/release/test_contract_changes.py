"""The comparison of two contracts sees what breaks a client, and lets pass what breaks none."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.known import openapi
from tests.release.contract_changes import changes

OPENAPI = openapi()
HOOK = "/cds-services/baclofen-order-sign"

Change = Callable[[dict[str, Any]], object]


def schema(document: dict[str, Any], name: str) -> Any:
    return document["components"]["schemas"][name]


def hook(document: dict[str, Any]) -> Any:
    return document["paths"][HOOK]["post"]


BREAK: dict[str, Change] = {
    "POST /cds-services/baclofen-order-sign is gone": lambda new: new["paths"].pop(HOOK),
    "412 is gone": lambda new: hook(new)["responses"].pop("412"),
    "Retry-After is gone": lambda new: new["components"]["responses"]["TooOften"].pop("headers"),
    "text/csv is gone": lambda new: new["paths"]["/insights.csv"]["get"]["responses"]["200"].pop("content"),
    "200.cards[]: detail is gone": lambda new: schema(new, "Card")["properties"].pop("detail"),
    "200.cards[]: uuid may be absent": lambda new: schema(new, "Card")["required"].remove("uuid"),
    "indicator: the value critical is gone": lambda new: schema(new, "Card")["properties"].update(
        indicator={"enum": ["info", "warning"]}
    ),
    "summary: its type was string": lambda new: schema(new, "Card")["properties"]["summary"].update(type="object"),
    "mg_per_day: its type was number": lambda new: schema(new, "PlanLevel")["properties"].update(mg_per_day={}),
    "request: prefetch is required": lambda new: schema(new, "OrderSignRequest")["required"].append("prefetch"),
    "request: fhirServer is gone": lambda new: schema(new, "OrderSignRequest")["properties"].pop("fhirServer"),
    "fhirServer: its type is string": lambda new: schema(new, "OrderSignRequest")["properties"].update(
        fhirServer={"type": "string"}
    ),
    "outcome: only ['done'] are taken": lambda new: schema(new, "OverriddenCard")["properties"].update(
        outcome={"const": "done"}
    ),
    "card: minLength is narrower": lambda new: schema(new, "GivenId").update(minLength=2),
    "card: maxLength is narrower": lambda new: schema(new, "GivenId").update(maxLength=199),
    "patientId: pattern is narrower": lambda new: schema(new, "OrderSignContext")["properties"]["patientId"].update(
        pattern="^[0-9]+$"
    ),
    "userId: format is narrower": lambda new: schema(new, "OrderSignContext")["properties"]["userId"].update(
        format="uuid"
    ),
    "context: additionalProperties is narrower": lambda new: schema(new, "OrderSignContext").update(
        additionalProperties=False
    ),
    "entry: items is narrower": lambda new: schema(new, "DraftOrders")["properties"]["entry"].update(items={}),
    "feedback: maxItems is narrower": lambda new: schema(new, "FeedbackRequest")["properties"]["feedback"].update(
        maxItems=99
    ),
    "feedback[]: overrideReason is gone": lambda new: schema(new, "FeedbackRequest")["properties"]["feedback"][
        "contains"
    ]["anyOf"].pop(),
    "request: application/fhir+json is gone": lambda new: hook(new)["requestBody"]["content"].pop(
        "application/fhir+json"
    ),
    "POST /cds-services/baclofen-order-sign asks for another token": lambda new: hook(new)["security"].pop(0),
    "GET /healthz asks for another token": lambda new: new["paths"]["/healthz"]["get"].update(
        security=[{"operatorToken": []}]
    ),
    "GET /taper: from is required": lambda new: new["paths"]["/taper"]["get"]["parameters"][0].update(required=True),
    "GET /taper: page is required": lambda new: new["paths"]["/taper"]["get"]["parameters"].append(
        {"name": "page", "in": "query", "required": True, "schema": {}}
    ),
    "GET /taper: from is gone": lambda new: new["paths"]["/taper"]["get"]["parameters"].pop(0),
    "GET /taper from: its type is integer": lambda new: new["paths"]["/taper"]["get"]["parameters"][0].update(
        schema={"type": "integer"}
    ),
    "GET / request: a body is required": lambda new: new["paths"]["/"]["get"].update(requestBody={"required": True}),
}

MEND_OR_ADD: dict[str, Change] = {
    "nothing": lambda _new: None,
    "an answer says more": lambda new: schema(new, "Card")["properties"].update(more={"type": "string"}),
    "an answer always has what it may have had": lambda new: schema(new, "Card")["required"].append("detail"),
    "an answer has another value": lambda new: schema(new, "Card")["properties"]["indicator"]["enum"].append("hard"),
    "a request may have more": lambda new: schema(new, "OrderSignRequest")["properties"].update(more={}),
    "a request need not have": lambda new: schema(new, "OrderSignRequest")["required"].remove("hookInstance"),
    "a limit is wider": lambda new: schema(new, "GivenId").update(maxLength=201, minLength=0),
    "a pattern is gone": lambda new: schema(new, "Moment").pop("pattern"),
    "a path is new": lambda new: new["paths"].update({"/new": {"get": {"responses": {}}}}),
    "a parameter is new": lambda new: new["paths"]["/taper"]["get"]["parameters"].append(
        {"name": "page", "in": "query", "schema": {}}
    ),
}


@pytest.mark.parametrize("said", BREAK)
def test_what_breaks_a_client_is_said_with_its_place(said: str) -> None:
    new = copy.deepcopy(OPENAPI)
    BREAK[said](new)

    assert any(change.endswith(said) for change in changes(OPENAPI, new)), changes(OPENAPI, new)


@pytest.mark.parametrize("name", MEND_OR_ADD)
def test_what_breaks_no_client_is_no_change(name: str) -> None:
    new = copy.deepcopy(OPENAPI)
    MEND_OR_ADD[name](new)

    assert changes(OPENAPI, new) == []
