"""Tells whether a plan may be built on a reading of the drafts, and recommended; or why not.

A plan starts from what is taken now, known and exact; never from the reading in which the drafts are added to it.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from fractions import Fraction

from cds_service.core.course.course import Course
from cds_service.core.course.questions import replaces_in_part, sum_above_nothing
from cds_service.core.course.signed import Signed, Standing
from cds_service.core.model.case import Case
from cds_service.core.model.dose import Span
from cds_service.core.model.order import Order
from cds_service.core.model.taken import TakenNow
from cds_service.core.signings.addition import Row
from cds_service.core.signings.levels import level, together

# Nothing is taken any more, or was yet: only a start can be offered.
STARTS_AGAIN = (Standing.RESUMED, Standing.WRITTEN_ONLY)


class Permission(IntEnum):
    """What may be done with a plan that can be made."""

    OFFERED = 1
    RECOMMENDED = 2


def permission(case: Case, course: Course, readings: Sequence[Course]) -> Permission | str:
    """Whether a plan may be offered, or recommended too; else why there is none. `readings` are all of the case.

    A reason is a part of keys of cards/suggestions.toml.
    """
    asked, signed = any(reading.if_addition for reading in readings), course.signed
    if _is_open_question(case, course, readings) or (asked and _is_at_most_half(signed)):
        return "question"
    if unknown := _why_unknown(course):
        return unknown
    asked_of_a_change = asked and (_would_fall(signed) or _is_of_another_strength(signed))
    return Permission.OFFERED if asked_of_a_change or signed.standing in STARTS_AGAIN else Permission.RECOMMENDED


def _is_open_question(case: Case, course: Course, readings: Iterable[Course]) -> bool:
    """Whether `dosage-to-confirm` asks what the drafts do; a line to cancel, or not renewed, is only named."""
    return sum_above_nothing(readings, case.limits_mg) is not None or replaces_in_part(course.signed)


def _why_unknown(course: Course) -> str:
    """Why no plan can go from what is taken: two diseases, interrupted, just begun, as needed; "" if one can."""
    signed = course.signed
    if course.two_indications:
        return "two-indications"
    if signed.standing is Standing.SHORT_GAP:
        return "interrupted"
    if signed.standing is Standing.UNKNOWN:
        return "taken"
    if any(line.as_needed for line in signed.taken.lines):
        return "as-needed"
    return "" if _is_settled(signed) else "just-changed"


def _is_settled(signed: Signed) -> bool:
    """Whether each line taken began long enough ago, or an older line of its dose, within a step, precedes it."""
    return all(_is_old(line, signed) or _is_preceded(line, signed.taken, signed) for line in signed.taken.lines)


def _is_old(line: Order, signed: Signed) -> bool:
    return (signed.case.on - line.began).days >= signed.case.windows.settled_days


def _is_preceded(line: Order, taken: TakenNow, signed: Signed) -> bool:
    doses = [level(older, older.began) for older in taken.earlier if older.began < line.began]
    return any(_within_a_step(dose, level(line, signed.case.on), signed.case.windows.fall_mg) for dose in doses)


def _within_a_step(one: Span | None, other: Span | None, step_mg: Fraction) -> bool:
    return one is not None and other is not None and abs(one.high - other.high) <= step_mg


def _would_fall(signed: Signed) -> bool:
    return Row.FALL in signed.rows.values()


def _is_of_another_strength(signed: Signed) -> bool:
    return bool(_strengths(signed.ordering) - _strengths(signed.taken.lines))


def _strengths(orders: Iterable[Order]) -> set[Fraction | None]:
    return {order.medicine.strength_mg for order in orders}


def _is_at_most_half(signed: Signed) -> bool:
    dose = together(signed.ordering, signed.begins)
    return dose is not None and signed.before is not None and dose.high * 2 <= signed.before.high
