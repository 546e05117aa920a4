"""Whether a plan changes the dose faster than the text of the day gives: one that was changed by hand may."""

from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from cds_service.core.model.ruleset import Values, milligrams, whole
from cds_service.core.plans.taper import Kind, Plan


class TooFast(NamedTuple):
    """A change within so many days that is greater than the step of the text."""

    before_mg: Fraction
    after_mg: Fraction
    days: int


def too_fast(plan: Plan, values: Values) -> TooFast | None:
    """The first such change; the first dose of a start is none. `values` are those of the pace in force."""
    step_mg = milligrams(values, "greater_step_mg" if plan.kind is Kind.TAPER else "step_mg")
    days = whole(values, "days")
    levels = plan.levels if plan.from_mg else plan.levels[1:]
    changes = (TooFast(_dose_on(plan, level.since - timedelta(days)), level.mg_per_day, days) for level in levels)
    return next((change for change in changes if abs(change.before_mg - change.after_mg) > step_mg), None)


def _dose_on(plan: Plan, day: date) -> Fraction:
    """Before a start its first dose counts."""
    begun = [level.mg_per_day for level in plan.levels if level.since <= day]
    return begun[-1] if begun else plan.from_mg or plan.levels[0].mg_per_day
