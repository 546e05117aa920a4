"""The part of a plan that one order asks for: how many of its tablets, at which moments, from when to when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from cds_service.core.dose.order_dose import MOST_DOSAGES
from cds_service.core.dose.sums import sum_steps
from cds_service.core.model.dose import Span, Step, Steps, Term
from cds_service.core.model.medicine import Medicine
from cds_service.core.plans.tablets import Tablet
from cds_service.core.plans.taper import Level, Plan


@dataclass(frozen=True, slots=True)
class PlanDosage:
    """The same number of tablets at each of these moments, on each day of [since, until)."""

    sequence: int
    since: date
    until: date
    number: Fraction
    moments: tuple[str, ...]
    strength_mg: Fraction


def plan_dosages(plan: Plan, tablet: Tablet) -> Iterator[PlanDosage]:
    """The dosages of a plan for one tablet, up to the end of what is signed now.

    Each level has a `sequence`, and a dosage for each number of tablets.
    """
    signed = [level for level in plan.levels if level.since < plan.signed_until]
    for sequence, level in enumerate(signed, start=1):
        until = min(level.until or plan.signed_until, plan.signed_until)
        for number, moments in _by_number(level, tablet).items():
            yield PlanDosage(sequence, level.since, until, number, tuple(moments), tablet.strength_mg)


def is_cut(plan: Plan) -> bool:
    """Whether what is signed now ends before the last level is reached: the rest is ordered at the visit."""
    return plan.signed_until < plan.levels[-1].since


def _by_number(level: Level, tablet: Tablet) -> Mapping[Fraction, list[str]]:
    """The moments of a day, by the number of these tablets taken then."""
    moments: dict[Fraction, list[str]] = {}
    for intake in level.intakes:
        number = sum((count.number for count in intake.counts if count.tablet == tablet), Fraction(0))
        if number:
            moments.setdefault(number, []).append(intake.moment)
    return moments


def plan_steps(plan: Plan, tablet: Tablet, medicine: Medicine) -> Steps | None:
    """The daily dose of the order of `medicine` that has these dosages; None if nobody could read it from them.

    That is with no dosage, with too many, and with a medicine that is not clearly of the strength of the tablet.
    """
    dosages = list(plan_dosages(plan, tablet))
    sure = medicine.strength_mg == tablet.strength_mg and not medicine.strength_conflict
    if not sure or not 0 < len(dosages) <= MOST_DOSAGES:
        return None
    return sum_steps(_step(dosage, tablet.strength_mg) for dosage in dosages)


def _step(dosage: PlanDosage, strength_mg: Fraction) -> Step:
    number, times = dosage.number, Fraction(len(dosage.moments))
    term = Term(
        mg_per_intake=_exactly(number * strength_mg),
        intakes_per_day=_exactly(times),
        units_per_intake=_exactly(number),
        strength_mg=strength_mg,
    )
    return Step(dosage.since, dosage.until, term.mg_per_day, (term,))


def _exactly(value: Fraction) -> Span:
    return Span(value, value)
