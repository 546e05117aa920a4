"""Reads CDS Hooks feedback: what prescribers did with cards, in the forms that clients send.

A valid item is kept even if others are not; if none is valid, the caller gets the faults of each. The answer does
not depend on whether a card is known here, or was shown to another client.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cds_service.base.errors import Fault, RequestError
from cds_service.core.record.fhir import as_list
from cds_service.core.wording.cards import OVERRIDE_SYSTEM
from cds_service.hook import contract
from cds_service.hook.feedback_shape import is_feedback
from cds_service.http.json_reader import read_hook
from cds_service.store.kept import FeedbackItem

# To name what is wrong takes fifty times as long as to see that something is.
MOST_NAMED = 1000
LONGEST_COMMENT = 2000
UNLISTED = "unlisted"
"""The reason of an override that was given in other words than ours: they might say anything of a patient."""

Reasons = Mapping[str, Collection[str]]
"""Our codes, retired ones too, each with the rules whose findings it is about."""

NO_ITEMS = Fault("feedback", "is not a list of items", 'Send {"feedback": […]}, as CDS Hooks 2.0.1 describes it')


@dataclass(frozen=True)
class Feedback:
    """The items that are kept, and the faults of the others."""

    told: list[FeedbackItem]
    faults: list[Fault]


def read_feedback(body: bytes, our_reasons: Reasons, *, with_comments: bool) -> Feedback:
    """The feedback of a body. Raises RequestError if no item can be kept."""
    items = read_hook(body, ()).get("feedback")
    if not isinstance(items, list):
        raise RequestError(NO_ITEMS)
    told, unfit = [], []
    for number, item in enumerate(items):
        at = _moment(item["outcomeTimestamp"]) if is_feedback(item) else None
        if at:
            told.append(_told(item, at, our_reasons, with_comments))
        else:
            unfit.append(number)
    faults = list(_faults(items, unfit))
    if faults and not told:
        raise RequestError(*faults)
    return Feedback(told, faults)


def _faults(items: list[Any], unfit: list[int]) -> Iterator[Fault]:
    """What is wrong with the items of these numbers."""
    for number in unfit[:MOST_NAMED]:
        where = f"feedback.{number}"
        yield from contract.faults_of_feedback(items[number], where) or [
            Fault(f"{where}.outcomeTimestamp", "is of a day that does not exist", "Send when it happened")
        ]
    if unfit[MOST_NAMED:]:
        problem = f"has {len(unfit) - MOST_NAMED} further items that cannot be kept"
        yield Fault("feedback", problem, "Correct those that are named, and the rest likewise")


def _moment(written: str) -> datetime | None:
    """A moment of the form of the contract; None on a day that does not exist (30 February)."""
    plain = written.upper()
    is_leap = plain[17:19] == "60"  # a leap second: the first second of the next minute
    try:
        moment = datetime.fromisoformat(f"{plain[:17]}59{plain[19:]}" if is_leap else plain)
    except ValueError:
        return None
    return moment + timedelta(seconds=1) if is_leap else moment


def _told(item: Mapping[str, Any], at: datetime, our_reasons: Reasons, with_comments: bool) -> FeedbackItem:
    """What is stored of an item that the contract has accepted."""
    accepted = item["outcome"] == "accepted"
    given = list(_reasons(item))
    reason = None if accepted or not given else _ours(given, our_reasons)
    return FeedbackItem(
        card=item["card"],
        outcome=item["outcome"],
        at=at,
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
