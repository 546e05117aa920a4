"""Makes the readings of a request: the doses of its drafts, added to the recorded orders that go on.

A request can be read in several ways: an order may or may not be for alcohol dependence, and a draft that names no
order may replace what is taken or add to it. Each reading is a course; the most certain comes first. Everything is
judged on the reading in which it replaces; on the other only the sum.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from cds_service.core.course.course import Course, DoseTrend
from cds_service.core.course.signed import Signed, signed
from cds_service.core.dose.sums import sum_steps, truncated
from cds_service.core.model.case import Case
from cds_service.core.model.dose import NotComputable, Step, Steps
from cds_service.core.model.order import Order, Scope
from cds_service.core.signings.levels import fall, runs, together

# With no indication on record, and a product not authorised for alcohol dependence, an order is most likely for
# spasticity: only a dose above this threshold, which no text supports, is worth a card (our choice).
UNLIKELY_MG_PER_DAY = Fraction(300)


def courses(case: Case, likeliest: Signed | None = None) -> Iterator[Course]:
    """Every reading of the request, the most certain first. `likeliest` is `most_likely`, for who has it already."""
    yield from _courses(case, [order for order in case.orders if not order.stops], likeliest)


def courses_with_stops(case: Case, likeliest: Signed | None = None) -> Iterator[Course]:
    """The readings that include the drafts that are stops; none if no draft is a stop."""
    if any(order.stops for order in case.orders):
        yield from _courses(case, list(case.orders), likeliest)


def courses_beside_another_disease(case: Case) -> Iterator[Course]:
    """The sum of drafts for another disease and of what is taken for alcohol dependence, where no draft is for that.

    None where they raise nothing: who renews what he gave before is not told each month.
    """
    if all(order.stops for order in case.orders):
        return
    read = most_likely(case)
    course = _course(case, read, addition=False, if_alcohol=not _is_ours_apart(read), threshold_mg=Fraction(0))
    if course.two_indications and course.trend not in (DoseTrend.SAME, DoseTrend.FALL):
        yield course


def _is_ours_apart(read: Signed) -> bool:
    apart = [line for line in read.taken.present if line.reference in read.replaced.apart]
    return any(line.scope is Scope.CERTAIN for line in apart)


def _courses(case: Case, counted: list[Order], likeliest: Signed | None) -> Iterator[Course]:
    for least in _scopes_that_differ(counted):
        drafts = tuple(order for order in case.orders if order.scope >= least or order.scope is Scope.OUT)
        threshold_mg = UNLIKELY_MG_PER_DAY if least is Scope.UNLIKELY else Fraction(0)
        read = likeliest if likeliest and drafts == case.orders else signed(case, drafts)
        if_alcohol = least is not Scope.CERTAIN
        yield _course(case, read, addition=False, if_alcohol=if_alcohol, threshold_mg=threshold_mg)
        if read.asks:
            yield _course(case, read, addition=True, if_alcohol=if_alcohol, threshold_mg=threshold_mg)


def _scopes_that_differ(orders: list[Order]) -> Iterator[Scope]:
    """The scopes to read the request by, the most certain first; each adds orders to those of the one before."""
    counted_before = 0
    for least in (Scope.CERTAIN, Scope.POSSIBLE, Scope.UNLIKELY):
        counted = sum(order.scope >= least for order in orders)
        if counted > counted_before:
            yield least
        counted_before = counted


def _course(case: Case, read: Signed, *, addition: bool, if_alcohol: bool, threshold_mg: Fraction) -> Course:
    asked = read.ordering
    going_on = _taken_beside(read, addition=addition)
    taken = [*((draft, _replaced_on(draft, asked)) for draft in asked), *going_on]
    dosed, ran = _dosed(read, taken), _ran(read, taken)
    unread = [order.dose for order, _ in taken if isinstance(order.dose, NotComputable)]
    begins = min((steps[0].since for steps in ran), default=case.on)
    return Course(
        on=case.on,
        steps=_judged(case.on, dosed),
        held=sum_steps(_held(case.on, ran)),
        before=read.before,
        complete=not unread,
        possible_mg=_possible_mg(unread),
        orders=_references([*read.drafts, *(record for record, _ in going_on)]),
        if_alcohol=if_alcohol,
        if_addition=addition,
        threshold_mg=threshold_mg,
        signed=read,
        begins=begins if len(asked) == len(read.drafts) else case.on,
        surely=sum_steps(_surely(read, taken)),
    )


def _taken_beside(read: Signed, *, addition: bool) -> list[tuple[Order, date | None]]:
    """The orders of the record that go on beside these drafts, each with the day on which a draft ends it.

    In the reading "addition" what no draft names goes on. A line that is written only, and replaced, is never taken.
    """
    on = read.case.on
    kept = read.replaced.unlinked - read.stopped if addition else frozenset()
    ends = {line: until for line, until in read.ends.items() if line not in kept}
    never = {line.reference for line in read.taken.written} & set(ends)
    running = [line for line in read.taken.present if runs(line, on) and line.reference not in never]
    return [(line, ends.get(line.reference)) for line in running if ends.get(line.reference, date.max) > on]


def _dosed(read: Signed, taken: Iterable[tuple[Order, date | None]]) -> list[Steps]:
    """The dose of each order, from the day on which it counts to the one on which it is replaced."""
    return _by_plan((order, _from_day(order.dose, _since(order, read), until)) for order, until in taken)


def _ran(read: Signed, taken: Sequence[tuple[Order, date | None]]) -> list[Steps]:
    """The same for falls and rises: a running plan has the days on which it ran, what is over beside others none."""
    on, history = read.case.on, _history(read)
    told = [(order, until) for order, until in taken if order.reference in history or not _is_over(order, on)]
    return _by_plan(
        (order, _from_day(order.dose, history.get(order.reference, _since(order, read)), until))
        for order, until in told or taken
    )


def _is_over(order: Order, on: date) -> bool:
    return not isinstance(order.dose, NotComputable) and not _goes_past(order.dose[-1], on)


def _history(read: Signed) -> dict[str, date]:
    """The day on which each draft of a plan began that is signed again before anyone is held to have taken it.

    None where the plan itself began with a fall from what is taken: that is no history but a slip.
    """
    on, lately = read.case.on, _begun_lately(read)
    again = [(draft, line) for draft in read.ordering for line in lately if _is_again(draft, line, on)]
    if not again:
        return {}
    began = min(line.began for _, line in again)
    first = together([line for line in lately if line.began == began], began)
    slip = fall(read.before, first) > read.case.windows.fall_mg
    return {} if slip else {draft.reference: line.began for draft, line in again}


def _begun_lately(read: Signed) -> list[Order]:
    """The lines of the record that began so lately that nobody has taken them, with those that are over already."""
    first = read.case.on - timedelta(days=read.case.windows.written_days)
    return [line for line in read.taken.earlier if line.began > first]


def _is_again(draft: Order, line: Order, on: date) -> bool:
    """Whether a draft is a line of the record once more, with the dose of each day until now."""
    if isinstance(draft.dose, NotComputable) or isinstance(line.dose, NotComputable):
        return False
    return _linked(draft, line) and truncated(draft.dose, on) == truncated(line.dose, on)


def _since(order: Order, read: Signed) -> date:
    """A line that is written only, and left, counts from the beginning of the drafts on."""
    written_only = order in read.taken.written and read.ordering
    return read.begins if written_only else read.case.on


def _surely(read: Signed, taken: Sequence[tuple[Order, date | None]]) -> Iterator[Step]:
    """The doses by which a fall is measured: the end by itself of a line that is left is none."""
    on = read.case.on
    left = {line.reference for line in read.replaced.left}
    counted = [(order, until) for order, until in taken if order.reference not in left]
    counted = [(order, until) for order, until in counted if order.place or not read.replaces_as_needed(order)]
    yield from _held(on, _ran(read, counted))
    for line in read.replaced.left:
        if not isinstance(line.dose, NotComputable):
            steps = _from_day(line.dose, on, None)
            yield from (*steps[:-1], replace(steps[-1], until=None))


def _possible_mg(unread: Iterable[NotComputable]) -> Fraction:
    """What the doses that could not be computed may add, in mg a day."""
    return sum((dose.possible_mg_per_day or Fraction(0) for dose in unread), Fraction(0))


def _references(orders: Iterable[Order]) -> tuple[str, ...]:
    """The reference of each order, once, in their order."""
    return tuple(dict.fromkeys(order.reference for order in orders))


def _by_plan(dosed: Iterable[tuple[Order, Steps]]) -> list[Steps]:
    """The dose of each order. Orders of one plan are summed, so that the end of a part is not the end of the plan."""
    plans: dict[str, list[Step]] = {}
    for order, steps in dosed:
        plans.setdefault(order.group or f"order {order.place} {order.reference}", []).extend(steps)
    return [sum_steps(steps) for steps in plans.values() if steps]


def _judged(on: date, dosed: list[Steps]) -> Steps:
    """The sum of the doses from the day judged on; if all are past, the sum of all."""
    ahead = [step for steps in dosed for step in steps if _goes_past(step, on)]
    return sum_steps(ahead or [step for steps in dosed for step in steps])


def _from_day(dose: Steps | NotComputable, on: date, until: date | None) -> Steps:
    """The steps from the day judged to `until`, the day of replacement; all if the order is over and not replaced."""
    if isinstance(dose, NotComputable):
        return ()
    steps = dose if until is None else truncated(dose, until)
    ahead = tuple(replace(step, since=max(step.since, on)) for step in steps if _goes_past(step, on))
    return ahead if ahead or until is not None else steps


def _goes_past(step: Step, day: date) -> bool:
    return step.until is None or step.until > day


def _held(on: date, dosed: list[Steps]) -> Iterator[Step]:
    """Each dose, continued after its end until another begins: an ordinary end is neither a fall nor a stop."""
    begins = [steps[0].since for steps in dosed if steps]
    for steps in dosed:
        for step in steps[:-1]:
            yield step
        for step in steps[-1:]:
            end = step.until or date.max
            yield step if end <= on else replace(step, until=min((day for day in begins if day >= end), default=None))


def _replaced_on(draft: Order, drafts: Sequence[Order]) -> date | None:
    """The day on which another draft of the same request replaces this one; None if it goes on.

    Both are being signed. A draft that does not begin later replaces only a dose that is not greater, and only if
    it is not replaced itself: a slip must not hide a dose, and drafts that replace each other must leave one.
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


def most_likely(case: Case) -> Signed:
    """The reading that counts all drafts, and in which they replace what they can."""
    return signed(case, case.orders)
