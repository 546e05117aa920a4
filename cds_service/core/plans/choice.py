"""Chooses the plans that may answer findings: from which intakes to which dose, at which pace, with which tablets."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import cast

from cds_service.core.course.course import DoseTrend
from cds_service.core.dose.sums import sum_steps
from cds_service.core.model.case import Case
from cds_service.core.model.dose import NotComputable
from cds_service.core.model.findings import Finding, Indicator, Source
from cds_service.core.model.known import Known
from cds_service.core.model.order import Order
from cds_service.core.model.ruleset import (
    LIMIT_RULES,
    MAXIMUM_RULE,
    RECOMMENDED_RULE,
    TAPER_RULE,
    RuleSet,
    Values,
    whole,
)
from cds_service.core.plans import paces
from cds_service.core.plans.intakes import Shares, total_mg
from cds_service.core.plans.paces import START_PACE_RULE, TAPER_PACE_RULE, Way, limits
from cds_service.core.plans.permission import STARTS_AGAIN
from cds_service.core.plans.products import LIMITS_RULE, ProductCatalogue, Products, with_lines, with_products
from cds_service.core.plans.regimen import regimen_of, start_of
from cds_service.core.plans.subject import Subject
from cds_service.core.plans.tablets import Tablets
from cds_service.core.plans.taper import Kind, Level, Plan, PlanError, rise, stay, taper

INCREASE_RULE = "dose-increase-too-fast"
INITIAL_RULE = "initial-dose-too-high"
RESUMPTION_RULE = "resumption"
STOP_RULE = "abrupt-stop"

# What a plan may answer.
DOSE_RULES = frozenset({*LIMIT_RULES, TAPER_RULE, INCREASE_RULE, INITIAL_RULE, RESUMPTION_RULE, STOP_RULE})
Found = Mapping[str, Finding]


@dataclass(frozen=True, slots=True)
class DoseChange:
    """A way to be planned, from the intakes of `before` to a dose. `is_held`: at its first dose."""

    kind: Kind
    before: Shares
    to_mg: Fraction
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan that may answer findings, with the source of its pace.

    `greater` marks the alternative with greater steps; `careful` a pace for seizures or an unknown history.
    """

    plan: Plan
    products: Products
    source: Source
    before: Shares
    greater: bool
    careful: bool
    is_held: bool

    @property
    def goes_up(self) -> bool:
        return self.plan.to_mg > self.plan.from_mg


@dataclass(slots=True)
class Proposals:
    """The plans that may answer findings, the first choice first, and why others could not be made."""

    made: list[Proposal] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def proposals(
    case: Case, subject: Subject, found: Found, catalogue: ProductCatalogue, *, may_rise: bool
) -> Proposals:
    """Every plan that may answer what was found. Without `may_rise` no level rises after the first."""
    asked = _Asked(case, subject, catalogue, _alarming(found) | found.keys() & {STOP_RULE}, may_rise)
    result = Proposals()
    seen: set[tuple[Level, ...]] = set()
    try:
        for change in _dose_changes(asked):
            for proposal in _proposed(change, asked, result):
                if proposal.plan.levels not in seen:
                    result.made.append(proposal)
                    seen.add(proposal.plan.levels)
    except PlanError as refused:
        result.refused.append(refused.reason)
    return result


@dataclass(frozen=True, slots=True)
class _Asked:
    """What plans are asked for: a subject, and the findings above info, or of a stop.

    `may_rise`: beyond the first level.
    """

    case: Case
    subject: Subject
    catalogue: ProductCatalogue
    alarming: Set[str]
    may_rise: bool

    @property
    def rules(self) -> RuleSet:
        return self.catalogue.rules


def _alarming(found: Found) -> Set[str]:
    return {rule for rule, finding in found.items() if finding.indicator > Indicator.INFO}


def _proposed(change: DoseChange, asked: _Asked, result: Proposals) -> Iterator[Proposal]:
    """The plan of a change; then that in greater steps, where its target is reached earlier."""
    reached: date | None = None
    for way, source in _ways(change, asked):
        try:
            plan, products = _with_products(change, way, asked)
        except PlanError as refused:
            result.refused.append(refused.reason)
            return
        if reached is None or plan.levels[-1].since < reached:
            reached = plan.levels[-1].since
            careful = paces.is_careful(asked.case.facts)
            yield Proposal(plan, products, source, change.before, way.greater, careful, change.is_held)


