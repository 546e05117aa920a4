"""The order-sign service: bytes of a request in, bytes of the answer out. HTTP and the command line share it."""

import logging
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from cds_service.contract import check_request
from cds_service.core.cards import render
from cds_service.core.case import PREFETCH_KEYS, CaseReader, read_case
from cds_service.core.decide import decide
from cds_service.core.findings import Decision
from cds_service.core.plans import Shelf
from cds_service.core.suggest import Action, Suggestion, apply, suggestions, with_referral
from cds_service.json_reader import read_hook
from cds_service.loading import Knowledge
from cds_service.outgoing import valid

SERVICE_ID = "baclofen-order-sign"

# Templates within the grammar of CDS Hooks 2.0.1. A key that a client leaves out is an unknown fact.
PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "medications": "MedicationRequest?patient={{context.patientId}}",
    "observations": (
        "Observation?patient={{context.patientId}}"
        "&code=http://loinc.org|74013-4,http://loinc.org|11287-0,http://loinc.org|44940-5,http://loinc.org|11331-6,"
        "http://snomed.info/sct|897148007"
    ),
    "referrals": "ServiceRequest?patient={{context.patientId}}",
    "goals": "Goal?patient={{context.patientId}}",
}

_LOG = logging.getLogger(__name__)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def answer(body: bytes, knowledge: Knowledge, *, on: date, language: str) -> bytes:
    """The response to an order-sign request. Raises RequestError where the request cannot be read."""
    hook = read_request(body)
    reader = CaseReader(hook, knowledge.terminology, knowledge.rules, on)
    decision = decide(reader.read(hook["context"]["draftOrders"]), knowledge.rules)
    for unread in decision.case.unread:
        if unread.defect:
            _LOG.error("defect: %s", unread.defect)
    offered = offer(hook, reader, decision, knowledge)
    return _ENCODER.encode({"cards": render(decision, offered, knowledge.texts, language, hook["hookInstance"])})


def read_request(body: bytes) -> dict[str, Any]:
    """The hook call in `body`, accepted by the contract. Raises RequestError where it is not."""
    hook = read_hook(body, PREFETCH_KEYS)
    check_request(hook)
    return hook


def judge(hook: dict[str, Any], knowledge: Knowledge, on: date) -> Decision:
    """The decision on a request that the contract has accepted."""
    return decide(read_case(hook, knowledge.terminology, knowledge.rules, on), knowledge.rules)


def offer(hook: dict[str, Any], reader: CaseReader, decision: Decision, knowledge: Knowledge) -> list[Suggestion]:
    """The suggestions that answer a decision; each was applied to the request, judged again, and is valid R4."""
    case = decision.case
    shelf = Shelf(knowledge.rules, knowledge.terminology, case.on)

    def judge_again(actions: Sequence[Action]) -> Decision:
        changed = apply(hook["context"]["draftOrders"], actions)
        return decide(reader.read(changed, with_referral(case.facts, actions)), knowledge.rules)

    try:
        return valid(suggestions(decision, shelf, judge_again))
    except Exception as defect:  # noqa: BLE001 - a suggestion that cannot be made never holds back a card
        _LOG.error("defect: %s while making suggestions", type(defect).__name__)
        return []
