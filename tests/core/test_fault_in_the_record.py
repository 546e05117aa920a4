"""A fault of ours in reading the record: every fact is unknown, and a card says so."""

from dataclasses import replace
from datetime import date

import pytest

from cds_service.core.cards import render
from cds_service.core.case import read_case
from cds_service.core.decide import decide
from cds_service.core.facts import nothing_known
from tests.profiles.definitions import KNOWLEDGE
from tests.vignette_orders import medication_request

ON = date(2022, 5, 10)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_card_names_the_fault_as_the_reason(language: str) -> None:
    order = medication_request({"order": "Baclocur 10, 1 cp TID"}, "draft-1", ON, status="draft")
    context = {"userId": "Practitioner/1", "patientId": "p1", "draftOrders": {"entry": [{"resource": order}]}}
    case = read_case({"context": context}, KNOWLEDGE.terminology, KNOWLEDGE.rules, ON)

    decision = decide(replace(case, facts=nothing_known("internal-fault")), KNOWLEDGE.rules)
    cards = render(decision, [], KNOWLEDGE.texts, language, "hook")

    reason = KNOWLEDGE.texts.facts["internal-fault", language]
    assert any(reason in card["detail"] for card in cards)
