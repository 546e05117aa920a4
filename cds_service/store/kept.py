"""Makes the records of answers and feedback: plain JSON that names no patient, order or prescriber.

    answer    {"kind": "decision", "id", "at", "client", "hook_instance" (keyed), "input" (SHA-256 of the body),
               "rules_version", "on", "language", "shadow": true (only if so: the cards were not sent),
               "orders": [{"scope", "product", "mg_per_day" or "not_computable"}],
               "not_read": [reason], "facts": {name: "known" or "none" or the reason why it is not known},
               "findings": [{"finding", "case", "indicator", "facts", "if", "card"}],
               "cards": [{"uuid", "indicator", "suggestions": [uuid], "answers": {uuid: [finding]}}]}
    feedback  {"kind": "feedback", "id", "client", "card", "outcome", "reason", "about": [finding], "suggestions",
               "comment", "told_at", "received_at", "effective_at"}
    calls     {"kind": "calls", "id", "client", "hour", "reason", "shadow", "calls"}: see other_calls.py

Of `about` and `answers` only those on the card count. Older records have neither.

A record keeps its `id` when it is written again, so that it is stored once. Decimals are strings, to stay exact.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from cds_service.base.names import EXTENSION
from cds_service.core.model.case import Facts
from cds_service.core.model.dose import NotComputable, Span
from cds_service.core.model.findings import Decision, Finding
from cds_service.core.model.known import Known, Unknown
from cds_service.core.model.order import Order, Scope
from cds_service.core.wording.json_values import as_json
from cds_service.store import timestamps
from cds_service.store.chain import canonical

Record = dict[str, Any]

# What is kept keeps its words from release to release.
_KEPT_SCOPE = {Scope.OUT: "out", Scope.UNLIKELY: "remote", Scope.POSSIBLE: "possible", Scope.CERTAIN: "certain"}


@dataclass(frozen=True)
class SentAnswer:
    """One answer that is sent; in `shadow` its cards are not. Of `body`, `hook_instance` only digests are kept."""

    client: str
    language: str
    body: bytes
    hook_instance: str
    decision: Decision
    cards: Sequence[Mapping[str, Any]]
    shadow: bool = False


@dataclass(frozen=True)
class FeedbackItem:
    """One item of feedback. `reason` is a code of ours, `unlisted` or None; `comment` only if comments are kept.

    `about` are the rules whose findings the reason is about: of one that is nobody's in particular, none.
    """

    card: str
    outcome: str  # accepted, overridden
    at: datetime
    suggestions: Sequence[str] = ()
    reason: str | None = None
    about: Sequence[str] = ()
    comment: str | None = None


def of_answer(shown: SentAnswer, at: datetime, key: bytes) -> Record:
    decision = shown.decision
    return {
        "kind": "decision",
        "id": str(uuid4()),
        "at": timestamps.written(at),
        "client": shown.client,
        "hook_instance": _keyed(shown.hook_instance, key),
        "input": hashlib.sha256(shown.body).hexdigest(),
        "rules_version": decision.rules_version,
        "on": decision.case.on.isoformat(),
        "language": shown.language,
        **({"shadow": True} if shown.shadow else {}),
        "orders": [_order(order) for order in decision.case.orders],
        "not_read": [unread.reason for unread in decision.case.unread],
        "facts": _states(decision.case.facts),
        "findings": _findings(decision, shown.cards),
        "cards": [_card(card) for card in shown.cards],
    }


def of_feedback(told: FeedbackItem, client: str, at: datetime, key: bytes) -> Record:
    """The record of feedback. Ids that are not UUIDs become digests; `effective_at` is never in the future."""
    content: Record = {
        "client": client,
        "card": _identity(told.card, key),
        "outcome": told.outcome,
        "reason": told.reason,
        "suggestions": sorted({_identity(chosen, key) for chosen in told.suggestions}),
        "told_at": timestamps.written(told.at),
    }
    digest = hashlib.sha256(canonical(content).encode()).hexdigest()
    received = {"received_at": timestamps.written(at), "effective_at": timestamps.written(min(told.at, at))}
    beside = {"comment": told.comment, "about": list(told.about)}
    return {"kind": "feedback", "id": digest} | beside | content | received


def _keyed(text: str, key: bytes) -> str:
    """An HMAC-SHA-256 digest, which cannot be matched to a text without the key."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _identity(text: str, key: bytes) -> str:
    try:
        return str(UUID(text.removeprefix("urn:uuid:")))
    except ValueError:
        return _keyed(text, key)


def _order(order: Order) -> Record:
    """The record of an order. Its dose is that of the highest step."""
    product = order.medicine.product
    known: Record = {"scope": _KEPT_SCOPE[order.scope], "product": product.code if product else None}
    if order.stops:
        return known | {"stops": True}
    if isinstance(order.dose, NotComputable):
        return known | {"not_computable": order.dose.reason}
    doses = [step.mg_per_day for step in order.dose]
    highest = max(doses, key=lambda dose: dose.high, default=None)
    return known | {"mg_per_day": _plain(as_json(Span(highest.low, highest.high))) if highest else None}


def _states(facts: Facts) -> dict[str, str]:
    """The state of each fact (known, none, or why it is unknown), without its value."""
    states = {}
    for field in fields(facts):
        fact = getattr(facts, field.name)
        states[field.name] = (
            fact.reason if isinstance(fact, Unknown) else "known" if isinstance(fact, Known) else "none"
        )
    return states


def _findings(decision: Decision, cards: Sequence[Mapping[str, Any]]) -> list[Record]:
    shown_on = {finding["id"]: card["uuid"] for card in cards for finding in card["extension"][EXTENSION]["findings"]}
    return [_finding(finding, shown_on.get(finding.rule)) for finding in decision.findings]


def _finding(finding: Finding, card: str | None) -> Record:
    """The record of a finding, without its orders: their references come from the caller."""
    answer = finding.answer
    return {
        "finding": finding.rule,
        "case": answer.case,
        "indicator": finding.indicator.code,
        "facts": {name: _plain(as_json(value)) for name, value in answer.facts.items()},
        "if": list(answer.conditions),
        "card": card,
    }


def _card(card: Mapping[str, Any]) -> Record:
    answers = {item["uuid"]: item["extension"][EXTENSION]["answers"] for item in card.get("suggestions", [])}
    return {
        "uuid": card["uuid"],
        "indicator": card["indicator"],
        "suggestions": list(answers),
        "answers": answers,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value
