"""Makes plans: level by level down (taper), up from nothing (start) or to another dose (step).

A plan begins from what is taken now, known and exact, never from what a draft orders. Every level is made of whole
or halved tablets; if they cannot make the exact target, it is the nearest dose below, and the card says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from math import ceil

from cds_service.core.plans.tablets import Intake, Tablet, can_make, intakes_of, smallest_part_mg

TABLETS_PER_PACK = 30


class Kind(Enum):
    """Why the dose changes."""

    TAPER = "taper"
    START = "start"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a level may be from the one before, and for how many days it is held."""

    step_mg: Fraction
    days: int


@dataclass(frozen=True, slots=True)
class Level:
    """One dose with its first day and the first day after it; `until` is None for the last dose, which goes on."""

    since: date
    until: date | None
    mg_per_day: Fraction
    intakes: tuple[Intake, ...]

    @property
    def days(self) -> int | None:
        return None if self.until is None else (self.until - self.since).days


@dataclass(frozen=True, slots=True)
class Plan:
    """Levels from one dose to another. `wanted_mg` is the target asked for; the last level may be just below it."""

    kind: Kind
    from_mg: Fraction
    wanted_mg: Fraction
    pace: Pace
    levels: tuple[Level, ...]
    tablets: tuple[Tablet, ...]
    visits: tuple[date, ...]

    @property
    def to_mg(self) -> Fraction:
        return self.levels[-1].mg_per_day

    @property
    def days(self) -> int:
        """Days until the last dose has been held as long as the others, or until nothing is taken any more."""
        held = sum(level.mg_per_day > 0 for level in self.levels)
        return max(held, 1) * self.pace.days

    @property
    def ends(self) -> date:
        return self.levels[0].since + timedelta(days=self.days)


class PlanError(ValueError):
    """The plan asked for cannot be made; the message says why."""


def taper(from_mg: Fraction, to_mg: Fraction, pace: Pace, tablets: tuple[Tablet, ...], begins: date) -> Plan:
    """The plan down to `to_mg`, or to the nearest dose below it that the tablets make. Raises PlanError."""
    if not 0 <= to_mg < from_mg:
        raise PlanError("a taper goes down: the target must be below the dose taken now")
    target = nearest_below(to_mg, tablets)
    return _plan(Kind.TAPER, from_mg, to_mg, pace, list(_down(from_mg, target, pace, tablets)), tablets, begins)


def rise(
    kind: Kind,
    from_mg: Fraction,
    first_mg: Fraction,
    to_mg: Fraction,
    pace: Pace,
    tablets: tuple[Tablet, ...],
    begins: date,
) -> Plan:
    """The plan up to `to_mg`, beginning with `first_mg`, each rounded down to what tablets make. Raises PlanError."""
    target = nearest_below(to_mg, tablets)
    first = nearest_below(min(first_mg, target), tablets)
    if not from_mg < first <= target:
        raise PlanError("a rise goes up: its first dose must be above the one taken now and be made by the tablets")
    doses = [first, *_up(first, target, pace, tablets)]
    return _plan(kind, from_mg, to_mg, pace, doses, tablets, begins)


def nearest_below(mg: Fraction, tablets: tuple[Tablet, ...]) -> Fraction:
    """The highest dose at or below `mg` that the tablets make; 0 always can."""
    smallest_part = smallest_part_mg(tablets)
    dose = mg // smallest_part * smallest_part
    while not can_make(dose, tablets):
        dose -= smallest_part
    return max(dose, Fraction(0))


def _down(start: Fraction, target: Fraction, pace: Pace, tablets: tuple[Tablet, ...]) -> Iterator[Fraction]:
    """The doses down: each the lowest that the tablets make within a step of the one before. Raises PlanError."""
    dose = start
    while dose > target:
        lower = _nearest_above(max(dose - pace.step_mg, target), tablets)
        if lower >= dose:
            raise PlanError("these tablets are too coarse for steps of this size")
        dose = lower
        yield dose


