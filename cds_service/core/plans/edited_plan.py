"""Changes a plan by hand: other doses and days of its levels, a level between two, another first day, other visits.

The intakes of each level follow from those of the level before, as those of every plan do.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from cds_service.core.model.medicine import medicine_of
from cds_service.core.plans.held_plan import HeldLevel, HeldPlan, plan_of
from cds_service.core.plans.intakes import Shares, lowered, raised
from cds_service.core.plans.plan_request import NoPlanError, PlanMade, PlanRequest
from cds_service.core.plans.products import ProductCatalogue, with_products
from cds_service.core.plans.tablets import UNIT_MG, Tablets
from cds_service.core.plans.taper import Kind, Plan, PlanError
from cds_service.core.plans.visits import working_day_by

MOST_DAYS_BETWEEN_VISITS = 28


@dataclass(frozen=True, slots=True)
class EditedLevel:
    """One level as it is wanted; `halved`: with another one before it, half-way from the dose before."""

    mg_per_day: Fraction
    days: int
    halved: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """What is wanted: the levels above 0, the visits, the first day."""

    levels: tuple[EditedLevel, ...]
    visits: tuple[date, ...]
    on: date


def edited(made: PlanMade, edit: Edit, catalogue: ProductCatalogue) -> PlanRequest:
    """The request whose address holds the plan as it is wanted. Raises NoPlanError."""
    plan, medicine = made.plan, medicine_of(made.products.main)
    doses = list(_halved(_in_order(edit.levels, plan), plan.from_mg))
    if not doses:
        raise NoPlanError("levels", "no-levels")
    to_mg = plan.wanted_mg if doses[-1].mg_per_day == _last_taken(plan) else doses[-1].mg_per_day
    moved = edit.on - made.request.on
    visits = tuple(_moved(edit.visits, moved, edit.on))
    request = replace(made.request, on=edit.on, to_mg=Fraction(0) if plan.to_mg == 0 else to_mg, held=None)

    def make(tablets: Tablets) -> Plan:
        return plan_of(
            _held(doses, visits, request, plan, tablets), request.before, request.to_mg, tablets, edit.on, 0
        )

    try:
        found = with_products(make, medicine, medicine, catalogue)
    except (PlanError, ValueError) as error:
        raise NoPlanError("levels", "not-made", product=made.products.main.name) from error
    if found is None:
        raise NoPlanError("on", "no-product", on=catalogue.on)
    changed, products = found
    held_plan = replace(
        _held(doses, visits, request, plan, changed.tablets),
        finer=products.finer.code if products.finer else "",
        reserve_days=made.request.held.reserve_days if made.request.held else None,
    )
    return replace(request, product=products.main.code, intakes=request.before, held=held_plan)


def _last_taken(plan: Plan) -> Fraction:
    taken = [level.mg_per_day for level in plan.levels if level.mg_per_day]
    return taken[-1] if taken else Fraction(0)


def _in_order(levels: Iterable[EditedLevel], plan: Plan) -> list[EditedLevel]:
    """The levels in the direction of the plan, so that a new one finds its place by its dose."""
    kept = [level for level in levels if level.days and level.mg_per_day]
    return sorted(kept, key=lambda level: level.mg_per_day, reverse=plan.kind is Kind.TAPER)


def _halved(levels: Sequence[EditedLevel], from_mg: Fraction) -> Iterator[EditedLevel]:
    doses = [from_mg, *(level.mg_per_day for level in levels)]
    for level, (before, dose) in zip(levels, pairwise(doses), strict=True):
        between = (before + dose) / 2 // UNIT_MG * UNIT_MG
        if level.halved and between not in (before, dose):
            yield EditedLevel(between, level.days)
        yield level


def _moved(visits: Iterable[date], moved: timedelta, on: date) -> Iterator[date]:
    """The visits, which a plan that begins on another day takes along to working days."""
    days = (working_day_by(visit + moved, on) if moved else visit for visit in visits)
    yield from sorted({day for day in days if day > on})


def _held(
    doses: Sequence[EditedLevel], visits: Sequence[date], request: PlanRequest, plan: Plan, tablets: Tablets
) -> HeldPlan:
    """The levels to the tablet and the day. Raises PlanError."""
    intakes = list(_intakes(request.before, [level.mg_per_day for level in doses], tablets, plan))
    days = [level.days for level in doses]
    last_since = request.on + timedelta(days=sum(days[:-1]))
    stops, goes_down = request.to_mg == 0, plan.kind is Kind.TAPER
    until = last_since + timedelta(days=days[-1]) if stops or not goes_down else last_since + timedelta(days=1)
    all_visits = tuple(_completed(visits, request.on, until, to_the_end=goes_down and not stops))
    if goes_down and not stops:
        days[-1] = (all_visits[-1] - last_since).days
    levels = [
        HeldLevel(tuple(share.mg for share in shares), held) for shares, held in zip(intakes, days, strict=True)
    ]
    return HeldPlan((*levels, *[HeldLevel((), 0)] * stops), all_visits)


def _intakes(before: Shares, doses: Sequence[Fraction], tablets: Tablets, plan: Plan) -> Iterator[Shares]:
    for dose in doses:
        goes_down = plan.kind is Kind.TAPER
        shares = lowered(before, dose, tablets) if goes_down else raised(before, dose, dose, tablets)
        if shares is None:
            raise PlanError("not-made")
        yield shares
        before = shares


def _completed(visits: Sequence[date], on: date, until: date, *, to_the_end: bool) -> Iterator[date]:
    """The visits, with others where more than four weeks would pass without one."""
    longest = timedelta(days=MOST_DAYS_BETWEEN_VISITS)
    last, left = on, list(visits)
    while left or last == on or (to_the_end and last < until):
        following = left[0] if left and left[0] - last <= longest else working_day_by(last + longest, last)
        left = [visit for visit in left if visit > following]
        yield following
        last = following