def _with_products(change: DoseChange, way: Way, asked: _Asked) -> tuple[Plan, Products]:
    """The plan with the first tablets that are not too many, or in those of a regimen. Raises PlanError."""

    def make(tablets: Tablets) -> Plan:
        return _made(change, way, tablets, asked)

    drafted = [order.medicine for order in asked.subject.orders]
    if len(drafted) > 1:
        return with_lines(make, drafted, asked.catalogue)
    taken = next((line.medicine for line in asked.subject.taken), None)
    made = with_products(make, drafted[0], taken, asked.catalogue)
    if made is None:
        raise PlanError("product")
    return made


# --- which way -------------------------------------------------------------------------------


def _dose_changes(asked: _Asked) -> Iterator[DoseChange]:
    """The ways from what is taken now, known and exact, to each dose that may answer a finding above info.

    A rise goes to the dose at which the order ends: a plan that stays on a peak of one day would give more than
    was ordered. Raises PlanError.
    """
    course = asked.subject.course
    if course.trend is DoseTrend.FIRST or course.signed.standing in STARTS_AGAIN:
        if asked.alarming & DOSE_RULES:
            yield _start(asked)
    elif asked.alarming & DOSE_RULES:
        before = _taken(asked)
        if asked.subject.orders[0].stops:
            yield DoseChange(Kind.TAPER, before, Fraction(0))
        else:
            yield from _down_from(before, asked)
            yield from _up_from(before, asked)


def _taken(asked: _Asked) -> Shares:
    """The intakes of what is taken now. Raises PlanError."""
    yesterday = asked.case.on - timedelta(days=1)  # the dose taken now is that of the day before
    before, dose = regimen_of(asked.subject.taken, yesterday), asked.subject.course.before
    if not asked.subject.taken:
        raise PlanError("dose")  # that of the draft is not known, else it would be a start
    if dose is None or dose.low < dose.high:
        raise PlanError("taken")
    if before is None or dose.high != total_mg(before):
        raise PlanError("intakes-unknown")
    return before


def _start(asked: _Asked) -> DoseChange:
    """The way from nothing, in as many intakes as are ordered. Raises PlanError."""
    on, course = asked.case.on, asked.subject.course
    values = asked.rules.values(START_PACE_RULE, on)
    before = start_of(regimen_of(asked.subject.orders, on))
    if values is None:
        raise PlanError("pace")
    if before is None:
        raise PlanError("intakes")
    to_mg = min(course.last.high, limit_up(asked.rules, on))
    if not asked.may_rise:
        to_mg = min(to_mg, paces.first_mg(values, len(before)))
    return DoseChange(Kind.START, before, to_mg, is_held=not asked.may_rise)


def _down_from(before: Shares, asked: _Asked) -> Iterator[DoseChange]:
    """To each limit that is exceeded, and to the dose ordered where it falls too fast."""
    taken_mg, course, on = total_mg(before), asked.subject.course, asked.case.on
    for limit in limits(asked.rules, on, *(name for name in LIMIT_RULES if name in asked.alarming)):
        if taken_mg > limit:
            yield DoseChange(Kind.TAPER, before, limit)
    if course.complete and TAPER_RULE in asked.alarming and course.last.high < taken_mg:
        to_mg = min(course.last.high, *limits(asked.rules, on, MAXIMUM_RULE, RECOMMENDED_RULE))
        yield DoseChange(Kind.STEP, before, to_mg)


def _up_from(before: Shares, asked: _Asked) -> Iterator[DoseChange]:
    """Towards the dose at which the order ends, above no limit; or what is taken. Raises PlanError."""
    taken_mg, wanted = total_mg(before), _wanted(asked)
    if wanted <= taken_mg:
        return
    _check_rise(taken_mg, asked)
    exceeded, rises = _exceeded(asked), INCREASE_RULE in asked.alarming
    to_mg = min(wanted, _limit_of_rise(asked)) if rises and asked.may_rise and exceeded is None else taken_mg
    stays = rises if exceeded is None else taken_mg <= exceeded  # above it, the dose comes down instead
    if to_mg > taken_mg:
        yield DoseChange(Kind.STEP, before, to_mg)
    elif stays:
        yield DoseChange(Kind.STAY, before, taken_mg)


