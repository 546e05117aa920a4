"""A plan that an address holds: its levels with their intakes and days, its visits, its second product.

So the link of a card shows for ever the plan that was on it, whatever later releases would plan. Doses are multiples
of half a tablet of 10 mg, so that they are whole numbers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from cds_service.core.model.product import Product
from cds_service.core.plans.intakes import Share, Shares, total_mg
from cds_service.core.plans.tablets import FINE_STRENGTH_MG, Intake, Tablets, intake_of
from cds_service.core.plans.taper import Kind, Level, Pace, Plan, tablets_used

MOST_LEVELS = 200
MOST_MG = Fraction(1000)
"""Of a day, in an address: far above any dose that is ordered."""

MOST_VISITS = 60

# The levels, each its intakes in mg and its days: 40-40-30x2_40-30-30x2_0.
_LEVEL = re.compile(r"([0-9]{1,4}(?:-[0-9]{1,4}){0,3})x([0-9]{1,3})")
_NOTHING = "0"


@dataclass(frozen=True, slots=True)
class HeldLevel:
    """One dose: the mg of each intake, in the order of the day, and its days; 0 days for the end of a stop."""

    mg: tuple[Fraction, ...]
    days: int


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """What an address holds of a plan. `reserve_days` are those for which tablets are dispensed behind a visit."""

    levels: tuple[HeldLevel, ...]
    visits: tuple[date, ...]
    finer: str = ""
    reserve_days: int | None = None


def held(plan: Plan, before: Shares, finer: Product | None, reserve_days: int) -> HeldPlan:
    """What an address has to hold of a plan; `reserve_days` are those of the rules of the day."""
    levels = tuple(HeldLevel(_amounts(level, before), level.days or 0) for level in plan.levels)
    own_reserve = (plan.dispensed_until - plan.visits[0]).days
    return HeldPlan(
        levels,
        plan.visits,
        finer.code if finer else "",
        None if own_reserve == reserve_days else own_reserve,
    )


def _amounts(level: Level, before: Shares) -> tuple[Fraction, ...]:
    by_moment = {intake.moment: intake.mg for intake in level.intakes}
    return tuple(by_moment.get(share.moment, Fraction(0)) for share in before) if by_moment else ()


def plan_of(
    held: HeldPlan, before: Shares, wanted_mg: Fraction, tablets: Tablets, begins: date, reserve_days: int
) -> Plan:
    """The plan that is held, from the intakes of `before`. Raises ValueError for what is no plan."""
    levels, from_mg = tuple(_levels(held, before, tablets, begins)), total_mg(before)
    if not _goes_one_way([from_mg, *(level.mg_per_day for level in levels)]):
        raise ValueError(held)
    kind = _kind(from_mg, levels[-1].mg_per_day)
    ends = levels[-1].until or levels[-1].since
    first_visit = held.visits[0]
    goes_to_visit = kind is Kind.TAPER and len(held.visits) > 1
    reserve = reserve_days if held.reserve_days is None else held.reserve_days
    return Plan(
        kind,
        from_mg,
        wanted_mg,
        pace_of(from_mg, levels),
        levels,
        tablets_used(levels, tablets),
        held.visits,
        min(ends, first_visit) if goes_to_visit else ends,
        first_visit + timedelta(days=reserve),
    )


def _goes_one_way(doses: Sequence[Fraction]) -> bool:
    """Down, or up, or neither: no plan does both."""
    return doses in (sorted(doses), sorted(doses, reverse=True))


def _levels(held: HeldPlan, before: Shares, tablets: Tablets, begins: date) -> Iterator[Level]:
    since = begins
    for level in held.levels:
        until = since + timedelta(days=level.days) if level.days else None
        amounts = level.mg or [Fraction(0)] * len(before)
        shares = [Share(share.moment, mg) for share, mg in zip(before, amounts, strict=True)]
        intakes = tuple(intake_of(moment, mg, tablets) for moment, mg in shares if mg)
        if not all(map(_can_be_taken, intakes)):
            raise ValueError(level)
        yield Level(since, until, total_mg(tuple(shares)), intakes)
        since = until or since


def _can_be_taken(intake: Intake) -> bool:
    """Whole tablets, and halves of those of 10 mg."""
    return all(
        count.number.denominator == 1 or (count.number.denominator, count.tablet.strength_mg) == (2, FINE_STRENGTH_MG)
        for count in intake.counts
    )


def _kind(from_mg: Fraction, to_mg: Fraction) -> Kind:
    if not from_mg:
        return Kind.START
    if to_mg == from_mg:
        return Kind.STAY
    return Kind.TAPER if to_mg < from_mg else Kind.STEP


def pace_of(from_mg: Fraction, levels: Sequence[Level]) -> Pace:
    """The greatest step of a plan and the fewest days of a level; of a stop the last step too."""
    doses = [from_mg, *(level.mg_per_day for level in levels)]
    steps = [abs(lower - higher) for higher, lower in pairwise(doses)]
    counted = steps if from_mg else steps[1:] or steps  # the first dose of a start is no step
    days = min((level.days or 1 for level in levels[:-1] or levels), default=1)
    return Pace(max(counted), days, None if levels[-1].mg_per_day else steps[-1])


# --- in an address ---------------------------------------------------------------------------


def levels_written(held: HeldPlan) -> str | None:
    """The levels as a query has them; None for an intake that is no whole number of mg."""
    if any(mg.denominator != 1 for level in held.levels for mg in level.mg):
        return None
    return "_".join(
        f"{'-'.join(str(mg) for mg in level.mg)}x{level.days}" if level.days else _NOTHING for level in held.levels
    )


def levels_read(written: str) -> tuple[HeldLevel, ...]:
    """Raises ValueError for what is no list of levels; only the last may be the end of a stop."""
    parts = written.split("_")
    if len(parts) > MOST_LEVELS:
        raise ValueError(len(parts))
    return tuple(_level_read(part, is_last=number == len(parts)) for number, part in enumerate(parts, start=1))


def _level_read(written: str, *, is_last: bool) -> HeldLevel:
    if written == _NOTHING and is_last:
        return HeldLevel((), 0)
    found = _LEVEL.fullmatch(written)
    if found is None or not int(found[2]):
        raise ValueError(written)
    intakes = tuple(Fraction(int(mg)) for mg in found[1].split("-"))
    if sum(intakes) > MOST_MG:
        raise ValueError(written)
    return HeldLevel(intakes, int(found[2]))
