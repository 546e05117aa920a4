"""Chooses the plans that may answer findings: from which dose to which, at which pace, with which tablets."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeGuard

from cds_service.core.course.course import Course, DoseTrend
from cds_service.core.facts.indication import ALCOHOL_ONLY_BRAND
from cds_service.core.model.case import Case, Facts
from cds_service.core.model.dose import Span
from cds_service.core.model.findings import Finding, Indicator, Source
from cds_service.core.model.known import Known, ReportedNone
from cds_service.core.model.medicine import Medicine
from cds_service.core.model.order import Order
from cds_service.core.model.product import Product
from cds_service.core.model.ruleset import RuleSet, Values, milligrams, whole
from cds_service.core.orders.authorisation import authorised_products
from cds_service.core.plans.permission import STARTS_AGAIN
from cds_service.core.plans.tablets import Tablet, smallest_part_mg
from cds_service.core.plans.taper import Kind, Level, Pace, Plan, PlanError, rise, taper
from cds_service.core.record.terminology import Terminology

TAPER_PACE_RULE = "taper-pace"
START_PACE_RULE = "start-pace"
CARE_RULE = "specialist-care"
MAXIMUM_RULE = "daily-dose-above-maximum"
RECOMMENDED_RULE = "daily-dose-above-recommended"
REDUCTION_RULE = "dose-reduction-too-fast"
INCREASE_RULE = "dose-increase-too-fast"
INITIAL_RULE = "initial-dose-too-high"
RESUMPTION_RULE = "resumption"
STOP_RULE = "abrupt-stop"

# The rules that limit the daily dose, the highest limit first.
LIMIT_RULES = (MAXIMUM_RULE, RECOMMENDED_RULE, CARE_RULE)

# Halves of this tablet make every level of a plan.
_FINE_STRENGTH_MG = Fraction(10)
# Half a 10 mg tablet, as the smallest part, makes every level of a plan in steps of 5, 10 or 15 mg.
_FINE_PART_MG = Fraction(5)


Found = Mapping[str, Finding]
DoseChange = tuple[Kind, Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Products:
    """The main product of a plan, a finer one beside it if its tablet is too coarse, and the tablets of both.

    `fine_only`: the finer product is used instead of the ordered one.
    """

    main: Product
    finer: Product | None
    tablets: tuple[Tablet, ...]
    fine_only: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan that may answer findings, with the source of its pace.

    `greater` marks the alternative with greater steps.
    """

    plan: Plan
    products: Products
    source: Source
    greater: bool = False


def proposals(
    case: Case, course: Course, order: Order, found: Found, catalogue: "ProductCatalogue"
) -> list[Proposal]:
    """Every plan that may answer what was found, the first choice first."""
    products = products_for(order.medicine, catalogue)
    if products is None:
        return []
    made: dict[tuple[Level, ...], Proposal] = {}
    for dose_change in _dose_changes(case, course, order, found, catalogue.rules):
        source = _source(dose_change, catalogue.rules, case.on)
        if source is None:
            continue
        ends: date | None = None
        for pace, greater in _paces(dose_change[0], case.facts, catalogue.rules, case.on):
            plan = _made(dose_change, pace, products.tablets, case, catalogue.rules)
            # Greater steps are an alternative only if the plan then ends earlier.
            if plan is not None and (ends is None or plan.ends < ends):
                made.setdefault(plan.levels, Proposal(plan, _needed(products, plan), source, greater))
                ends = plan.ends
    return list(made.values())


def _source(dose_change: DoseChange, rules: RuleSet, on: date) -> Source | None:
    """The source in force on the day for the pace of a decrease or of a rise; None if there is none."""
    _, from_mg, to_mg = dose_change
    change = rules.rule(TAPER_PACE_RULE if to_mg < from_mg else START_PACE_RULE).on(on)
    return change.source if change else None


def _needed(products: Products, plan: Plan) -> Products:
    """The products; only the finer one if the plan uses no other tablet."""
    if products.finer is None or plan.tablets[0].product != products.finer.code:
        return products
    return Products(products.finer, None, plan.tablets)