def _check_rise(taken_mg: Fraction, asked: _Asked) -> None:
    """Raises PlanError for a possible slip, and for what is only taken as needed: it is no regular rise."""
    if any(order.as_needed for order in asked.subject.orders):
        raise PlanError("as-needed")
    values = asked.catalogue.values(LIMITS_RULE)
    if values is not None and _highest(asked.subject.orders) > whole(values, "most_times") * taken_mg:
        raise PlanError("slip")


def _wanted(asked: _Asked) -> Fraction:
    """The dose at which the orders end, and not above what the draft itself orders; 0 if it is not known."""
    course = asked.subject.course
    return min(course.last.high, _highest(asked.subject.orders)) if course.complete else Fraction(0)


def _highest(orders: Sequence[Order]) -> Fraction:
    """The highest daily dose that the drafts themselves order; 0 if it is not known."""
    steps = [step for order in orders for step in (() if isinstance(order.dose, NotComputable) else order.dose)]
    return max((step.mg_per_day.high for step in sum_steps(steps)), default=Fraction(0))


def _exceeded(asked: _Asked) -> Fraction | None:
    """The limit that the drafts exceed, other than that which a referral answers."""
    return next(limits(asked.rules, asked.case.on, *({MAXIMUM_RULE, RECOMMENDED_RULE} & asked.alarming)), None)


def _limit_of_rise(asked: _Asked) -> Fraction:
    """The highest dose that a step up may reach: with a referral on record the limit, else that without one."""
    referred = isinstance(asked.case.facts.referral, Known)
    named = (MAXIMUM_RULE, RECOMMENDED_RULE) if referred else LIMIT_RULES
    return min(limits(asked.rules, asked.case.on, *named))


def limit_up(rules: RuleSet, on: date) -> Fraction:
    """The dose up to which a plan may rise: the lowest limit in force."""
    return min(limits(rules, on, *LIMIT_RULES))


# --- at which pace ---------------------------------------------------------------------------


def _ways(change: DoseChange, asked: _Asked) -> Iterator[tuple[Way, Source]]:
    """The paces of the day for a change; that with the greater step last, for patients without risk only."""
    on, facts = asked.case.on, asked.case.facts
    careful = paces.is_careful(facts)
    goes_up = change.kind is Kind.START or change.to_mg > total_mg(change.before)
    rule = START_PACE_RULE if goes_up else TAPER_PACE_RULE
    change_of_rule = asked.rules.rule(rule).on(on)
    if change_of_rule is None:
        raise PlanError("pace")
    values, source = cast(Values, change_of_rule.values), change_of_rule.source
    if goes_up:
        yield (paces.held if change.is_held else paces.up)(values, careful=careful), source
        return
    yield paces.down(values, careful=careful), source
    if change.kind is Kind.TAPER and paces.is_without_risk(facts):
        yield paces.down(values, "greater_step_mg", careful=careful), source


def _made(change: DoseChange, way: Way, tablets: Tablets, asked: _Asked) -> Plan:
    """The plan, from the day on which the drafts begin. Raises PlanError."""
    on, taken_mg = asked.case.on, total_mg(change.before)
    begins = max(on, min(order.begins for order in asked.subject.orders))
    if change.kind is Kind.STAY:
        return stay(change.before, way.pace, tablets, begins, way.signed)
    if change.to_mg < taken_mg:
        return taper(change.before, change.to_mg, way.pace, tablets, begins, way.signed, change.kind)
    first, ordered = taken_mg + way.pace.step_mg, regimen_of(asked.subject.orders, date.max) or ()
    if change.kind is Kind.START:
        first, ordered = paces.first_mg(asked.rules.values(START_PACE_RULE, on) or {}, len(change.before)), ()
    return rise(change.kind, change.before, first, change.to_mg, way.pace, tablets, begins, way.signed, ordered)
