"""How far back and ahead the record is looked at, in days: the values of cds_service/rules/look-back.toml."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class LookBack:
    """The windows by which a record is read, and what a draft does to it. All are our choice.

    Of a gap: up to `no_gap_days` it is none, up to `short_gap_days` falls and rises are measured across it, beyond
    `taken_now_days` nothing is taken. `fall_mg` is a fall beyond the step. The rest is said where it is used:
    core/facts/taken_now.py and core/signings.
    """

    taken_now_days: int
    no_gap_days: int
    short_gap_days: int
    ended_together_days: int
    written_days: int
    carried_on_days: int
    settled_days: int
    stale_days: int
    ending_days: int
    completed_days: int
    renewed_days: int
    same_renewed_days: int
    other_requester_days: int
    other_requester_left_days: int
    moments_left_days: int
    open_days: int
    open_unknown_requester_days: int
    same_requester_days: int
    addition_days: int
    fall_mg: Fraction


# Each window with the type of its value in the rule file.
WINDOWS: Mapping[str, type] = {
    window.name: Fraction if window.name == "fall_mg" else int for window in fields(LookBack)
}


def look_back(values: Mapping[str, Any]) -> LookBack:
    """The windows of the rule file."""
    return LookBack(**{name: values[name] for name in WINDOWS})
