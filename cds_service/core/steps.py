"""All the dosages of an order as one daily dose, as a function of the day.

Dosages of the same sequence run together and add up; those of the next sequence begin where the ones
before end. Dosages without a sequence run together (R4 does not say; the sum is the safe reading).
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby, pairwise

from cds_service.core import fhir
from cds_service.core.dosage import ELEMENT, Instruction, read_instruction
from cds_service.core.fhir import Resource
from cds_service.core.model import Medicine, NotComputable, Span, Step, Steps, Term
from cds_service.core.terminology import Terminology
from cds_service.core.timing import exactly

# Above this a dose is more likely a slip of the unit than an order. It is alerted on and asked about.
IMPLAUSIBLE_MG_PER_DAY = Fraction(1000)

_MOST_DOSAGES = 100
_NOTHING = Span(Fraction(0), Fraction(0))


def read_steps(order: Resource, medicine: Medicine, terminology: Terminology, on: date) -> Steps | NotComputable:
    """The daily dose of an order over time, or why it cannot be computed. Undated doses begin `on`."""
    dosages = list(fhir.objects(order.get("dosageInstruction")))
    if not 0 < len(dosages) <= _MOST_DOSAGES:
        return NotComputable("too-many-dosages" if dosages else "dosage-missing", ELEMENT)
    read = [read_instruction(dosage, medicine, terminology) for dosage in dosages]
    unread = [item for item in read if isinstance(item, NotComputable)]
    instructions = [item for item in read if isinstance(item, Instruction)]
    if unread:
        return _with_the_others(unread[0], unread, instructions)
    steps = sum_steps(_dated(instructions, on))
    highest = max(step.mg_per_day.high for step in steps)
    if highest > IMPLAUSIBLE_MG_PER_DAY:
        return NotComputable("dose-implausible", f"{ELEMENT}.doseAndRate", min(highest, 10 * IMPLAUSIBLE_MG_PER_DAY))
    return steps


def _with_the_others(
    first: NotComputable, unread: list[NotComputable], instructions: list[Instruction]
) -> NotComputable:
    """What may be reached in a day by the dosages that could be read, and by the hints of the others."""
    hints = sum((item.possible_mg_per_day or Fraction(0) for item in unread), Fraction(0))
    sequences = {item.sequence for item in instructions}
    highs = [item.term.mg_per_day.high for item in instructions]
    reached = hints + (max(highs, default=Fraction(0)) if len(sequences) > 1 else sum(highs, Fraction(0)))
    return NotComputable(first.reason, first.element, min(reached, 10 * IMPLAUSIBLE_MG_PER_DAY) or None)


def _dated(instructions: list[Instruction], on: date) -> Iterable[Step]:
    """Each instruction on the calendar. A step whose end nobody can tell makes all that follow one interval."""
    numbered = sorted(
        (item for item in instructions if item.sequence is not None), key=lambda item: item.sequence or 0
    )
    groups = [list(group) for _, group in groupby(numbered, key=lambda item: item.sequence)]
    for item in instructions:
        if item.sequence is None:
            yield from _place(item, on)
    begins = on
    for number, group in enumerate(groups):
        following = groups[number + 1 :]
        placed = [list(_place(item, begins, _first_day(following))) for item in group]
        ends = [steps[-1].until for steps in placed]
        undatable = None in ends and any(not _is_dated(item) for later in following for item in later)
        if undatable:
            yield _one_of(groups[number:], begins)
            return
        yield from (step for steps in placed for step in steps)
        begins = max((end for end in ends if end is not None), default=begins)


def _first_day(groups: list[list[Instruction]]) -> date | None:
    """The day on which the next sequence begins, where it is dated: the one before ends there."""
    return min((item.bounds.since for item in groups[0] if item.bounds.since), default=None) if groups else None


def _is_dated(item: Instruction) -> bool:
    return item.bounds.since is not None or item.days is not None


def _one_of(groups: list[list[Instruction]], begins: date) -> Step:
    """Steps that follow each other nobody knows when: on each day, the dose of one of them."""
    doses = [_sum(item.term.mg_per_day for item in group) for group in groups]
    span = Span(min(dose.low for dose in doses), max(dose.high for dose in doses))
    highest = max(groups, key=lambda group: _sum(item.term.mg_per_day for item in group).high)
    since = min((item.bounds.since for item in groups[0] if item.bounds.since), default=begins)
    return Step(since, None, span, tuple(item.term for item in highest))


def _place(item: Instruction, begins: date, ends: date | None = None) -> Iterable[Step]:
    """One instruction on the calendar: a step, or several where its days are listed or counted."""
    if item.days is not None:
        for day, times in item.days:
            term = replace(item.term, intakes_per_day=exactly(times))
            yield _step(day, day + timedelta(days=1), term)
        return
    since = item.bounds.since or begins
    until = item.bounds.until or (item.bounds.length.after(since) if item.bounds.length else None)
    if until is None and item.count is None and ends is not None and ends > since:
        until = ends
    yield from _counted(item, since, until)


def _counted(item: Instruction, since: date, until: date | None) -> Iterable[Step]:
    """At most `count` intakes: whole days, then a last day with the rest; undecided where days differ."""
    times = item.term.intakes_per_day
    if item.count is None:
        yield _step(since, until, item.term)
        return
    if times.low != times.high or times.low == 0 or item.term.as_needed:
        low_off = replace(item.term, intakes_per_day=Span(Fraction(0), min(times.high, Fraction(item.count))))
        yield _step(since, until, low_off)
        return
    days, rest = divmod(item.count, int(times.high))
    full = since + timedelta(days=min(days, 36500))
    if days:
        yield _step(since, min(full, until) if until else full, item.term)
    if rest and (until is None or full < until):
        yield _step(full, full + timedelta(days=1), replace(item.term, intakes_per_day=exactly(rest)))


def _step(since: date, until: date | None, term: Term) -> Step:
    return Step(since, until, term.mg_per_day, (term,))


def _sum(spans: Iterable[Span]) -> Span:
    return sum(spans, _NOTHING)


def sum_steps(steps: Iterable[Step]) -> Steps:
    """The sum, day by day, of steps that may overlap; neighbours with the same terms are one step."""
    steps = list(steps)
    days = {step.since for step in steps} | {step.until for step in steps if step.until}
    marks: list[date | None] = [*sorted(days), None]
    summed = []
    for since, until in pairwise(marks):
        assert since is not None  # noqa: S101 - only the last mark is None
        running = [step for step in steps if step.since <= since and (step.until is None or step.until > since)]
        if running:
            terms = tuple(term for step in running for term in step.terms)
            summed.append(Step(since, until, _sum(step.mg_per_day for step in running), terms))
    return _joined(summed)


def _joined(steps: list[Step]) -> Steps:
    joined: list[Step] = []
    for step in steps:
        last = joined[-1] if joined else None
        if last and last.until == step.since and (last.terms, last.mg_per_day) == (step.terms, step.mg_per_day):
            joined[-1] = replace(last, until=step.until)
        else:
            joined.append(step)
    return tuple(joined)
