"""A request as it would be once a client has done the actions of a suggestion."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cds_service.core.model.case import Facts
from cds_service.core.model.known import Known
from cds_service.core.plans.suggest import Action, Json
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


def with_referral(facts: Facts, actions: Sequence[Action]) -> Facts:
    """The facts after the actions: a ServiceRequest among them makes the referral known."""
    if any(action.resource["resourceType"] == "ServiceRequest" for action in actions):
        return replace(facts, referral=Known(True, "draftOrders"))
    return facts
