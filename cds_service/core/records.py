"""What the EHR sent under one prefetch key: the resources, and why they may not be all.

CDS Hooks has many ways of saying "nothing" and they differ: a key left out means that nobody looked,
`null` and an empty Bundle mean that somebody looked and found nothing (cds-hooks 2.0.1, Prefetch Template).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds_service.core import fhir
from cds_service.core.fhir import Resource

# What a key asks for. Any of these alone is read as well where a Bundle was asked for.
_KINDS = {
    "patient": {"Patient"},
    "conditions": {"Condition"},
    "medications": {"MedicationRequest", "MedicationStatement"},
    "observations": {"Observation"},
    "referrals": {"ServiceRequest"},
    "goals": {"Goal"},
}

# The gaps that lie in how the data came, or did not, and not in what they say.
TRANSPORT_GAPS = {"not-sent", "not-arrived", "access-refused", "source-failed", "unreadable", "paged"}

# http://hl7.org/fhir/issue-type, "security" and below: the user may not see it, or not all of it.
_ACCESS = {"security", "login", "unknown", "expired", "forbidden", "suppressed"}


@dataclass(frozen=True, slots=True)
class Part:
    """What we read under a key ourselves, where it is not all there is, and why. No JSON reads as this."""

    resources: tuple[Resource, ...]
    gap: str


@dataclass(frozen=True, slots=True)
class Records:
    """`gap` is None where the resources are all there are; else why not, a key of cards/facts.toml."""

    key: str
    resources: tuple[Resource, ...] = ()
    gap: str | None = None
    stranger: bool = False


def read_records(prefetch: Mapping[str, Any], key: str, patient_id: str) -> Records:
    """The resources under a prefetch key that belong to this patient."""
    if key not in prefetch:
        return Records(key, gap="not-sent")
    value = prefetch[key]
    if value is None:
        return Records(key)
    if isinstance(value, Part):
        return _of_patient(key, list(value.resources), value.gap, patient_id)
    kind = fhir.as_object(value).get("resourceType")
    if kind == "Bundle":
        return _from_bundle(key, value, patient_id)
    if kind == "OperationOutcome":
        return Records(key, gap=_failure(value) or "source-failed")
    if fhir.text(kind) in _KINDS[key]:
        return _of_patient(key, [value], None, patient_id)
    return Records(key, gap="unreadable")


def _from_bundle(key: str, bundle: Resource, patient_id: str) -> Records:
    entries = [fhir.as_object(entry) for entry in fhir.as_list(bundle.get("entry"))]
    resources = [fhir.as_object(entry.get("resource")) for entry in entries]
    gap = _gap(bundle, entries, resources)
    return _of_patient(key, [item for item in resources if _is_data(item)], gap, patient_id)


def _is_data(resource: Resource) -> bool:
    return fhir.text(resource.get("resourceType")) not in ("", "OperationOutcome")


def _gap(bundle: Resource, entries: list[Resource], resources: list[Resource]) -> str | None:
    if any(fhir.text(link.get("relation")) == "next" for link in fhir.objects(bundle.get("link"))):
        return "paged"
    total = bundle.get("total")
    if isinstance(total, int) and total > sum(map(_is_match, entries)):
        return "paged"
    failures = [_failure(resource) for resource in resources if not _is_data(resource)]
    return next((failure for failure in failures if failure), None)


def _is_match(entry: Resource) -> bool:
    """Whether the total of a search counts this entry; it leaves out what came along."""
    return fhir.as_object(entry.get("search")).get("mode") not in ("include", "outcome")


def _failure(resource: Resource) -> str | None:
    """What an entry that is no data says went wrong. Epic sends an OperationOutcome, a warning, for "no results"."""
    if resource.get("resourceType") != "OperationOutcome":
        return "unreadable"
    issues = fhir.objects(resource.get("issue"))
    if any(fhir.text(issue.get("code")) in _ACCESS for issue in issues):
        return "access-refused"
    severities = {fhir.text(issue.get("severity")) for issue in issues}
    return None if severities <= {"warning", "information", "success"} else "source-failed"


def _of_patient(key: str, resources: list[Resource], gap: str | None, patient_id: str) -> Records:
    mine = tuple(resource for resource in resources if not is_stranger(resource, patient_id))
    stranger = len(mine) < len(resources)
    return Records(key, mine, "other-patient" if stranger else gap, stranger)


def is_stranger(resource: Resource, patient_id: str) -> bool:
    """Whether a resource says that it belongs to another patient. One that says nothing does not."""
    subject = resource.get("subject")
    if isinstance(subject, dict) and subject.get("reference") == f"Patient/{patient_id}":
        return False  # as nearly all are written; the rest is for the odd ones
    if resource.get("resourceType") == "Patient":
        owner = fhir.local_reference(resource)
    else:
        owner = fhir.relative(subject) or fhir.relative(resource.get("patient"))
    return owner is not None and owner.startswith("Patient/") and owner != f"Patient/{patient_id}"