def _up(first: Fraction, target: Fraction, pace: Pace, tablets: tuple[Tablet, ...]) -> Iterator[Fraction]:
    dose = first
    while dose < target:
        higher = nearest_below(min(dose + pace.step_mg, target), tablets)
        if higher <= dose:
            raise PlanError("these tablets are too coarse for steps of this size")
        dose = higher
        yield dose


def _nearest_above(mg: Fraction, tablets: tuple[Tablet, ...]) -> Fraction:
    smallest_part = smallest_part_mg(tablets)
    dose = Fraction(ceil(mg / smallest_part)) * smallest_part
    while not can_make(dose, tablets):
        dose += smallest_part
    return dose


def _plan(
    kind: Kind,
    from_mg: Fraction,
    wanted_mg: Fraction,
    pace: Pace,
    doses: list[Fraction],
    tablets: tuple[Tablet, ...],
    begins: date,
) -> Plan:
    if all(can_make(dose, tablets[:1]) for dose in doses):
        tablets = tablets[:1]  # a second order only where the first tablet is too coarse
    levels = tuple(_levels(kind, doses, pace, tablets, begins))
    plan = Plan(kind, from_mg, wanted_mg, pace, levels, _used(levels, tablets), ())
    return replace(plan, visits=tuple(_visits(begins, plan.ends)))


def _levels(
    kind: Kind, doses: list[Fraction], pace: Pace, tablets: tuple[Tablet, ...], begins: date
) -> Iterator[Level]:
    """The dated levels with their intakes: for a start always divided, as its source asks for two to four intakes."""
    intakes: tuple[Intake, ...] = ()
    for number, dose in enumerate(doses):
        since = begins + timedelta(days=number * pace.days)
        until = since + timedelta(days=pace.days) if number < len(doses) - 1 else None
        before, lasting = intakes, until is None
        intakes = intakes_of(dose, tablets, lasting=lasting, divided=kind is Kind.START)
        if _is_one_above_all(intakes, before):
            intakes = intakes_of(dose, tablets, lasting=lasting, divided=True)
        yield Level(since, until, dose, intakes)


def _is_one_above_all(intakes: tuple[Intake, ...], before: tuple[Intake, ...]) -> bool:
    """Whether a level is one intake, greater than all of the level before; intakes may not rise as the dose falls."""
    return len(intakes) == 1 and bool(before) and intakes[0].mg > max(intake.mg for intake in before)


def _used(levels: tuple[Level, ...], tablets: tuple[Tablet, ...]) -> tuple[Tablet, ...]:
    """The tablets that some level uses; the first if no level uses any (a stop)."""
    used = {count.tablet for level in levels for intake in level.intakes for count in intake.counts}
    return tuple(tablet for tablet in tablets if tablet in used) or tablets[:1]


def _visits(begins: date, ends: date) -> Iterator[date]:
    """The visits, at equal intervals of at most 28 days, the last on the day on which the plan ends."""
    days = (ends - begins).days
    visits = ceil(days / _MOST_DAYS_BETWEEN_VISITS)
    for number in range(1, visits + 1):
        yield begins + timedelta(days=days * number // visits)


# Never more than a month, not even in February.
_MOST_DAYS_BETWEEN_VISITS = 28


def tablets_needed(plan: Plan) -> dict[Tablet, Fraction]:
    """Tablets of each kind until the plan ends; the last dose is held like the others."""
    total: dict[Tablet, Fraction] = {}
    for level in plan.levels:
        for intake in level.intakes:
            for count in intake.counts:
                days = level.days if level.days is not None else plan.pace.days
                total[count.tablet] = total.get(count.tablet, Fraction(0)) + count.number * days
    return total


def packs_needed(plan: Plan) -> dict[Tablet, int]:
    """Packs of 30, rounded up."""
    return {tablet: ceil(number / TABLETS_PER_PACK) for tablet, number in tablets_needed(plan).items()}
