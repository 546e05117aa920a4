"""Tells whether a signing that names no line may be an addition to it: the first row of the table that fits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction

from cds_service.core.model.dose import Span
from cds_service.core.model.look_back import LookBack
from cds_service.core.model.order import Order
from cds_service.core.signings.levels import days_left, fall, level, runs, together
from cds_service.core.signings.replacement import Replacement, begins_on, is_again


class Row(Enum):
    """The row of the table that fits, with its answer: whether it is asked."""

    FALL = "fall", True
    OTHER_REQUESTER = "other-requester", True
    OTHER_MOMENTS = "other-moments", True
    ENDS_SOON = "ends-soon", False
    OPEN = "open", False
    SAME_REQUESTER = "same-requester", False
    ELSE = "else", True

    @property
    def asks(self) -> bool:
        return self.value[1]

    @property
    def key(self) -> str:
        return self.value[0]


@dataclass(frozen=True, slots=True)
class Signing:
    """One or more orders as one: what the table asks of "the draft"."""

    orders: tuple[Order, ...]
    on: date
    begins: date
    falls: bool

    def as_line(self, line: Order) -> Sequence[Order]:
        """The order that is this line again; else all of them together."""
        again = [order for order in self.orders if is_again(order, line)]
        return again[:1] or self.orders


def signing(
    orders: Sequence[Order], on: date, before: Iterable[Order], replaced: Replacement, windows: LookBack
) -> Signing:
    """The orders of a signing that name no line, and whether all of them would be a fall beyond the step.

    `before` are the lines that the fall is measured from.
    """
    begins = min(begins_on(order) for order in orders)
    running = [line for line in replaced.left if runs(line, begins) and line.began <= begins]
    after = together([*orders, *running], begins)
    step = fall(together(before, begins), after)
    return Signing(replaced.adding, on, begins, step > windows.fall_mg)


def row(made: Signing, line: Order, windows: LookBack) -> Row:
    """The first row of the table that fits a line that is replaced and not named."""
    draft = made.as_line(line)
    left, age = days_left(line, made.begins), (made.on - line.written).days
    requester, same_dose = _requester(draft), _dose(draft, made.begins) == level(line, made.begins)
    rows = {
        Row.FALL: made.falls,
        Row.OTHER_REQUESTER: _differ(requester, line.requester)
        and age < windows.other_requester_days
        and _more(left, windows.other_requester_left_days),
        Row.OTHER_MOMENTS: _do_not_meet(draft, line) and _more(left, windows.moments_left_days),
        Row.ENDS_SOON: not _more(left, _soon(draft, line, windows, same_dose)),
        Row.OPEN: left is None
        and age >= (_open_days(requester, line.requester, windows) if same_dose else windows.open_days),
        Row.SAME_REQUESTER: bool(requester)
        and requester == line.requester
        and age >= windows.same_requester_days
        and _more_than_half(_dose(draft, made.begins), level(line, made.begins)),
    }
    return next((each for each, fits in rows.items() if fits), Row.ELSE)


def _soon(draft: Sequence[Order], line: Order, windows: LookBack, same_dose: bool) -> int:
    same = same_dose and all(it.medicine.product == line.medicine.product for it in draft)
    return windows.same_renewed_days if same else windows.renewed_days


def _open_days(requester: str, other: str, windows: LookBack) -> int:
    return windows.open_days if requester and other else windows.open_unknown_requester_days


def _more(left: int | None, days: int) -> bool:
    """Whether a line runs on for more days than that; an open one does."""
    return left is None or left > days


def _requester(draft: Sequence[Order]) -> str:
    """Who orders; empty where that is not known or not one."""
    names = {order.requester for order in draft}
    return names.pop() if len(names) == 1 else ""


def _differ(one: str, other: str) -> bool:
    """Whether two references of one type differ."""
    return bool(one and other) and one != other and one.partition("/")[0] == other.partition("/")[0]


def _do_not_meet(draft: Sequence[Order], line: Order) -> bool:
    known = all(order.moments for order in draft) and bool(line.moments)
    return known and not any(order.moments & line.moments for order in draft)


def _dose(draft: Sequence[Order], day: date) -> Span | None:
    return together(draft, day)


def _more_than_half(dose: Span | None, of: Span | None) -> bool:
    return dose is not None and of is not None and dose.high > of.high * Fraction(1, 2)
