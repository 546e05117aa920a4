"""The daily dose, in exact milligrams, that the dosage instructions of an order ask for.

What is not wholly understood is not guessed: it becomes NotComputable with the element and the reason.
"""

from fractions import Fraction

from cds_service.core import fhir
from cds_service.core.fhir import Resource
from cds_service.core.model import Dose, Medicine, NotComputable, Span, Term
from cds_service.core.quantity import milligrams, number, tablets
from cds_service.core.terminology import Terminology
from cds_service.core.timing import intakes_per_day

# Above this a dose is more likely a slip of the unit than an order. It is alerted on and asked about.
IMPLAUSIBLE_MG_PER_DAY = Fraction(1000)

# Elements that do not change the dose.
_NEUTRAL = {
    "id", "extension", "sequence", "text", "additionalInstruction", "patientInstruction",
    "site", "route", "method",
}  # fmt: skip
_READ = {"timing", "doseAndRate", "doseQuantity", "asNeededBoolean"}


def daily_dose(order: Resource, medicine: Medicine, terminology: Terminology) -> Dose | NotComputable:
    """The daily dose of an order, or why it cannot be computed."""
    dosages = list(fhir.objects(order.get("dosageInstruction")))
    if len(dosages) != 1:
        reason = "several-dosages-not-read" if dosages else "dosage-missing"
        return NotComputable(reason, "dosageInstruction")
    dose = _one(dosages[0], medicine, terminology)
    if isinstance(dose, Dose) and dose.mg_per_day.high > IMPLAUSIBLE_MG_PER_DAY:
        return NotComputable("dose-implausible", "dosageInstruction.doseAndRate", dose.mg_per_day.high)
    return dose


def _one(dosage: Resource, medicine: Medicine, terminology: Terminology) -> Dose | NotComputable:
    unread = set(dosage) - _NEUTRAL - _READ
    if "modifierExtension" in dosage or unread or dosage.get("asNeededBoolean") not in (None, False):
        return NotComputable("dosage-not-read", "dosageInstruction")
    quantity = _quantity(dosage)
    if isinstance(quantity, NotComputable):
        return quantity
    amount = _amount(quantity, medicine, terminology)
    intakes = intakes_per_day(fhir.as_object(dosage.get("timing")))
    if isinstance(amount, NotComputable):
        return amount
    if isinstance(intakes, NotComputable):
        return intakes
    mg, units = amount
    strength = medicine.strength_mg if units is not None else None
    term = Term(mg, intakes, units, strength)
    return Dose(term.mg_per_day, (term,))


def _quantity(dosage: Resource) -> Resource | NotComputable:
    """The one dose quantity; also in the R3 place that the CDS Hooks sandbox once used."""
    doses = list(fhir.objects(dosage.get("doseAndRate"))) or [{"doseQuantity": dosage.get("doseQuantity")}]
    if len(doses) > 1 or set(doses[0]) - {"doseQuantity", "type", "id", "extension"}:
        return NotComputable("dose-not-read", "dosageInstruction.doseAndRate")
    quantity = fhir.as_object(doses[0].get("doseQuantity"))
    value = number(quantity.get("value"))
    if value is None:
        return NotComputable("dose-missing", "dosageInstruction.doseAndRate.doseQuantity")
    if value <= 0 or quantity.get("comparator") is not None:
        return NotComputable("dose-not-positive", "dosageInstruction.doseAndRate.doseQuantity")
    return quantity


def _amount(
    quantity: Resource, medicine: Medicine, terminology: Terminology
) -> tuple[Span, Span | None] | NotComputable:
    """(mg, tablets) of one intake; tablets is None where the order counts in mg."""
    mass = milligrams(quantity)
    if mass is not None:
        return _exactly(mass), None
    count = tablets(quantity, terminology)
    if count is None:
        return NotComputable("dose-unit-not-read", "dosageInstruction.doseAndRate.doseQuantity")
    if medicine.strength_conflict:
        return NotComputable("strength-conflict", "medication")
    if medicine.strength_mg is None:
        return NotComputable("strength-unknown", "medication")
    return _exactly(count * medicine.strength_mg), _exactly(count)


def _exactly(value: Fraction) -> Span:
    return Span(value, value)
