"""The order-sign service: bytes of a request in, bytes of the answer out. HTTP and the command line share it."""

import logging
from datetime import date
from typing import Any

import msgspec

from cds_service.contract import check_request
from cds_service.core.cards import render
from cds_service.core.case import PREFETCH_KEYS, read_case
from cds_service.core.decide import decide
from cds_service.core.findings import Decision
from cds_service.json_reader import read_hook
from cds_service.loading import Knowledge

SERVICE_ID = "baclofen-order-sign"

# Templates within the grammar of CDS Hooks 2.0.1. A key that a client leaves out is an unknown fact.
PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "medications": "MedicationRequest?patient={{context.patientId}}",
}

_LOG = logging.getLogger(__name__)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def answer(body: bytes, knowledge: Knowledge, *, on: date, language: str) -> bytes:
    """The response to an order-sign request. Raises RequestError where the request cannot be read."""
    hook = read_hook(body, PREFETCH_KEYS)
    check_request(hook)
    decision = judge(hook, knowledge, on)
    for unread in decision.case.unread:
        if unread.defect:
            _LOG.error("defect: %s", unread.defect)
    return _ENCODER.encode({"cards": render(decision, knowledge.texts, language, hook["hookInstance"])})


def judge(hook: dict[str, Any], knowledge: Knowledge, on: date) -> Decision:
    """The decision on a request that the contract has accepted."""
    return decide(read_case(hook, knowledge.terminology, knowledge.rules, on), knowledge.rules)
