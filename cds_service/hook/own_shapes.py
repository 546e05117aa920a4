"""Every shape of resource that suggestions make: what a server looks at once, when it starts.

In a call only what is kept of the client's draft is looked at; the rest is made of these shapes, with other doses,
days and products.
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from cds_service.base.errors import Fault, KnowledgeError
from cds_service.core.model.medicine import medicine_of
from cds_service.core.model.order import Indication, Order
from cds_service.core.model.product import Framework, Product
from cds_service.core.orders.authorisation import PRODUCTS_RULE
from cds_service.core.plans.changes import Companion, Update
from cds_service.core.plans.choice import ProductCatalogue, Products, products_for
from cds_service.core.plans.fhir_out import companion, referral, revised
from cds_service.core.plans.taper import Pace, taper
from cds_service.hook.outgoing import is_valid
from cds_service.knowledge.loading import Knowledge

Json = dict[str, Any]

_ON = date(2026, 1, 1)
_PRIOR = "MedicationRequest/taken"

# A stop that has every element from which a plan takes something away, or to which it adds something.
_STOP: Json = {
    "resourceType": "MedicationRequest",
    "id": "draft",
    "status": "stopped",
    "statusReason": {"text": "-"},
    "intent": "order",
    "category": {"text": "-"},
    "doNotPerform": True,
    "medicationCodeableConcept": {"text": "baclofen"},
    "subject": {"reference": "Patient/p"},
    "encounter": {"reference": "Encounter/e"},
    "requester": {"reference": "Practitioner/r"},
    "note": [{"text": "60 mg matin et soir"}],
    "dosageInstruction": [{"text": "-"}],
    "dispenseRequest": {"quantity": {"value": 1}},
}


def refuse_invalid_shapes(knowledge: Knowledge) -> None:
    """Raises KnowledgeError if anything that suggestions may write is not valid R4."""
    invalid = dict.fromkeys(_name(shape) for shape in own_shapes(knowledge) if not is_valid(shape))
    if invalid:
        remedy = "look at its codings in fhir_profiles, or at cds_service/core/plans/fhir_out.py"
        raise KnowledgeError(*(Fault(name, "a suggestion of it would not be valid R4", remedy) for name in invalid))


def own_shapes(knowledge: Knowledge) -> Iterator[Json]:
    """Every product that may be suggested, alone, with a plan and with a plan of two orders; a referral."""
    for product, products in _suggested(knowledge).items():
        plan = taper(Fraction(125), Fraction(85), Pace(Fraction(10), 2), products.tablets, _ON)
        draft = _draft(product)
        yield revised(draft, Update(product=product), _ON)
        yield revised(draft, Update(plan, product, _PRIOR), _ON)
        for tablet in plan.tablets[1:]:
            yield companion(draft, Companion(plan, tablet, products.finer or product, _PRIOR), _ON)
    yield referral("p", {"reference": "Practitioner/r"}, {"reference": "Encounter/e"})


def _suggested(knowledge: Knowledge) -> dict[Product, Products]:
    """The products that are authorised on some day, each with those of a plan of it."""
    found: dict[Product, Products] = {}
    for change in knowledge.rules.rule(PRODUCTS_RULE).changes:
        catalogue = ProductCatalogue(knowledge.rules, knowledge.terminology, change.since)
        for product in catalogue.authorised():
            products = products_for(medicine_of(product), catalogue)
            found |= {product: products} if products else {}
    return found


def _draft(product: Product) -> Order:
    return Order(
        reference="MedicationRequest/draft",
        place=1,
        medicine=medicine_of(product),
        indication=Indication.ALCOHOL,
        framework=Framework.NONE,
        authorised=False,
        dose=(),
        begins=_ON,
        stops=True,
        resource=_STOP,
    )


def _name(shape: Json) -> str:
    concept = shape.get("medicationCodeableConcept") or shape["code"]
    return f"{shape['resourceType']} of {concept['text']}"
