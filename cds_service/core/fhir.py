"""Tolerant readers of FHIR JSON: a wrong shape reads as absent, never as an exception.

Strict models refuse the CDS Hooks sandbox's own order, and one bad entry would hide a whole Bundle;
so we look only at the elements that we need, and take an object where an array was due.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

Resource = Mapping[str, Any]


def as_object(value: Any) -> Resource:
    return value if isinstance(value, Mapping) else {}


def as_list(value: Any) -> list[Any]:
    """The array, or the lone object as an array of one (the sandbox's `category`)."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def objects(value: Any) -> Iterator[Resource]:
    return (item for item in as_list(value) if isinstance(item, Mapping))


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def codings(concept: Any) -> Iterator[tuple[str, str]]:
    """(system, code) of each coding of a CodeableConcept that has both."""
    for coding in objects(as_object(concept).get("coding")):
        system, code = text(coding.get("system")), text(coding.get("code"))
        if system and code:
            yield system, code


def words(concept: Any) -> str:
    """Everything a CodeableConcept says in words: its text and its displays."""
    concept = as_object(concept)
    displays = [text(coding.get("display")) for coding in objects(concept.get("coding"))]
    return " ".join(part for part in (text(concept.get("text")), *displays) if part)


_REFERENCE = re.compile(r"(?:^|/)(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})(?:/_history/[^/]*)?$")


def relative(reference: Any) -> str | None:
    """`Type/id` of a relative or absolute reference; None where it is neither."""
    match = _REFERENCE.search(text(as_object(reference).get("reference")))
    return f"{match['type']}/{match['id']}" if match else None


def local_reference(resource: Resource) -> str | None:
    """`Type/id` of a resource itself; None without an id, or with one that FHIR does not allow."""
    return relative({"reference": f"{text(resource.get('resourceType'))}/{text(resource.get('id'))}"})


def day(value: Any) -> date | None:
    """The calendar day of a FHIR date or dateTime; a year or a month alone reads as its first day."""
    written = text(value).partition("T")[0]
    return _date(written + {4: "-01-01", 7: "-01"}.get(len(written), ""))


def last_day(value: Any) -> date | None:
    """The same, but a year or a month alone reads as its last day."""
    written = text(value).partition("T")[0]
    if len(written) == 4:
        return _date(f"{written}-12-31")
    if len(written) == 7:
        first = day(written)
        return first and first.replace(day=monthrange(first.year, first.month)[1])
    return _date(written)


def _date(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if len(written) == 10 else None
    except ValueError:
        return None
