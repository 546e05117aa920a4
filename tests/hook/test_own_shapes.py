"""What a server looks at when it starts: every shape of resource that suggestions make. An invalid one stops it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import fhirkit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.base.errors import KnowledgeError
from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.record.terminology import Terminology
from cds_service.hook.order_sign import judge, offer
from cds_service.hook.outgoing import is_valid
from cds_service.hook.own_shapes import own_shapes, refuse_invalid_shapes
from cds_service.http.json_reader import read_hook
from tests.core.plans.plan_kinds import KINDS
from tests.core.plans.plan_requests import Json, knowledge
from tests.vignette_cases import encode, request

OURS = ("dosageInstruction", "medicationCodeableConcept", "groupIdentifier", "priorPrescription", "dispenseRequest")


def faults(resource: Json) -> list[str]:
    """What a second model of R4 says of a resource; it knows exactly 4.0.1, and no decimals of Python."""
    return [str(issue) for issue in fhirkit.validate(json.loads(encode(resource)))]


def paths(value: Any, path: str = "") -> Iterator[str]:
    """The path of every element, with its kind of value; numbers are of one kind."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from paths(member, f"{path}.{name}")
    elif isinstance(value, list):
        for member in value:
            yield from paths(member, f"{path}[]")
    else:
        yield f"{path}: {'text' if isinstance(value, str) else 'number'}"


def made_by_us(resource: Json) -> set[str]:
    kept = OURS if resource["resourceType"] == "MedicationRequest" else tuple(resource)
    return {path for name in kept if name in resource for path in paths(resource[name], name)}


SHAPES = list(own_shapes(knowledge()))
KNOWN = {path for shape in SHAPES for path in made_by_us(shape)}


def test_every_shape_is_valid() -> None:
    refuse_invalid_shapes(knowledge())

    assert {shape["resourceType"] for shape in SHAPES} == {"MedicationRequest", "ServiceRequest"}
    assert all(map(is_valid, SHAPES))
    assert [faults(shape) for shape in SHAPES] == [[]] * len(SHAPES)


@given(said=st.one_of(*KINDS.values()))
def test_a_plan_and_a_referral_make_nothing_else(said: Json) -> None:
    hook = request(said)
    decision = judge(read_hook(encode(hook), PREFETCH_KEYS), knowledge(), said["on"])
    actions = [action for item in offer(decision, knowledge()) for action in item.actions]
    made = [made_by_us(action.resource) for action in actions if action.text != "update-product"]

    assert [fault for action in actions for fault in faults(action.resource)] == []
    sent = hook["context"]["draftOrders"]["entry"][0]["resource"]
    kept = made_by_us({name: value for name, value in sent.items() if name != "dosageInstruction"})
    assert {path for paths_made in made for path in paths_made} <= KNOWN | kept


def test_a_product_that_would_not_be_valid_keeps_the_service_from_starting() -> None:
    whole = knowledge()
    zentiva = whole.terminology.product_named("baclofene-zentiva-10")
    assert zentiva
    nameless = replace(zentiva, name="")
    products = dict.fromkeys(zentiva.codings, nameless)
    broken = replace(whole, terminology=Terminology([], products, {}))

    with pytest.raises(KnowledgeError) as caught:
        refuse_invalid_shapes(broken)

    assert {fault.where for fault in caught.value.faults} == {"MedicationRequest of "}
