"""Tolerant readers of FHIR JSON: a wrong shape reads as absent, never as an exception.

Strict models refuse the CDS Hooks sandbox's own order, and one bad entry would hide a whole Bundle;
so we look only at the elements that we need, and accept an object in place of an array.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

Resource = Mapping[str, Any]

# The time zone of all days: civil dates of Paris (clinical dossier, A.1).
PARIS = ZoneInfo("Europe/Paris")


def as_object(value: Any) -> Resource:
    # JSON objects are always dicts; a test for Mapping takes five times as long, thousands of times a request.
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """The array, or the lone object as an array of one (the sandbox's `category`)."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def objects(value: Any) -> list[Resource]:
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return [value] if isinstance(value, dict) else []


def is_empty(value: Any) -> bool:
    """Whether a member is as good as absent: FHIR has no member that is null or empty, clients send them."""
    return value in (None, "", [], {})


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def codings(concept: Any) -> list[tuple[str, str]]:
    """(system, code) of each coding of a CodeableConcept that has both."""
    pairs = [(coding.get("system"), coding.get("code")) for coding in objects(as_object(concept).get("coding"))]
    return [(system, code) for system, code in pairs if isinstance(system, str) and system and isinstance(code, str)]


def words(concept: Any) -> str:
    """The words of a CodeableConcept: its text and its displays, in one string."""
    return " ".join(names(concept))


def names(concept: Any) -> list[str]:
    """The text of a CodeableConcept and its displays, as far as it has them."""
    concept = as_object(concept)
    said = [concept.get("text"), *(coding.get("display") for coding in objects(concept.get("coding")))]
    return [part for part in said if isinstance(part, str)]


_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_REFERENCE = re.compile(rf"(?:.*/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>{_ID.pattern})(?:/_history/[^/]*)?", re.DOTALL)


def relative(reference: Any) -> str | None:
    """`Type/id` of a relative or absolute reference; None if it is neither."""
    match = _REFERENCE.fullmatch(text(as_object(reference).get("reference")))
    return f"{match['type']}/{match['id']}" if match else None


def local_reference(resource: Resource) -> str | None:
    """`Type/id` of a resource itself; None without an id, or with one that FHIR does not allow."""
    kind, identity = resource.get("resourceType"), resource.get("id")
    if not isinstance(kind, str) or not isinstance(identity, str):
        return None
    return f"{kind}/{identity}" if kind.isalpha() and _ID.fullmatch(identity) else None


def day(value: Any) -> date | None:
    """The day, in Paris, of a FHIR date or dateTime; a year or a month alone reads as its first day."""
    if not isinstance(value, str):
        return None
    return _known_day(value) if len(value) <= _LONGEST_DAY else _day(value)


def _day(value: str) -> date | None:
    at = moment(value)
    if at is not None:
        return at.date()
    written = value.partition("T")[0]
    return _date(written + {4: "-01-01", 7: "-01"}.get(len(written), ""))


_LONGEST_DAY = 40
_known_day = lru_cache(maxsize=4096)(_day)
"""The same days are read several times a call. What is longer than any is not kept."""


def last_day(value: Any) -> date | None:
    """The same, but a year or a month alone reads as its last day."""
    written, first = text(value).partition("T")[0], day(value)
    if len(written) == 4:
        return _date(f"{written}-12-31")
    if len(written) == 7:
        return first and first.replace(day=monthrange(first.year, first.month)[1])
    return first


def moment(value: Any) -> datetime | None:
    """A FHIR dateTime in the time of Paris, which it is in if it has no offset; None if it has no time."""
    written = text(value)
    if written[10:11] != "T":
        return None
    try:
        at = datetime.fromisoformat(written)
        return at.astimezone(PARIS) if at.tzinfo else at.replace(tzinfo=PARIS)
    except (ValueError, OverflowError):
        return None


def _date(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if len(written) == 10 else None
    except ValueError:
        return None
