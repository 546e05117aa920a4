"""Reads one prefetch key: its resources, and why they may be incomplete.

A key left out means that the EHR did not search; `null` and an empty Bundle mean that it searched and found
nothing (cds-hooks 2.0.1, Prefetch Template).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds_service.base.names import PREFETCH_TYPES
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.subject import Person, is_stranger

# Types that clients include beside them, some without search.mode "include".
_COMPANIONS = {
    "Medication", "Practitioner", "PractitionerRole", "Organization", "Patient", "RelatedPerson", "Encounter",
    "Provenance", "Location", "Device", "CareTeam",
}  # fmt: skip

# The gaps caused by how the data were sent, not by what they contain.
TRANSPORT_GAPS = {"not-sent", "not-arrived", "access-refused", "source-failed", "unreadable", "paged"}

# http://hl7.org/fhir/issue-type, "security" and below: the user may not see it, or not all of it.
_ACCESS = {"security", "login", "unknown", "expired", "forbidden", "suppressed"}


@dataclass(frozen=True, slots=True)
class PartialRead:
    """Incomplete resources that our FHIR client read for a key, and why. A client's JSON is never this type."""

    resources: tuple[Resource, ...]
    gap: str


@dataclass(frozen=True, slots=True)
class Records:
    """The resources of a key. `gap` is why they may be incomplete, a key of cards/facts.toml; None if complete."""

    key: str
    resources: tuple[Resource, ...] = ()
    gap: str | None = None
    stranger: bool = False


def read_records(prefetch: Mapping[str, Any], key: str, person: Person) -> Records:
    """The resources under a prefetch key that belong to this patient."""
    if key not in prefetch:
        return Records(key, gap="not-sent")
    value = prefetch[key]
    if value is None:
        return Records(key)
    if isinstance(value, PartialRead):
        return _of_patient(key, list(value.resources), value.gap, person)
    kind = fhir.as_object(value).get("resourceType")
    if kind == "Bundle":
        return _from_bundle(key, value, person)
    if kind == "OperationOutcome":
        return Records(key, gap=failure(value) or "source-failed")
    if fhir.text(kind) in PREFETCH_TYPES[key]:
        return _of_patient(key, [value], None, person)
    return Records(key, gap="unreadable")


def _from_bundle(key: str, bundle: Resource, person: Person) -> Records:
    entries = fhir.objects(bundle.get("entry"))
    resources = [fhir.as_object(entry.get("resource")) for entry in entries]
    return _of_patient(key, [item for item in resources if _is_data(item)], _gap(key, bundle), person)


def _is_data(resource: Resource) -> bool:
    return fhir.text(resource.get("resourceType")) not in ("", "OperationOutcome")


def _gap(key: str, bundle: Resource) -> str | None:
    if is_part(bundle):
        return "paged"
    gaps = (_gap_of_entry(key, fhir.as_object(entry)) for entry in fhir.as_list(bundle.get("entry")))
    return next(filter(None, gaps), None)


def is_part(bundle: Resource) -> bool:
    """Whether a Bundle is incomplete: its total is greater than its matches, or it has a next page."""
    total = bundle.get("total")
    if isinstance(total, int) and total > sum(map(_is_match, fhir.objects(bundle.get("entry")))):
        return True
    return any(fhir.text(link.get("relation")) == "next" for link in fhir.objects(bundle.get("link")))


def _is_match(entry: Resource) -> bool:
    """Whether Bundle.total counts this entry: not an included resource or an outcome."""
    return _mode(entry) not in ("include", "outcome")


def _mode(entry: Resource) -> str:
    return fhir.text(fhir.as_object(entry.get("search")).get("mode"))


def _gap_of_entry(key: str, entry: Resource) -> str | None:
    """The gap left by an entry that the key did not ask for; None if the entry is expected."""
    resource = fhir.as_object(entry.get("resource"))
    kind = fhir.text(resource.get("resourceType"))
    if kind == "OperationOutcome":
        return failure(resource)
    came_along = kind in _COMPANIONS or (kind and _mode(entry) == "include")
    return None if kind in PREFETCH_TYPES[key] or came_along else "unreadable"


def failure(outcome: Resource) -> str | None:
    """The gap that an OperationOutcome means; None for a warning, which Epic sends for "no results"."""
    issues = fhir.objects(outcome.get("issue"))
    if any(fhir.text(issue.get("code")) in _ACCESS for issue in issues):
        return "access-refused"
    severities = {fhir.text(issue.get("severity")) for issue in issues}
    return None if severities <= {"warning", "information", "success"} else "source-failed"


def _of_patient(key: str, resources: list[Resource], gap: str | None, person: Person) -> Records:
    of_patient = tuple(resource for resource in resources if not is_stranger(resource, person))
    stranger = len(of_patient) < len(resources)
    return Records(key, of_patient, "other-patient" if stranger else gap, stranger)
