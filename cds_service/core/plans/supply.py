"""Counts the tablets of a plan: all of them, and those that are dispensed until the visit and some days behind it."""

from datetime import date
from fractions import Fraction
from math import ceil

from cds_service.core.plans.tablets import Tablet
from cds_service.core.plans.taper import Plan

TABLETS_PER_PACK = 30


def tablets_needed(plan: Plan) -> dict[Tablet, Fraction]:
    """Tablets of each kind for the days of the plan."""
    return _tablets_between(plan, plan.ends)


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
    return {tablet: ceil(number / TABLETS_PER_PACK) for tablet, number in tablets_needed(plan).items()}
