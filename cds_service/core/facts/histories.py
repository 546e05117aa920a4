"""The problem list, read once: which disorders it names, since when, and whether any is still active."""

from dataclasses import dataclass, replace
from datetime import date

from cds_service.core.facts.condition_words import may_speak, spoken_of
from cds_service.core.model.known import Fact, History, Known, ReportedNone, Unknown, not_found
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Records
from cds_service.core.record.remembered import remembered
from cds_service.core.record.terminology import UNDECIDED, ListName, Terminology

# http://terminology.hl7.org/CodeSystem/condition-clinical
_OVER = {"inactive", "remission", "resolved"}
_AGAIN = {"recurrence", "relapse"}
# http://terminology.hl7.org/CodeSystem/condition-ver-status
NOT_SO = {"refuted", "entered-in-error"}
_REFUTED = "refuted"


MOST_CHARACTERS = 20_000
"""Of the names of disorders that may be ours: those of a long problem list are some hundreds (our choice)."""

TOO_MUCH_TEXT = "too-much-text"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A condition that holds: the last day on which it may have been recorded, and its clinical status."""

    day: date | None
    active: bool
    again: bool


@dataclass(frozen=True, slots=True)
class _Said:
    """The code lists that a condition is in, those that it leaves open, and whether a code of it can be read."""

    decided: frozenset[str]
    left_open: frozenset[str]
    is_read: bool

    @property
    def says_anything(self) -> bool:
        return bool(self.decided or self.left_open) or not self.is_read


@dataclass(frozen=True, slots=True)
class _Name:
    """What the codes of a condition say, and its words, if they may say more: not those about a relative."""

    by_code: _Said
    words: str
    of_substance: bool
    says_anything: bool


@remembered
def _name_of(concept: object, terminology: Terminology) -> _Name:
    names, is_read = terminology.lookup(concept)
    decided = frozenset(name for name in names if not name.endswith(UNDECIDED))
    left_open = frozenset(name.removesuffix(UNDECIDED) for name in names - decided)
    words = fhir.words(concept)
    may_say_more = ListName.FAMILY_HISTORY not in names and may_speak(words)
    by_code = _Said(decided, left_open - decided, is_read)
    words = words if may_say_more else ""
    of_substance = ListName.SUBSTANCE_INDUCED_DISORDER in names
    return _Name(by_code, words, of_substance, bool(words) or by_code.says_anything)


class Histories:
    """What the conditions of a patient say on a day. Asked by the name of a code list."""

    def __init__(self, records: Records, terminology: Terminology, on: date) -> None:
        self._terminology = terminology
        self._provenance = records.key
        self._gap = records.gap
        self._on = on
        self._known: dict[str, list[_Entry]] = {}
        self._unlisted: dict[str, list[_Entry]] = {}
        self._refuted: set[str] = set()
        self._characters_left = MOST_CHARACTERS
        for condition in records.resources:
            if condition.get("resourceType") == "Condition":
                name = _name_of(condition.get("code"), terminology)
                if name.says_anything:  # most are a disease that nothing asks for
                    self._add(condition, name)

    def _add(self, condition: Resource, name: _Name) -> None:
        said = self._said_by(name)
        if not said.says_anything or not _is_known_by(condition, self._on):
            return
        verified = statuses(condition, "verificationStatus")
        if verified & NOT_SO:
            self._refuted |= said.decided if _REFUTED in verified else set()
        else:
            self._keep(said, _entry(condition, self._on))

    def _said_by(self, name: _Name) -> _Said:
        """What the code and the words of a condition say."""
        by_code = name.by_code
        if not name.words:
            return by_code
        return replace(by_code, left_open=(by_code.left_open | self._spoken(name)) - by_code.decided)

    def _spoken(self, name: _Name) -> frozenset[str]:
        """What the words speak of; no psychosis that a substance causes."""
        self._characters_left -= len(name.words)
        if self._characters_left < 0:
            self._gap = self._gap or TOO_MUCH_TEXT
            return frozenset()
        spoken = spoken_of(name.words)
        return frozenset(spoken - {ListName.PSYCHIATRIC_DISORDER} if name.of_substance else spoken)

    def _keep(self, said: _Said, entry: _Entry) -> None:
        if not said.is_read:
            self._gap = self._gap or "uncoded"
        for name in said.decided:
            self._known.setdefault(name, []).append(entry)
        for name in said.left_open:
            self._unlisted.setdefault(name, []).append(entry)

    def of(self, name: str, since: date | None = None) -> Fact[History]:
        """What the problem list says of the disorders of a code list; of entries before `since` nothing."""
        self._terminology.require(name)
        known = _recent(self._known.get(name, []), since)
        if known:
            return Known(_history(known), self._provenance)
        gap = self._gap or ("unlisted" if _recent(self._unlisted.get(name, []), since) else None)
        return not_found(gap, self._provenance)

    def refutes(self, name: str) -> Fact[bool]:
        """Whether an entry of a code list is refuted, and none affirms it or may do so."""
        said = self.of(name)
        if isinstance(said, Unknown):
            return said
        refuted = name in self._refuted and not isinstance(said, Known)
        return Known(True, self._provenance) if refuted else ReportedNone(self._provenance)


def is_asked_for(condition: Resource, terminology: Terminology) -> bool:
    """Whether a condition says anything of a disorder that is asked for, on any day."""
    names, is_read = terminology.lookup(condition.get("code"))
    words = fhir.words(condition.get("code"))
    return bool(names) or not is_read or (may_speak(words) and bool(spoken_of(words)))


def _is_known_by(condition: Resource, on: date) -> bool:
    """Whether the record held a condition on that day."""
    since = fhir.day(_recorded(condition)) or fhir.day(condition.get("onsetDateTime"))
    return since is None or since <= on


def _recorded(condition: Resource) -> object:
    """When it was recorded, by R4 or by DSTU2."""
    return condition.get("recordedDate") or condition.get("dateRecorded")


def _entry(condition: Resource, on: date) -> _Entry:
    """A day that is written as a month or a year may be its last one; none is after the day judged."""
    day = fhir.last_day(_recorded(condition)) or fhir.last_day(condition.get("onsetDateTime"))
    clinical = statuses(condition, "clinicalStatus")
    return _Entry(min(day, on) if day else None, not clinical & _OVER, bool(clinical & _AGAIN))


def _recent(entries: list[_Entry], since: date | None) -> list[_Entry]:
    return [entry for entry in entries if since is None or entry.day is None or entry.day >= since]


def _history(entries: list[_Entry]) -> History:
    days = [entry.day for entry in entries if entry.day is not None]
    return History(
        active=any(entry.active for entry in entries),
        latest=max(days, default=None),
        undated=len(days) < len(entries),
        recurring=any(entry.again for entry in entries),
    )


def statuses(resource: Resource, element: str) -> set[str]:
    """The status codes; read as well where they are a bare code, as in DSTU2 and STU3."""
    status = resource.get(element)
    return {status} if isinstance(status, str) else {code for _, code in fhir.codings(status)}
