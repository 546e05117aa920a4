"""Writes suggestions as FHIR, and holds back those that are not valid R4, or more than an answer may hold.

fhir.resources has no exact R4 (4.0.1): its R4B (4.3.0) differs in none of the elements that we write. It takes a
second to import, and half a millisecond for a resource: in a call it looks once at what is kept of the draft. What
we make ourselves has few shapes, and it looks at each of them when a server starts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec

from cds_service.core.model.case import Case
from cds_service.core.plans.changes import Action, Change, Update
from cds_service.core.plans.fhir_out import Say, actions
from cds_service.core.plans.suggest import Suggestion

Validate = Callable[[Any], object]

BYTES_LIMIT = 256 * 1024
"""Of an answer with suggestions, each of which repeats the draft. An everyday answer has less than a third of it.

The kernel takes this much at once, so that no thread waits for a client that does not read (http/worker.py).
"""

KEPT_LIMIT = 32 * 1024
"""Of what a suggestion keeps of the draft, which is looked at element by element. An everyday draft has a tenth."""

# Which parts of a draft an update keeps: whether its dosage, its product and its link are ours.
_Kept = tuple[bool, bool, bool]


@cache
def validators() -> Mapping[str, Validate]:
    """The validator of each type of resource that we send."""
    from fhir.resources.R4B.medicationrequest import MedicationRequest
    from fhir.resources.R4B.servicerequest import ServiceRequest

    return {"MedicationRequest": MedicationRequest.model_validate, "ServiceRequest": ServiceRequest.model_validate}


def as_fhir(offered: Sequence[Suggestion], case: Case, say: Say) -> list[Suggestion]:
    """The suggestions with their actions. One that cannot be valid has none, so that its card can say so."""
    seen: dict[_Kept, bool] = {}
    return [_written(item, case, seen, say) for item in offered]


def too_long(suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    """The suggestions without their actions: with them the answer would be longer than BYTES_LIMIT."""
    return [_too_long(item) if item.actions else item for item in suggestions]


def _too_long(suggestion: Suggestion) -> Suggestion:
    return replace(suggestion, actions=(), recommended=False, left_out="left-out-too-long")


def _written(item: Suggestion, case: Case, seen: dict[_Kept, bool], say: Say) -> Suggestion:
    written = actions(case, item.changes, say)
    if sum(len(msgspec.json.encode(action.resource)) for action in written) > BYTES_LIMIT:
        return _too_long(item)
    if any(len(msgspec.json.encode(_kept(*pair))) > KEPT_LIMIT for pair in zip(item.changes, written, strict=True)):
        return _too_long(item)  # to validate it would take long
    whole = all(_keeps_what_is_valid(*pair, seen) for pair in zip(item.changes, written, strict=True))
    return replace(item, actions=written) if whole else replace(item, recommended=False)


def _keeps_what_is_valid(change: Change, action: Action, seen: dict[_Kept, bool]) -> bool:
    """Whether what an update keeps of the draft is valid; a companion order keeps a part of the same."""
    if not isinstance(change, Update):
        return True
    kept = (change.plan is not None, change.product is not None, bool(change.prior))
    if kept not in seen:
        seen[kept] = is_valid(_kept(change, action))
    return seen[kept]


def _kept(change: Change, action: Action) -> dict[str, Any]:
    """What is kept of the draft; of our own dosages the first, which stands for the others."""
    resource = action.resource
    if not isinstance(change, Update) or not change.plan:
        return resource
    return {**resource, "dosageInstruction": resource["dosageInstruction"][:1]}


_CODES: Mapping[str, frozenset[str]] = {
    "comparator": frozenset({"<", "<=", ">=", ">"}),
    "gender": frozenset({"male", "female", "other", "unknown"}),
    "use": frozenset(
        {
            "usual",
            "official",
            "temp",
            "secondary",
            "old",
            "nickname",
            "anonymous",
            "maiden",
        }  # of identifiers and names
        | {"home", "work", "billing", "mobile"}
    ),
}
"""The codes that R4 requires of members that a draft may have anywhere; the library looks at none of them."""


def has_codes_of_r4(value: object) -> bool:
    """Whether each such code of a resource is of its value set."""
    if isinstance(value, list):
        return all(map(has_codes_of_r4, value))
    if not isinstance(value, dict):
        return True
    return all(_CODES.get(name, {code}) & {code} for name, code in value.items() if isinstance(code, str)) and all(
        map(has_codes_of_r4, value.values())
    )


def is_valid(resource: dict[str, Any]) -> bool:
    """Whether a resource is valid. On odd ones the library also raises KeyError, TypeError and RecursionError."""
    try:
        validators()[resource["resourceType"]](resource)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return has_codes_of_r4(resource)
