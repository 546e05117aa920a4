"""Reads the record: of each prefetch key one object, with its resources and why they may be incomplete.

A key left out means that the EHR did not search; `null` and an empty Bundle mean that it searched and found
nothing (cds-hooks 2.0.1, Prefetch Template).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from cds_service.base.names import PREFETCH_KEYS, PREFETCH_TYPES
from cds_service.core.model.defects import INTERNAL_FAULT, where
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

# The types of what stands in an entry and is no data; of an entry without a resource the type is empty.
_NO_DATA = ("", "OperationOutcome")

# http://hl7.org/fhir/issue-type, "security" and below: the user may not see it, or not all of it.
_ACCESS = {"security", "login", "unknown", "expired", "forbidden", "suppressed"}


@dataclass(frozen=True, slots=True)
class Records:
    """What is known under a key. With resources: known; without resources and `gap`: reported none; else unknown.

    `gap` is why the resources may be incomplete, a key of cards/facts.toml; None if they are complete. `stranger`:
    some belonged to another patient. `sent` is the resource or Bundle in which they came, for addresses and links.
    `defect` is a fault of ours in reading them, for the log.
    """

    key: str
    resources: tuple[Resource, ...] = ()
    gap: str | None = None
    stranger: bool = False
    sent: Resource = field(default_factory=dict, compare=False, repr=False)
    defect: str = ""


# What is known of a patient, by prefetch key. It is read once, and every key is in it.
Record = Mapping[str, Records]


def read_record(prefetch: Mapping[str, Any]) -> Record:
    """The record that came with a call, under our names of the keys. A key left out is unknown: `not-sent`."""
    return {
        key: guarded(key, partial(read_records, key, prefetch[key])) if key in prefetch else not_sent(key)
        for key in PREFETCH_KEYS
    }


def not_sent(key: str) -> Records:
    return Records(key, gap="not-sent")


def guarded(key: str, read: Callable[[], Records]) -> Records:
    """What is read under a key; a defect in it must not hide the other keys, nor the orders."""
    try:
        return read()
    except Exception as defect:  # noqa: BLE001 - said above
        return Records(key, gap=INTERNAL_FAULT, defect=where(defect))


def read_records(key: str, value: Any) -> Records:
    """What was sent under a prefetch key, whoever it belongs to."""
    if value is None:
        return Records(key)
    sent = fhir.as_object(value)
    kind = fhir.text(sent.get("resourceType"))
    if kind == "Bundle":
        return _of_bundle(key, sent)
    if kind == "OperationOutcome":
        return Records(key, gap=failure(sent) or "source-failed", sent=sent)
    if kind in PREFETCH_TYPES[key]:
        return Records(key, (sent,), sent=sent)
    return Records(key, gap="unreadable", sent=sent)


def _of_bundle(key: str, bundle: Resource) -> Records:
    entries = fhir.as_list(bundle.get("entry"))
    kinds = [*map(_kind_in, entries)]
    data = [entry["resource"] for entry, kind in zip(entries, kinds, strict=True) if kind not in _NO_DATA]
    others = [entry for entry, kind in zip(entries, kinds, strict=True) if kind not in PREFETCH_TYPES[key]]
    gap = next(filter(None, map(_gap_of_entry, map(fhir.as_object, others))), None)
    return Records(key, tuple(data), "paged" if is_part(bundle) else gap, sent=bundle)


def of_patient(records: Records, person: Person) -> Records:
    """The records without those of another patient; that there were some is their gap."""
    own = tuple([resource for resource in records.resources if not is_stranger(resource, person)])
    if len(own) == len(records.resources):
        return records
    return replace(records, resources=own, gap="other-patient", stranger=True)


def _kind_in(entry: Any) -> str:
    """The type of the resource of an entry; empty if it has none. Without a call more: there may be thousands."""
    resource = entry.get("resource") if isinstance(entry, dict) else None
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return kind if isinstance(kind, str) else ""


def is_part(bundle: Resource) -> bool:
    """Whether a Bundle is incomplete: its total is greater than its matches, or it has a next page."""
    total = bundle.get("total")
    if isinstance(total, int) and total > _matches(fhir.objects(bundle.get("entry"))):
        return True
    return any(fhir.text(link.get("relation")) == "next" for link in fhir.objects(bundle.get("link")))


def _matches(entries: list[Resource]) -> int:
    """How many entries Bundle.total counts: no included resource and no outcome."""
    searches = [search for entry in entries if isinstance(search := entry.get("search"), dict)]
    return len(entries) - sum([search.get("mode") in ("include", "outcome") for search in searches])


def _gap_of_entry(entry: Resource) -> str | None:
    """The gap left by an entry that its key did not ask for; None if such entries come along."""
    resource = fhir.as_object(entry.get("resource"))
    kind = fhir.text(resource.get("resourceType"))
    if kind == "OperationOutcome":
        return failure(resource)
    came_along = kind in _COMPANIONS or (kind and fhir.as_object(entry.get("search")).get("mode") == "include")
    return None if came_along else "unreadable"


def failure(outcome: Resource) -> str | None:
    """The gap that an OperationOutcome means; None for a warning, which Epic sends for "no results"."""
    issues = fhir.objects(outcome.get("issue"))
    if any(fhir.text(issue.get("code")) in _ACCESS for issue in issues):
        return "access-refused"
    severities = {fhir.text(issue.get("severity")) for issue in issues}
    return None if severities <= {"warning", "information", "success"} else "source-failed"
