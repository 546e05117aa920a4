"""A request as it would be once a client has done the actions of a suggestion."""

from collections.abc import Mapping, Sequence
from typing import Any

from cds_service.core.plans.changes import Action, Json
from cds_service.core.record import fhir


def apply(bundle: Mapping[str, Any], actions: Sequence[Action]) -> Json:
    """The drafts with the actions done: an update takes the place of its draft, a create is added."""
    updated = {action.resource.get("id"): action.resource for action in actions if action.type == "update"}
    entries = [_updated(entry, updated) for entry in fhir.as_list(bundle.get("entry"))]
    entries += [{"resource": action.resource} for action in actions if action.type == "create"]
    return {**bundle, "entry": entries}


def _updated(entry: object, updated: Mapping[Any, Json]) -> object:
    resource = fhir.as_object(fhir.as_object(entry).get("resource"))
    identity = fhir.text(resource.get("id"))
    if resource.get("resourceType") != "MedicationRequest" or identity not in updated:
        return entry
    return {**fhir.as_object(entry), "resource": updated[identity]}
