"""Holds back suggestions that are not fit to be sent: not valid FHIR, or more than an answer may hold.

fhir.resources has no exact R4 (4.0.1): its R4B (4.3.0) differs in none of the elements that we write. It takes a
second to import: `warm` does so when a server starts; commands without suggestions never do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec

from cds_service.core.plans.suggest import Suggestion

Validate = Callable[[Any], object]

BYTES_LIMIT = 256 * 1024
"""Of an answer with suggestions, each of which repeats the draft. An everyday answer has less than a third of it.

The kernel takes this much at once, so that no thread waits for a client that does not read (http/worker.py).
"""


@cache
def warm() -> Mapping[str, Validate]:
    """The validator of each type of resource that we send."""
    from fhir.resources.R4B.medicationrequest import MedicationRequest
    from fhir.resources.R4B.servicerequest import ServiceRequest

    return {"MedicationRequest": MedicationRequest.model_validate, "ServiceRequest": ServiceRequest.model_validate}


def valid(suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    """The suggestions. One that is too long or has an invalid resource loses its actions; its card says so."""
    return [_checked(item) for item in suggestions]


def _checked(suggestion: Suggestion) -> Suggestion:
    if sum(len(msgspec.json.encode(action.resource)) for action in suggestion.actions) > BYTES_LIMIT:
        return _held_back(suggestion, "left-out-too-long")  # to validate it would take long, too
    return suggestion if _is_whole(suggestion) else _held_back(suggestion, "left-out")


def too_long(suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    """The suggestions without their actions: with them the answer would be longer than BYTES_LIMIT."""
    return [_held_back(item, "left-out-too-long") if item.actions else item for item in suggestions]


def _held_back(suggestion: Suggestion, reason: str) -> Suggestion:
    """The suggestion as its card can say that it is left out. `reason` is a key of cards/suggestions.toml."""
    return replace(suggestion, actions=(), recommended=False, left_out=reason)


def _is_whole(suggestion: Suggestion) -> bool:
    return all(_is_valid(action.resource) for action in suggestion.actions)


def _is_valid(resource: dict[str, Any]) -> bool:
    """Whether a resource is valid. On odd ones the library also raises KeyError, TypeError and RecursionError."""
    try:
        warm()[resource["resourceType"]](resource)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return True
