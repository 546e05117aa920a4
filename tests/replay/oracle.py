"""A slow replay: each day's record from what happened when, not from the export, judged as a call of the hook.

It shares the rules with the replay and nothing else: neither how a record is put back, nor how it is handed over.
"""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from bench.histories import Held, Patient
from bench.orders import Resource, searchset
from cds_service.core.wording.arrangement import arranged
from cds_service.hook.order_sign import judge
from cds_service.knowledge.loading import Knowledge

Row = tuple[str, date, tuple[str, ...], str, str, str, tuple[str, ...]]

KEYS = {
    "Condition": "conditions",
    "MedicationRequest": "medications",
    "Observation": "observations",
    "ServiceRequest": "referrals",
    "Goal": "goals",
}


def rows(patient: Patient, knowledge: Knowledge) -> Iterator[Row]:
    """A row for each finding of each signing; one without a rule where none speaks."""
    for day, names in sorted(patient.baclofen.items()):
        held = {each.states[0][1]["id"]: each for each in patient.held}
        drafts = [{**held[name].states[0][1], "status": "draft"} for name in names]
        known = [state for name, each in held.items() if name not in names if (state := _on(each, day))]
        undated = {why for _, why in known if why}
        sent = json.dumps(_call(patient, drafts, [it for it, _ in known if it]))
        decision = judge(json.loads(sent, parse_float=Decimal), knowledge, day)
        said = [finding for card in arranged(decision, ()) for finding in card.carried]
        about = (patient.identity, day, tuple(f"MedicationRequest/{name}" for name in names))
        reasons = tuple(sorted(undated))
        for it in said:
            yield (*about, it.rule, it.answer.case, it.indicator.code, reasons)
        if not said:
            yield (*about, "", "", "", reasons)


def _on(held: Held, day: date) -> tuple[Resource | None, str] | None:
    """How the record held a resource on a day; None if it was not there, or is of no use."""
    states = [state for since, state in held.states if since <= day]
    if not states:
        return None
    changed = held.states[-1][0] <= day and "meta" in held.today
    if not held.undated or changed:
        return states[-1], ""
    if held.undated == "undated-achievement":
        return held.states[0][1], held.undated
    return (None if held.undated == "undated-refutation" else held.today), held.undated


def _call(patient: Patient, drafts: list[Resource], known: list[Resource]) -> dict[str, Any]:
    prefetch: dict[str, Any] = {key: searchset([]) for key in KEYS.values()}
    for kind, key in KEYS.items():
        prefetch[key] = searchset([item for item in known if item["resourceType"] == kind])
    return {
        "hook": "order-sign",
        "context": {
            "userId": drafts[0]["requester"]["reference"],
            "patientId": patient.identity,
            "draftOrders": searchset(drafts),
        },
        "prefetch": {"patient": patient.resource, **prefetch},
    }