@dataclass(frozen=True, slots=True)
class ProductCatalogue:
    """The product catalogue of a day, with the rules that plans are made by.

    `fine_only` is for a client that takes one action a suggestion: a plan has one product, that of 10 mg if the
    tablet of the draft is too coarse.
    """

    rules: RuleSet
    terminology: Terminology
    on: date
    fine_only: bool = False

    def authorised(self) -> list[Product]:
        """Products authorised for alcohol dependence and on sale on the day."""
        named = (self.terminology.product_named(code) for code in authorised_products(self.rules, self.on))
        return [product for product in named if product and (product.on_sale_since or self.on) <= self.on]


def _dose_changes(case: Case, course: Course, order: Order, found: Found, rules: RuleSet) -> Iterator[DoseChange]:
    """The dose changes from what is taken now, known and exact, to each dose that may answer a finding above info.

    A rise goes to the dose at which the order ends: a plan that stays on a peak of one day would give more than
    was ordered.
    """
    alarming = {rule for rule, finding in found.items() if finding.indicator > Indicator.INFO}
    if course.trend is DoseTrend.FIRST or course.signed.standing in STARTS_AGAIN:
        if {INITIAL_RULE, RECOMMENDED_RULE, CARE_RULE, RESUMPTION_RULE} & alarming:
            yield Kind.START, Fraction(0), min(course.last.high, limit_up(rules, case.on))
    elif _is_exact(course.before) and isinstance(case.facts.taken_now, Known):
        taken_mg = course.before.high
        if order.stops:
            yield Kind.TAPER, taken_mg, Fraction(0)
        else:
            yield from _dose_changes_from(taken_mg, case, course, alarming, rules)


def _is_exact(dose: Span | None) -> TypeGuard[Span]:
    return dose is not None and dose.low == dose.high


def _dose_changes_from(
    taken_mg: Fraction, case: Case, course: Course, alarming: Set[str], rules: RuleSet
) -> Iterator[DoseChange]:
    for limit in _limits(rules, case.on, *(name for name in LIMIT_RULES if name in alarming)):
        if taken_mg > limit:
            yield Kind.TAPER, taken_mg, limit
    if course.complete:
        yield from _steps_from(taken_mg, case, course, alarming, rules)


def _steps_from(
    taken_mg: Fraction, case: Case, course: Course, alarming: Set[str], rules: RuleSet
) -> Iterator[DoseChange]:
    """Towards the dose at which the order ends, where it falls or rises too fast; above no limit."""
    highest = min(_limits(rules, case.on, MAXIMUM_RULE, RECOMMENDED_RULE), default=taken_mg)
    if REDUCTION_RULE in alarming and course.last.high < taken_mg:
        yield Kind.STEP, taken_mg, min(course.last.high, highest)
    if INCREASE_RULE in alarming and course.last.high > taken_mg:
        limit = highest if isinstance(case.facts.referral, Known) else limit_up(rules, case.on)
        if limit > taken_mg:
            yield Kind.STEP, taken_mg, min(course.last.high, limit)


def _limits(rules: RuleSet, on: date, *names: str) -> list[Fraction]:
    """The limits of these rules, in mg a day, if they are in force."""
    changes = (rules.rule(name).on(on) for name in names)
    return [milligrams(change.values, "mg_per_day") for change in changes if change and change.values is not None]


def limit_up(rules: RuleSet, on: date) -> Fraction:
    """The dose up to which a plan may rise: the lowest limit in force."""
    return min(_limits(rules, on, *LIMIT_RULES))


def _paces(kind: Kind, facts: Facts, rules: RuleSet, on: date) -> Iterator[tuple[Pace, bool]]:
    """The paces of the day for a kind of plan; that with the greater step last, for patients without risk only."""
    taper_values = _values(rules, TAPER_PACE_RULE, on)
    start_values = _values(rules, START_PACE_RULE, on)
    if kind is not Kind.START and taper_values is not None:
        days = whole(taper_values, "days")
        yield Pace(milligrams(taper_values, "step_mg"), days), False
        if kind is Kind.TAPER and _is_without_risk(facts):
            yield Pace(milligrams(taper_values, "greater_step_mg"), days), True
    if kind is Kind.START and start_values is not None:
        careful = not isinstance(facts.seizures, ReportedNone)
        yield (
            Pace(milligrams(start_values, "step_mg"), whole(start_values, "careful_days" if careful else "days")),
            False,
        )


