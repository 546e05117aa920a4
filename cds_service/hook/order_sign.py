"""The order-sign service: bytes of a request in, bytes of the answer out. HTTP and the command line share it."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import msgspec

from cds_service.base.errors import Fault, RequestError
from cds_service.base.names import PREFETCH, PREFETCH_KEYS
from cds_service.config.clients import ANONYMOUS, Client
from cds_service.core.case import CaseReader, read_case
from cds_service.core.model.defects import where
from cds_service.core.model.findings import Decision
from cds_service.core.model.known import Unknown
from cds_service.core.model.order import Scope
from cds_service.core.orders.medication import UNREADABLE
from cds_service.core.plans.choice import ProductCatalogue
from cds_service.core.plans.plan_request import plan_linker
from cds_service.core.plans.suggest import Suggestion, suggestions
from cds_service.core.record.prefetch import TRANSPORT_GAPS
from cds_service.core.rules.decide import INCOMPLETE_RULE, decide, without
from cds_service.core.wording.cards import render
from cds_service.fhir_client.complete import FhirReader
from cds_service.hook import client_capabilities
from cds_service.hook.contract import check_request
from cds_service.hook.outgoing import as_fhir
from cds_service.http.json_reader import read_hook
from cds_service.knowledge.loading import Knowledge

_FHIR = FhirReader(PREFETCH)
_LOG = logging.getLogger(__name__)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True)
class Answered:
    """The answer to one call: its body, the cards in it, the decision as shown, and the suggestions offered."""

    body: bytes
    cards: list[dict[str, Any]]
    decision: Decision
    hook_instance: str
    offered: Sequence[Suggestion] = ()


def answer(
    body: bytes,
    knowledge: Knowledge,
    *,
    on: date,
    language: str,
    client: Client = ANONYMOUS,
    fhir: FhirReader = _FHIR,
    public_url: str = "",
) -> Answered:
    """The answer to an order-sign request. Raises RequestError if the request cannot be read or is refused (412)."""
    started = time.monotonic()
    hook = read_request(body, client)
    hook = fhir.complete(hook, client, started, lambda asked: _may_be_ours(asked, knowledge, on))
    reader = CaseReader(hook, knowledge.terminology, knowledge.rules, on)
    case = client_capabilities.with_client(reader.read(hook["context"]["draftOrders"]), client)
    decision = decide(case, knowledge.rules)
    for defect in decision.case.defects:
        _LOG.error("defect: %s", defect)
    offered: Sequence[Suggestion] = []
    try:
        offered = client_capabilities.takeable(offer(decision, knowledge, one_action=client.one_action), client)
    except Exception as defect:  # noqa: BLE001 - a suggestion that cannot be made never holds back a card
        decision = _without_suggestions(decision, knowledge, defect)
    shown = client_capabilities.shown(decision, client)
    _refuse_without_data(shown, client)
    written = partial(
        render,
        texts=knowledge.texts,
        language=language,
        hook_instance=hook["hookInstance"],
        plan_url=plan_linker(public_url, knowledge.rules, knowledge.terminology, on),
    )
    try:
        cards = written(shown, offered)
    except Exception as defect:
        if not offered:
            raise
        shown, offered = _without_suggestions(shown, knowledge, defect), []
        cards = written(shown, offered)
    cards = client_capabilities.written(cards, client)
    return Answered(_ENCODER.encode({"cards": cards}), cards, shown, hook["hookInstance"], offered)


def _without_suggestions(decision: Decision, knowledge: Knowledge, defect: Exception) -> Decision:
    """The decision, with the finding that a defect of ours left it without suggestions."""
    _LOG.error("defect: %s while making suggestions", where(defect))
    return without(decision, knowledge.rules, "suggestions")


def read_request(body: bytes, client: Client = ANONYMOUS) -> dict[str, Any]:
    """The hook call in `body`, with our names of prefetch keys. Raises RequestError if it breaks the contract."""
    theirs = {key: client.prefetch.get(key, key) for key in PREFETCH_KEYS}
    hook = read_hook(body, set(theirs.values()) - {""})
    check_request(hook)
    if "prefetch" in hook:
        sent = hook["prefetch"]
        hook["prefetch"] = {key: sent[name] for key, name in theirs.items() if name in sent}
    return hook


def _may_be_ours(hook: dict[str, Any], knowledge: Knowledge, on: date) -> bool:
    """Whether any draft is for baclofen, or for a medicine that cannot be identified yet."""
    case = read_case(hook, knowledge.terminology, knowledge.rules, on)
    unread = any(draft.reason == UNREADABLE for draft in case.unread)
    return unread or any(order.scope is not Scope.OUT for order in case.orders)


def _refuse_without_data(decision: Decision, client: Client) -> None:
    """Raises RequestError (412) if missing data are the only finding and the client asks for 412 and shows errors."""
    if client.on_missing != "412" or not client.shows_errors:
        return
    keys = _keys_not_sent(decision)
    if keys:
        problem = f"lacks data that the check needs: {', '.join(keys)}"
        raise RequestError(Fault("prefetch", problem, "send them, or let the service read them by FHIR"), status=412)


def _keys_not_sent(decision: Decision) -> list[str]:
    """The prefetch keys that the check needs and did not get, if that is the only finding on cards; else none."""
    on_cards = [finding for finding in decision.findings if finding.group is not None]
    if {finding.rule for finding in on_cards} != {INCOMPLETE_RULE}:
        return []
    named = on_cards[0].answer.facts["facts"]
    asked = [getattr(decision.case.facts, name) for name in named] if isinstance(named, tuple) else []
    return sorted({fact.provenance for fact in asked if isinstance(fact, Unknown) and fact.reason in TRANSPORT_GAPS})


def judge(hook: dict[str, Any], knowledge: Knowledge, on: date) -> Decision:
    """The decision on a request that the contract has accepted."""
    return decide(read_case(hook, knowledge.terminology, knowledge.rules, on), knowledge.rules)


def offer(decision: Decision, knowledge: Knowledge, *, one_action: bool = False) -> list[Suggestion]:
    """The suggestions that answer a decision, each judged as another case by the same rules; then written as FHIR."""
    catalogue = ProductCatalogue(knowledge.rules, knowledge.terminology, decision.case.on, fine_only=one_action)
    offered = suggestions(decision, catalogue, lambda case: decide(case, knowledge.rules))
    return as_fhir(offered, decision.case)
