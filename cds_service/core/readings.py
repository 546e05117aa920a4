"""The readings of a request: the doses of its drafts, on top of what goes on of the record.

A request can be read in several ways: orders that may or may not be for alcohol dependence, and orders of
what is already taken that may renew it or add to it. Each reading is a course; the surest comes first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from cds_service.core.course import NOTHING, Course
from cds_service.core.model import Case, Known, NotComputable, Order, ReportedNone, Scope, Span, Step, Steps
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
    records = _going_on(case)
    unlinked = [draft for draft in drafts if not draft.stops and not _names_one_of(draft, records)]
    return any(_same_medicine(draft, record) for record in records for draft in unlinked)


def _course(case: Case, drafts: list[Order], *, addition: bool, if_alcohol: bool, floor_mg: Fraction) -> Course:
    records = _going_on(case)
    unlinked = [draft for draft in drafts if not _names_one_of(draft, records) and (draft.stops or not addition)]
    ends = {record.reference: _until(record, drafts, unlinked, case.on) for record in records}
    going_on = [record for record in records if (ends[record.reference] or date.max) > case.on]
    asked = [draft for draft in drafts if not draft.stops]
    before = _taken_before(case, drafts)
    taken = [
        *((draft, _replaced_on(draft, asked)) for draft in asked),
        *((it, ends[it.reference]) for it in going_on),
    ]
    dosed = _by_plan((order, _from_day(order.dose, case.on, until)) for order, until in taken)
    unread = [order.dose for order, _ in taken if isinstance(order.dose, NotComputable)]
    possible = sum((dose.possible_mg_per_day or Fraction(0) for dose in unread), Fraction(0))
    return Course(
        on=case.on,
        steps=_judged(case.on, dosed),
        held=sum_steps([*_held(case.on, dosed), *_meanwhile(case.on, dosed, before, asked, drafts)]),
        before=before,
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
    """Each order, going on after its own end until another begins: an ordinary end is neither a fall nor a stop."""
    begins = [steps[0].since for steps in dosed if steps]
    for steps in dosed:
        for step in steps[:-1]:
            yield step
        for step in steps[-1:]:
            end = step.until or date.max
            yield step if end <= on else replace(step, until=min((day for day in begins if day >= end), default=None))


def _meanwhile(
    on: date, dosed: list[Steps], before: Span | None, asked: list[Order], drafts: list[Order]
) -> Iterator[Step]:
    """What is taken now, until the first order begins; where a draft stops it, nothing."""
    begins = min((steps[0].since for steps in dosed), default=on)
    if begins > on and before and len(asked) == len(drafts):
        yield Step(on, begins, before, ())


def _until(record: Order, drafts: Iterable[Order], unlinked: Iterable[Order], on: date) -> date | None:
    """The day on which an order of the record gives way to a draft; None where it goes on.

    `unlinked` are the drafts that take the place of whatever is the same medicine.
    """
    takers = [draft for draft in drafts if _linked(draft, record)]
    takers += [draft for draft in unlinked if _same_medicine(draft, record)]
    return min((on if draft.stops else draft.begins for draft in takers), default=None)


def _names_one_of(draft: Order, records: Iterable[Order]) -> bool:
    """A draft that names the order whose place it takes leaves the others of the same product."""
    return any(_linked(draft, record) for record in records)


def _replaced_on(draft: Order, drafts: list[Order]) -> date | None:
    """The day on which a draft gives way to another one of the same request; None where it goes on.

    Both are being signed. So on one day only the greater dose takes the place of the other, and one that itself
    gives way takes none: a slip must not hide a dose, and drafts in a circle must not leave nothing.
    """
    takers = [other for other in drafts if other is not draft and _linked(other, draft)]
    ends = [
        other.begins
        for other in takers
        if other.begins > draft.begins
        or (_most(other) >= _most(draft) and not any(_linked(one, other) for one in drafts if one is not other))
    ]
    return min(ends, default=None)


def _most(order: Order) -> Fraction:
    steps = () if isinstance(order.dose, NotComputable) else order.dose
    return max((step.mg_per_day.high for step in steps), default=Fraction(0))


def _linked(draft: Order, record: Order) -> bool:
    return record.reference in draft.replaces


def _same_medicine(draft: Order, record: Order) -> bool:
    """The same product; an order that names none may be of any."""
    products = (draft.medicine.product, record.medicine.product)
    return None in products or products[0] == products[1]


def _going_on(case: Case) -> tuple[Order, ...]:
    """The orders of the record that are not over on the day, whatever the drafts do to them."""
    taken = case.facts.taken_now
    return tuple(order for order in taken.value if _lasts(order, case.on)) if isinstance(taken, Known) else ()


def _lasts(order: Order, on: date) -> bool:
    return isinstance(order.dose, NotComputable) or (order.dose[-1].until or date.max) > on


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
    """The dose of the day before; of a plan that is over its last; where nothing had begun, what comes first."""
    dosed = [(order, order.dose) for order in orders if not isinstance(order.dose, NotComputable)]
    if len(dosed) < len(orders):
        return None
    plans = _by_plan(dosed)
    begun = [past for steps in plans if (past := [step for step in steps if step.since < on])]
    levels = [past[-1] for past in begun] or [steps[0] for steps in plans]
    return sum((step.mg_per_day for step in levels), NOTHING)


def taken_before(case: Case) -> Span | None:
    """mg a day taken now, whichever way the request is read; None where it is unknown."""
    return _taken_before(case, list(case.orders))
