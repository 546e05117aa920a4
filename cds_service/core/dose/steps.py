"""Places the instructions of an order in time: the daily dose as a function of the day.

Dosages of the same sequence, or of none, are concurrent and add up (R4 does not say; the sum is the safe reading).
What the numbers of several sequences mean: sequence.py.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import groupby, pairwise
from math import ceil

from cds_service.core.dose.dosage import ELEMENT, Instruction
from cds_service.core.dose.frequency import exactly
from cds_service.core.dose.periods import later
from cds_service.core.dose.sequence import UNCLEAR, Meaning, first_day, meaning
from cds_service.core.dose.sums import sum_steps
from cds_service.core.model.dose import EVERY_DAY, NOTHING, NotComputable, Question, Span, Step, Steps, Term

_MOST_STEPS = 1000


def placed(instructions: Sequence[Instruction], on: date) -> tuple[Steps | NotComputable, tuple[Question, ...]]:
    """The daily dose of instructions over time, and what is asked about their order. Undated ones begin `on`."""
    numbered = sorted((item for item in instructions if item.sequence is not None), key=_sequence)
    groups = [list(group) for _, group in groupby(numbered, key=_sequence)]
    steps = _each([item for item in instructions if item.sequence is None], on)
    meant = meaning(groups)
    if meant is Meaning.UNCLEAR:
        return _summed([*steps, _one_of(groups, on)]), (UNCLEAR,)
    if meant is Meaning.STEPS:
        return _summed([*steps, *_in_sequence(groups, on)]), ()
    return _summed([*steps, *_each(numbered, on)]), ()


def _each(items: Iterable[Instruction], on: date) -> list[Step]:
    """Each instruction on its own days."""
    return [step for item in items for step in _place(item, on)]


def _summed(steps: list[Step]) -> Steps | NotComputable:
    if len(steps) > _MOST_STEPS:
        return NotComputable("too-many-dosages", ELEMENT)
    summed = sum_steps(steps)
    on_no_day = not any(step.mg_per_day.high for step in summed)  # none of its weekdays is within its bounds
    if on_no_day or any(step.until is not None and step.until <= step.since for step in steps):
        return NotComputable("bounds-not-read", f"{ELEMENT}.timing.repeat.bounds")
    return summed


def _in_sequence(groups: list[list[Instruction]], begins: date) -> Iterator[Step]:
    """Dates the groups: each begins where the one before ends."""
    for group, following in pairwise([*groups, []]):
        dated = [list(_place(_before(item, following), begins, first_day(following))) for item in group]
        yield from (step for steps in dated for step in steps)
        begins = max((end for steps in dated if (end := steps[-1].until) is not None), default=begins)


def _sequence(item: Instruction) -> int:
    return item.sequence or 0


def _before(item: Instruction, following: list[Instruction]) -> Instruction:
    """The instruction; if it ends at the time at which the next sequence begins, that day belongs to the next one."""
    first = min((moment for other in following if (moment := other.bounds.begins_at)), default=None)
    return replace(item, bounds=item.bounds.before(first)) if first and first.date() == first_day(following) else item


def _one_of(groups: list[list[Instruction]], begins: date) -> Step:
    """One step for groups that may be steps or parts of one day: from the least dose of one of them to their sum."""
    doses = [sum_steps(_step(begins, None, item.term) for item in group)[0] for group in groups]
    terms = tuple(term for dose in doses for term in dose.terms)
    most = sum((dose.mg_per_day.high for dose in doses), Fraction(0))
    least = min(_least(item) for group in groups for item in group)
    since = min(first_day(group) or begins for group in groups)
    return Step(since, _last_end(groups, begins), Span(least, most), terms)


def _least(item: Instruction) -> Fraction:
    """The least dose of any day of an instruction; 0 if its intakes are counted or its days listed."""
    return item.term.mg_per_day.low if item.count is None and item.days is None else Fraction(0)


def _last_end(groups: list[list[Instruction]], begins: date) -> date | None:
    """The end of the last group if they follow one another; None if one has no end."""
    return max(_in_sequence(groups, begins), key=lambda step: step.until or date.max).until


def _place(item: Instruction, begins: date, ends: date | None = None) -> Iterator[Step]:
    """Dates an instruction: one step, or several if its days are listed or its intakes counted."""
    if item.days is not None:
        for day, times in item.days:
            yield _step(day, later(day, 1), replace(item.term, intakes_per_day=exactly(times)))
        return
    since = item.bounds.since or begins
    yield from _counted(item, since, _end(item, since, ends))


def _end(item: Instruction, since: date, next_begins: date | None) -> date | None:
    """The end of the bounds; without one, the day on which the next sequence begins, unless intakes are counted."""
    if item.bounds.until is not None:
        return item.bounds.until
    if item.bounds.length is not None:
        return item.bounds.length.after(since)
    follows = next_begins is not None and next_begins > since
    return next_begins if follows and item.count is None else None


def _counted(item: Instruction, since: date, until: date | None) -> Iterator[Step]:
    """The steps of `count` intakes: full days, then a day with the rest; an interval if the days may differ."""
    times, count = item.term.intakes_per_day, item.count
    if count is None:
        yield _step(since, until, item.term)
    elif times.low != times.high or count.low != count.high or _leaves_out_days(item.term):
        yield _step(since, _earliest(until, _last(item, since)), _undecided(item.term, count))
    else:
        days, rest = divmod(int(count.high), int(times.high))
        full = later(since, days)
        yield _step(since, _earliest(until, full), item.term)  # one day at least: see timing.py
        if rest and full < (until or date.max):
            yield _step(full, later(full, 1), replace(item.term, intakes_per_day=exactly(rest)))


def _last(item: Instruction, since: date) -> date | None:
    """The day by which all intakes are taken; None if a day may have none."""
    least = item.term.intakes_per_day.low
    if least == 0 or _leaves_out_days(item.term) or item.count is None:
        return None
    return later(since, ceil(item.count.high / least))


def _leaves_out_days(term: Term) -> bool:
    return term.as_needed or term.weekdays != EVERY_DAY


def _undecided(term: Term, count: Span) -> Term:
    return replace(term, intakes_per_day=Span(Fraction(0), min(term.intakes_per_day.high, count.high)))


def _earliest(until: date | None, other: date | None) -> date | None:
    return min((day for day in (until, other) if day is not None), default=None)


def _step(since: date, until: date | None, term: Term) -> Step:
    return Step(since, until, term.mg_per_day, (term,), _week(term))


def _week(term: Term) -> tuple[Span, ...]:
    """The dose of each day of the week, if some have none; else empty."""
    if term.weekdays == EVERY_DAY:
        return ()
    taken = replace(term, weekdays=EVERY_DAY).mg_per_day
    return tuple(taken if day in term.weekdays else NOTHING for day in sorted(EVERY_DAY))
