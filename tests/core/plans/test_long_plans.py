"""A plan that is longer than the order that begins it, and what such an order dispenses."""

import pytest

from cds_service.config.clients import Client
from cds_service.hook.order_sign import answer
from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import NO_BREAK, TODAY, Json, ask
from tests.vignette_cases import encode, request

STOP = {"order": "Baclocur 40, 1 cp TID", "stop": True, "replaces": "taken-1"}
CUT = "la suite de la décroissance y est prescrite, ne pas arrêter avant."


@pytest.mark.parametrize(("mg", "cut"), [(300, True), (180, True), (60, False), (30, False)])
def test_an_order_that_ends_within_a_decrease_says_that_it_goes_on(mg: int, cut: bool, knowledge: Knowledge) -> None:
    """300 mg stand for 54 days, and what is signed ends at the visit: an order that merely ends is a stop."""
    stop = {"order": f"Baclocur 10, {mg} mg QD", "stop": True, "replaces": "taken-1"}
    asked = ask(knowledge, stop, f"Baclocur 10, {mg} mg QD")
    words = [dosage["text"] for action in asked.actions for dosage in action["resource"]["dosageInstruction"]]

    assert words
    assert any(said.endswith(CUT) for said in words) is cut


def test_of_a_dose_that_is_replaced_neither_the_first_fill_nor_the_validity_is_kept(knowledge: Knowledge) -> None:
    request = {
        "initialFill": {"quantity": {"value": 84}, "duration": {"value": 28, "code": "d"}},
        "validityPeriod": {"start": "2026-11-22", "end": "2026-11-29"},
        "quantity": {"value": 360, "unit": "comprimé"},
        "performer": {"reference": "Organization/p"},
    }
    order = {"order": "Baclocur 40, 1 cp TID", "replaces": "taken-1", "fhir": {"dispenseRequest": request}}
    asked = ask(knowledge, order, "Baclocur 40, 1 cp TID")
    sent = [action["resource"] for action in asked.actions if "dosageInstruction" in action["resource"]]

    assert {resource.get("id", "companion") for resource in sent} == {"draft-1", "companion"}
    assert {frozenset(resource["dispenseRequest"]) for resource in sent} == {frozenset({"quantity", "performer"})}


def test_a_companion_is_written_on_the_day_and_not_when_the_order_was_that_it_goes_with(knowledge: Knowledge) -> None:
    asked = ask(knowledge, {**STOP, "written": TODAY.replace(month=3)}, "Baclocur 40, 1 cp TID")
    companions = [action["resource"] for action in asked.actions if action["type"] == "create"]

    assert companions
    assert {resource["authoredOn"] for resource in companions} == {TODAY.isoformat()}


def test_a_client_that_only_creates_is_not_told_to_withdraw_a_stop(knowledge: Knowledge) -> None:
    """Withdrawn, what is taken would go on beside the plan."""
    said = {"id": "stop", "on": TODAY, "taken": ["Baclocur 10, 60 mg QD"]}
    ordered: Json = {"order": "Baclocur 10, 30 mg QD", "replaces": "taken-1"}
    described = []
    for order in ({**ordered, "stop": True}, ordered):
        body = encode(request({**said, "orders": [order]}))
        cards = answer(body, knowledge, on=TODAY, language="fr", client=Client(id="new", suggestions="create")).cards
        actions = [action for card in cards for item in card.get("suggestions", []) for action in item["actions"]]
        described.append(" ".join(action["description"] for action in actions).replace(NO_BREAK, " "))

    assert ["à retirer" in said for said in described] == [False, True]
    assert "qui doit rester arrêté" in described[0]
