"""Adds up concurrent steps, day by day, and cuts steps off at a day."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import reduce
from itertools import zip_longest
from operator import add

from cds_service.core.dose.periods import later
from cds_service.core.model.dose import EVERY_DAY, Span, Step, Steps


def sum_steps(steps: Iterable[Step]) -> Steps:
    """The sum, day by day, of steps that may overlap; adjacent steps with the same terms are joined."""
    steps = list(steps)
    changes = sorted({step.since for step in steps} | {step.until for step in steps if step.until})
    summed = []
    for since, until in zip_longest(changes, changes[1:]):
        running = [step for step in steps if _runs_on(step, since)]
        if running:
            summed.append(_together(running, since, until))
    return tuple(_on_its_own_days(step) for step in _joined(summed))


def _runs_on(step: Step, day: date) -> bool:
    return step.since <= day and (step.until is None or day < step.until)


def _together(running: list[Step], since: date, until: date | None) -> Step:
    """The sum of concurrent steps; a dose on some days of the week is added on these days only."""
    terms = tuple(term for step in running for term in step.terms)
    if not any(step.week for step in running):
        return Step(since, until, _sum(step.mg_per_day for step in running), terms)
    days = sorted(EVERY_DAY)
    week = tuple(_sum(step.week[day] if step.week else step.mg_per_day for step in running) for day in days)
    return Step(since, until, _least_to_most(week), terms, week)


def _on_its_own_days(step: Step) -> Step:
    """The step; if it is shorter than a week, with the doses of its own days of the week only."""
    days = len(EVERY_DAY) if step.until is None else (step.until - step.since).days
    if not step.week or days >= len(EVERY_DAY):
        return step
    held = [step.week[later(step.since, number).weekday()] for number in range(days)]
    return replace(step, mg_per_day=_least_to_most(held))


def _sum(spans: Iterable[Span]) -> Span:
    """Of at least one; most days have one, and an addition of nothing would be four of Fractions."""
    return reduce(add, spans)


def _least_to_most(spans: Sequence[Span]) -> Span:
    return Span(min(span.low for span in spans), max(span.high for span in spans))


def _joined(steps: list[Step]) -> list[Step]:
    joined: list[Step] = []
    for step in steps:
        last = joined[-1] if joined else None
        if last and last.until == step.since and replace(step, since=last.since, until=last.until) == last:
            joined[-1] = replace(last, until=step.until)
        else:
            joined.append(step)
    return joined


def truncated(steps: Steps, until: date) -> Steps:
    """The steps that begin before `until`, none of which lasts longer."""
    return tuple(replace(step, until=min(step.until or until, until)) for step in steps if step.since < until)
