"""Tells whether a resource belongs to the patient of the hook call or to another one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.order_identity import identifiers


@dataclass(frozen=True, slots=True)
class Person:
    """The patient of context.patientId. `addresses` are the fullUrls that mean this patient within a Bundle."""

    id: str
    addresses: frozenset[str] = frozenset()


def person_of(hook: Mapping[str, Any]) -> Person:
    """The patient of a hook call, with every fullUrl that its resources may use for them.

    A Patient resource is this patient by its id; if it has only a fullUrl of its Bundle, by a business identifier.
    """
    identity: str = hook["context"]["patientId"].removeprefix("Patient/")
    patients = list(_patients(hook))
    known = {name for _, patient in patients if patient.get("id") == identity for name in identifiers(patient)}
    addresses = {f"urn:uuid:{identity}"}
    for address, patient in patients:
        own = fhir.text(patient.get("id"))
        is_local = not own or address == f"urn:uuid:{own}"
        if own == identity or (is_local and known & identifiers(patient)):
            addresses.add(address)
    return Person(identity, frozenset(addresses))


def _patients(hook: Mapping[str, Any]) -> Iterator[tuple[str, Resource]]:
    """(fullUrl, resource) of every Patient of a hook call; the fullUrl may be empty."""
    for value in (hook["context"]["draftOrders"], *(hook.get("prefetch") or {}).values()):
        sent = fhir.as_object(value)
        for entry in ({"resource": sent}, *fhir.objects(sent.get("entry"))):
            resource = fhir.as_object(entry.get("resource"))
            if resource.get("resourceType") == "Patient":
                yield fhir.text(entry.get("fullUrl")), resource


def is_stranger(resource: Resource, person: Person) -> bool:
    """Whether a resource, or one contained in it, belongs to another patient; False if it names none."""
    subject = resource.get("subject")
    if (
        isinstance(subject, dict)
        and subject.get("reference") == f"Patient/{person.id}"
        and "contained" not in resource
    ):
        return False  # nearly all resources are written like this: the fast path
    if resource.get("resourceType") == "Patient":
        own = fhir.text(resource.get("id")).strip()
        return own not in ("", person.id) and f"urn:uuid:{own}" not in person.addresses
    owners = [
        owner
        for part in (resource, *fhir.objects(resource.get("contained")))
        for owner in (*fhir.as_list(part.get("subject")), *fhir.as_list(part.get("patient")))
    ]
    return any(_is_another(owner, person) for owner in owners)


def _is_another(owner: object, person: Person) -> bool:
    """Whether a Reference, or a bare string in its place, is to another patient.

    A Reference by identifier, by search ("?"), by display or to a contained resource cannot be compared: False.
    """
    written = (fhir.text(owner) or fhir.text(fhir.as_object(owner).get("reference"))).strip()
    if not written or written.startswith("#") or "?" in written or written in person.addresses:
        return False
    place, _, identity = written.partition("/_history/")[0].rstrip("/").rpartition("/")
    return identity != person.id or place.rpartition("/")[2].lower() not in ("", "patient")
