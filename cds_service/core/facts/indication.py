"""Finds what a baclofen order is for: alcohol dependence, another disease, both, none on record, or unknown.

The order's own product or reason decides; if they say nothing, the problem list does (design, section 6).
"""

from collections.abc import Iterator, Mapping

from cds_service.core.facts.histories import NOT_SO, statuses
from cds_service.core.model.case import Facts
from cds_service.core.model.known import Known, Unknown
from cds_service.core.model.medicine import Medicine
from cds_service.core.model.order import Indication
from cds_service.core.orders.order import Context
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.terminology import ListName

_ALCOHOL, _OTHER = ListName.ALCOHOL_DEPENDENCE, ListName.SPASTICITY

# The facts that decide where an order has no reason of its own.
DECIDING = ("alcohol_dependence", "spasticity")

# Authorised for alcohol dependence and for nothing else.
ALCOHOL_ONLY_BRAND = "baclocur"


def own_indication(order: Resource, medicine: Medicine, context: Context) -> Indication:
    """The indication that the product or the reason of the order itself gives; UNKNOWN if they give none."""
    return own_by(medicine, reason_of(order, context))


def indication_by(reason: Indication, medicine: Medicine, facts: Facts) -> Indication:
    """The indication of an order with this reason and this medicine."""
    own = own_by(medicine, reason)
    if own is not Indication.UNKNOWN or isinstance(facts.alcohol_dependence, Unknown):
        return own
    return _known(isinstance(facts.alcohol_dependence, Known), isinstance(facts.spasticity, Known))


def reason_of(order: Resource, context: Context) -> Indication:
    """The indication that the reasons of the order give; UNKNOWN if they give none."""
    reasons = list(_reasons(order, context.resources))
    alcohol, other = (context.terminology.has(name, reasons) for name in (_ALCOHOL, _OTHER))
    return _known(alcohol, other) if alcohol or other else Indication.UNKNOWN


def own_by(medicine: Medicine, reason: Indication) -> Indication:
    """The indication that an order itself gives, by its product or this reason."""
    product = medicine.product
    return Indication.ALCOHOL if product is not None and product.brand == ALCOHOL_ONLY_BRAND else reason


def _known(alcohol: bool, other: bool) -> Indication:
    if alcohol:
        return Indication.BOTH if other else Indication.ALCOHOL
    return Indication.OTHER if other else Indication.NEITHER


def _reasons(order: Resource, resources: Mapping[str, Resource]) -> Iterator[tuple[str, str]]:
    """(system, code) of each reasonCode, and of each reasonReference that is not refuted or entered in error."""
    for concept in fhir.objects(order.get("reasonCode")):
        yield from fhir.codings(concept)
    inside = [item for item in fhir.objects(order.get("contained")) if item.get("resourceType") != "Medication"]
    contained = {f"#{fhir.text(item.get('id'))}": item for item in inside}
    for reference in fhir.objects(order.get("reasonReference")):
        target = fhir.text(reference.get("reference"))
        condition = contained.get(target) or resources.get(fhir.relative(reference) or "") or {}
        if not statuses(condition, "verificationStatus") & NOT_SO:
            yield from fhir.codings(condition.get("code"))
