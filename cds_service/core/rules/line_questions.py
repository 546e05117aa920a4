"""What is to be asked about the lines of the record beside which a dose is judged."""

from collections.abc import Iterator
from datetime import timedelta

from cds_service.core.course.questions import replaces_in_part, sum_above_nothing
from cds_service.core.course.signed import Signed
from cds_service.core.model.dose import NOTHING, Span
from cds_service.core.model.findings import Answer, FactValue
from cds_service.core.model.order import Order
from cds_service.core.rules.verdict import CaseReadings, references
from cds_service.core.signings.levels import days_left, level
from cds_service.core.signings.replacement import Why

_DAY = timedelta(days=1)


def questions_about_lines(readings: CaseReadings) -> Iterator[Answer]:
    """What is asked in the likeliest reading of the drafts."""
    course = next(iter(readings.replacing), None)
    if course is None:
        return
    yield from _to_cancel(course.signed)
    yield from _addition(readings)
    if replaces_in_part(course.signed):
        yield Answer("replaces-all", course.orders, {"mg_per_day": course.dose}, if_alcohol=course.if_alcohol)
    yield from _not_renewed(course.signed)


def _addition(readings: CaseReadings) -> Iterator[Answer]:
    course = sum_above_nothing(readings.courses, readings.case.limits_mg)
    if course is not None:
        yield Answer("addition", course.orders, {"mg_per_day": course.dose}, if_alcohol=course.if_alcohol)


def _to_cancel(signed: Signed) -> Iterator[Answer]:
    """A line that nobody has taken yet, and whose place the drafts take."""
    for line in signed.taken.written:
        if signed.replaced.why.get(line.reference) is Why.WRITTEN and line.reference not in signed.stopped:
            yield Answer(
                "to-cancel", _orders(signed, line), {"written": line.written, "mg_per_day": _dose(line, signed)}
            )


def _not_renewed(signed: Signed) -> Iterator[Answer]:
    """A line that is left and ends soon after the drafts begin."""
    for line in signed.replaced.left:
        left = days_left(line, signed.begins)
        if left is not None and left <= signed.case.windows.ending_days:
            told: dict[str, FactValue] = {
                "last_day": (line.ends or signed.begins) - _DAY,
                "mg_per_day": _dose(line, signed),
            }
            yield Answer("not-renewed", _orders(signed, line), told)


def _orders(signed: Signed, line: Order) -> tuple[str, ...]:
    return (*references(signed.ordering), line.reference)


def _dose(line: Order, signed: Signed) -> Span:
    return level(line, signed.begins) or NOTHING
