"""The same plan as JSON and as a calendar, as openapi.yaml describes them."""

import json
import re
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
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


def test_the_calendar_has_a_day_long_event_for_each_level_and_each_visit(client: FlaskClient) -> None:
    answer = client.get(f"{TAPER}&format=ics")
    made = plan(TAPER).plan
    events = Calendar.from_ical(answer.data).walk("VEVENT")

    assert answer.content_type == "text/calendar; charset=utf-8"
    assert [(event.decoded("dtstart"), event.decoded("dtend")) for event in events] == [
        *((level.since, level.until or made.ends) for level in made.levels),
        *((visit, visit + timedelta(days=1)) for visit in made.visits),
    ]
    assert all(type(event.decoded("dtstart")) is date for event in events)
    assert str(events[0]["summary"]).replace("\u00a0", " ") == "Baclofène 290 mg/j"
    assert str(events[-1]["summary"]).replace("\u00a0", " ") == "Visite (baclofène)"
    assert len({str(event["uid"]) for event in events}) == len(events)


def test_the_calendar_names_nobody_and_is_the_same_each_time(client: FlaskClient) -> None:
    first, second = (client.get(f"{TAPER}&format=ics").data for _ in range(2))

    assert first == second
    assert not re.search(rb"^(ORGANIZER|ATTENDEE|CONTACT|LOCATION)", first, re.MULTILINE)
    assert all(len(line) <= 75 for line in first.split(b"\r\n"))


def test_a_stop_is_one_day_of_the_calendar(client: FlaskClient) -> None:
    events = Calendar.from_ical(client.get("/taper?from=20&to=0&on=2026-11-22&format=ics&lang=en").data).walk(
        "VEVENT"
    )

    assert [(str(event["summary"]).replace("\u00a0", " "), event.decoded("dtend")) for event in events] == [
        ("Baclofen 15 mg/day", date(2026, 11, 26)),
        ("Baclofen 10 mg/day", date(2026, 12, 1)),
        ("Baclofen 5 mg/day", date(2026, 12, 6)),
        ("Baclofen: stop", date(2026, 12, 7)),
        ("Visit (baclofen)", date(2026, 12, 5)),
    ]


def test_every_answer_of_the_page_is_one_that_the_contract_names(client: FlaskClient) -> None:
    answers: list[TestResponse] = [client.get(path) for path in (TAPER, f"{TAPER}&format=json", "/taper?from=1")]

    named = CONTRACT["paths"]["/taper"]["get"]["responses"]
    for answer in answers:
        assert answer.mimetype in named[str(answer.status_code)]["content"]
