"""What will be taken, day by day, when the drafts are signed: their doses, on top of what goes on of the record.

A request can be read in several ways: orders that may or may not be for alcohol dependence, and orders of
what is already taken that may renew it or add to it. Each reading is a course; the surest comes first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum, auto
from fractions import Fraction
from functools import cached_property

from cds_service.core.findings import ToConfirm
from cds_service.core.model import (
    Case,
    Fact,
    Known,
    NotComputable,
    Order,
    ReportedNone,
    Scope,
    Span,
    Step,
    Steps,
)
from cds_service.core.steps import sum_steps

# With no indication on record, and a product that has none for alcohol, an order is most likely for
# spasticity: only a dose that no text supports is worth a card (our choice).
REMOTE_MG_PER_DAY = Fraction(300)

_NOTHING = Span(Fraction(0), Fraction(0))
_DAY = timedelta(days=1)

# Windows in which a fall and a rise are measured (design, section 5).
FALL_DAYS = 2
RISE_DAYS = 3


class Change(Enum):
    """How a course compares with what is taken now."""

    FIRST = auto()
    RISE = auto()
    SAME = auto()
    FALL = auto()
    UNKNOWN = auto()


@dataclass(frozen=True)
class Course:
    """One reading of what will be taken.

    `steps` is the daily dose from the day judged on; `held` the same with the last level going on after
    the ordinary end of a prescription, which is neither a fall nor a stop. `before` is what is taken now:
    nothing is `0`, unknown is None. `complete` is False where a dose in it could not be computed; then
    `possible_mg` is what its readings to be confirmed would add. Below `floor_mg` it is not worth a card.
    """

    on: date
    steps: Steps
    held: Steps
    before: Span | None
    complete: bool
    possible_mg: Fraction
    orders: tuple[str, ...]
    if_alcohol: bool
    if_addition: bool
    floor_mg: Fraction

    @cached_property
    def peak(self) -> Span:
        """The highest dose of any day, with what is to be confirmed."""
        highest = max((step.mg_per_day for step in self.steps), key=lambda span: span.high, default=_NOTHING)
        return highest + Span(self.possible_mg, self.possible_mg)

    @cached_property
    def lowest_mg(self) -> Fraction:
        return min((step.mg_per_day.low for step in self.held), default=Fraction(0))

    @cached_property
    def last(self) -> Span:
        """The level on which the course ends."""
        return self.held[-1].mg_per_day if self.held else _NOTHING

    @property
    def dose(self) -> Span | ToConfirm:
        """The peak as a fact of a finding."""
        return self.peak if self.complete else ToConfirm(self.peak)

    def at(self, day: date) -> Span | None:
        """The dose of a day; before the day judged it is what is taken now."""
        if day < self.on:
            return self.before
        return next((step.mg_per_day for step in self.held if _covers(step, day)), _NOTHING)

    @cached_property
    def fall_mg(self) -> Fraction:
        """The greatest fall within two days, of the upper or of the lower ends."""
        return max((self._fall(day, day + k * _DAY) for day, k in self._around(FALL_DAYS)), default=Fraction(0))

    @cached_property
    def rise_mg(self) -> Fraction:
        """The greatest rise within three days; a first rise from nothing is a start, not a rise."""
        return max((self._rise(day, day + k * _DAY) for day, k in self._around(RISE_DAYS)), default=Fraction(0))

    def _around(self, window: int) -> Iterator[tuple[date, int]]:
        """The days just before each change of the dose, and how far to look from each."""
        marks = {
            self.on,
            *(step.since for step in self.held),
            *(step.until for step in self.held if step.until),
        }
        for day in {mark - back * _DAY for mark in marks for back in range(1, window + 1)}:
            yield from ((day, k) for k in range(1, window + 1))

    def _fall(self, day: date, later: date) -> Fraction:
        first, second = self.at(day), self.at(later)
        if first is None or second is None or later < self.on:
            return Fraction(0)
        return max(first.high - second.high, first.low - second.low)

    def _rise(self, day: date, later: date) -> Fraction:
        first, second = self.at(day), self.at(later)
        if first is None or second is None or later < self.on or first.high == 0:
            return Fraction(0)
        return second.high - first.high

    @property
    def change(self) -> Change:
        if self.before is None or not self.complete:
            return Change.UNKNOWN
        if self.before == _NOTHING:
            return Change.FIRST
        if self.peak.high > self.before.high:
            return Change.RISE
        levels = {step.mg_per_day for step in self.held}
        return Change.SAME if levels == {self.before} else Change.FALL

    @property
    def goes_down(self) -> bool:
        """Never above what is taken now, never rising, and lower in the end."""
        down = self.change is Change.FALL and self.last.high < (self.before or _NOTHING).high
        return down and self.rise_mg <= 0

    @property
    def days(self) -> int | None:
        """How many days the orders name, from the day judged on; None where one has no end."""
        ends = [step.until for step in self.steps]
        return None if not ends or None in ends else max((end - self.on).days for end in ends if end)


def _covers(step: Step, day: date) -> bool:
    return step.since <= day and (step.until is None or day < step.until)


# --- the readings of a request ---------------------------------------------------------------


def courses(case: Case) -> Iterator[Course]:
    """Every reading of the request, the surest first."""
    yield from _courses(case, [order for order in case.orders if not order.stops])


def courses_with_stops(case: Case) -> Iterator[Course]:
    """The readings of a request in which some drafts end what is taken."""
    if any(order.stops for order in case.orders):
        yield from _courses(case, list(case.orders))


def _courses(case: Case, counted: list[Order]) -> Iterator[Course]:
    for least in (Scope.CERTAIN, Scope.POSSIBLE, Scope.REMOTE):
        ours = [order for order in counted if order.scope >= least]
        if not ours:
            continue
        drafts = [order for order in case.orders if order.scope >= least or order.scope is Scope.OUT]
        floor = REMOTE_MG_PER_DAY if least is Scope.REMOTE else Fraction(0)
        for addition in (False, True) if _may_add(case, drafts) else (False,):
            yield _course(case, drafts, addition=addition, if_alcohol=least is not Scope.CERTAIN, floor_mg=floor)


def _may_add(case: Case, drafts: list[Order]) -> bool:
    """Whether a draft of what is already taken says nothing of how the two go together."""
    return any(
        _same_medicine(draft, record) and not _linked(draft, record)
        for record in _of_record(case.facts.taken_now)
        for draft in drafts
        if not draft.stops
    )


def _course(case: Case, drafts: list[Order], *, addition: bool, if_alcohol: bool, floor_mg: Fraction) -> Course:
    records = [
        (record, _until(record, drafts, case.on, addition=addition)) for record in _of_record(case.facts.taken_now)
    ]
    going_on = [(record, until) for record, until in records if until is None or until > case.on]
    signed = [draft for draft in drafts if not draft.stops]
    dosed = [_from_day(draft.dose, case.on, None) for draft in signed if not isinstance(draft.dose, NotComputable)]
    dosed += [_from_day(record.dose, case.on, until) for record, until in going_on if not _is_unread(record)]
    unread = [
        order.dose
        for order in [*signed, *(record for record, _ in going_on)]
        if isinstance(order.dose, NotComputable)
    ]
    possible = sum((dose.possible_mg_per_day or Fraction(0) for dose in unread), Fraction(0))
    return Course(
        on=case.on,
        steps=_judged(case.on, dosed),
        held=sum_steps(_held(case.on, dosed)),
        before=_taken_before(case, drafts),
        complete=not unread,
        possible_mg=possible,
        orders=tuple(dict.fromkeys(order.reference for order in [*drafts, *(record for record, _ in going_on)])),
        if_alcohol=if_alcohol,
        if_addition=addition,
        floor_mg=floor_mg,
    )


def _judged(on: date, dosed: list[Steps]) -> Steps:
    """The days from the day judged on; an order that lies wholly in the past is judged as a whole."""
    ahead = [step for steps in dosed for step in steps if step.until is None or step.until > on]
    return sum_steps(ahead or [step for steps in dosed for step in steps])


def _from_day(dose: Steps | NotComputable, on: date, until: date | None) -> Steps:
    """The steps of an order, cut where its replacement begins. Past steps stay only where all are past."""
    steps = () if isinstance(dose, NotComputable) else dose
    cut = [
        replace(step, until=until if until and (step.until is None or step.until > until) else step.until)
        for step in steps
        if until is None or step.since < until
    ]
    ahead = [replace(step, since=max(step.since, on)) for step in cut if step.until is None or step.until > on]
    return tuple(ahead) if ahead or until is not None else tuple(cut)


def _held(on: date, dosed: list[Steps]) -> Iterator[Step]:
    """Each order, going on after its own end unless another order begins there."""
    begins = [steps[0].since for steps in dosed if steps]
    for steps in dosed:
        for step in steps[:-1]:
            yield step
        for step in steps[-1:]:
            followed = step.until is not None and any(begin >= step.until for begin in begins)
            yield step if followed or (step.until or date.max) <= on else replace(step, until=None)


def _until(record: Order, drafts: Iterable[Order], on: date, *, addition: bool) -> date | None:
    """The day on which an order of the record gives way to a draft; None where it goes on."""
    ends = []
    for draft in drafts:
        if _linked(draft, record) or (_same_medicine(draft, record) and (draft.stops or not addition)):
            ends.append(on if draft.stops else draft.begins)
    return min(ends, default=None)


def _linked(draft: Order, record: Order) -> bool:
    return record.reference in draft.replaces


def _same_medicine(draft: Order, record: Order) -> bool:
    """The same product; an order that names none may be of any."""
    products = (draft.medicine.product, record.medicine.product)
    return None in products or products[0] == products[1]


def _is_unread(order: Order) -> bool:
    return isinstance(order.dose, NotComputable)


def _of_record(taken: Fact[tuple[Order, ...]]) -> tuple[Order, ...]:
    return taken.value if isinstance(taken, Known) else ()


def _taken_before(case: Case, drafts: list[Order]) -> Span | None:
    """mg a day taken now: by the record, else by the orders that are being stopped."""
    taken = case.facts.taken_now
    if isinstance(taken, Known):
        return _level(taken.value, case.on)
    stopped = [order for order in drafts if order.stops]
    if stopped:
        return _level(stopped, case.on)
    return _NOTHING if isinstance(taken, ReportedNone) else None


def _level(orders: Iterable[Order], on: date) -> Span | None:
    """The dose of the day before; on the first day of an order, or after its last, its nearest dose."""
    total = _NOTHING
    for order in orders:
        if isinstance(order.dose, NotComputable):
            return None
        begun = [step for step in order.dose if step.since < on] or list(order.dose[:1])
        total += begun[-1].mg_per_day
    return total


def taken_before(case: Case) -> Span | None:
    """mg a day taken now, whichever way the request is read; None where it is unknown."""
    return _taken_before(case, list(case.orders))
