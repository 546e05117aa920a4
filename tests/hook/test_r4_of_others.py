"""What the service sends is R4 for others too: a second library, HL7's own schema, the pages of the specification."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.hook.order_sign import answer
from cds_service.hook.outgoing import is_valid
from cds_service.hook.own_shapes import own_shapes
from tests.core.plans.plan_kinds import KINDS
from tests.core.plans.plan_requests import knowledge
from tests.hook.r4_of_others import EYES, faults
from tests.sampling import some
from tests.vignette_cases import encode, read_vignettes, request

Json = dict[str, Any]

ON = date(2026, 11, 22)
DRAFT: Json = request({"id": "-", "on": ON, "orders": ["Zentiva 10, 60 mg BID"]})["context"]["draftOrders"]["entry"][
    0
]["resource"]


def plain(resource: Any) -> Json:
    """As a client reads it."""
    read: Json = json.loads(encode(resource))
    return read


def sent(body: bytes, on: date) -> Iterator[Json]:
    """The resources of every suggestion in an answer."""
    cards = json.loads(answer(body, knowledge(), on=on, language="fr").body)["cards"]
    for suggestion in (item for card in cards for item in card.get("suggestions", [])):
        for action in suggestion["actions"]:
            yield action["resource"]


def test_every_shape_that_we_make_is_r4_for_others() -> None:
    shapes = [plain(shape) for shape in own_shapes(knowledge())]

    assert shapes
    assert [fault for shape in shapes for fault in faults(shape)] == []


@pytest.mark.sampled
@pytest.mark.parametrize("vignette", some(read_vignettes(), 3), ids=lambda vignette: vignette.id)
def test_what_a_vignette_sends_has_no_fault_that_the_draft_did_not_have(vignette: Any) -> None:
    drafts = [entry["resource"] for entry in json.loads(vignette.body())["context"]["draftOrders"]["entry"]]
    theirs = {fault for draft in drafts for fault in faults(draft)}

    assert {fault for resource in sent(vignette.body(), vignette.on) for fault in faults(resource)} <= theirs


@given(said=st.one_of(*KINDS.values()))
def test_what_any_plan_sends_is_r4_for_others(said: Json) -> None:
    assert [fault for resource in sent(encode(request(said)), said["on"]) for fault in faults(resource)] == []


# --- that they see what the first does not ---------------------------------------------------

QUANTITY = {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": "5"}}]}]}
DAY = {"dosageInstruction": [{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "day"}}}]}
LUNCH = {"dosageInstruction": [{"timing": {"repeat": {"frequency": 1, "when": ["LUNCH"]}}}]}


@pytest.mark.parametrize(
    ("fault", "seen_by"),
    [
        (QUANTITY, ["fhirkit", "HL7's schema"]),
        (DAY, ["HL7's schema"]),
        (LUNCH, ["HL7's schema"]),
        ({"status": "ended"}, ["the pages"]),
        ({"subject": {"reference": "Practitioner/p1"}}, ["the pages"]),
        ({"priorPrescription": {"reference": "https://e.example/MedicationStatement/1"}}, ["the pages"]),
    ],
)
def test_others_see_what_the_library_of_the_service_takes(fault: Json, seen_by: list[str]) -> None:
    wrong = plain({**DRAFT, **fault})

    assert faults(plain(DRAFT)) == []
    assert [name for name, says in EYES.items() if list(says(wrong))] == seen_by
    assert is_valid(wrong)
