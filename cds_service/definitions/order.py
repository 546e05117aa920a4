"""Makes the MedicationRequest profile of an order whose daily dose can be computed.

It requires no more than the reader of orders: an order that violates it has no computable dose or no readable
medicine. The converse does not hold: a profile cannot state that a strength is known or that text and structure
agree.
"""

from collections.abc import Iterator

from cds_service.core.record.terminology import ListName
from cds_service.core.wording import words
from cds_service.definitions.lists import resource
from cds_service.definitions.medicines import ORAL_BACLOFEN
from cds_service.definitions.metadata import WARNING, Json, canonical, head
from cds_service.definitions.snapshot import snapshot
from cds_service.knowledge.loading import Knowledge

BACLOFEN_ORDER = canonical("StructureDefinition", "baclofen-order")

_DESCRIPTION = (
    "The order that this service reads: what has to be there for a daily dose of baclofen. What breaks it is not "
    "refused: a card says that the dose could not be worked out, and which element is the reason. What no profile "
    f"can say: that the strength of a tablet is known, that words and structure agree. {WARNING}"
)

# The entries that the reader prefers if a dose is written in several ways.
_MAIN = "doseAndRate.where(type.empty() or type.coding.where(code = 'ordered' or code = 'calculated').exists())"
_PACED = " or ".join(
    f"{name}.exists()"
    for name in ("frequency", "frequencyMax", "period", "when", "timeOfDay", "dayOfWeek", "extension")
)
_DETAILED = f"timing.repeat.where({_PACED}).exists()"
_COUNTED = "timing.repeat.where(count.exists() or countMax.exists()).exists()"

# What is then read as the dose, or as its upper end.
_AT_MOST = "maxDosePerAdministration.exists()"

# Keys of cards/reasons.toml, which has the words, and the FHIRPath of the constraint on one Dosage.
_OF_DOSAGE = {
    "dose-missing": f"doseAndRate.where(dose.exists() or rate.exists()).exists() or {_AT_MOST}",
    "dose-not-positive": f"{_MAIN}.dose.ofType(Quantity).all(value > 0 and comparator.empty())",
    "dose-without-upper-end": f"{_MAIN}.dose.ofType(Range).all(high.exists()) or {_AT_MOST}",
    "timing-missing": (
        f"{_DETAILED} or {_COUNTED} or timing.code.exists() or timing.event.exists() "
        "or doseAndRate.rate.exists() or maxDosePerPeriod.exists()"
    ),
    "timing-code-not-read": f"timing.code.empty() or {_DETAILED} or timing.code.coding.code.exists()",
    "rate-with-timing": (
        "doseAndRate.rate.empty() or doseAndRate.dose.exists() "
        f"or (timing.code.empty() and timing.event.empty() and ({_DETAILED}).not())"
    ),
}

_NAMED = (
    "medication.ofType(CodeableConcept).all(coding.code.exists() or coding.display.exists() or text.exists()) "
    "and medication.ofType(Reference).all(reference.exists() or display.exists())"
)
_OF_ORDER = {
    "medicine-unreadable": ("error", _NAMED),
    "product-by-text": ("warning", "medication.ofType(CodeableConcept).all(coding.code.exists())"),
}


def baclofen_order(knowledge: Knowledge) -> Json:
    """The StructureDefinition, with its differential and snapshot."""
    changes = list(_elements(knowledge))
    return {
        **head("StructureDefinition", "baclofen-order", "Order of baclofen", _DESCRIPTION, knowledge),
        "fhirVersion": "4.0.1",
        "kind": "resource",
        "abstract": False,
        "type": "MedicationRequest",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/MedicationRequest",
        "derivation": "constraint",
        "snapshot": {"element": snapshot(changes)},
        "differential": {"element": changes},
    }


def _elements(knowledge: Knowledge) -> Iterator[Json]:
    """The differential, in the order of the specification."""
    yield _element(
        "",
        short="Order of baclofen with a daily dose that can be worked out",
        constraint=[_constraint(key, *said, knowledge) for key, said in _OF_ORDER.items()],
    )
    yield _element(".modifierExtension", max="0", comment=_reason("modifier-extension", knowledge))
    yield from _heads()
    yield from _of_dosage(knowledge)
    yield _element(".dispenseRequest", mustSupport=True)
    yield _element(".priorPrescription", mustSupport=True, short="The order that this one replaces")


def _heads() -> Iterator[Json]:
    """Status, intent, medication, subject, date and reasons."""
    yield _element(".status", mustSupport=True)
    yield _element(".intent", mustSupport=True)
    yield _element(".doNotPerform", mustSupport=True, short="True: an order to stop, which asks for no dose")
    yield _element(
        ".medication[x]",
        mustSupport=True,
        short="A product by its code; in tablets, only a product gives the strength",
        binding=_binding("preferred", ORAL_BACLOFEN),
    )
    yield _element(".subject", mustSupport=True)
    yield _element(".authoredOn", mustSupport=True)
    indication = resource("valuesets", ListName.ALCOHOL_DEPENDENCE)["url"]
    yield _element(
        ".reasonCode",
        mustSupport=True,
        short="What it is for; without it the problem list decides",
        binding=_binding("preferred", indication),
    )
    yield _element(".reasonReference", mustSupport=True)


def _of_dosage(knowledge: Knowledge) -> Iterator[Json]:
    """The elements from which the dose is read."""
    inside = ".dosageInstruction"
    rules = [_constraint(key, "error", expression, knowledge) for key, expression in _OF_DOSAGE.items()]
    missing = _reason("dosage-missing", knowledge)
    yield _element(inside, min=1, mustSupport=True, comment=missing, constraint=rules)
    yield _element(f"{inside}.modifierExtension", max="0", comment=_reason("dosage-not-read", knowledge))
    yield _element(
        f"{inside}.sequence", mustSupport=True, short="The same: taken together; different: one after another"
    )
    yield _element(f"{inside}.timing", mustSupport=True)
    yield _element(f"{inside}.asNeeded[x]", mustSupport=True, short="Counts in full, up to maxDosePerPeriod")
    route = resource("valuesets", ListName.ROUTE_ORAL)["url"]
    yield _element(f"{inside}.route", mustSupport=True, binding=_binding("preferred", route))
    yield _element(f"{inside}.doseAndRate", mustSupport=True, short="In mg, g, ug, ml or tablets")
    yield _element(f"{inside}.maxDosePerPeriod", mustSupport=True)


def _element(path: str, **said: object) -> Json:
    return {"id": f"MedicationRequest{path}", "path": f"MedicationRequest{path}", **said}


def _binding(strength: str, value_set: str) -> Json:
    return {"strength": strength, "valueSet": value_set}


def _constraint(reason: str, severity: str, expression: str, knowledge: Knowledge) -> Json:
    human = words.capitalised(_reason(reason, knowledge))
    return {"key": reason, "severity": severity, "human": human, "expression": expression, "source": BACLOFEN_ORDER}


def _reason(key: str, knowledge: Knowledge) -> str:
    return knowledge.texts.reasons[key, "en"]
