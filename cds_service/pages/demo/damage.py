"""Damages a request on purpose: missing or failed prefetch keys, unreadable orders, a body that is cut off."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from cds_service.base.names import PREFETCH
from cds_service.http.json_reader import read_hook

KEYS = tuple(PREFETCH)
DAMAGES = ("words", "other-patient", "no-product", "cut")

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


def _known(chosen: Iterable[str], choices: tuple[str, ...]) -> tuple[str, ...]:
    given = set(chosen)
    return tuple(choice for choice in choices if choice in given)


def broken(body: bytes, breakage: Damage) -> bytes:
    """Applies the damage to a request. A prefetch key that is both left out and failed is left out."""
    hook = read_hook(body, set(PREFETCH))
    hook["prefetch"] = {
        key: _FAILED if key in breakage.failed else value
        for key, value in hook.get("prefetch", {}).items()
        if key not in breakage.without
    }
    for entry in hook["context"]["draftOrders"]["entry"]:
        _damage(entry["resource"], breakage.damage)
    sent = _ENCODER.encode(hook)
    return sent[: len(sent) // 2] if "cut" in breakage.damage else sent


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
