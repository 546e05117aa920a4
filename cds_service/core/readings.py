"""The readings of a request: the doses of its drafts, on top of what goes on of the record.

A request can be read in several ways: orders that may or may not be for alcohol dependence, and orders of
what is already taken that may renew it or add to it. Each reading is a course; the surest comes first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from cds_service.core.course import NOTHING, Course
from cds_service.core.model import Case, Fact, Known, NotComputable, Order, ReportedNone, Scope, Span, Step, Steps
from cds_service.core.steps import sum_steps

# With no indication on record, and a product that has none for alcohol, an order is most likely for
# spasticity: only a dose that no text supports is worth a card (our choice).
REMOTE_MG_PER_DAY = Fraction(300)


def courses(case: Case) -> Iterator[Course]:
    """Every reading of the request, the surest first."""
    yield from _courses(case, [order for order in case.orders if not order.stops])


def courses_with_stops(case: Case) -> Iterator[Course]:
    """The readings of a request in which some drafts end what is taken."""
    if any(order.stops for order in case.orders):
        yield from _courses(case, list(case.orders))


def _courses(case: Case, counted: list[Order]) -> Iterator[Course]:
    counted_before = 0
    for least in (Scope.CERTAIN, Scope.POSSIBLE, Scope.REMOTE):
        ours = [order for order in counted if order.scope >= least]
        if len(ours) == counted_before:
            continue  # the same orders again
        counted_before = len(ours)
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
    records = _of_record(case.facts.taken_now)
    ends = {record.reference: _until(record, records, drafts, case.on, addition=addition) for record in records}
    going_on = [record for record in records if (ends[record.reference] or date.max) > case.on]
    taken = [*(draft for draft in drafts if not draft.stops), *going_on]
    dosed = _by_plan(
        (order, _from_day(order.dose, case.on, ends[order.reference] if _is_of_record(order) else None))
        for order in taken
    )
    unread = [order.dose for order in taken if isinstance(order.dose, NotComputable)]
    possible = sum((dose.possible_mg_per_day or Fraction(0) for dose in unread), Fraction(0))
    return Course(
        on=case.on,
        steps=_judged(case.on, dosed),
        held=sum_steps(_held(case.on, dosed)),
        before=_taken_before(case, drafts),
        complete=not unread,
        possible_mg=possible,
        orders=tuple(dict.fromkeys(order.reference for order in [*drafts, *going_on])),
        if_alcohol=if_alcohol,
        if_addition=addition,
        floor_mg=floor_mg,
    )


def _by_plan(dosed: Iterable[tuple[Order, Steps]]) -> list[Steps]:
    """The doses of each order; those of one plan are one dose, so that the end of a part is not its end."""
    plans: dict[str, list[Step]] = {}
    for order, steps in dosed:
        plans.setdefault(order.group or f"order {order.place} {order.reference}", []).extend(steps)
    return [sum_steps(steps) for steps in plans.values() if steps]


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


def _until(
    record: Order, records: Iterable[Order], drafts: Iterable[Order], on: date, *, addition: bool
) -> date | None:
    """The day on which an order of the record gives way to a draft; None where it goes on."""
    ends = [
        on if draft.stops else draft.begins
        for draft in drafts
        if _linked(draft, record)
        or (_same_medicine(draft, record) and not (_names_one_of(draft, records) if draft.stops else addition))
    ]
    return min(ends, default=None)


def _names_one_of(stop: Order, records: Iterable[Order]) -> bool:
    """A stop that names the order that it ends leaves the others of the same product."""
    return any(_linked(stop, record) for record in records)


def _linked(draft: Order, record: Order) -> bool:
    return record.reference in draft.replaces


def _same_medicine(draft: Order, record: Order) -> bool:
    """The same product; an order that names none may be of any."""
    products = (draft.medicine.product, record.medicine.product)
    return None in products or products[0] == products[1]


def _is_of_record(order: Order) -> bool:
    """A draft may have the id of the order of the record that it revises."""
    return order.place == 0


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
    return NOTHING if isinstance(taken, ReportedNone) else None


def _level(orders: Sequence[Order], on: date) -> Span | None:
    """The dose of the day before; on the first day of a plan, or after its last, its nearest dose."""
    dosed = [(order, order.dose) for order in orders if not isinstance(order.dose, NotComputable)]
    if len(dosed) < len(orders):
        return None
    total = NOTHING
    for steps in _by_plan(dosed):
        begun = [step for step in steps if step.since < on] or list(steps[:1])
        total += begun[-1].mg_per_day
    return total


def taken_before(case: Case) -> Span | None:
    """mg a day taken now, whichever way the request is read; None where it is unknown."""
    return _taken_before(case, list(case.orders))
