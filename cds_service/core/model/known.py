"""A fact about the patient is known, reported none, or unknown with the reason."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """A known fact, read from the prefetch key `provenance`. `gap` says why the data may be incomplete."""

    value: T
    provenance: str
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedNone:
    """The source was asked and answered that there is nothing."""

    provenance: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The fact is not known. `reason` is a key of cards/facts.toml."""

    reason: str
    provenance: str


Fact = Known[T] | ReportedNone | Unknown


def not_found(gap: str | None, provenance: str) -> ReportedNone | Unknown:
    """What is not in the data: reported none, or unknown where a `gap` says why they may be incomplete."""
    return Unknown(gap, provenance) if gap else ReportedNone(provenance)


@dataclass(frozen=True, slots=True)
class History:
    """A disorder on the problem list. `active` is False when every entry of it is resolved.

    `latest` is the last day on which an entry may have been recorded, None if none bears a date; `undated`: one
    bears none; `recurring`: one is a relapse or recurrence.
    """

    active: bool
    latest: date | None = None
    undated: bool = False
    recurring: bool = False

    def may_be_since(self, day: date) -> bool:
        """Whether an entry was, or may have been, recorded on this day or later."""
        return self.undated or (self.latest is not None and self.latest >= day)


def is_active(fact: Fact[History]) -> bool:
    """Whether a disorder is known to be there now."""
    return isinstance(fact, Known) and fact.value.active


class Sex(Enum):
    """The administrative genders that have a threshold of consumption; other and unknown have none."""

    MALE = "male"
    FEMALE = "female"
