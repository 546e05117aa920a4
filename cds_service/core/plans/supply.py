"""Counts the tablets of a plan: all of them, and those that are dispensed until the visit and some days behind it."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from math import ceil

from cds_service.core.plans.tablets import Tablet
from cds_service.core.plans.taper import Plan

TABLETS_PER_PACK = 30


def tablets_needed(plan: Plan) -> dict[Tablet, Fraction]:
    """Tablets of each kind for the days of the plan."""
    return _tablets_between(plan, plan.ends)


def supplies(plan: Plan) -> Iterator[tuple[date, date, dict[Tablet, int]]]:
    """Whole tablets from visit to visit, each with the reserve of days behind it; the end of the plan needs none."""
    reserve, since = plan.dispensed_until - plan.visits[0], plan.levels[0].since
    for visit in plan.visits:
        goes_on = plan.to_mg > 0 or visit < plan.ends
        until = visit + reserve if goes_on else plan.ends
        needed, before = _tablets_between(plan, until), _tablets_between(plan, since)
        tablets = {tablet: ceil(number - before.get(tablet, 0)) for tablet, number in needed.items()}
        if any(tablets.values()):
            yield since, visit, {tablet: number for tablet, number in tablets.items() if number}
        since = visit


def tablets_dispensed(plan: Plan) -> dict[Tablet, int]:
    """Whole tablets of each kind, for the days to the visit and the reserve behind it."""
    needed = _tablets_between(plan, plan.dispensed_until)
    return {tablet: ceil(number) for tablet, number in needed.items()}


def _tablets_between(plan: Plan, until: date) -> dict[Tablet, Fraction]:
    """From the first day on; the last level is counted to the end."""
    total: dict[Tablet, Fraction] = {}
    for level in plan.levels:
        last = level is plan.levels[-1] and level.mg_per_day > 0
        ends = until if last or level.until is None else min(level.until, until)
        days = max((ends - level.since).days, 0)
        for count in (count for intake in level.intakes for count in intake.counts if days):
            total[count.tablet] = total.get(count.tablet, Fraction(0)) + count.number * days
    return total


def packs_needed(plan: Plan) -> dict[Tablet, int]:
    """Packs of 30, rounded up."""
    return {tablet: packs_of(number) for tablet, number in tablets_needed(plan).items()}


def packs_of(tablets: Fraction | int) -> int:
    return ceil(Fraction(tablets) / TABLETS_PER_PACK)
