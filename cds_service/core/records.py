"""What the EHR sent under one prefetch key: the resources, and why they may not be all.

CDS Hooks has many ways of saying "nothing" and they differ: a key left out means that nobody looked,
`null` and an empty Bundle mean that somebody looked and found nothing (cds-hooks 2.0.1, Prefetch Template).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds_service.core import fhir
from cds_service.core.fhir import Resource


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
    kind = fhir.as_object(value).get("resourceType")
    if kind == "Bundle":
        return _from_bundle(key, value, patient_id)
    if kind == "OperationOutcome":
        return Records(key, gap="source-failed")
    if isinstance(kind, str):
        return _of_patient(key, [value], None, patient_id)
    return Records(key, gap="unreadable")


def _from_bundle(key: str, bundle: Resource, patient_id: str) -> Records:
    entries = fhir.as_list(bundle.get("entry"))
    resources = [fhir.as_object(entry.get("resource")) if isinstance(entry, dict) else {} for entry in entries]
    gap = _gap(bundle, resources)
    return _of_patient(key, [item for item in resources if _is_data(item)], gap, patient_id)


def _is_data(resource: Resource) -> bool:
    return bool(resource) and resource.get("resourceType") != "OperationOutcome"


def _gap(bundle: Resource, resources: list[Resource]) -> str | None:
    if any(fhir.text(link.get("relation")) == "next" for link in fhir.objects(bundle.get("link"))):
        return "paged"
    total = bundle.get("total")
    if isinstance(total, int) and total > len(resources):
        return "paged"
    if any(_failed(resource) for resource in resources):
        return "source-failed"
    return "unreadable" if any("resourceType" not in resource for resource in resources) else None


def _failed(resource: Resource) -> bool:
    """An OperationOutcome among the entries: Epic sends one at severity warning for "no results"."""
    if resource.get("resourceType") != "OperationOutcome":
        return False
    severities = {issue.get("severity") for issue in fhir.objects(resource.get("issue"))}
    return not severities <= {"warning", "information", "success"}


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
