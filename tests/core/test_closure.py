"""Closure: a suggestion, taken and sent again, no longer gives what it answers, and makes nothing else worse.

Requests of every shape go in as bytes and come out as cards; what a client would do with a suggestion is
written here again in plain words, so that the service's own check of it is not the only one.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from cds_service.core.findings import Group
from cds_service.order_sign import answer
from tests.core.plan_requests import Json, knowledge, situations
from tests.vignette_cases import encode, request

EXTENSION = "org.baclofen-cds"
INDICATORS = ("info", "warning", "critical")

# Once the last dose is reached: 80 mg a day while the record says that the goal is not met (design, section 5).
GOAL_AT_LAST = {"specialist-care"}

# --- what the service says, and what a client does ---------------------------------------------


def ask(hook: Mapping[str, Any], on: date) -> list[Json]:
    body = answer(encode(hook), knowledge(), on=on, language="fr").body
    cards: list[Json] = json.loads(body, parse_float=Decimal)["cards"]
    return cards


def worst(cards: list[Json]) -> dict[str, int]:
    """How urgent each finding is: 0 is info."""
    said: dict[str, int] = {}
    for card in cards:
        for finding in card["extension"][EXTENSION]["findings"]:
            urgency = INDICATORS.index(finding["indicator"])
            said[finding["id"]] = max(urgency, said.get(finding["id"], 0))
    return said


def suggestions(cards: list[Json]) -> Iterator[Json]:
    for card in cards:
        yield from card.get("suggestions", [])


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


# --- properties ------------------------------------------------------------------------------


@given(said=situations())
def test_a_suggestion_that_is_taken_answers_its_findings_and_makes_nothing_worse(said: Json) -> None:
    hook = request(said)
    cards = ask(hook, said["on"])
    before = worst(cards)

    offered = list(suggestions(cards))
    for suggestion in offered:
        event(suggestion["label"].split()[0])
        after = worst(ask(applied(hook, suggestion), said["on"]))
        answers = suggestion["extension"][EXTENSION]["answers"]
        assert answers
        assert {rule for rule in answers if after.get(rule, 0) > 0} == set()
        assert {rule: said for rule, said in after.items() if said > max(before.get(rule, 0), 0)} == {}
        assert all(after.get(rule, -1) < before[rule] for rule in answers)


@given(said=situations(), data=st.data())
def test_a_plan_that_runs_never_alarms_on_any_of_its_days(said: Json, data: st.DataObject) -> None:
    hook = request(said)
    plans = [item for item in suggestions(ask(hook, said["on"])) if plan_of(item)]
    if not plans:
        return
    plan = data.draw(st.sampled_from(plans))
    event(plan["label"].split()[0])
    signed = applied(hook, plan)
    left = alarms(ask(signed, said["on"]))
    replaced = data.draw(st.sampled_from(["gone", "completed", "active"]))

    for day in plan_days(plan):
        found = alarms(ask(running(signed, day, replaced), day)) - newer_rules(said["on"], day)
        assert found <= left | (GOAL_AT_LAST if day >= last_level(plan) else set()), f"on {day}"


def newer_rules(since: date, day: date) -> set[str]:
    """The rules that changed after the first of two days and not after the other: no plan can foresee them."""
    rules = knowledge().rules.rules
    return {rule.id for rule in rules if any(since < change.since <= day for change in rule.changes)}


def plan_of(suggestion: Json) -> list[Json]:
    """The orders of a plan: those whose dosages are all dated."""
    orders = [action["resource"] for action in suggestion["actions"]]
    return [
        order
        for order in orders
        if order["resourceType"] == "MedicationRequest" and all(map(period_of, order["dosageInstruction"]))
    ]


def last_level(suggestion: Json) -> date:
    """The first day of the last dose."""
    return max(
        date.fromisoformat(period_of(dosage)["start"])
        for order in plan_of(suggestion)
        for dosage in order["dosageInstruction"]
    )


def period_of(dosage: Json) -> Json:
    bounds: Json = dosage.get("timing", {}).get("repeat", {}).get("boundsPeriod", {})
    return bounds if "start" in bounds else {}


def plan_days(suggestion: Json) -> Iterator[date]:
    """Every day on which the plan has a dose, and ten more of one that goes on."""
    periods = [period_of(dosage) for order in plan_of(suggestion) for dosage in order["dosageInstruction"]]
    first, last = (edge(date.fromisoformat(period["start"]) for period in periods) for edge in (min, max))
    ends = [period["end"] for period in periods if "end" in period]
    open_ended = len(ends) < len(periods)
    last = last + timedelta(days=10) if open_ended else date.fromisoformat(max(ends))
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


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
        kept = [after_signing(entry["resource"], drafts, replaced) for entry in entries]
        mine = [order for order in now_active if order["resourceType"] == kind]
        resources = [*filter(None, kept), *mine]
        if mine:
            prefetch[key] = {
                "resourceType": "Bundle",
                "type": "searchset",
                "total": len(resources),
                "entry": [{"resource": resource} for resource in resources],
            }
    for draft in drafts:
        if "authoredOn" in draft:
            draft["authoredOn"] = day.isoformat()
    return hook


def after_signing(resource: Json, drafts: list[Json], replaced: str) -> Json | None:
    """An order of the record once the drafts have been signed: over where they replace it, or still shown."""
    links = [link for draft in drafts for link in [draft.get("priorPrescription"), *draft.get("basedOn", [])] if link]
    if resource["id"] in {draft["id"] for draft in drafts}:
        return None
    if resource["id"] in {link["reference"].partition("/")[2] for link in links}:
        return None if replaced == "gone" else resource | {"status": replaced}
    return resource


def alarms(cards: list[Json]) -> set[str]:
    """The findings above info of the dose group."""
    groups = {rule.id: rule.group for rule in knowledge().rules.rules}
    return {rule for rule, urgency in worst(cards).items() if urgency > 0 and groups[rule] is Group.DOSE}
