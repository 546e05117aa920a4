"""Adds up concurrent steps, day by day, and cuts steps off at a day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from operator import add, sub

from cds_service.core.dose.periods import later
from cds_service.core.model.dose import EVERY_DAY, Span, Step, Steps

_Doses = tuple[Span, ...]


def sum_steps(steps: Iterable[Step]) -> Steps:
    """The sum, day by day, of steps that may overlap; adjacent steps with the same terms are joined.

    One sweep over the days on which a step begins or ends: the sums of a day are those of the day before, with what
    begins and without what ends. Fractions are exact, so nothing is lost by taking away again.
    """
    placed = [step for step in steps if step.until is None or step.since < step.until]
    if len(placed) == 1 and not placed[0].week:  # as most orders have: it is its own sum
        return tuple(placed)
    return tuple(_on_its_own_days(step) for step in _joined(_summed(placed)))


def _summed(placed: Sequence[Step]) -> Iterator[Step]:
    by_week = any(step.week for step in placed)
    doses = [_doses(step, by_week) for step in placed]
    sums: _Doses = ()
    for stretch in _stretches(placed):
        sums = _changed(sums, map(doses.__getitem__, stretch.begin), map(doses.__getitem__, stretch.end))
        if stretch.running:
            yield _together([placed[place] for place in stretch.running], sums, stretch.since, stretch.until)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Days on which the same steps run: their places, and those of the steps that begin or have just ended."""

    since: date
    until: date | None
    begin: Sequence[int]
    end: Sequence[int]
    running: Sequence[int]


def _stretches(placed: Sequence[Step]) -> Iterator[_Stretch]:
    begun, ended = _by_day(step.since for step in placed), _by_day(step.until for step in placed)
    changes = sorted({*begun, *ended})
    running: list[int] = []
    for since, until in zip_longest(changes, changes[1:]):
        begin, end = begun.get(since, []), ended.get(since, [])
        running = sorted({*running}.difference(end).union(begin))
        yield _Stretch(since, until, begin, end, running)


def _by_day(days: Iterable[date | None]) -> dict[date, list[int]]:
    """The places at which each day stands."""
    places: dict[date, list[int]] = {}
    for place, day in enumerate(days):
        if day is not None:
            places.setdefault(day, []).append(place)
    return places


def _doses(step: Step, by_week: bool) -> _Doses:
    """The daily dose; if some step goes by the day of the week, also that of each day of the week."""
    if not by_week:
        return (step.mg_per_day,)
    return (step.mg_per_day, *(step.week or (step.mg_per_day,) * len(EVERY_DAY)))


def _changed(sums: _Doses, more: Iterable[_Doses], less: Iterable[_Doses]) -> _Doses:
    for doses in more:  # of most days there is one: an addition to nothing would be four of Fractions
        sums = tuple(map(add, sums, doses)) if sums else doses
    for doses in less:
        sums = tuple(map(sub, sums, doses))
    return sums


def _together(running: list[Step], sums: _Doses, since: date, until: date | None) -> Step:
    """The sum of concurrent steps; a dose on some days of the week is added on these days only."""
    terms = tuple(term for step in running for term in step.terms)
    if not any(step.week for step in running):
        return Step(since, until, sums[0], terms)
    return Step(since, until, _least_to_most(sums[1:]), terms, sums[1:])


def _on_its_own_days(step: Step) -> Step:
    """The step; if it is shorter than a week, with the doses of its own days of the week only."""
    days = len(EVERY_DAY) if step.until is None else (step.until - step.since).days
    if not step.week or days >= len(EVERY_DAY):
        return step
    held = [step.week[later(step.since, number).weekday()] for number in range(days)]
    return replace(step, mg_per_day=_least_to_most(held))


def _least_to_most(spans: Sequence[Span]) -> Span:
    return Span(min(span.low for span in spans), max(span.high for span in spans))


def _joined(steps: Iterable[Step]) -> list[Step]:
    joined: list[Step] = []
    for step in steps:
        last = joined[-1] if joined else None
        if last and last.until == step.since and _holds(step) == _holds(last):
            joined[-1] = replace(last, until=step.until)
        else:
            joined.append(step)
    return joined


def _holds(step: Step) -> tuple[object, ...]:
    return step.terms, step.mg_per_day, step.week


def truncated(steps: Steps, until: date) -> Steps:
    """The steps that begin before `until`, none of which lasts longer."""
    return tuple(replace(step, until=min(step.until or until, until)) for step in steps if step.since < until)
