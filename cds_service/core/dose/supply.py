"""What is to be dispensed: until when it lasts, and whether it is what the dose needs."""

from datetime import date
from fractions import Fraction

from cds_service.core.dose.periods import later, read_length
from cds_service.core.dose.quantity import counted
from cds_service.core.model.dose import NotComputable, Question, Step, Steps
from cds_service.core.model.medicine import Medicine
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.terminology import Terminology

DIFFERS = Question("supply-differs", "supply")

# A box has 30 tablets; a rounding to whole boxes, or a reserve, is no contradiction (our choice).
_A_BOX = 30
_MOST_TIMES = 2


def end_of_supply(order: Resource, most_repeats: int) -> date | None:
    """The first day after the supply of an order and its renewals, counted from the day on which it was written."""
    request, written = fhir.as_object(order.get("dispenseRequest")), fhir.day(order.get("authoredOn"))
    length = read_length(request.get("expectedSupplyDuration"))
    if length is None or written is None:
        return None
    ends = written
    for _ in range(1 + renewals(order, most_repeats)):
        ends = length.after(ends)
    return ends


def renewals(order: Resource, most_repeats: int) -> int:
    """How often an order may be dispensed again, at most so often; 0 where it does not say."""
    repeats = fhir.as_object(order.get("dispenseRequest")).get("numberOfRepeatsAllowed")
    return min(max(repeats, 0), most_repeats) if isinstance(repeats, int) else 0


def asked_of_supply(
    order: Resource, dose: Steps | NotComputable, medicine: Medicine, terminology: Terminology
) -> tuple[Question, ...]:
    """What is asked where the tablets to dispense are not those of the dose: twice apart, and by more than a box."""
    if isinstance(dose, NotComputable):
        return ()
    request = fhir.as_object(order.get("dispenseRequest"))
    tablets = counted(request.get("quantity"), "tablet", terminology)
    length = read_length(request.get("expectedSupplyDuration"))
    as_needed = any(term.as_needed for step in dose for term in step.terms)
    if tablets is None or length is None or not medicine.strength_mg or as_needed:
        return ()
    since = dose[0].since
    needed = _milligrams(dose, (length.after(since) - since).days) / medicine.strength_mg
    fewer, more = sorted((tablets, needed))
    return (DIFFERS,) if more > _MOST_TIMES * fewer and more - fewer > _A_BOX else ()


def _milligrams(dose: Steps, days: int) -> Fraction:
    """What the upper doses are in all over a number of days from the first; the last one goes on."""
    end = later(dose[0].since, days)
    ends = [*(step.until or end for step in dose[:-1]), end]
    return sum(
        (max(0, (min(until, end) - step.since).days) * _mean(step) for step, until in zip(dose, ends, strict=True)),
        Fraction(0),
    )


def _mean(step: Step) -> Fraction:
    """The upper dose of a step, over the week if it goes by its days."""
    return sum((day.high for day in step.week), Fraction(0)) / len(step.week) if step.week else step.mg_per_day.high