def _is_without_risk(facts: Facts) -> bool:
    """Whether it is known that there are no seizures, psychiatric disorders or suicidality."""
    return all(isinstance(fact, ReportedNone) for fact in (facts.seizures, facts.psychiatric, facts.suicidality))


def _made(
    dose_change: DoseChange, pace: Pace, tablets: tuple[Tablet, ...], case: Case, rules: RuleSet
) -> Plan | None:
    """The plan; None if the tablets or the rules of the day do not allow one."""
    _, from_mg, to_mg = dose_change
    try:
        if to_mg < from_mg:
            return taper(from_mg, to_mg, pace, tablets, case.on)
        return _risen(dose_change, pace, tablets, case, rules)
    except PlanError:
        return None


def _risen(
    dose_change: DoseChange, pace: Pace, tablets: tuple[Tablet, ...], case: Case, rules: RuleSet
) -> Plan | None:
    kind, from_mg, to_mg = dose_change
    values = _values(rules, START_PACE_RULE, case.on)
    if values is None:
        return None
    if kind is Kind.START:
        careful = not isinstance(case.facts.seizures, ReportedNone)
        first = milligrams(values, "careful_first_mg" if careful else "first_mg")
        return rise(kind, from_mg, first, to_mg, pace, tablets, case.on)
    up = Pace(milligrams(values, "step_mg"), whole(values, "days"))
    return rise(kind, from_mg, from_mg + up.step_mg, to_mg, up, tablets, case.on)


def _values(rules: RuleSet, name: str, on: date) -> Values | None:
    change = rules.rule(name).on(on)
    return None if change is None else change.values


# --- products --------------------------------------------------------------------------------


def products_for(medicine: Medicine, catalogue: ProductCatalogue) -> Products | None:
    """The ordered product if it is authorised, else the nearest equivalent product; with a finer one if needed."""
    main = equivalent_product(medicine, catalogue)
    if main is None or main.strength_mg is None:
        return None
    tablet = _tablet(main)
    if smallest_part_mg([tablet]) == _FINE_PART_MG:
        return Products(main, None, (tablet,))
    finer = _finer(main, catalogue)
    if finer is not None and catalogue.fine_only:
        return Products(finer, None, (_tablet(finer),), fine_only=True)
    return Products(main, finer, (tablet, _tablet(finer))) if finer else Products(main, None, (tablet,))


def equivalent_product(medicine: Medicine, catalogue: ProductCatalogue) -> Product | None:
    """The product itself if authorised that day; else an equivalent product of the same or nearest lower strength."""
    authorised = catalogue.authorised()
    if medicine.product in authorised:
        return medicine.product
    nearest = _nearest(authorised, medicine.strength_mg or _FINE_STRENGTH_MG)
    # At the same strength the generic is preferred to the brand that is only for alcohol dependence.
    return min(nearest, key=lambda product: (product.brand == ALCOHOL_ONLY_BRAND, product.code), default=None)


def _nearest(products: list[Product], wanted: Fraction) -> list[Product]:
    """The products of the wanted strength or the nearest below it; if all are above it, those of the lowest.

    A product without a strength counts as one of the wanted strength.
    """
    strengths = [product.strength_mg or wanted for product in products]
    below = [strength for strength in strengths if strength <= wanted]
    nearest = max(below, default=min(strengths, default=None))
    return [product for product in products if (product.strength_mg or wanted) == nearest]


def _finer(main: Product, catalogue: ProductCatalogue) -> Product | None:
    """The 10 mg tablet of an authorised product, of the same brand if there is one."""
    fine = [product for product in catalogue.authorised() if product.strength_mg == _FINE_STRENGTH_MG]
    return min(fine, key=lambda product: (product.brand != main.brand, product.code), default=None)


def _tablet(product: Product) -> Tablet:
    return Tablet(product.strength_mg or Fraction(0), product.divisible is True, product.code)
