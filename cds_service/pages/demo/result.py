"""Judges a request with the service's own code and prepares the result for the page: cards, plan, reasoning, `curl`.

Nothing is stored and no FHIR server is read: a user of the page is an anonymous client.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from markdown_it import MarkdownIt

from cds_service.base.errors import CdsError, RequestError
from cds_service.base.names import EXTENSION, PREFETCH, SERVICE_ID
from cds_service.core.model.findings import Group
from cds_service.core.plans.changes import Action
from cds_service.core.plans.choice import Proposal
from cds_service.core.plans.plan_request import plan_linker
from cds_service.core.plans.suggest import Suggestion
from cds_service.hook.order_sign import Answered, answer
from cds_service.http.json_reader import read_hook
from cds_service.http.operation_outcome import outcome_body
from cds_service.knowledge.loading import Knowledge
from cds_service.pages.demo.accepting import apply
from cds_service.pages.demo.plan_drawing import PlanDrawing, plan_drawing
from cds_service.reports.explain import explain

# Raw HTML is escaped and unsafe link schemes are refused. Images are off: they would call other hosts.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Setting:
    """The context in which orders are judged. `base_url` is shown on the page; `public_url` goes into card links."""

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
class CardView:
    """A card as an EHR would show it. `detail` is HTML, made of `markdown`.

    `about_check` is True if it says what was not checked.
    """

    indicator: str
    summary: str
    detail: str
    markdown: str
    source: Mapping[str, Any]
    buttons: tuple[Button, ...]
    links: tuple[Mapping[str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    about_check: bool


@dataclass(frozen=True, slots=True)
class Result:
    """A request and its answer. `faults` is for an error; `applied` is the label of the accepted suggestion."""

    on: date
    status: int
    request: str
    response: str
    cards: tuple[CardView, ...] = ()
    faults: tuple[str, ...] = ()
    explained: str = ""
    plan: PlanDrawing | None = None
    applied: str = ""
    curl: str = ""


def result_of(body: bytes, on: date, place: Setting, apply_uuid: str = "") -> Result:
    """Judges a request; with `apply_uuid`, judges it again after that suggestion was accepted."""
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
        return refused(body, on, error, place)


def _answered(body: bytes, on: date, place: Setting) -> Answered:
    return answer(body, place.knowledge, on=on, language=place.language, public_url=place.public_url, names_day=True)


# --- accepting a suggestion --------------------------------------------------------------------


def _accepted(answered: Answered, uuid: str) -> tuple[str, list[Action]] | None:
    """The label and the actions of the suggestion with this uuid; None if there is none."""
    for suggestion in (item for card in answered.cards for item in card.get("suggestions", [])):
        if suggestion["uuid"] == uuid:
            actions = [Action(action["type"], action["resource"], "") for action in suggestion["actions"]]
            return suggestion["label"], actions
    return None


def changed_request(body: bytes, actions: Sequence[Action]) -> bytes:
    """The request as a client would send it after accepting the suggestion."""
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


def _shown(body: bytes, answered: Answered, proposal: Proposal | None, place: Setting, applied: str = "") -> Result:
    on, knowledge = answered.decision.case.on, place.knowledge
    linker = plan_linker(".", knowledge.rules, knowledge.terminology, on)
    return Result(
        on=on,
        status=200,
        request=_pretty(body),
        response=_pretty(answered.body),
        cards=tuple(_card(card, knowledge) for card in answered.cards),
        explained=explain(answered.decision, answered.cards, knowledge, place.language),
        plan=plan_drawing(proposal, linker, knowledge.texts, place.language) if proposal else None,
        applied=applied,
        curl=_curl(body, place),
    )


def _card(card: Mapping[str, Any], knowledge: Knowledge) -> CardView:
    suggestions, findings = card.get("suggestions", []), card["extension"][EXTENSION]["findings"]
    return CardView(
        indicator=card["indicator"],
        summary=card["summary"],
        detail=as_html(card["detail"]),
        markdown=card["detail"],
        source=card["source"],
        buttons=tuple(Button(item["uuid"], item["label"], "isRecommended" in item) for item in suggestions),
        links=tuple(card.get("links", [])),
        reasons=tuple((reason["code"], reason["display"]) for reason in card.get("overrideReasons", [])),
        about_check=any(knowledge.rules.rule(finding["id"]).group is Group.CHECK for finding in findings),
    )


def as_html(markdown: str) -> str:
    """Renders the markdown of a card's detail. HTML in it is escaped."""
    rendered: str = _MARKDOWN.render(markdown)
    return rendered


def refused(body: bytes, on: date, error: RequestError, place: Setting) -> Result:
    """A call that is not judged."""
    return Result(
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
    """Indented JSON; anything else unchanged."""
    try:
        json.loads(body)
        return msgspec.json.format(body, indent=2).decode()
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _curl(body: bytes, place: Setting) -> str:
    """A curl command that sends the same request."""
    url = f"{place.base_url}/cds-services/{SERVICE_ID}"
    data = shlex.quote(body.decode("utf-8", "replace"))
    headers = f"-H 'Content-Type: application/json' -H 'Accept-Language: {place.language}'"
    return f"curl {headers} {shlex.quote(url)} --data-raw {data}"
