"""What is open where drafts name no line: whether they replace all, whether they are added and go above nothing."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from cds_service.core.course.course import Course
from cds_service.core.course.signed import Signed
from cds_service.core.model.order import Order
from cds_service.core.signings.levels import level, together


def sum_above_nothing(courses: Iterable[Course], limits_mg: Sequence[Fraction]) -> Course | None:
    """The sum of an addition that is asked about and goes above no limit; above one its own finding asks."""
    asked = [course for course in courses if course.if_addition and course.signed.asks]
    return next((course for course in asked[:1] if not _goes_above(course, limits_mg)), None)


def _goes_above(course: Course, limits_mg: Sequence[Fraction]) -> bool:
    return any(course.peak.high > limit for limit in limits_mg)


def replaces_in_part(signed: Signed) -> bool:
    """Whether the drafts leave lines, and alone would be a fall beyond the step from all that is taken.

    Not where they are one of these lines again.
    """
    ordering, taken = signed.ordering, signed.taken.lines
    if not _leaves_a_part(signed) or any(_is_again(draft, line) for draft in ordering for line in taken):
        return False
    alone = together(ordering, signed.begins)
    if signed.before is None or alone is None:
        return False
    return signed.before.high - alone.high > signed.case.windows.fall_mg


def _leaves_a_part(signed: Signed) -> bool:
    """Whether a draft that names nothing leaves a line of what is taken, of the same indication."""
    left = {line.reference for line in signed.replaced.left} - signed.replaced.apart
    return bool(signed.replaced.adding) and any(line.reference in left for line in signed.taken.lines)


def _is_again(draft: Order, line: Order) -> bool:
    """Whether a draft is of the strength and dose of a line, even where one of them is taken as needed."""
    doses = [level(order, draft.begins) for order in (draft, line)]
    highs = {dose.high for dose in doses if dose is not None}
    return draft.medicine.strength_mg == line.medicine.strength_mg and None not in doses and len(highs) == 1
