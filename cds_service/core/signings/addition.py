"""Tells whether a signing that names no line may be an addition to it: the first row of the table that fits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

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


@dataclass(frozen=True, slots=True)
class _Pair:
    """What the table asks of a draft and a line that it replaces without naming it."""

    draft: Sequence[Order]
    line: Order
    falls: bool
    age_days: int  # since the line was written
    left_days: int | None  # from the draft's start to the known end of the line; None if it is open
    requester: str
    dose: Span | None
    windows: LookBack

    @property
    def same_dose(self) -> bool:
        return self.dose is not None and self.dose == self.line_dose

    @property
    def line_dose(self) -> Span | None:
        return level(self.line, begins_on(self.draft[0]))

    def runs_on_for_more_than(self, days: int) -> bool:
        return self.left_days is None or self.left_days > days


def row(made: Signing, line: Order, windows: LookBack) -> Row:
    """The first row of the table that fits a line that is replaced and not named."""
    draft = made.as_line(line)
    pair = _Pair(
        draft=draft,
        line=line,
        falls=made.falls,
        age_days=(made.on - line.written).days,
        left_days=days_left(line, made.begins),
        requester=_requester(draft),
        dose=together(draft, made.begins),
        windows=windows,
    )
    return next((each for each, fits in _TABLE.items() if fits(pair)), Row.ELSE)


def _is_fall(pair: _Pair) -> bool:
    return pair.falls


def _is_of_another_requester(pair: _Pair) -> bool:
    """Two references of one type that differ, of any order of the draft."""
    windows = pair.windows
    differ = any(_differ(order.requester, pair.line.requester) for order in pair.draft)
    recent = pair.age_days < windows.other_requester_days
    return differ and recent and pair.runs_on_for_more_than(windows.other_requester_left_days)


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and one != other and one.partition("/")[0] == other.partition("/")[0]


def _is_at_other_moments(pair: _Pair) -> bool:
    known = bool(pair.line.moments) and all(order.moments for order in pair.draft)
    meet = any(order.moments & pair.line.moments for order in pair.draft)
    return known and not meet and pair.runs_on_for_more_than(pair.windows.moments_left_days)


def _ends_soon(pair: _Pair) -> bool:
    same_product = all(order.medicine.product == pair.line.medicine.product for order in pair.draft)
    windows = pair.windows
    days = windows.same_renewed_days if same_product and pair.same_dose else windows.renewed_days
    return not pair.runs_on_for_more_than(days)


def _is_open(pair: _Pair) -> bool:
    unknown = not (pair.line.requester and all(order.requester for order in pair.draft))
    windows = pair.windows
    days = windows.open_unknown_requester_days if unknown and pair.same_dose else windows.open_days
    return pair.left_days is None and pair.age_days >= days


def _is_of_same_requester(pair: _Pair) -> bool:
    """And the draft is more than half of the line."""
    same = bool(pair.requester) and pair.requester == pair.line.requester
    old = pair.age_days >= pair.windows.same_requester_days
    doses = (pair.dose, pair.line_dose)
    return same and old and doses[0] is not None and doses[1] is not None and doses[0].high * 2 > doses[1].high


_TABLE: Mapping[Row, Callable[[_Pair], bool]] = {
    Row.FALL: _is_fall,
    Row.OTHER_REQUESTER: _is_of_another_requester,
    Row.OTHER_MOMENTS: _is_at_other_moments,
    Row.ENDS_SOON: _ends_soon,
    Row.OPEN: _is_open,
    Row.SAME_REQUESTER: _is_of_same_requester,
}


def _requester(draft: Sequence[Order]) -> str:
    """Who orders; empty where that is not known or not one."""
    names = {order.requester for order in draft}
    return names.pop() if len(names) == 1 else ""
