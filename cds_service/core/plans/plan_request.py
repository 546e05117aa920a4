"""Makes a plan from a request by hand or by the link of a card: doses, product and first day, no patient data.

The same request gives the same plan on the page, in the calendar, as JSON and in the terminal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import ceil
from typing import cast

from cds_service.core.model.medicine import Medicine
from cds_service.core.model.product import Product
from cds_service.core.model.ruleset import (
    CARE_RULE,
    MAXIMUM_RULE,
    RECOMMENDED_RULE,
    RuleChange,
    RuleSet,
    Values,
    milligrams,
    whole,
)
from cds_service.core.plans import paces
from cds_service.core.plans.choice import Proposal
from cds_service.core.plans.held_plan import HeldPlan, held, levels_written, plan_of
from cds_service.core.plans.intakes import Share, Shares, total_mg
from cds_service.core.plans.paces import START_PACE_RULE, TAPER_PACE_RULE
from cds_service.core.plans.products import ProductCatalogue, Products, equivalent_product, tablet_of, with_products
from cds_service.core.plans.regimen import no_intakes
from cds_service.core.plans.tablets import MOMENTS, UNIT_MG, Tablets
from cds_service.core.plans.taper import Kind, Plan, PlanError, rise, taper
from cds_service.core.record.terminology import Terminology

_HUNDREDTHS = 100  # in a link a dose has at most two decimals
_INTAKES = 3  # of a day, where nobody says how many (SmPC: two to four)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """The request for a plan. None is the first choice of the day: product, taper step.

    `intakes` are those of today; a start has the moments at which it will be taken, with 0 mg each. `careful` is
    False if it is known that there are no seizures: a rise is then faster, and a stop may be shorter. A plan that is
    `held` is as it was made or changed by hand; the others are made by the rules of the day.
    """

    from_mg: Fraction
    to_mg: Fraction
    on: date
    product: str | None = None
    step_mg: Fraction | None = None
    careful: bool = True
    intakes: Shares = ()
    held: HeldPlan | None = None

    @property
    def name(self) -> str:
        """The kind of change: taper, stop, rise, start or stay."""
        if self.to_mg == self.from_mg:
            return "stay"
        if self.to_mg < self.from_mg:
            return "taper" if self.to_mg else "stop"
        return "rise" if self.from_mg else "start"

    @property
    def before(self) -> Shares:
        """The intakes from which the plan begins: those given, else three as even as halves make them."""
        if self.intakes:
            return self.intakes
        if not self.from_mg:
            return no_intakes(_INTAKES)
        return evenly(self.from_mg, min(_INTAKES, ceil(self.from_mg / UNIT_MG)))


def evenly(mg: Fraction, number: int) -> Shares:
    """So many intakes of a day, which differ by half a tablet at most; what halves do not make is in the last."""
    units, rest = divmod(mg, UNIT_MG)
    each, more = divmod(int(units), number)
    amounts = [(each + (place < more)) * UNIT_MG for place in range(number)]
    amounts[-1] += rest
    return tuple(map(Share, MOMENTS[number], amounts))


@dataclass(frozen=True, slots=True)
class PlanMade:
    """A plan with its request, its products, and the change of the rule that gives its pace.

    `first_choice` is False if the request chose the alternative step, or no caution. `limit_mg` is the maximum or
    recommended dose of the day, `care_mg` the dose above which specialist care is asked for; each is None unless
    the last dose of the plan is above it.
    """

    request: PlanRequest
    plan: Plan
    products: Products
    change: RuleChange
    first_choice: bool
    limit_mg: Fraction | None
    care_mg: Fraction | None


@dataclass(frozen=True, slots=True)
class Choices:
    """The products and taper steps that may be chosen on a day; the first choice first."""

    products: tuple[Product, ...]
    steps_mg: tuple[Fraction, ...]


class NoPlanError(ValueError):
    """No plan can be made: `field` of the request is at fault; `reason` is a key of cards/plan.toml, with `facts`."""

    def __init__(self, field: str, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
        self.facts: Mapping[str, object] = facts


def choices(catalogue: ProductCatalogue) -> Choices:
    """The choices that the rules of the day allow."""
    products = sorted(catalogue.authorised(), key=lambda product: (product.brand, tablet_of(product)))
    values = catalogue.values(TAPER_PACE_RULE)
    steps = () if values is None else tuple(milligrams(values, name) for name in ("step_mg", "greater_step_mg"))
    return Choices(tuple(product for product in products if product.strength_mg is not None), steps)


def make_plan(request: PlanRequest, catalogue: ProductCatalogue) -> PlanMade:
    """The plan by the rules of the day. Raises NoPlanError."""
    _check(request)
    change, values = _pace(request, catalogue)
    if request.held is not None:
        return _made(request, *_held(request, request.held, values, catalogue), change, catalogue)
    medicine = _medicine(request, catalogue)
    make = _down if request.to_mg < request.from_mg else _up
    try:
        made = with_products(make(request, values, catalogue), medicine, medicine, catalogue)
    except PlanError as error:
        product = equivalent_product(medicine, catalogue)
        raise NoPlanError("to", "not-made", product=product.name if product else "") from error
    if made is None:
        raise NoPlanError("on", "no-product", on=catalogue.on)
    return _made(request, *made, change, catalogue)


def _check(request: PlanRequest) -> None:
    if request.name == "stay" and request.held is None:
        raise NoPlanError("to", "no-change")
    if 0 < request.from_mg < UNIT_MG:
        raise NoPlanError("from", "below-half")
    if request.intakes and total_mg(request.intakes) != request.from_mg:
        raise NoPlanError("intakes", "other-sum", sum=total_mg(request.intakes))


def _pace(request: PlanRequest, catalogue: ProductCatalogue) -> tuple[RuleChange, Values]:
    """The pace in force for a way down or up. Raises NoPlanError."""
    down = request.to_mg < request.from_mg or request.name == "stay"
    rule = catalogue.rules.rule(TAPER_PACE_RULE if down else START_PACE_RULE)
    change = rule.on(catalogue.on)
    if change is None:
        reason = "no-pace-down" if down else "no-pace-up"
        raise NoPlanError("on", reason, since=rule.changes[0].since, on=catalogue.on)
    return change, cast(Values, change.values)


def _medicine(request: PlanRequest, catalogue: ProductCatalogue) -> Medicine:
    known = {product.code: product for product in choices(catalogue).products}
    if request.product is not None and request.product not in known:
        raise NoPlanError("product", "product-not-authorised", on=catalogue.on, codes=tuple(known))
    product = known.get(request.product or "")
    return Medicine(product, product.strength_mg if product else None)


def _held(request: PlanRequest, held: HeldPlan, values: Values, catalogue: ProductCatalogue) -> tuple[Plan, Products]:
    """The plan as it is held, also with a product that is not authorised any more. Raises NoPlanError."""
    main, finer = _known(request.product or "", catalogue), _known(held.finer, catalogue) if held.finer else None
    tablets = tuple(sorted(map(tablet_of, filter(None, (main, finer))), reverse=True))
    try:
        plan = plan_of(held, request.before, request.to_mg, tablets, request.on, whole(values, "reserve_days"))
    except ValueError as error:
        raise NoPlanError("levels", "not-levels") from error
    return plan, Products(main, finer)


def _known(code: str, catalogue: ProductCatalogue) -> Product:
    product = catalogue.terminology.product_named(code)
    if product is None or not product.strength_mg:
        raise NoPlanError("product", "unknown-product")
    return product


def _down(request: PlanRequest, values: Values, catalogue: ProductCatalogue) -> Callable[[Tablets], Plan]:
    offered = choices(catalogue).steps_mg
    step = offered[0] if request.step_mg is None else request.step_mg
    if step not in offered:
        raise NoPlanError("step", "not-offered", offered=offered)
    name = "step_mg" if step == milligrams(values, "step_mg") else "greater_step_mg"
    way = paces.down(values, name, careful=request.careful)
    return lambda tablets: taper(request.before, request.to_mg, way.pace, tablets, request.on, way.signed)


def _up(request: PlanRequest, values: Values, catalogue: ProductCatalogue) -> Callable[[Tablets], Plan]:
    limit = _limit(catalogue, MAXIMUM_RULE, RECOMMENDED_RULE)
    if limit is not None and request.to_mg > limit:
        raise NoPlanError("to", "above-limit", limit=limit, on=catalogue.on)
    way, before = paces.up(values, careful=request.careful), request.before
    kind = Kind.STEP if request.from_mg else Kind.START
    first = request.from_mg + way.pace.step_mg if request.from_mg else paces.first_mg(values, len(before))
    return lambda tablets: rise(kind, before, first, request.to_mg, way.pace, tablets, request.on, way.signed)


def _made(
    request: PlanRequest, plan: Plan, products: Products, change: RuleChange, catalogue: ProductCatalogue
) -> PlanMade:
    limit, care = _limit(catalogue, MAXIMUM_RULE, RECOMMENDED_RULE), _limit(catalogue, CARE_RULE)
    limits = [mg if mg is not None and plan.to_mg > mg else None for mg in (limit, care)]
    goes_down = plan.to_mg < plan.from_mg
    first = plan.pace.step_mg <= choices(catalogue).steps_mg[0] if goes_down else request.careful
    return PlanMade(request, plan, products, change, first, *limits)


def _limit(catalogue: ProductCatalogue, *rules: str) -> Fraction | None:
    """The lowest dose that these rules name on the day."""
    return min(paces.limits(catalogue.rules, catalogue.on, *rules), default=None)


# --- links -----------------------------------------------------------------------------------


def query_of(request: PlanRequest) -> str | None:
    """The request as the query of a URL; None if a dose cannot be written exactly."""
    doses = {"from": _decimal(request.from_mg), "to": _decimal(request.to_mg)}
    intakes = [f"{share.moment}:{_decimal(share.mg)}" for share in request.intakes]
    if None in doses.values() or any(written.endswith(":None") for written in intakes):
        return None
    chosen = {
        "product": request.product,
        "on": request.on.isoformat(),
        "step": _decimal(request.step_mg) if request.step_mg else None,
        "careful": None if request.careful else "no",
        "intakes": "-".join(intakes) or None,
    }
    written = doses | chosen | _held_parts(request.held)
    return "&".join(f"{name}={value}" for name, value in written.items() if value is not None)


def _held_parts(held: HeldPlan | None) -> dict[str, str | None]:
    if held is None:
        return {}
    return {
        "finer": held.finer or None,
        "levels": levels_written(held),
        "visits": "_".join(visit.isoformat() for visit in held.visits),
        "reserve": None if held.reserve_days is None else str(held.reserve_days),
    }


def holding(made: PlanMade, catalogue: ProductCatalogue) -> PlanRequest:
    """The request whose address holds the plan that was made."""
    return _holding(made.request, made.plan, made.products, catalogue)


def _holding(request: PlanRequest, plan: Plan, products: Products, catalogue: ProductCatalogue) -> PlanRequest:
    _, values = _pace(request, catalogue)
    held_plan = held(plan, request.before, products.finer, whole(values, "reserve_days"))
    return replace(request, product=products.main.code, intakes=request.before, held=held_plan)


def _decimal(mg: Fraction) -> str | None:
    """`37.5`; None for what two decimals do not hold."""
    hundredths = mg * _HUNDREDTHS
    if hundredths.denominator != 1:
        return None
    whole_mg, rest = divmod(hundredths.numerator, _HUNDREDTHS)
    return f"{whole_mg}.{rest:02}".rstrip("0") if rest else str(whole_mg)


def plan_linker(
    public_url: str, rules: RuleSet, terminology: Terminology, on: date
) -> Callable[[Proposal], str | None] | None:
    """A function that gives the URL of the page of a plan; None if the service has no public URL."""
    catalogue = ProductCatalogue(rules, terminology, on)
    return (lambda proposal: _address(public_url, proposal, catalogue)) if public_url else None


def _address(public_url: str, proposal: Proposal, catalogue: ProductCatalogue) -> str | None:
    """The URL of the page of a plan, which holds the plan; None for one that an address cannot hold."""
    plan = proposal.plan
    begins, before = plan.levels[0].since, proposal.before
    asked = PlanRequest(plan.from_mg, plan.wanted_mg, begins, careful=proposal.careful, intakes=before)
    try:
        request = _holding(asked, plan, proposal.products, catalogue)
        query = query_of(request)
        if query is None or make_plan(request, catalogue).plan.levels != plan.levels:
            return None
    except NoPlanError:
        return None
    return f"{public_url}/taper?{query}"
