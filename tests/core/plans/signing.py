"""What a client does with a suggestion, and what the record shows once its drafts are signed."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from cds_service.base.names import PREFETCH_KEYS
from cds_service.config.clients import ANONYMOUS, Client
from cds_service.core.model.findings import Decision
from cds_service.core.plans.suggest import Suggestion
from cds_service.hook.order_sign import answer, judge
from cds_service.http.json_reader import read_hook
from tests.core.plans.plan_requests import Json, knowledge
from tests.vignette_cases import encode
from tests.vignette_record import searchset

EXTENSION = "org.baclofen-cds"


def ask(
    hook: Mapping[str, Any], on: date, client: Client = ANONYMOUS
) -> tuple[list[Json], list[tuple[Json, Suggestion]]]:
    """The cards of an answer, and each suggestion on them beside what the service knows of it."""
    answered = answer(encode(hook), knowledge(), on=on, language="fr", client=client)
    cards: list[Json] = json.loads(answered.body, parse_float=Decimal)["cards"]
    known = {encode([action.resource for action in item.actions]): item for item in answered.offered}
    sent = [suggestion for card in cards for suggestion in card.get("suggestions", [])]
    return cards, [(item, known[encode([action["resource"] for action in item["actions"]])]) for item in sent]


def decided(hook: Mapping[str, Any], on: date) -> Decision:
    """The decision on a request, without cards and suggestions."""
    return judge(read_hook(encode(hook), PREFETCH_KEYS), knowledge(), on)


def applied(hook: Json, suggestion: Json) -> Json:
    """The request once a client has done every action: an update by its id, a create at the end."""
    changed = deepcopy(hook)
    entries = changed["context"]["draftOrders"]["entry"]
    for action in suggestion["actions"]:
        if action["type"] == "create":
            entries.append({"resource": action["resource"]})
            continue
        assert action["type"] == "update"
        kind, identity = action["resource"]["resourceType"], action["resource"]["id"]
        places = [
            entry
            for entry in entries
            if (entry["resource"].get("resourceType"), entry["resource"].get("id")) == (kind, identity)
        ]
        assert len(places) == 1, "an update is of one draft"
        places[0]["resource"] = action["resource"]
    return changed


# --- the days of a plan --------------------------------------------------------------------------


def plan_of(suggestion: Json) -> list[Json]:
    """The orders of a plan: those whose dosages are all dated."""
    orders = [action["resource"] for action in suggestion["actions"]]
    return [
        order
        for order in orders
        if order["resourceType"] == "MedicationRequest" and all(map(_period_of, order["dosageInstruction"]))
    ]


def last_level(suggestion: Json) -> date:
    """The first day of the last dose."""
    return max(date.fromisoformat(period["start"]) for period in _periods(suggestion))


def plan_days(suggestion: Json) -> Iterator[date]:
    """Every day on which the plan has a dose, and ten more of one that goes on."""
    periods = _periods(suggestion)
    first, last = (edge(date.fromisoformat(period["start"]) for period in periods) for edge in (min, max))
    ends = [period["end"] for period in periods if "end" in period]
    open_ended = len(ends) < len(periods)
    last = last + timedelta(days=10) if open_ended else date.fromisoformat(max(ends))
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _periods(suggestion: Json) -> list[Json]:
    return [_period_of(dosage) for order in plan_of(suggestion) for dosage in order["dosageInstruction"]]


def _period_of(dosage: Json) -> Json:
    bounds: Json = dosage.get("timing", {}).get("repeat", {}).get("boundsPeriod", {})
    return bounds if "start" in bounds else {}


# --- the record afterwards -----------------------------------------------------------------------


# What the record shows of an order that a plan has replaced: nothing; that it was completed, with or without its last
# day; or that it is active still.
REPLACED = ["gone", "completed", "ended", "active"]


def says_what_was_taken(signed: Json, replaced: str) -> bool:
    """Whether the record still tells what was taken before the plan; an order of the same id is written over."""
    drafts = {entry["resource"].get("id") for entry in signed["context"]["draftOrders"]["entry"]}
    record = {entry["resource"]["id"] for entry in (signed["prefetch"].get("medications") or {}).get("entry", [])}
    return replaced in ("ended", "active") and not drafts & record


def running(signed: Json, day: date, replaced: str) -> Json:
    """The same drafts, signed again on a later day, when the record shows them as active."""
    hook = deepcopy(signed)
    drafts = [entry["resource"] for entry in hook["context"]["draftOrders"]["entry"]]
    for number, draft in enumerate(drafts, start=1):
        draft.setdefault("id", f"created-{number}")
    prefetch = hook["prefetch"]
    now_active = [deepcopy(draft) | {"status": "active"} for draft in drafts]
    for key, kind in (("medications", "MedicationRequest"), ("referrals", "ServiceRequest")):
        entries = (prefetch.get(key) or {}).get("entry", [])
        kept = [_after_signing(entry["resource"], drafts, replaced) for entry in entries]
        mine = [order for order in now_active if order["resourceType"] == kind]
        if mine:
            prefetch[key] = searchset([*filter(None, kept), *mine])
    for draft in drafts:
        if "authoredOn" in draft and not _pauses(draft) and not _is_over(draft, day):
            draft["authoredOn"] = day.isoformat()
    return hook


def _is_over(order: Json, day: date) -> bool:
    """Whether an order of a plan has come to its end: written anew, it would be a slip (design, 7)."""
    periods = [_period_of(dosage) for dosage in order.get("dosageInstruction", [])]
    return bool(periods) and all("end" in period and date.fromisoformat(period["end"]) < day for period in periods)


def _pauses(order: Json) -> bool:
    """Whether an order of a plan has days without a dose: written anew, its past lines would be slips (design, 7)."""
    bounds = sorted(
        (period["start"], period["end"])
        for period in map(_period_of, order.get("dosageInstruction", []))
        if "end" in period
    )
    return any(
        date.fromisoformat(after[0]) - date.fromisoformat(before[1]) > timedelta(days=1)
        for before, after in pairwise(bounds)
    )


def _after_signing(resource: Json, drafts: list[Json], replaced: str) -> Json | None:
    """An order of the record once the drafts have been signed: over where they replace it, or still shown."""
    links = [link for draft in drafts for link in [draft.get("priorPrescription"), *draft.get("basedOn", [])] if link]
    if resource["id"] in {draft["id"] for draft in drafts}:
        return None
    if resource["id"] in {link["reference"].partition("/")[2] for link in links}:
        return _replaced(resource, drafts, replaced)
    return resource


def _replaced(resource: Json, drafts: list[Json], replaced: str) -> Json | None:
    """Software that completes an order writes its last day, or none."""
    if replaced == "gone":
        return None
    if replaced != "ended":
        return resource | {"status": replaced}
    last = min(date.fromisoformat(draft["authoredOn"]) for draft in drafts if "authoredOn" in draft) - timedelta(
        days=1
    )
    dispense = resource.get("dispenseRequest", {}) | {"validityPeriod": {"end": last.isoformat()}}
    return resource | {"status": "completed", "dispenseRequest": dispense}
