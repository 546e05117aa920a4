"""The Medications that orders point to and that did not come along: which they are, and where they are put."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds_service.core import fhir
from cds_service.core.records import Part
from cds_service.fhir_client.grant import Grant
from cds_service.fhir_client.places import url_within

Hook = dict[str, Any]

_MOST = 10
_KEY = "medications"


def of_drafts(hook: Hook, grant: Grant) -> Iterator[tuple[str, str]]:
    """`Medication/id` of the drafts that point to one that did not come along, and its id."""
    entries = fhir.objects(hook["context"]["draftOrders"].get("entry"))
    return _missing(entries, [fhir.as_object(entry.get("resource")) for entry in entries], grant)


def of_record(hook: Hook, grant: Grant) -> Iterator[tuple[str, str]]:
    """The same for the orders of the record; those first of which no word says what they are."""
    value = (hook.get("prefetch") or {}).get(_KEY)
    if isinstance(value, Part):
        entries, resources = [], list(value.resources)
    else:
        entries = fhir.objects(fhir.as_object(value).get("entry"))
        resources = [fhir.as_object(entry.get("resource")) for entry in entries]
    return _missing(entries, sorted(resources, key=lambda order: "display" in _pointer(order)), grant)


def beside_drafts(hook: Hook, found: Mapping[str, Any]) -> Hook:
    """After the last draft: as Epic sends them, and no draft changes its place."""
    bundle = _with_entries(hook["context"]["draftOrders"], _fitting(found))
    return {**hook, "context": {**hook["context"], "draftOrders": bundle}}


def beside_record(hook: Hook, found: Mapping[str, Any]) -> Hook:
    """Behind the orders of the record, as a search with `_include` would bring them."""
    value, fitting = hook["prefetch"][_KEY], _fitting(found)
    if isinstance(value, Part):
        filled: Any = Part((*value.resources, *fitting), value.gap)
    else:
        filled = _with_entries(value, fitting)
    return {**hook, "prefetch": {**hook["prefetch"], _KEY: filled}}


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
    """`Medication/id` where the order points to one on the server that we may read, and not to another's."""
    pointer = _pointer(order)
    url = url_within(grant.base, pointer.get("reference"))
    name = url.removeprefix(f"{grant.base}/") if url else ""
    return name if name == fhir.relative(pointer) and name.startswith("Medication/") else ""


def _fitting(found: Mapping[str, Any]) -> list[fhir.Resource]:
    """What came under the name by which it was asked for."""
    return [item for name, item in found.items() if fhir.local_reference(fhir.as_object(item)) == name]


def _with_entries(bundle: Mapping[str, Any], resources: list[fhir.Resource]) -> fhir.Resource:
    included = [{"resource": item, "search": {"mode": "include"}} for item in resources]
    return {**bundle, "entry": [*fhir.as_list(bundle.get("entry")), *included]}
