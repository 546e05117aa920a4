"""Finds what a baclofen order is for: alcohol dependence, another disease, both, none on record, or unknown.

The order's own product or reason decides; if they say nothing, the problem list does.
"""

import re
from collections.abc import Iterator, Mapping

from cds_service.core.facts.histories import NOT_SO, statuses
from cds_service.core.model.case import Facts
from cds_service.core.model.known import Fact, History, Known, Unknown
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

# The reasons that affirm alcohol dependence.
_AFFIRMS = (Indication.ALCOHOL, Indication.BOTH)


def own_indication(order: Resource, medicine: Medicine, context: Context) -> Indication:
    """The indication that the product or the reason of the order itself gives; UNKNOWN if they give none."""
    return own_by(medicine, reason_of(order, context))


def indication_by(reason: Indication, medicine: Medicine, facts: Facts) -> Indication:
    """The indication of an order with this reason and this medicine."""
    own = own_by(medicine, reason)
    if own is Indication.ALCOHOL and reason not in _AFFIRMS and isinstance(facts.dependence_refuted, Known):
        return Indication.OUTSIDE
    if own not in (Indication.UNKNOWN, Indication.ANOTHER):
        return own
    listed = by_record(facts.alcohol_dependence, facts.spasticity)
    return own if own is Indication.ANOTHER and listed is Indication.ALCOHOL else listed


def by_record(alcohol_dependence: Fact[History], spasticity: Fact[History]) -> Indication:
    """The indication that the problem list alone gives."""
    if isinstance(alcohol_dependence, Unknown):
        return Indication.UNKNOWN
    return _known(isinstance(alcohol_dependence, Known), isinstance(spasticity, Known))


def reason_of(order: Resource, context: Context) -> Indication:
    """The indication that the reasons of the order give; UNKNOWN if they give none."""
    named = {_named_once(concept, context) for concept in _concepts(order, context.resources)}
    alcohol, other = Indication.ALCOHOL in named, Indication.OTHER in named
    if alcohol or other:
        return _known(alcohol, other)
    return next(
        (reason for reason in (Indication.ANOTHER, Indication.UNCLEAR) if reason in named), Indication.UNKNOWN
    )


def own_by(medicine: Medicine, reason: Indication) -> Indication:
    """The indication that an order itself gives, by its product or this reason."""
    product = medicine.product
    if product is not None and product.brand == ALCOHOL_ONLY_BRAND:
        return Indication.OUTSIDE if reason in (Indication.OTHER, Indication.ANOTHER) else Indication.ALCOHOL
    return Indication.ANOTHER if reason is Indication.UNCLEAR else reason


def _known(alcohol: bool, other: bool) -> Indication:
    if alcohol:
        return Indication.BOTH if other else Indication.ALCOHOL
    return Indication.OTHER if other else Indication.NEITHER


def _named_once(concept: object, context: Context) -> Indication:
    """As `_named_by`; many orders may refer to one Condition, and one order may do so many times."""
    known = context.named_reasons
    if id(concept) not in known:
        known[id(concept)] = concept, _named_by(concept, context)
    return known[id(concept)][1]


def _named_by(concept: object, context: Context) -> Indication:
    """What one reason names: alcohol dependence, spasticity, another disease, what may be one, or nothing."""
    written = fhir.words(concept)
    names, is_read = context.terminology.lookup(concept)
    if ListName.ALCOHOL_DEPENDENCE in names:
        return Indication.ALCOHOL
    if ListName.SPASTICITY in names:
        return Indication.OTHER
    if ListName.ALCOHOL_RELATED in names or _ABOUT_ALCOHOL.search(written):
        return Indication.UNKNOWN
    if is_read:
        return _by_code([code for _, code in fhir.codings(concept)], written)
    return Indication.UNCLEAR if written.strip() and not _ADMINISTRATIVE.search(written) else Indication.UNKNOWN


def _by_code(codes: list[str], written: str) -> Indication:
    """A code of ICD is a disease, except in two chapters; one of SNOMED CT is one if words stand beside it."""
    families = [code.strip().upper() for code in codes if ICD_CODE.match(code.strip().upper())]
    if not families:
        return Indication.ANOTHER if written.strip() else Indication.UNCLEAR
    return Indication.UNKNOWN if all(code.startswith(_NO_DISEASE) for code in families) else Indication.ANOTHER


def _concepts(order: Resource, resources: Mapping[str, Resource]) -> Iterator[object]:
    """Each reasonCode, and the code of each reasonReference that is not refuted or entered in error."""
    yield from fhir.objects(order.get("reasonCode"))
    inside = [item for item in fhir.objects(order.get("contained")) if item.get("resourceType") != "Medication"]
    contained = {f"#{fhir.text(item.get('id'))}": item for item in inside}
    for reference in fhir.objects(order.get("reasonReference")):
        target = fhir.text(reference.get("reference"))
        condition = contained.get(target) or resources.get(fhir.relative(reference) or "") or {}
        if not statuses(condition, "verificationStatus") & NOT_SO:
            yield condition.get("code")
