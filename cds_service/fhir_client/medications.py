"""Finds the Medications that orders reference and that were not sent, and adds them once they are read."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cds_service.core.record import fhir
from cds_service.core.record.prefetch import Record, Records
from cds_service.fhir_client.grant import Grant
from cds_service.fhir_client.urls import url_within

Hook = Mapping[str, Any]

_MOST = 10
_KEY = "medications"


def of_drafts(hook: Hook, grant: Grant) -> Iterator[tuple[str, str]]:
    """(`Medication/id`, id) of each Medication that a draft references and that was not sent."""
    entries = fhir.objects(hook["context"]["draftOrders"].get("entry"))
    return _missing(entries, [fhir.as_object(entry.get("resource")) for entry in entries], grant)


def of_record(record: Record, grant: Grant) -> Iterator[tuple[str, str]]:
    """The same for the orders of the record. References without a `display` come first."""
    records = record[_KEY]
    entries = fhir.objects(records.sent.get("entry"))
    return _missing(entries, sorted(records.resources, key=lambda order: "display" in _pointer(order)), grant)


def beside_drafts(hook: Hook, found: Mapping[str, Records]) -> Hook:
    """Appends the Medications after the last draft, as Epic sends them: no draft changes its index."""
    bundle = _with_entries(hook["context"]["draftOrders"], _fitting(found))
    return {**hook, "context": {**hook["context"], "draftOrders": bundle}}


def beside_record(record: Record, found: Mapping[str, Records]) -> Record:
    """Adds the Medications to the orders of the record, as a search with `_include` would."""
    records = record[_KEY]
    return {**record, _KEY: replace(records, resources=(*records.resources, *_fitting(found)))}


def _missing(entries: list[fhir.Resource], resources: list[fhir.Resource], grant: Grant) -> Iterator[tuple[str, str]]:
    here = {fhir.local_reference(resource) for resource in resources}
    here |= {entry.get("fullUrl") for entry in entries if isinstance(entry.get("fullUrl"), str)}
    wanted = dict.fromkeys(_reference(resource, grant) for resource in resources)
    missing = [name for name in wanted if name and name not in here]
    for name in missing[:_MOST]:
        yield name, name.removeprefix("Medication/")


def _pointer(order: fhir.Resource) -> fhir.Resource:
    return fhir.as_object(order.get("medicationReference"))


def _reference(order: fhir.Resource, grant: Grant) -> str:
    """The `Medication/id` that an order references, if it is on the server of the grant; else empty."""
    pointer = _pointer(order)
    url = url_within(grant.base, pointer.get("reference"))
    name = url.removeprefix(f"{grant.base}/") if url else ""
    return name if name == fhir.relative(pointer) and name.startswith("Medication/") else ""


def _fitting(found: Mapping[str, Records]) -> list[fhir.Resource]:
    """The resources whose `Type/id` is the one that was asked for."""
    return [item for name, read in found.items() for item in read.resources if fhir.local_reference(item) == name]


def _with_entries(bundle: Mapping[str, Any], resources: list[fhir.Resource]) -> fhir.Resource:
    included = [{"resource": item, "search": {"mode": "include"}} for item in resources]
    return {**bundle, "entry": [*fhir.as_list(bundle.get("entry")), *included]}
