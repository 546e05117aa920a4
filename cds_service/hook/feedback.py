"""Reads CDS Hooks feedback: what prescribers did with cards, in the forms that clients send.

A valid item is kept even if others are not; if none is valid, the caller gets the faults of each. The answer does
not depend on whether a card is known here, or was shown to another client.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cds_service.base.errors import Fault, RequestError
from cds_service.core.record.fhir import as_list
from cds_service.core.wording.cards import OVERRIDE_SYSTEM
from cds_service.hook import contract
from cds_service.http.json_reader import read_hook
from cds_service.store.kept import FeedbackItem

MOST_ITEMS = 100
LONGEST_COMMENT = 2000
UNLISTED = "unlisted"
"""The reason of an override that was given in other words than ours: they might say anything of a patient."""

Reasons = Mapping[str, Collection[str]]
"""Our codes, retired ones too, each with the rules whose findings it is about."""

NO_ITEMS = Fault("feedback", "is not a list of items", 'Send {"feedback": […]}, as CDS Hooks 2.0.1 describes it')
TOO_MANY = Fault("feedback", f"has more than {MOST_ITEMS} items", "Send it in several calls")


@dataclass(frozen=True)
class Feedback:
    """The items that are kept, and the faults of the others."""

    told: list[FeedbackItem]
    faults: list[Fault]


def read_feedback(body: bytes, our_reasons: Reasons, *, with_comments: bool) -> Feedback:
    """The feedback of a body. Raises RequestError if no item can be kept."""
    items = read_hook(body, ()).get("feedback")
    if not isinstance(items, list) or not items:
        raise RequestError(NO_ITEMS)
    if len(items) > MOST_ITEMS:
        raise RequestError(TOO_MANY)
    told, faults = [], []
    for number, item in enumerate(items):
        wrong = contract.faults_of_feedback(item, f"feedback.{number}") or list(_no_such_day(item, number))
        faults += wrong
        if not wrong:
            told.append(_told(item, our_reasons, with_comments))
    if not told:
        raise RequestError(*faults)
    return Feedback(told, faults)


def _no_such_day(item: Mapping[str, Any], number: int) -> Iterator[Fault]:
    """The fault of a timestamp of the right form on a day that does not exist (30 February)."""
    try:
        datetime.fromisoformat(item["outcomeTimestamp"])
    except ValueError:
        yield Fault(f"feedback.{number}.outcomeTimestamp", "is of a day that does not exist", "Send when it happened")


def _told(item: Mapping[str, Any], our_reasons: Reasons, with_comments: bool) -> FeedbackItem:
    """What is stored of an item that the contract has accepted."""
    accepted = item["outcome"] == "accepted"
    given = list(_reasons(item))
    reason = None if accepted or not given else _ours(given, our_reasons)
    return FeedbackItem(
        card=item["card"],
        outcome=item["outcome"],
        at=datetime.fromisoformat(item["outcomeTimestamp"]),
        suggestions=[chosen["id"] for chosen in item["acceptedSuggestions"]] if accepted else (),
        reason=reason,
        about=sorted(our_reasons.get(reason or "", ())),
        comment=_comment(given) if with_comments else None,
    )


def _reasons(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The override reasons: one or a list, under the singular name or the plural one of Epic's samples."""
    for name in ("overrideReason", "overrideReasons"):
        yield from filter(None, as_list(item.get(name)))


def _ours(given: list[Mapping[str, Any]], our_reasons: Reasons) -> str:
    for reason in given:
        coding = reason.get("reason") or {}
        if coding.get("system", OVERRIDE_SYSTEM) == OVERRIDE_SYSTEM and coding.get("code") in our_reasons:
            return str(coding["code"])
    return UNLISTED


def _comment(given: list[Mapping[str, Any]]) -> str | None:
    """The first comment, truncated, without NUL, which PostgreSQL cannot store."""
    for reason in given:
        if reason.get("userComment"):
            return str(reason["userComment"])[:LONGEST_COMMENT].replace("\0", "")
    return None
