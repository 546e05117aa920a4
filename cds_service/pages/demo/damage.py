"""Damages a request on purpose: keys that are missing, failed, null or paged, unreadable orders, a body cut off."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from cds_service.base.names import PREFETCH
from cds_service.http.json_reader import read_hook

KEYS = tuple(PREFETCH)
DAMAGES = ("words", "other-patient", "no-product", "slow", "null", "paged", "token", "cut")

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
# A dosage that a person understands and a program does not.
_WORDS = [{"text": "Comme d’habitude, à augmenter si besoin"}]


@dataclass(frozen=True, slots=True)
class Damage:
    """The damage to a request: prefetch keys left out, prefetch keys that failed, and names out of DAMAGES."""

    without: tuple[str, ...]
    failed: tuple[str, ...]
    damage: tuple[str, ...]


FIRST_DAMAGE = Damage(without=("conditions",), failed=(), damage=())
"""What is shown before anything was chosen."""


def read(without: Iterable[str], failed: Iterable[str], damage: Iterable[str]) -> Damage:
    """The damage chosen in the form; unknown values are ignored."""
    return Damage(_known(without, KEYS), _known(failed, KEYS), _known(damage, DAMAGES))


def knows_not(many: Mapping[str, Iterable[str]]) -> bool:
    """Whether a query asks for damage that there is not."""
    choices = {"without": KEYS, "failed": KEYS, "damage": DAMAGES}
    return any(set(many.get(name, ())) - set(known) for name, known in choices.items())


def _known(chosen: Iterable[str], choices: tuple[str, ...]) -> tuple[str, ...]:
    given = set(chosen)
    return tuple(choice for choice in choices if choice in given)


def broken(body: bytes, breakage: Damage) -> bytes:
    """Applies the damage to a request. A prefetch key that is both left out and failed is left out."""
    hook = read_hook(body, set(PREFETCH))
    failed = KEYS if "slow" in breakage.damage else breakage.failed
    prefetch = {
        key: _FAILED if key in failed else value
        for key, value in hook.get("prefetch", {}).items()
        if key not in breakage.without
    }
    hook["prefetch"] = prefetch | _conditions(prefetch.get("conditions"), breakage.damage)
    for entry in hook["context"]["draftOrders"]["entry"]:
        _damage(entry["resource"], breakage.damage)
    sent = _ENCODER.encode(hook)
    return sent[: len(sent) // 2] if "cut" in breakage.damage else sent


def _conditions(problems: Any, damage: Iterable[str]) -> dict[str, Any]:
    """The problem list as null, or as the first page of several."""
    if "null" in damage:
        return {"conditions": None}
    if "paged" in damage and isinstance(problems, dict):
        return {"conditions": {**problems, "link": [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]}}
    return {}


def _damage(order: dict[str, Any], damage: Iterable[str]) -> None:
    changes: Mapping[str, Mapping[str, Any]] = {
        "words": {"dosageInstruction": _WORDS},
        "other-patient": {"subject": {"reference": "Patient/somebody-else"}},
        "no-product": {"medicationReference": {"reference": "Medication/not-sent"}},
    }
    for kind in damage:
        order |= changes.get(kind, {})
    if "medicationReference" in order:
        order.pop("medicationCodeableConcept", None)
