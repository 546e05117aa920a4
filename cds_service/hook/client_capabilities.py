"""Adapts an answer to the profile of a client: facts known from it, suggestions it can take, its form of text.

It sets no threshold, and hides one finding only: `check-incomplete`, on a renewal that changes nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cds_service.config.clients import Client
from cds_service.core.course.course import DoseTrend
from cds_service.core.course.readings import courses
from cds_service.core.model.case import Case
from cds_service.core.model.findings import Decision
from cds_service.core.model.known import Known
from cds_service.core.plans.changes import Action
from cds_service.core.plans.suggest import Suggestion
from cds_service.core.rules.decide import INCOMPLETE_RULE

# Closed on purpose: a client may hide these findings and no other.
HIDDEN_ON_RENEWAL = frozenset({INCOMPLETE_RULE})

# The suggestion whose one action changes the medicine and nothing else: a key of cards/suggestions.toml.
ONLY_PRODUCT = "product"

_STRONG = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()]*)\)")
_CREATE_TEXTS = {"update-dosage": "create-dosage", "update-line": "create-line", "update-product": "create-product"}


def with_client(case: Case, client: Client) -> Case:
    """The case with what the client's entry says: at a specialised addiction service the patient is referred."""
    case = replace(case, repeats_precautions=client.repeat_disorders)
    if not client.specialised_service:
        return case
    return replace(case, facts=replace(case.facts, referral=Known(True, "client")))


def shown(decision: Decision, client: Client) -> Decision:
    """The decision without the findings that the client hides on an unchanged renewal."""
    if client.incomplete == "always" or not _changes_nothing(decision.case):
        return decision
    kept = tuple(finding for finding in decision.findings if finding.rule not in HIDDEN_ON_RENEWAL)
    return replace(decision, findings=kept)


def _changes_nothing(case: Case) -> bool:
    """Whether the dose is unchanged in every reading; a stop, an unread entry or a defect counts as a change."""
    if case.unread or case.defects or any(order.stops for order in case.orders):
        return False
    read = list(courses(case))
    return bool(read) and all(course.trend is DoseTrend.SAME for course in read)


def takeable(offered: Iterable[Suggestion], client: Client) -> list[Suggestion]:
    """The suggestions in the form that the client can apply."""
    kept = [item for item in offered if _can_apply(item, client)]
    if client.suggestions != "create":
        return kept
    return [replace(item, actions=tuple(map(_created, item.actions))) for item in kept]


def _can_apply(item: Suggestion, client: Client) -> bool:
    if client.suggestions == "product":
        return item.text == ONLY_PRODUCT
    return client.suggestions != "off" and (not client.one_action or len(item.actions) <= 1)


def _created(action: Action) -> Action:
    """An `update` as a `create`: without the id, which is that of the draft that the prescriber then removes."""
    if action.type != "update":
        return action
    resource = {name: value for name, value in action.resource.items() if name not in ("id", "meta")}
    return replace(action, type="create", resource={**resource, "status": "draft"}, text=_CREATE_TEXTS[action.text])


def written(cards: list[dict[str, Any]], client: Client) -> list[dict[str, Any]]:
    """The cards with their detail as the client shows it: markdown or plain text."""
    if client.detail == "markdown":
        return cards
    return [{**card, "detail": _plain(card["detail"])} for card in cards]


def _plain(detail: str) -> str:
    return _LINK.sub(r"\1 (\2)", _STRONG.sub(r"\1", detail))
