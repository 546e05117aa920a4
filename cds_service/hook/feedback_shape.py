"""Whether an item is feedback as openapi.yaml has it: the same as its schemas, at a fiftieth of their cost.

A body may hold a hundred thousand items. What is wrong with one that is not, the contract says.
"""

import re
from typing import Any

_MOMENT = re.compile(
    r"(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?"
    r"([Zz]|[+-](0\d|1[0-4]):?[0-5]\d)",
    re.ASCII,
)
_LONGEST_ID = 200
_MOST_CHOSEN = 50
_MOST_REASONS = 20


def is_feedback(item: Any) -> bool:
    if not isinstance(item, dict) or not _is_id(item.get("card")) or not _is_moment(item.get("outcomeTimestamp")):
        return False
    if item.get("outcome") == "accepted":
        return _are_chosen(item.get("acceptedSuggestions"))
    reasons = item.get("overrideReasons")
    listed = reasons if isinstance(reasons, list) else [reasons]
    return (
        item.get("outcome") == "overridden"
        and len(listed) <= _MOST_REASONS
        and all(map(_is_reason, [item.get("overrideReason"), *listed]))
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= _LONGEST_ID


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and bool(_MOMENT.fullmatch(value))


def _are_chosen(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 1 <= len(value) <= _MOST_CHOSEN
        and all(isinstance(chosen, dict) and _is_id(chosen.get("id")) for chosen in value)
    )


def _is_reason(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict) or not value:
        return False
    coding = value.get("reason")
    if coding is not None and not isinstance(coding, dict):
        return False
    texts = (value.get("userComment"), *((coding or {}).get(name) for name in ("code", "system")))
    return all(text is None or isinstance(text, str) for text in texts)
