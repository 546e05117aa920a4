"""Finds what a baclofen order is for: alcohol dependence, another disease, both, none on record, or unknown.

The order's own product or reason decides; if they say nothing, the problem list does (design, section 6).
"""

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum

from cds_service.core.facts.histories import NOT_SO, statuses
from cds_service.core.model.case import Facts
from cds_service.core.model.known import Known, Unknown
from cds_service.core.model.medicine import Medicine
from cds_service.core.model.order import Indication
from cds_service.core.orders.order import Context
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.terminology import ICD_CODE, ListName

# The facts that decide where an order has no reason of its own.
DECIDING = ("alcohol_dependence", "dependence_refuted", "spasticity")

# Authorised for alcohol dependence and for nothing else.
ALCOHOL_ONLY_BRAND = "baclocur"

# Words of a reason that are about alcohol, and words that name no disease at all.
_ABOUT_ALCOHOL = re.compile(
    r"alcool|alcohol|[eé]thyli|abstinen|craving|consommation|consumption|drink", re.IGNORECASE
)
_ADMINISTRATIVE = re.compile(
    r"\b(?:renouvel\w*|renew\w*|refill|poursuite|suite|suivi|follow[- ]?up|idem|habituel\w*|traitement|treatment"
    r"|prescription|ordonnance|protocole|voir|cf)\b",
    re.IGNORECASE,
)

# Chapters of ICD that are no disease: reasons for a contact, and codes for special purposes.
_NO_DISEASE = ("Z", "U")


class _Reason(IntEnum):
    """What one reason of an order names. UNCLEAR: something that may be another disease."""

    NOTHING = 0
    UNCLEAR = 1
    ANOTHER = 2
    SPASTICITY = 3
    ALCOHOL = 4


def indication_of(order: Resource, medicine: Medicine, facts: Facts, context: Context) -> Indication:
    """The indication of one order."""
    own = own_indication(order, medicine, context)
    if own is Indication.ALCOHOL and isinstance(facts.dependence_refuted, Known):
        affirmed = _Reason.ALCOHOL in _reasons(order, context)
        return own if affirmed else Indication.OUTSIDE
    if own not in (Indication.UNKNOWN, Indication.ANOTHER) or isinstance(facts.alcohol_dependence, Unknown):
        return Indication.UNKNOWN if own is Indication.ANOTHER else own
    listed = _known(isinstance(facts.alcohol_dependence, Known), isinstance(facts.spasticity, Known))
    return own if own is Indication.ANOTHER and listed is Indication.ALCOHOL else listed


def own_indication(order: Resource, medicine: Medicine, context: Context) -> Indication:
    """The indication that the product or the reason of the order itself gives; UNKNOWN if they give none."""
    reasons = _reasons(order, context)
    alcohol, other = _Reason.ALCOHOL in reasons, _Reason.SPASTICITY in reasons
    if medicine.product is not None and medicine.product.brand == ALCOHOL_ONLY_BRAND:
        outside = not alcohol and (other or _Reason.ANOTHER in reasons)
        return Indication.OUTSIDE if outside else Indication.ALCOHOL
    if alcohol or other:
        return _known(alcohol, other)
    return Indication.ANOTHER if max(reasons, default=_Reason.NOTHING) > _Reason.NOTHING else Indication.UNKNOWN


def _known(alcohol: bool, other: bool) -> Indication:
    if alcohol:
        return Indication.BOTH if other else Indication.ALCOHOL
    return Indication.OTHER if other else Indication.NEITHER


def _reasons(order: Resource, context: Context) -> set[_Reason]:
    return {_named_by(concept, context) for concept in _concepts(order, context.resources)}


def _named_by(concept: object, context: Context) -> _Reason:
    codings, written = fhir.codings(concept), fhir.words(concept)
    names, is_read = context.terminology.lookup(concept)
    if ListName.ALCOHOL_DEPENDENCE in names:
        return _Reason.ALCOHOL
    if ListName.SPASTICITY in names:
        return _Reason.SPASTICITY
    if ListName.ALCOHOL_RELATED in names or _ABOUT_ALCOHOL.search(written):
        return _Reason.NOTHING
    if is_read and codings:
        return _by_code([code for _, code in codings], written)
    return _Reason.UNCLEAR if written.strip() and not _ADMINISTRATIVE.search(written) else _Reason.NOTHING


def _by_code(codes: list[str], written: str) -> _Reason:
    """A code of ICD is a disease, except in two chapters; one of SNOMED CT is one if words stand beside it."""
    families = [code.strip().upper() for code in codes if ICD_CODE.match(code.strip().upper())]
    if not families:
        return _Reason.ANOTHER if written.strip() else _Reason.UNCLEAR
    return _Reason.NOTHING if all(code.startswith(_NO_DISEASE) for code in families) else _Reason.ANOTHER


def _concepts(order: Resource, resources: Mapping[str, Resource]) -> Iterator[object]:
    """Each reasonCode, and the code of each reasonReference that is not refuted or entered in error."""
    yield from fhir.objects(order.get("reasonCode"))
    contained = {f"#{fhir.text(item.get('id'))}": item for item in fhir.objects(order.get("contained"))}
    for reference in fhir.objects(order.get("reasonReference")):
        target = fhir.text(reference.get("reference"))
        condition = contained.get(target) or resources.get(fhir.relative(reference) or "") or {}
        if not statuses(condition, "verificationStatus") & NOT_SO:
            yield condition.get("code")
