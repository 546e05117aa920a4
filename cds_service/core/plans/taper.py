"""Makes plans: level by level down (taper), up from nothing (start) or to another dose (step), or at one dose (stay).

A plan begins from what is taken now, known and exact, never from what a draft orders. Every level is made of tablets
of 10 mg and their halves, with whole coarser ones where those would be too many. On the way down a dose that these
do not make is rounded up as far as the pace allows, on the way up down.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from fractions import Fraction
from math import ceil

from cds_service.core.plans.intakes import Shares, lowered, raised, total_mg
from cds_service.core.plans.tablets import MOST_INTAKES, UNIT_MG, Intake, Tablets, intake_of
from cds_service.core.plans.visits import visits_of, working_day_by


class Kind(Enum):
    """Why the dose changes."""

    TAPER = auto()
    START = auto()
    STEP = auto()
    STAY = auto()


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a level may be from the one before, and for how many days it is held.

    A stop goes by `last_step_mg` from `last_from_mg` down, and takes at least `least_days`.
    """

    step_mg: Fraction
    days: int
    last_step_mg: Fraction | None = None
    last_from_mg: Fraction = Fraction(0)
    least_days: int = 0


@dataclass(frozen=True, slots=True)
class Signed:
    """How long an order of a plan is: to its visit at the latest, with days of reserve behind it.

    A way up has its visit within `visit_days` and goes on for `order_days`; a way down ends at its visit, which is
    within `visit_days` too. Tablets are dispensed for the days to the visit and `reserve_days` more.
    """

    visit_days: int
    order_days: int
    reserve_days: int


@dataclass(frozen=True, slots=True)
class Level:
    """One dose with its first day and the first day after it; `until` is None for 0, which goes on."""

    since: date
    until: date | None
    mg_per_day: Fraction
    intakes: tuple[Intake, ...]

    @property
    def days(self) -> int | None:
        return None if self.until is None else (self.until - self.since).days


@dataclass(frozen=True, slots=True)
class Plan:
    """Levels from one dose to another. `wanted_mg` is the target asked for; the last level may be near it.

    What is signed now ends on `signed_until`, the rest is the printed plan; `dispensed_until` is that of the tablets.
    """

    kind: Kind
    from_mg: Fraction
    wanted_mg: Fraction
    pace: Pace
    levels: tuple[Level, ...]
    tablets: Tablets
    visits: tuple[date, ...]
    signed_until: date
    dispensed_until: date

    @property
    def to_mg(self) -> Fraction:
        return self.levels[-1].mg_per_day

    @property
    def ends(self) -> date:
        """The first day after the plan: from then on nothing is taken, or what the visit decides."""
        last = self.levels[-1]
        return last.until or last.since

    @property
    def days(self) -> int:
        return (self.ends - self.levels[0].since).days

    @property
    def ends_at_a_visit(self) -> bool:
        """Whether the last dose is taken until the last visit: that of a taper which does not come to nothing."""
        return self.kind is Kind.TAPER and self.to_mg > 0

    @property
    def has_reserve(self) -> bool:
        """Whether the last level goes on behind the visit, in case the visit is missed."""
        return self.kind is not Kind.TAPER and self.signed_until > self.visits[0]


