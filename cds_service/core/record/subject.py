"""Tells whether a resource belongs to the patient of the hook call or to another one."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.order_identity import Name, identifiers


@dataclass(frozen=True, slots=True)
class Person:
    """The patient of context.patientId. `addresses` are the fullUrls that mean this patient within a Bundle."""

    id: str
    addresses: frozenset[str] = frozenset()


def person_of(patient_id: str, sent: Iterable[Resource]) -> Person:
    """The patient of a call, with every fullUrl that the resources and Bundles sent with it may use for them.

    A Patient resource is this patient by its id; if it has only a fullUrl of its Bundle, by a business identifier.
    """
    identity = patient_id.removeprefix("Patient/")
    patients = [patient for resource in sent for patient in _patients(resource)]
    known = {name for _, patient in patients if patient.get("id") == identity for name in identifiers(patient)}
    own = {address for address, patient in patients if _is_own(address, patient, identity, known)}
    return Person(identity, frozenset({f"urn:uuid:{identity}", *own}))


def _is_own(address: str, patient: Resource, identity: str, known: Set[Name]) -> bool:
    own = fhir.text(patient.get("id"))
    is_local = not own or address == f"urn:uuid:{own}"
    return own == identity or (is_local and not known.isdisjoint(identifiers(patient)))


def _patients(sent: Resource) -> Iterator[tuple[str, Resource]]:
    """(fullUrl, resource) of every Patient that was sent alone or in a Bundle; the fullUrl may be empty."""
    for entry in ({"resource": sent}, *fhir.objects(sent.get("entry"))):
        resource = entry.get("resource")
        if isinstance(resource, dict) and resource.get("resourceType") == "Patient":
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
