"""The same plan as JSON and as a calendar, as openapi.yaml describes them."""

import json
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from cds_service.core.plans.supply import tablets_needed
from tests.known import openapi
from tests.pages.plan.plan_page import START, TAPER, plan

CONTRACT = openapi()


@pytest.mark.parametrize("path", [TAPER, START, "/taper?from=37.5&to=0", "/taper?from=20&to=57"])
def test_json_is_the_plan_exactly_as_the_contract_says(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{path}&format=json")
    made = plan(path)

    schema = {"$ref": "#/components/schemas/Plan", "components": CONTRACT["components"]}
    Draft202012Validator(schema).validate(answer.get_json())
    exact: Any = json.loads(answer.data, parse_float=Fraction, parse_int=Fraction)
    assert [level["mg_per_day"] for level in exact["levels"]] == [level.mg_per_day for level in made.plan.levels]
    assert [level["since"] for level in exact["levels"]] == [level.since.isoformat() for level in made.plan.levels]
    assert exact["from_mg_per_day"] == made.plan.from_mg
    assert {item["product"]: item["number"] for item in exact["tablets"]} == {
        tablet.product: number for tablet, number in tablets_needed(made.plan).items()
    }


def test_every_answer_of_the_page_is_one_that_the_contract_names(client: FlaskClient) -> None:
    answers: list[TestResponse] = [client.get(path) for path in (TAPER, f"{TAPER}&format=json", "/taper?from=1")]

    named = CONTRACT["paths"]["/taper"]["get"]["responses"]
    for answer in answers:
        assert answer.mimetype in named[str(answer.status_code)]["content"]