class PlanError(ValueError):
    """The plan asked for cannot be made; `reason` is a part of keys of cards/suggestions.toml."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def taper(
    before: Shares,
    to_mg: Fraction,
    pace: Pace,
    tablets: Tablets,
    begins: date,
    signed: Signed,
    kind: Kind = Kind.TAPER,
) -> Plan:
    """The plan down to `to_mg`, or to the nearest dose that the tablets make. Raises PlanError."""
    from_mg = total_mg(before)
    if not 0 <= to_mg < from_mg:
        raise PlanError("no-way-down")
    _check_intakes(before)
    doses = list(_down(from_mg, to_mg, pace))
    held = _held(doses, pace)
    divided = list(_divided(before, doses, lambda shares, dose: lowered(shares, dose, tablets)))
    ends, visits = _end_of_way_down(begins, held, signed, stops=doses[-1] == 0)
    levels = tuple(_levels(begins, doses, held, divided, tablets, ends))
    until = visits[0] if len(visits) > 1 else ends
    dispensed = visits[0] + timedelta(days=signed.reserve_days)
    return Plan(kind, from_mg, to_mg, pace, levels, tablets_used(levels, tablets), visits, until, dispensed)


def rise(
    kind: Kind,
    before: Shares,
    first_mg: Fraction,
    to_mg: Fraction,
    pace: Pace,
    tablets: Tablets,
    begins: date,
    signed: Signed,
    ordered: Shares = (),
) -> Plan:
    """The plan up towards `to_mg` from `first_mg`, as far as it goes before its visit. Raises PlanError."""
    from_mg = total_mg(before)
    _check_intakes(before)
    visit = working_day_by(begins + timedelta(days=signed.visit_days), begins)
    doses = list(_up(rounded_down(min(first_mg, to_mg)), to_mg, pace, (visit - begins).days))
    if not from_mg < doses[0]:
        raise PlanError("no-way-up")
    divided = list(_divided(before, doses, lambda shares, dose: raised(shares, dose, pace.step_mg, tablets, ordered)))
    ends = begins + timedelta(days=signed.order_days)
    levels = tuple(_levels(begins, doses, [pace.days] * len(doses), divided, tablets, ends))
    dispensed = visit + timedelta(days=signed.reserve_days)
    return Plan(kind, from_mg, to_mg, pace, levels, tablets_used(levels, tablets), (visit,), ends, dispensed)


def stay(before: Shares, pace: Pace, tablets: Tablets, begins: date, signed: Signed) -> Plan:
    """What is taken now, to a visit. Raises PlanError if halves of the tablets do not make it."""
    _check_intakes(before)
    dose = total_mg(before)
    if dose == 0 or any(share.mg % UNIT_MG for share in before):
        raise PlanError("not-made")
    visit = working_day_by(begins + timedelta(days=signed.visit_days), begins)
    ends = begins + timedelta(days=signed.order_days)
    levels = tuple(_levels(begins, [dose], [pace.days], [before], tablets, ends))
    dispensed = visit + timedelta(days=signed.reserve_days)
    return Plan(Kind.STAY, dose, dose, pace, levels, tablets_used(levels, tablets), (visit,), ends, dispensed)


def rounded_down(mg: Fraction) -> Fraction:
    return mg // UNIT_MG * UNIT_MG


def _check_intakes(before: Shares) -> None:
    if not 0 < len(before) <= MOST_INTAKES:
        raise PlanError("intakes")


# --- doses -----------------------------------------------------------------------------------


def _down(start: Fraction, target: Fraction, pace: Pace) -> Iterator[Fraction]:
    """The doses down, each the lowest multiple of 5 mg within a step of the one before, and not below the target."""
    dose = start
    while dose > target:
        lower = _next_lower(dose, target, pace)
        higher = ceil(lower / UNIT_MG) * UNIT_MG
        below = rounded_down(lower)
        if higher < dose:
            dose = higher
        elif dose - below <= pace.step_mg:
            dose = below  # the target lies between two halves, and the higher is no fall
        else:
            raise PlanError("not-made")
        yield dose
        if dose - target < UNIT_MG:
            return


def _next_lower(dose: Fraction, target: Fraction, pace: Pace) -> Fraction:
    """One step down; of a stop, by the smaller steps from `last_from_mg` on."""
    if target > 0 or pace.last_step_mg is None:
        return max(dose - pace.step_mg, target)
    if dose > pace.last_from_mg:
        return max(dose - pace.step_mg, pace.last_from_mg)
    return max(dose - pace.last_step_mg, target)


def _held(doses: Sequence[Fraction], pace: Pace) -> list[int]:
    """The days of each level that is taken; of a stop that is too short, longer from the last upwards."""
    held = [pace.days for dose in doses if dose > 0]
    if doses[-1] > 0:
        return held
    place = len(held)
    while held and sum(held) < pace.least_days:
        place = (place - 1) % len(held)
        held[place] += 1
    return held


def _up(first: Fraction, target: Fraction, pace: Pace, days: int) -> Iterator[Fraction]:
    """The doses up that begin before the visit."""
    dose, since = first, 0
    while True:
        yield dose
        higher, since = rounded_down(min(dose + pace.step_mg, target)), since + pace.days
        if higher <= dose or since >= days:
            return
        dose = higher


# --- intakes ---------------------------------------------------------------------------------


def _divided(
    before: Shares, doses: Sequence[Fraction], change: Callable[[Shares, Fraction], Shares | None]
) -> Iterator[Shares]:
    for dose in doses:
        shares = change(before, dose)
        if shares is None:
            raise PlanError("not-made")
        yield shares
        before = shares


# --- days ------------------------------------------------------------------------------------


def _end_of_way_down(
    begins: date, held: Sequence[int], signed: Signed, *, stops: bool
) -> tuple[date, tuple[date, ...]]:
    """The first day after the plan, and its visits. The last dose above 0 goes on until a visit."""
    whole = timedelta(days=sum(held))
    if stops:
        return begins + whole, tuple(visits_of(begins, begins + max(whole, timedelta(days=1)), signed.visit_days))
    last_since = begins + whole - timedelta(days=held[-1])
    intervals = ceil(whole.days / signed.visit_days)
    while True:
        visits = tuple(visits_of(begins, begins + timedelta(days=intervals * signed.visit_days), signed.visit_days))
        if visits[-1] > last_since:
            return visits[-1], visits
        intervals += 1


def _levels(
    begins: date,
    doses: Sequence[Fraction],
    held: Sequence[int],
    divided: Sequence[Shares],
    tablets: Tablets,
    ends: date,
) -> Iterator[Level]:
    since = begins
    for number, (dose, shares) in enumerate(zip(doses, divided, strict=True)):
        intakes = tuple(intake_of(moment, mg, tablets) for moment, mg in shares if mg)
        if dose == 0:
            yield Level(since, None, dose, intakes)
            return
        until = ends if number == len(doses) - 1 else since + timedelta(days=held[number])
        yield Level(since, until, dose, intakes)
        since = until


def tablets_used(levels: Sequence[Level], tablets: Tablets) -> Tablets:
    """The tablets that some level uses; the last if no level uses any (a stop)."""
    used = {count.tablet for level in levels for intake in level.intakes for count in intake.counts}
    return tuple(tablet for tablet in tablets if tablet in used) or tablets[-1:]
