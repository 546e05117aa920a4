"""What the service sends is R4 for others too: for a second library, and by the closed codes of the specification."""

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
from tests.hook.r4_of_others import faults
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

FAULTS: dict[str, Json] = {
    "a number in quotes": {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": "5"}}]}]},
    "an unknown unit of time": {
        "dosageInstruction": [{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "day"}}}]
    },
    "an unknown moment": {"dosageInstruction": [{"timing": {"repeat": {"frequency": 1, "when": ["LUNCH"]}}}]},
    "an unknown status": {"status": "ended"},
    "a patient who is a practitioner": {"subject": {"reference": "Practitioner/p1"}},
    "a renewal of a statement": {"priorPrescription": {"reference": "https://e.example/MedicationStatement/1"}},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_others_see_what_the_library_of_the_service_takes(fault: str) -> None:
    wrong = plain({**DRAFT, **FAULTS[fault]})

    assert faults(plain(DRAFT)) == []
    assert len(faults(wrong)) == 1
    assert is_valid(wrong)
