"""Puts the record back to a past day: an export holds the state of today.

What was written after the day is not there; what ran, was active or was not yet achieved that day is so again. A
change that bears no day is counted and never guessed: what rests on it alone is left out, or stays unknown.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource

# Which element says when a resource was written, by its type: the first that is there. `issued` of an Observation is
# the day on which its result was available, `dateAsserted` of a statement that on which somebody made it.
_WRITTEN = {
    "MedicationRequest": ("authoredOn",),
    "MedicationStatement": ("dateAsserted", "effectivePeriod", "effectiveDateTime"),
    "Condition": ("recordedDate", "onsetDateTime"),
    "Observation": ("issued", "effectiveDateTime", "effectivePeriod"),
    "ServiceRequest": ("authoredOn", "occurrenceDateTime"),
    "Goal": ("startDate", "statusDate"),
}

_ENDED_ORDERS = {"completed", "stopped", "on-hold"}
_OVER_CONDITIONS = {"resolved", "inactive", "remission"}
_DROPPED_GOALS = {"cancelled", "rejected"}
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"

# What cannot be dated, as keys of cards/replay.toml.
STOP, CANCELLATION, RESOLUTION = "undated-stop", "undated-cancellation", "undated-resolution"
REFUTATION, ACHIEVEMENT, REVOCATION = "undated-refutation", "undated-achievement", "undated-revocation"
UNDATED = (STOP, CANCELLATION, RESOLUTION, REFUTATION, ACHIEVEMENT, REVOCATION)

OwnEnd = Callable[[Resource], date | None]
"""The first day after the own end of an order, by its bounds, supply or validity; None if it has none."""


@dataclass(frozen=True, slots=True)
class AsItWas:
    """A resource as it was that day, None if it was not there; `undated` says what about it cannot be dated."""

    resource: Resource | None
    undated: str = ""


def written_on(resource: Resource) -> date | None:
    """The day on which a resource was written; None if it bears none."""
    return next(_days(resource), None)


def _days(resource: Resource) -> Iterator[date]:
    for element in _WRITTEN.get(fhir.text(resource.get("resourceType")), ()):
        value = resource.get(element)
        if element.endswith("Period"):
            value = fhir.as_object(value).get("start")
        found = fhir.day(value)
        if found is not None:
            yield found


def as_it_was(resource: Resource, on: date, own_end: OwnEnd) -> AsItWas:
    """One resource as the record held it on a day."""
    written = written_on(resource)
    if written is not None and written > on:
        return AsItWas(None)
    put_back = _PUT_BACK.get(fhir.text(resource.get("resourceType")))
    was = put_back(resource, on, own_end) if put_back else AsItWas(resource)
    return AsItWas(resource) if was.undated and _was_so_by(resource, on) else was


def record_as_it_was(resources: Iterable[Resource], on: date, own_end: OwnEnd) -> tuple[list[Resource], list[str]]:
    """The resources of a record that were there on a day, and what cannot be dated about them."""
    each = [as_it_was(resource, on, own_end) for resource in resources]
    return [was.resource for was in each if was.resource is not None], [was.undated for was in each if was.undated]


def _was_so_by(resource: Resource, on: date) -> bool:
    """Whether the last change of a resource was on that day or before: then it was already as it is today."""
    changed = fhir.day(fhir.as_object(resource.get("meta")).get("lastUpdated"))
    return changed is not None and changed <= on


def _order(order: Resource, on: date, own_end: OwnEnd) -> AsItWas:
    """An order that is over today ran that day if its own end lies after it; without an end nobody knows."""
    status = fhir.text(order.get("status"))
    if status == "cancelled":
        return AsItWas(order, CANCELLATION)
    if status not in _ENDED_ORDERS:
        return AsItWas(order)
    end = own_end(order)
    if end is None:
        return AsItWas(order, STOP)
    return AsItWas({**order, "status": "active"} if end > on else order)


def _condition(condition: Resource, on: date, _own_end: OwnEnd) -> AsItWas:
    """A condition that was resolved later was active. One that is refuted is left out: it may have been affirmed."""
    if "refuted" in _codes(condition.get("verificationStatus")):
        return AsItWas(None, REFUTATION)
    if not _codes(condition.get("clinicalStatus")) & _OVER_CONDITIONS:
        return AsItWas(condition)
    period = fhir.as_object(condition.get("abatementPeriod"))
    abated = fhir.last_day(condition.get("abatementDateTime")) or fhir.last_day(period.get("end"))
    if abated is None:
        return AsItWas(condition, RESOLUTION)
    active = {"coding": [{"system": _CLINICAL, "code": "active"}]}
    return AsItWas({**condition, "clinicalStatus": active} if abated > on else condition)


def _goal(goal: Resource, on: date, _own_end: OwnEnd) -> AsItWas:
    """An achievement that was set later is not there, nor is one without its day; a goal dropped later was active."""
    since = fhir.day(goal.get("statusDate"))
    if since is not None and since <= on:
        return AsItWas(goal)
    kept: dict[str, Any] = {name: value for name, value in goal.items() if name != "achievementStatus"}
    if since is not None and _codes(goal.get("lifecycleStatus")) & _DROPPED_GOALS:
        kept["lifecycleStatus"] = "active"
    return AsItWas(kept, ACHIEVEMENT if since is None and "achievementStatus" in goal else "")


def _referral(referral: Resource, on: date, _own_end: OwnEnd) -> AsItWas:
    """A referral that is completed today was active until the end of its own period."""
    status = fhir.text(referral.get("status"))
    if status == "revoked":
        return AsItWas(referral, REVOCATION)
    ended = fhir.last_day(fhir.as_object(referral.get("occurrencePeriod")).get("end"))
    runs = status == "completed" and ended is not None and ended >= on
    return AsItWas({**referral, "status": "active"} if runs else referral)


def _codes(status: object) -> set[str]:
    """The status codes; read as well where they are a bare code."""
    return {status} if isinstance(status, str) else {code for _, code in fhir.codings(status)}


_PUT_BACK: dict[str, Callable[[Resource, date, OwnEnd], AsItWas]] = {
    "MedicationRequest": _order,
    "MedicationStatement": _order,
    "Condition": _condition,
    "Goal": _goal,
    "ServiceRequest": _referral,
}
