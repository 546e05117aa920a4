"""Finds which drafts are oral baclofen, or may be: of each draft, and of a whole call before its record is opened."""

import re

from cds_service.core.model.case import MOST_ENTRIES, UnreadEntry
from cds_service.core.model.medicine import Medicine
from cds_service.core.orders.medicines import Medicines
from cds_service.core.orders.order import counts, is_oral
from cds_service.core.record import dstu2, fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import failure, is_part
from cds_service.core.record.terminology import Terminology

# FHIR before STU3 had no MedicationRequest.
_OLDER_ORDERS = {dstu2.OLDER_ORDER, "MedicationPrescription"}

# Resources that only wrap others, and resources that may contain orders.
_WRAPPERS = {"Bundle", "Parameters"}
_GROUPS = {"RequestGroup", "RequestOrchestration", "CarePlan"}
_TYPE = re.compile(r"[A-Z][A-Za-z]+")


def resources_of(bundle: Resource) -> list[Resource]:
    """The drafts of a Bundle; of more than MOST_ENTRIES the first."""
    return [resource_in(entry) for entry in fhir.as_list(bundle.get("entry"))[:MOST_ENTRIES]]


def resource_in(entry: object) -> Resource:
    """The resource of an entry; a MedicationOrder of DSTU2 with the elements of R4, if their meaning is certain."""
    resource = fhir.as_object(fhir.as_object(entry).get("resource"))
    older = dstu2.as_r4(resource) if resource.get("resourceType") == dstu2.OLDER_ORDER else None
    return resource if older is None else older


def is_order(draft: Resource) -> bool:
    """Whether a draft is read as an order of a medicine."""
    return draft.get("resourceType") == "MedicationRequest" or isinstance(draft, dstu2.ReadAsR4)


def are_older(bundle: Resource) -> bool:
    """Whether a draft is one of FHIR DSTU2 that is read: the record is then of that version too."""
    return any(isinstance(draft, dstu2.ReadAsR4) for draft in resources_of(bundle))


def missing_entries(bundle: Resource) -> list[UnreadEntry]:
    """What is not looked at: the drafts after the first MOST_ENTRIES, and those that were not sent."""
    found = []
    if len(fhir.as_list(bundle.get("entry"))) > MOST_ENTRIES:
        found.append(UnreadEntry(f"draftOrders.entry[{MOST_ENTRIES}]", "too-many-entries", MOST_ENTRIES + 1))
    if is_part(bundle):
        found.append(UnreadEntry("draftOrders", "drafts-in-part"))
    return found


def may_concern(bundle: Resource, terminology: Terminology) -> bool:
    """Whether drafts, looked at without the record, may be judged or left unread: if not, no card can follow.

    A medicine that is only referred to may be named by the record, or by another entry: it may be baclofen.
    """
    return bool(missing_entries(bundle)) or any(_may_concern(draft, terminology) for draft in resources_of(bundle))


def _may_concern(draft: Resource, terminology: Terminology) -> bool:
    try:
        return _reason_by_type(draft) is not None or any(
            counts(order) and (_refers(order) or oral_baclofen(order, Medicines({}, terminology)) is not None)
            for order in _orders_in(draft)
        )
    except Exception:  # noqa: BLE001 - reading the draft meets the same defect, and names it
        return True


def _refers(order: Resource) -> bool:
    return bool(fhir.text(fhir.as_object(order.get("medicationReference")).get("reference")))


def oral_baclofen(order: Resource, medicines: Medicines) -> Medicine | str | None:
    """The medicine; or why it cannot be identified; or None if it is another one or the draft does not count."""
    medicine = medicines.identify(order) if counts(order) else None
    is_swallowed = not isinstance(medicine, Medicine) or is_oral(order, medicine, medicines.terminology)
    return medicine if is_swallowed else None


def why_unread(draft: Resource, medicines: Medicines) -> str | None:
    """Why a draft that is no order is not read although it may matter; None for other drafts.

    Orders within a group of orders are not read: it may matter if one of them may be for baclofen.
    """
    found = (oral_baclofen(order, medicines) for order in _orders_in(draft))
    return _reason_by_type(draft) or ("entry-unreadable" if any(item is not None for item in found) else None)


def _orders_in(draft: Resource) -> list[Resource]:
    """The draft, if it is an order; those in it, if it is a group of orders."""
    if is_order(draft):
        return [draft]
    kind = fhir.text(draft.get("resourceType"))
    inside = fhir.objects(draft.get("contained")) if kind in _GROUPS else []
    return [{**item, "contained": inside} for item in inside if item.get("resourceType") == "MedicationRequest"]


def _reason_by_type(draft: Resource) -> str | None:
    """Why a draft of this type cannot be read; None for a type that is not judged, and for an order."""
    kind = fhir.text(draft.get("resourceType"))
    if is_order(draft):
        return None
    if kind in _OLDER_ORDERS:
        return "fhir-version"
    is_fault = kind == "OperationOutcome" and failure(draft) is not None
    misspelt = not _TYPE.fullmatch(kind) or kind.lower() == "medicationrequest"
    return "entry-unreadable" if misspelt or kind in _WRAPPERS or is_fault else None
