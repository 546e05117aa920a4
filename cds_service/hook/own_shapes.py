"""Every shape of resource that suggestions make: what a server looks at once, when it starts.

In a call only what is kept of the client's draft is looked at; the rest is made of these shapes, with other doses,
days and products.
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from cds_service.base.errors import Fault, KnowledgeError
from cds_service.base.names import LANGUAGES
from cds_service.core.model.medicine import medicine_of
from cds_service.core.model.order import Indication, Order
from cds_service.core.model.product import Framework, Product
from cds_service.core.orders.authorisation import PRODUCTS_RULE
from cds_service.core.plans.changes import Companion, Update
from cds_service.core.plans.fhir_out import companion, revised
from cds_service.core.plans.intakes import Share
from cds_service.core.plans.products import ProductCatalogue, Products, with_products
from cds_service.core.plans.referral import as_declared, referral
from cds_service.core.plans.tablets import Tablets
from cds_service.core.plans.taper import Pace, Plan, Signed, taper
from cds_service.core.wording.dosage_words import dosage_words
from cds_service.hook.outgoing import is_valid
from cds_service.knowledge.loading import Knowledge

Json = dict[str, Any]

_ON = date(2026, 1, 1)
_DRAFT = "MedicationRequest/draft"
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
    "dispenseRequest": {"quantity": {"value": 1}, "expectedSupplyDuration": {"value": 1, "unit": "d"}},
}


def refuse_invalid_shapes(knowledge: Knowledge) -> None:
    """Raises KnowledgeError if anything that suggestions may write is not valid R4."""
    invalid = dict.fromkeys(_name(shape) for shape in own_shapes(knowledge) if not is_valid(shape))
    if invalid:
        remedy = "look at its codings in fhir_profiles, or at cds_service/core/plans/fhir_out.py"
        raise KnowledgeError(*(Fault(name, "a suggestion of it would not be valid R4", remedy) for name in invalid))


def own_shapes(knowledge: Knowledge) -> Iterator[Json]:
    """Every product that may be suggested, alone, with a plan and with a plan of two orders; a referral."""
    say = dosage_words(knowledge.texts, LANGUAGES[0])
    for product, (plan, products) in _suggested(knowledge).items():
        draft = _draft(product)
        yield revised(draft, Update(_DRAFT, product=product), _ON, say)
        yield revised(draft, Update(_DRAFT, plan, plan.tablets[0], products.main, _PRIOR), _ON, say)
        for tablet in plan.tablets[1:]:
            yield companion(draft, Companion(_DRAFT, plan, tablet, products.finer or product, _PRIOR), _ON, say)
        yield revised(_draft(product, to_patient=True), Update(_DRAFT, plan, plan.tablets[0]), _ON, say)
    made = referral("p", {"reference": "Practitioner/r"}, {"reference": "Encounter/e"})
    yield from (made, as_declared(made, _ON))


def _suggested(knowledge: Knowledge) -> dict[Product, tuple[Plan, Products]]:
    """The products that are authorised on some day, each with a plan for who takes it."""
    found: dict[Product, tuple[Plan, Products]] = {}
    for change in knowledge.rules.rule(PRODUCTS_RULE).changes:
        catalogue = ProductCatalogue(knowledge.rules, knowledge.terminology, change.since)
        for product in catalogue.authorised():
            medicine = medicine_of(product)
            made = with_products(_plan, medicine, medicine, catalogue)
            found |= {product: made} if made else {}
    return found


def _plan(tablets: Tablets) -> Plan:
    taken = (Share("morning", Fraction(65)), Share("evening", Fraction(60)))
    return taper(taken, Fraction(85), Pace(Fraction(10), 2), tablets, _ON, Signed(28, 28, 7))


def _draft(product: Product, *, to_patient: bool = False) -> Order:
    return Order(
        reference=_DRAFT,
        place=1,
        medicine=medicine_of(product),
        indication=Indication.ALCOHOL,
        framework=Framework.NONE,
        authorised=False,
        dose=(),
        begins=_ON,
        stops=True,
        resource=_STOP | ({"dosageInstruction": [{"patientInstruction": "-"}]} if to_patient else {}),
    )


def _name(shape: Json) -> str:
    concept = shape.get("medicationCodeableConcept") or shape["code"]
    return f"{shape['resourceType']} of {concept['text']}"
