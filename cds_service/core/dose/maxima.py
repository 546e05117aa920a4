"""Reads the maxima of a FHIR Dosage. One that contradicts the dose is not applied, and is asked about.

A maximum below the low end of what is ordered, or below one lowest intake, is more likely a slip (grams typed as
milligrams) than a cap: it would hide the dose.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from cds_service.core.dose.amount import read_quantity
from cds_service.core.dose.periods import read_days
from cds_service.core.model.dose import Question, Span
from cds_service.core.model.medicine import Medicine
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.terminology import Terminology

_PER_PERIOD, _PER_INTAKE, _PER_LIFETIME = "maxDosePerPeriod", "maxDosePerAdministration", "maxDosePerLifetime"

NOT_READ = Question("cap-not-read", "maximum-dose")
BELOW_DOSE = Question("cap-below-dose", "maximum-dose", contradicts=True)


@dataclass(frozen=True, slots=True)
class Maxima:
    """The maxima that a Dosage gives in mg: of a day, of an intake, of its period, of some days, of a lifetime."""

    a_day: Fraction | None = None
    an_intake: Fraction | None = None
    a_period: Fraction | None = None
    over_days: tuple[Fraction, Fraction] | None = None  # mg, days
    ever: Fraction | None = None
    questions: tuple[Question, ...] = ()


def read_maxima(dosage: Resource, medicine: Medicine, terminology: Terminology) -> Maxima:
    """The maxima as they are written."""
    of_period = _of_period(dosage, medicine, terminology)
    an_intake, ever = (read_quantity(dosage.get(key), medicine, terminology) for key in (_PER_INTAKE, _PER_LIFETIME))
    read = {_PER_PERIOD: of_period, _PER_INTAKE: an_intake, _PER_LIFETIME: ever}
    unread = [key for key, found in read.items() if found is None and key in dosage]
    return Maxima(
        a_day=_of_a_day(*of_period) if of_period else None,
        an_intake=an_intake,
        a_period=of_period[0] if of_period else None,
        over_days=of_period if of_period and of_period[1] > 1 else None,
        ever=ever,
        questions=(NOT_READ,) if unread else (),
    )


def _of_period(dosage: Resource, medicine: Medicine, terminology: Terminology) -> tuple[Fraction, Fraction] | None:
    """maxDosePerPeriod as mg and days; None if it cannot be read."""
    ratio = fhir.as_object(dosage.get(_PER_PERIOD))
    most, days = read_quantity(ratio.get("numerator"), medicine, terminology), read_days(ratio.get("denominator"))
    return None if most is None or days is None else (most, days)


def _of_a_day(most: Fraction, days: Fraction) -> Fraction | None:
    """A period shorter than a day counts as often as it begins within a day; a longer one caps no day."""
    return most * ceil(1 / days) if days <= 1 else None


def applied(
    maxima: Maxima, mg: Span, intakes: Span, *, as_needed: bool
) -> tuple[Fraction | None, Span, list[Question]]:
    """What holds of the maxima beside a dose: the cap of a day, the dose of an intake, and what is to be asked.

    `mg` is the dose of an intake. As needed, the maximum of an intake is the top of it.
    """
    least = mg.low or mg.high
    ordered = Fraction(0) if as_needed else mg.low * intakes.low
    a_day = maxima.a_day if maxima.a_day is None or maxima.a_day >= max(least, ordered) else None
    an_intake = maxima.an_intake if maxima.an_intake is None or maxima.an_intake >= least else None
    slips = (a_day, an_intake) != (maxima.a_day, maxima.an_intake) or _is_below(maxima, least, ordered)
    return a_day, _topped(mg, an_intake, as_needed=as_needed), [*maxima.questions, *([BELOW_DOSE] if slips else [])]


def _is_below(maxima: Maxima, least: Fraction, ordered: Fraction) -> bool:
    """Whether a maximum of some days, or of a lifetime, is below what is ordered within them."""
    most, days = maxima.over_days or (None, Fraction(0))
    too_low = most is not None and most < max(least, ordered * (days.numerator // days.denominator))
    return too_low or (maxima.ever is not None and maxima.ever < max(least, ordered))


def _topped(mg: Span, an_intake: Fraction | None, *, as_needed: bool) -> Span:
    if an_intake is None:
        return mg
    return Span(mg.low, an_intake) if as_needed else Span(mg.low, min(mg.high, an_intake))
