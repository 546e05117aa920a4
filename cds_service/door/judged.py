"""A request judged by the service's own code, made ready to be shown: cards, plan, reasoning, bytes, `curl`.

Nothing is stored and no FHIR server is read: whoever uses the page is an anonymous caller.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from markdown_it import MarkdownIt

from cds_service.core.findings import Group
from cds_service.core.plan_request import plan_linker
from cds_service.core.plans import Proposal
from cds_service.core.suggest import Action, Suggestion, apply
from cds_service.door.drawn import Drawn, drawn
from cds_service.errors import CdsError, RequestError
from cds_service.explain import explain
from cds_service.json_reader import read_hook
from cds_service.loading import Knowledge
from cds_service.operation_outcome import outcome_body
from cds_service.order_sign import PREFETCH, SERVICE_ID, Answered, answer

# Raw HTML in a card is shown as text, and links are of harmless schemes only; images would call other hosts.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how orders are judged: the knowledge, the language, the service's address and its public one."""

    knowledge: Knowledge
    language: str
    base_url: str
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """One suggestion of a card."""

    uuid: str
    label: str
    recommended: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A card as an EHR draws it. `detail` is HTML made of markdown; `about_check`: it says what was not checked."""

    indicator: str
    summary: str
    detail: str
    source: Mapping[str, Any]
    buttons: tuple[Button, ...]
    links: tuple[Mapping[str, str], ...]
    reasons: tuple[str, ...]
    about_check: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """What was asked and what was answered. `faults` are those of an answer that is an error."""

    on: date
    status: int
    request: str
    response: str
    cards: tuple[Shown, ...] = ()
    faults: tuple[str, ...] = ()
    explained: str = ""
    plan: Drawn | None = None
    applied: str = ""
    curl: str = ""


def judged(body: bytes, on: date, place: Place, apply_uuid: str = "") -> Judged:
    """The answer to a request; with `apply_uuid` that to the request after one of the suggestions was accepted."""
    try:
        answered = _answered(body, on, place)
        accepted = _accepted(answered, apply_uuid)
        if accepted is None:
            return _shown(body, answered, _with_plan(answered.offered), place)
        label, actions = accepted
        changed = changed_request(body, actions)
        after = _answered(changed, on, place)
        return _shown(changed, after, _of_actions(answered.offered, actions), place, label)
    except RequestError as error:
        return _refused(body, on, error, place)


def _answered(body: bytes, on: date, place: Place) -> Answered:
    return answer(body, place.knowledge, on=on, language=place.language, public_url=place.public_url)


# --- one click -------------------------------------------------------------------------------


def _accepted(answered: Answered, uuid: str) -> tuple[str, list[Action]] | None:
    """The suggestion of that name: its label, and what it does."""
    for suggestion in (item for card in answered.cards for item in card.get("suggestions", [])):
        if suggestion["uuid"] == uuid:
            actions = [Action(action["type"], action["resource"], "") for action in suggestion["actions"]]
            return suggestion["label"], actions
    return None


def changed_request(body: bytes, actions: Sequence[Action]) -> bytes:
    """The request as a client would send it after the click."""
    hook = read_hook(body, set(PREFETCH))
    hook["context"] = {**hook["context"], "draftOrders": apply(hook["context"]["draftOrders"], actions)}
    return _ENCODER.encode(hook)


def _with_plan(offered: Sequence[Suggestion]) -> Proposal | None:
    """The plan of the first suggestion that has one."""
    return next((item.proposal for item in offered if item.actions and item.proposal), None)


def _of_actions(offered: Sequence[Suggestion], actions: Sequence[Action]) -> Proposal | None:
    """The plan of the suggestion that was accepted."""
    resources = [action.resource for action in actions]
    return next((item.proposal for item in offered if [one.resource for one in item.actions] == resources), None)


# --- what is shown ---------------------------------------------------------------------------


def _shown(body: bytes, answered: Answered, proposal: Proposal | None, place: Place, applied: str = "") -> Judged:
    on, knowledge = answered.decision.case.on, place.knowledge
    linker = plan_linker(".", knowledge.rules, knowledge.terminology, on)
    return Judged(
        on=on,
        status=200,
        request=_pretty(body),
        response=_pretty(answered.body),
        cards=tuple(_card(card, knowledge) for card in answered.cards),
        explained=explain(answered.decision, answered.cards, knowledge, place.language),
        plan=drawn(proposal, linker, knowledge.texts, place.language) if proposal else None,
        applied=applied,
        curl=_curl(body, place),
    )


def _card(card: Mapping[str, Any], knowledge: Knowledge) -> Shown:
    suggestions = card.get("suggestions", [])
    return Shown(
        indicator=card["indicator"],
        summary=card["summary"],
        detail=as_html(card["detail"]),
        source=card["source"],
        buttons=tuple(Button(item["uuid"], item["label"], "isRecommended" in item) for item in suggestions),
        links=tuple(card.get("links", [])),
        reasons=tuple(reason["display"] for reason in card.get("overrideReasons", [])),
        about_check=knowledge.rules.rule(card["source"]["topic"]["code"]).group is Group.CHECK,
    )


def as_html(markdown: str) -> str:
    """The detail of a card; what is HTML in it is shown as the text that it is."""
    rendered: str = _MARKDOWN.render(markdown)
    return rendered


def _refused(body: bytes, on: date, error: RequestError, place: Place) -> Judged:
    return Judged(
        on=on,
        status=error.status,
        request=_pretty(body),
        response=_pretty(outcome_body(error.status, error.faults)),
        faults=_told(error),
        curl=_curl(body, place),
    )


def _told(error: CdsError) -> tuple[str, ...]:
    return tuple(str(fault) for fault in error.faults)


def _pretty(body: bytes) -> str:
    """With its lines indented; what is not JSON as it is."""
    try:
        json.loads(body)
        return msgspec.json.format(body, indent=2).decode()
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _curl(body: bytes, place: Place) -> str:
    """The same call from a terminal."""
    url = f"{place.base_url}/cds-services/{SERVICE_ID}"
    data = shlex.quote(body.decode("utf-8", "replace"))
    headers = f"-H 'Content-Type: application/json' -H 'Accept-Language: {place.language}'"
    return f"curl {headers} {shlex.quote(url)} --data-raw {data}"
