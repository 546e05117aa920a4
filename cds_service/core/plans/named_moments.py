"""At which moments of the day the dosages of an order are taken: by codes, by hours, or by the code of a timing."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from cds_service.core.dose.moments import TOLD_APART, hours_of, moments_at
from cds_service.core.dose.periods import read_bounds
from cds_service.core.model.dose import Term
from cds_service.core.model.order import Order
from cds_service.core.plans.intakes import Share
from cds_service.core.plans.tablets import MOMENTS, MOST_INTAKES
from cds_service.core.record import fhir

_DAY_BEGINS = "05:00"  # an hour before it is of the night before

# The moments of codes of a timing: http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation.
_OF_CODE = {"AM": "MORN", "PM": "AFT", "BED": "HS"}


def named_intakes(order: Order, terms: Sequence[Term], day: date) -> list[Share] | None:
    """The mg at each moment that the dosages of a day name, as `terms` have them; None unless all are told apart."""
    marked = [(mark, term.mg_per_intake.high) for dosage, term in _read(order, terms, day) for mark in _marks(dosage)]
    if not len(marked) == sum(term.intakes_per_day.high for term in terms) <= MOST_INTAKES:
        return None
    placed = _placed([mark for mark, _ in marked])
    return None if placed is None else [Share(moment, mg) for moment, (_, mg) in zip(placed, marked, strict=True)]


def _read(order: Order, terms: Sequence[Term], day: date) -> list[tuple[Mapping[str, object], Term]]:
    """The dosages of a day, each with the term that was read of it."""
    listed = fhir.objects(order.resource.get("dosageInstruction", order.resource.get("dosage")))
    return _of_terms([dosage for dosage in listed if _may_run(dosage, day)] or listed, terms)


def _placed(marks: Sequence[str]) -> list[str] | None:
    """A moment for each code or hour, no two the same; None if there is none.

    An hour of two windows takes what the others leave. Hours of one window are told apart by their order alone.
    """
    found: dict[int, str] = {}
    for place in sorted(range(len(marks)), key=lambda place: (len(_choices(marks[place])), marks[place])):
        free = [moment for moment in _choices(marks[place]) if moment not in found.values()]
        if not free:
            return _by_the_clock(marks)
        found[place] = free[0]
    return [found[place] for place in range(len(marks))]


def _by_the_clock(marks: Sequence[str]) -> list[str] | None:
    if len(set(marks)) < len(marks) or not all(map(_is_hour, marks)):
        return None
    in_order = sorted(marks, key=lambda hour: (hour < _DAY_BEGINS, hour))
    return [MOMENTS[len(marks)][in_order.index(hour)] for hour in marks]


def _choices(mark: str) -> list[str]:
    if _is_hour(mark):
        return moments_at(mark)
    return [TOLD_APART[mark]] if mark in TOLD_APART else []


def _is_hour(mark: str) -> bool:
    return ":" in mark


def _of_terms(dosages: list[Mapping[str, object]], terms: Sequence[Term]) -> list[tuple[Mapping[str, object], Term]]:
    """Each term with the one dosage of its amount and number of moments; empty if that is not one to one."""
    pairs = []
    left = list(dosages)
    for term in terms:
        mine = next((dosage for dosage in left if _says(dosage, term)), None)
        if mine is None:
            return []
        left.remove(mine)
        pairs.append((mine, term))
    return pairs if not left or all(not _may_be_meant(dosage, terms) for dosage in left) else []


def _may_be_meant(dosage: Mapping[str, object], terms: Sequence[Term]) -> bool:
    """Whether another dosage, of another step, says the same amount at other moments."""
    return any(_says(dosage, term) for term in terms)


def _says(dosage: Mapping[str, object], term: Term) -> bool:
    quantity = next(
        (fhir.as_object(item.get("doseQuantity")) for item in fhir.objects(dosage.get("doseAndRate"))), {}
    )
    value = quantity.get("value")
    if not isinstance(value, int | Decimal) or len(_marks(dosage)) != term.intakes_per_day.high:
        return False
    return Fraction(value) in {term.mg_per_intake.high, term.units_per_intake and term.units_per_intake.high}


def _may_run(dosage: Mapping[str, object], day: date) -> bool:
    """Whether the dates of a dosage do not rule out a day; they tell levels of a plan apart that have one amount."""
    bounds = read_bounds(fhir.as_object(fhir.as_object(dosage.get("timing")).get("repeat")))
    if bounds is None:
        return True
    return (bounds.since is None or bounds.since <= day) and (bounds.until is None or day < bounds.until)


def _marks(dosage: Mapping[str, object]) -> list[str]:
    """The codes of moments of a dosage, else its hours, else the moment of the code of its timing."""
    timing = fhir.as_object(dosage.get("timing"))
    repeat = fhir.as_object(timing.get("repeat"))
    if "when" in repeat:
        return [fhir.text(code) for code in fhir.as_list(repeat["when"])]
    if "timeOfDay" in repeat:
        return hours_of(repeat["timeOfDay"]) or []
    named = [
        fhir.text(coding.get("code")) for coding in fhir.objects(fhir.as_object(timing.get("code")).get("coding"))
    ]
    return [_OF_CODE[code] for code in named if code in _OF_CODE]
