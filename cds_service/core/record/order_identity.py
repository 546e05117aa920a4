"""Tells whether two orders, or a Reference and an order, are the same: by fullUrl, id or business identifier."""

import json
from collections.abc import Iterable, Mapping

from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource

# A name that a Reference may use for an order: the system and value of an identifier, or "" and a URL.
Name = tuple[str, str]

# What tells in a record that a medicine is taken.
ORDERS = ("MedicationRequest", "MedicationStatement")  # no set: what a client sends may not be hashable

# The elements in which a copy of an order may differ: id, version and narrative.
_OF_THE_COPY = {"id", "meta", "text"}


def line_of(order: Resource) -> str | None:
    """The content of an order as a string; None if it has no identifier and no groupIdentifier.

    Two orders of the same content are one order sent twice (clinical dossier, E41).
    """
    if not identifiers(order) and not identifiers({"identifier": order.get("groupIdentifier")}):
        return None
    said = {key: value for key, value in order.items() if key not in _OF_THE_COPY}
    return json.dumps(said, sort_keys=True, default=repr)


def named(resources: Iterable[Resource], entries: object) -> dict[Name, str]:
    """The `Type/id` of each order by each of its names, without the names that two orders share.

    `entries` are those of the Bundle that the orders came in, for their fullUrl; a relative one would be the name
    of another order, and FHIR has none.
    """
    addresses = {
        fhir.local_reference(fhir.as_object(entry.get("resource"))): address
        for entry in fhir.objects(entries)
        if ":" in (address := fhir.text(entry.get("fullUrl")))
    }
    found: dict[Name, str] = {}
    shared: set[Name] = set()
    for order in resources:
        reference = fhir.local_reference(order)
        if reference and order["resourceType"] in ORDERS:
            for name in _own_names(order, reference, addresses.get(reference, "")):
                if found.setdefault(name, reference) != reference:
                    shared.add(name)
    return {name: reference for name, reference in found.items() if name not in shared}


def _own_names(order: Resource, reference: str, address: str) -> Iterable[Name]:
    """Servers differ in whether the id of a resource is the UUID of its fullUrl."""
    return (("", reference), ("", address), ("", f"urn:uuid:{order['id']}"), *identifiers(order))


def meant(reference: Resource, names: Mapping[Name, str]) -> str | None:
    """The `Type/id` of the order that a Reference names, by URL or else by identifier; None if there is none."""
    address, local = fhir.text(reference.get("reference")), fhir.relative(reference) or ""
    wanted = [("", address), ("", local), *sorted(identifiers(reference))]
    return next((names[name] for name in wanted if name in names and name[1]), None)


def identifiers(resource: Resource) -> set[Name]:
    """(system, value) of each identifier of a resource, or of a Reference, that has both."""
    if "identifier" not in resource:
        return set()
    pairs = {
        (fhir.text(identifier.get("system")), fhir.text(identifier.get("value")))
        for identifier in fhir.objects(resource.get("identifier"))
    }
    return {(system, value) for system, value in pairs if system and value}
