"""The elements that every suggestion must have: labels, actions, resources, uuids."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.servicerequest import ServiceRequest

from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import EXTENSION, TODAY, YEAR_2018, Answered, Json, ask, steps

# An order, what is taken, the day. Each gets a plan, and what else the day asks for.
CASES: list[tuple[Any, tuple[str, ...], date]] = [
    ("Baclocur 40, 2 cp TID", ("Baclocur 40, 2 cp TID",), TODAY),
    ("Baclocur 40, 3 cp TID", ("Baclocur 40, 3 cp TID",), TODAY),
    ("Baclocur 30, 2 cp TID", (), TODAY),
    ("Liorésal 10, 2 cp TID", (), TODAY),
    ("US tablet 20, 2 cp TID", ("US tablet 20, 2 cp TID",), TODAY),
    ("baclofen, 20 mg TID", (), TODAY),
    ({"order": "Baclocur 40, 1 cp BID", "stop": True, "replaces": "taken-1"}, ("Baclocur 40, 1 cp BID",), TODAY),
    ("Zentiva 10, 40 mg QID", ("Zentiva 10, 40 mg QID",), YEAR_2018),
]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: str(case[0])[:30])
def answered(request: pytest.FixtureRequest, knowledge: Knowledge) -> Answered:
    order, taken, on = request.param
    return ask(knowledge, order, *taken, on=on)


def test_every_case_has_suggestions(answered: Answered) -> None:
    assert answered.suggestions


def test_one_at_most_is_recommended_a_card_and_false_is_not_written(answered: Answered) -> None:
    for card in answered.cards:
        assert sum("isRecommended" in item for item in card.get("suggestions", [])) <= 1
    assert {item.get("isRecommended", True) for item in answered.suggestions} == {True}


def test_selection_behavior_comes_with_suggestions_and_only_then(answered: Answered) -> None:
    for card in answered.cards:
        assert ("selectionBehavior" in card) == ("suggestions" in card)
        assert card.get("selectionBehavior", "at-most-one") == "at-most-one"


def test_uuids_are_distinct_and_those_of_the_same_question_the_same(answered: Answered, knowledge: Knowledge) -> None:
    uuids = [item["uuid"] for item in answered.suggestions]
    on = date.fromisoformat(answered.cards[0]["extension"][EXTENSION]["on"])
    other = {**answered.hook, "hookInstance": "99999999-2222-3333-4444-555555555555"}

    assert len(set(uuids)) == len(uuids)
    assert [item["uuid"] for item in Answered(answered.hook, knowledge, on).suggestions] == uuids
    assert not set(uuids) & {item["uuid"] for item in Answered(other, knowledge, on).suggestions}


def test_labels_repeat_the_dose_and_every_action_is_described(answered: Answered) -> None:
    for item, label in zip(answered.suggestions, answered.labels, strict=True):
        assert "$" not in label
        assert "mg/j" in label or label.startswith(("Orienter", "Suivi en addictologie déjà en place"))
        assert item["extension"][EXTENSION]["answers"]
        assert item["actions"]
        for action in item["actions"]:
            assert action["description"].strip()


def test_a_plan_asks_to_check_the_dosage_once_taken(answered: Answered) -> None:
    """A client may take a product and leave the dosage, as the sandbox does (hazard H26)."""
    plans = [action for action in answered.actions if is_plan(action["resource"]) and action["type"] == "update"]

    assert plans
    for action in plans:
        assert "Vérifier la posologie" in action["description"]


def test_nothing_is_deleted_nor_done_by_itself_and_updates_are_of_drafts(answered: Answered) -> None:
    drafts = {entry["resource"]["id"] for entry in answered.hook["context"]["draftOrders"]["entry"]}

    assert set(json.loads(answered.body)) == {"cards"}
    assert {action["type"] for action in answered.actions} <= {"create", "update"}
    assert {action["resource"]["id"] for action in answered.actions if action["type"] == "update"} <= drafts
    assert not [action for action in answered.actions if action["type"] == "create" and "id" in action["resource"]]


def test_every_resource_is_valid_and_about_the_patient(answered: Answered) -> None:
    for action in answered.actions:
        resource = action["resource"]
        model = MedicationRequest if resource["resourceType"] == "MedicationRequest" else ServiceRequest
        model.model_validate(resource)
        assert resource["subject"] == {"reference": "Patient/p1"}
        declared = "note" in resource and resource["resourceType"] == "ServiceRequest"
        assert resource["status"] == ("completed" if declared else "draft")
        assert resource["intent"] == "order"


def test_the_steps_are_numbered_dated_and_follow_each_other(answered: Answered) -> None:
    """A plan may be written with two orders, each of some steps: together they have a dose on every day."""
    plans = [orders for item in answered.suggestions if (orders := plan_of(item))]

    assert plans
    for orders in plans:
        days = [dated for order in orders for dated in dated_steps(order)]
        periods = dict(days)
        assert len(set(days)) == len(periods), "the parts of one step have one period"
        assert sorted(periods) == list(range(1, len(periods) + 1))
        assert periods[1][0] == answered.on
        for number in range(1, len(periods)):
            (_, end), (since, _) = periods[number], periods[number + 1]
            assert end is not None
            assert date.fromisoformat(since) == date.fromisoformat(end) + timedelta(days=1)


def plan_of(suggestion: Json) -> list[Json]:
    return [action["resource"] for action in suggestion["actions"] if is_plan(action["resource"])]


def dated_steps(order: Json) -> list[tuple[int, tuple[str, str | None]]]:
    """The number of each dosage, which rises, and its first and last day."""
    numbers = [dosage["sequence"] for dosage in order["dosageInstruction"]]
    assert numbers == sorted(numbers)
    return list(zip(numbers, steps(order), strict=True))


def is_plan(resource: Json) -> bool:
    return "sequence" in resource.get("dosageInstruction", [{}])[0]
