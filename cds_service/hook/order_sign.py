"""The order-sign service: bytes of a request in, bytes of the answer out. HTTP and the command line share it."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import msgspec

from cds_service.base.errors import Fault, RequestError
from cds_service.base.names import LANGUAGES, PREFETCH, PREFETCH_KEYS
from cds_service.config.clients import ANONYMOUS, Client
from cds_service.core.case import case_of, case_without_record, read_case, read_chart
from cds_service.core.model.defects import where
from cds_service.core.model.findings import Decision
from cds_service.core.model.known import Unknown
from cds_service.core.orders.drafts import may_concern
from cds_service.core.plans.plan_request import plan_linker
from cds_service.core.plans.products import ProductCatalogue
from cds_service.core.plans.suggest import Suggestion, suggestions
from cds_service.core.record.prefetch import TRANSPORT_GAPS, Record, read_record
from cds_service.core.rules.decide import INCOMPLETE_RULE, decide, without
from cds_service.core.scope import may_be_in_scope
from cds_service.core.wording.cards import render
from cds_service.core.wording.dosage_words import dosage_words
from cds_service.fhir_client.complete import FhirReader
from cds_service.hook import client_capabilities
from cds_service.hook.card_identity import identified
from cds_service.hook.contract import check_request
from cds_service.hook.outgoing import BYTES_LIMIT, as_fhir, too_long
from cds_service.http.json_reader import HookCall, read_call, read_prefetch
from cds_service.knowledge.loading import Knowledge

_FHIR = FhirReader(PREFETCH)
_LOG = logging.getLogger(__name__)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_NO_CARDS = _ENCODER.encode({"cards": []})


@dataclass(frozen=True)
class Answered:
    """The answer to one call: its body, the cards in it, the decision as shown, and the suggestions offered.

    `other` is why the call is surely not about baclofen: no order, or orders of other medicines; else empty.
    """

    body: bytes
    cards: list[dict[str, Any]]
    decision: Decision
    hook_instance: str
    offered: Sequence[Suggestion] = ()
    other: str = ""


def answer(
    body: bytes,
    knowledge: Knowledge,
    *,
    on: date,
    language: str,
    client: Client = ANONYMOUS,
    fhir: FhirReader = _FHIR,
    public_url: str = "",
    names_day: bool = False,
) -> Answered:
    """The answer to an order-sign request. Raises RequestError if the request cannot be read or is refused (412).

    `names_day`: cards say the day, which was set by hand and is not that of the clock.
    """
    started = time.monotonic()
    knowledge = knowledge.of_day(on)
    call = read_call(body)
    check_request(call.members)
    if not may_concern(call.members["context"]["draftOrders"], knowledge.terminology):
        return _nothing_to_say(call, knowledge, on)
    in_scope = partial(_is_in_scope, knowledge, on)
    hook, record = fhir.complete(call.members, _record_of(call, client), client, started, in_scope)
    decision = _decision(hook["context"], record, knowledge, on, client)
    offered: Sequence[Suggestion] = []
    try:
        made = offer(decision, knowledge, one_action=client.one_action, language=language)
        offered = client_capabilities.takeable(made, client)
    except Exception as defect:  # noqa: BLE001 - a suggestion that cannot be made never holds back a card
        decision = _without_suggestions(decision, knowledge, defect)
    shown = client_capabilities.shown(decision, client)
    _refuse_without_data(shown, client)
    written = partial(
        render,
        texts=knowledge.texts,
        language=language,
        plan_url=plan_linker(public_url, knowledge.rules, knowledge.terminology, on),
        public_url=public_url,
        names_day=names_day,
    )
    try:
        cards = written(shown, offered)
    except Exception as defect:
        if not offered:
            raise
        shown, offered = _without_suggestions(shown, knowledge, defect), []
        cards = written(shown, offered)
    answered = _answered(cards, shown, hook, offered, client)
    if offered and len(answered.body) > BYTES_LIMIT:
        offered = too_long(offered)
        return _answered(written(shown, offered), shown, hook, offered, client)
    return answered


def _answered(
    cards: list[dict[str, Any]],
    shown: Decision,
    hook: Mapping[str, Any],
    offered: Sequence[Suggestion],
    client: Client,
) -> Answered:
    written = client_capabilities.written(cards, client)
    cards = identified(written, shown.case, client=client.id, hook_instance=hook["hookInstance"])
    return Answered(_ENCODER.encode({"cards": cards}), cards, shown, hook["hookInstance"], offered)


def _decision(context: Mapping[str, Any], record: Record, knowledge: Knowledge, on: date, client: Client) -> Decision:
    chart = read_chart(context, record, knowledge.terminology, knowledge.rules, on)
    case = case_of(context["draftOrders"], chart)
    decision = decide(client_capabilities.with_client(case, client), knowledge.rules)
    for defect in decision.case.defects:
        _LOG.error("defect: %s", defect)
    return decision


def _nothing_to_say(call: HookCall, knowledge: Knowledge, on: date) -> Answered:
    """The answer to a call whose drafts are surely other medicines: their record is not opened."""
    case = case_without_record(call.members["context"], knowledge.rules, on)
    decision = Decision(case, knowledge.rules.version, ())
    other = "other-orders" if call.members["context"]["draftOrders"].get("entry") else "no-order"
    return Answered(_NO_CARDS, [], decision, call.members["hookInstance"], other=other)


def _without_suggestions(decision: Decision, knowledge: Knowledge, defect: Exception) -> Decision:
    """The decision, with the finding that a defect of ours left it without suggestions."""
    _LOG.error("defect: %s while making suggestions", where(defect))
    return without(decision, knowledge.rules, "suggestions")


def _record_of(call: HookCall, client: Client) -> Record:
    """The record that came with a call. Raises RequestError if it cannot be decoded."""
    theirs = {key: client.prefetch.get(key, key) for key in PREFETCH_KEYS}
    sent = read_prefetch(call.prefetch, set(theirs.values()) - {""}) if call.prefetch else {}
    return read_record({key: sent[name] for key, name in theirs.items() if name in sent})


def _is_in_scope(knowledge: Knowledge, on: date, hook: Mapping[str, Any], record: Record) -> bool:
    chart = read_chart(hook["context"], record, knowledge.terminology, knowledge.rules, on)
    return may_be_in_scope(hook["context"]["draftOrders"], chart)


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


def judge(hook: Mapping[str, Any], knowledge: Knowledge, on: date) -> Decision:
    """The decision on a request that the contract has accepted, with its prefetch decoded."""
    return decide(read_case(hook, knowledge.terminology, knowledge.rules, on), knowledge.rules)


def offer(
    decision: Decision, knowledge: Knowledge, *, one_action: bool = False, language: str = LANGUAGES[0]
) -> list[Suggestion]:
    """The suggestions that answer a decision, each judged as another case by the same rules; then written as FHIR."""
    catalogue = ProductCatalogue(knowledge.rules, knowledge.terminology, decision.case.on, fine_only=one_action)
    offered = suggestions(decision, catalogue, lambda case: decide(case, knowledge.rules))
    return as_fhir(offered, decision.case, dosage_words(knowledge.texts, language))
