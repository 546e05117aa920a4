"""Makes a plan from a request by hand or by the link of a card: doses, product and first day, no patient data.

The same request gives the same plan on the page, in the calendar, as JSON and in the terminal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from cds_service.core.model.medicine import Medicine
from cds_service.core.model.product import Product
from cds_service.core.model.ruleset import RuleChange, RuleSet, Values, milligrams, whole
from cds_service.core.plans.choice import (
    CARE_RULE,
    MAXIMUM_RULE,
    RECOMMENDED_RULE,
    START_PACE_RULE,
    TAPER_PACE_RULE,
    ProductCatalogue,
    Products,
    Proposal,
    products_for,
)
from cds_service.core.plans.taper import Kind, Pace, Plan, PlanError, rise, taper
from cds_service.core.record.terminology import Terminology

# In a link a dose has at most two decimals.
_HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """The request for a plan. None is the first choice of the day: product, taper step, first dose of a start."""

    from_mg: Fraction
    to_mg: Fraction
    on: date
    product: str | None = None
    step_mg: Fraction | None = None
    first_mg: Fraction | None = None

    @property
    def name(self) -> str:
        """The kind of change: taper, stop, rise or start."""
        if self.to_mg < self.from_mg:
            return "taper" if self.to_mg else "stop"
        return "rise" if self.from_mg else "start"


@dataclass(frozen=True, slots=True)
class PlanMade:
    """A plan with its request, its products, and the change of the rule that gives its pace.

    `first_choice` is False if the request chose the alternative step or first dose. `limit_mg` is the maximum or
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
    """The products, taper steps and first doses that may be chosen on a day; the first choice first."""

    products: tuple[Product, ...]
    steps_mg: tuple[Fraction, ...]
    firsts_mg: tuple[Fraction, ...]


class NoPlanError(ValueError):
    """No plan can be made: `field` of the request is at fault; `reason` is a key of cards/plan.toml, with `facts`."""

    def __init__(self, field: str, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
        self.facts: Mapping[str, object] = facts


def choices(catalogue: ProductCatalogue) -> Choices:
    """The choices that the rules of the day allow."""
    products = sorted(catalogue.authorised(), key=lambda product: (product.brand, product.strength_mg or 0))
    taper_values, start_values = _values(catalogue, TAPER_PACE_RULE), _values(catalogue, START_PACE_RULE)
    return Choices(
        tuple(product for product in products if product.strength_mg is not None),
        _both(taper_values, "step_mg", "greater_step_mg"),
        _both(start_values, "careful_first_mg", "first_mg"),
    )


def _both(values: Values | None, *names: str) -> tuple[Fraction, ...]:
    return () if values is None else tuple(milligrams(values, name) for name in names)


def make_plan(request: PlanRequest, catalogue: ProductCatalogue) -> PlanMade:
    """The plan by the rules of the day. Raises NoPlanError."""
    if request.to_mg == request.from_mg:
        raise NoPlanError("to", "no-change")
    goes_down = request.to_mg < request.from_mg
    rule = catalogue.rules.rule(TAPER_PACE_RULE if goes_down else START_PACE_RULE)
    change = rule.on(catalogue.on)
    if change is None or change.values is None:
        reason = "no-pace-down" if goes_down else "no-pace-up"
        raise NoPlanError("on", reason, since=rule.changes[0].since, on=catalogue.on)
    products = _products(request, catalogue)
    make = _down if goes_down else _up
    try:
        return make(request, products, change, change.values, catalogue)
    except PlanError as error:
        raise NoPlanError("to", "not-made", product=products.main.name) from error


def _products(request: PlanRequest, catalogue: ProductCatalogue) -> Products:
    known = {product.code: product for product in choices(catalogue).products}
    if request.product is not None and request.product not in known:
        raise NoPlanError("product", "product-not-authorised", on=catalogue.on, codes=tuple(known))
    products = products_for(Medicine(known.get(request.product or "")), catalogue)
    if products is None:
        raise NoPlanError("on", "no-product", on=catalogue.on)
    return products


def _down(
    request: PlanRequest, products: Products, change: RuleChange, values: Values, catalogue: ProductCatalogue
) -> PlanMade:
    step = _chosen("step", request.step_mg, choices(catalogue).steps_mg)
    pace = Pace(step, whole(values, "days"))
    plan = taper(request.from_mg, request.to_mg, pace, products.tablets, request.on)
    return _made(request, plan, products, change, catalogue, first_choice=step == milligrams(values, "step_mg"))


def _up(
    request: PlanRequest, products: Products, change: RuleChange, values: Values, catalogue: ProductCatalogue
) -> PlanMade:
    limit = _limit(catalogue, MAXIMUM_RULE, RECOMMENDED_RULE)
    if limit is not None and request.to_mg > limit:
        raise NoPlanError("to", "above-limit", limit=limit, on=catalogue.on)
    first = _chosen("first", request.first_mg, choices(catalogue).firsts_mg)
    careful = not request.from_mg and first == milligrams(values, "careful_first_mg")
    pace = Pace(milligrams(values, "step_mg"), whole(values, "careful_days" if careful else "days"))
    kind = Kind.STEP if request.from_mg else Kind.START
    begin = request.from_mg + pace.step_mg if request.from_mg else first
    plan = rise(kind, request.from_mg, begin, request.to_mg, pace, products.tablets, request.on)
    return _made(request, plan, products, change, catalogue, first_choice=careful or bool(request.from_mg))


def _made(
    request: PlanRequest,
    plan: Plan,
    products: Products,
    change: RuleChange,
    catalogue: ProductCatalogue,
    *,
    first_choice: bool,
) -> PlanMade:
    limit, care = _limit(catalogue, MAXIMUM_RULE, RECOMMENDED_RULE), _limit(catalogue, CARE_RULE)
    limits = [mg if mg is not None and plan.to_mg > mg else None for mg in (limit, care)]
    return PlanMade(request, plan, products, change, first_choice, *limits)


def _chosen(field: str, asked: Fraction | None, offered: tuple[Fraction, ...]) -> Fraction:
    if asked is not None and asked not in offered:
        raise NoPlanError(field, "not-offered", offered=offered)
    return offered[0] if asked is None else asked


def _limit(catalogue: ProductCatalogue, *rules: str) -> Fraction | None:
    """The lowest dose that these rules name on the day."""
    found = (_values(catalogue, rule) for rule in rules)
    return min((milligrams(values, "mg_per_day") for values in found if values is not None), default=None)


def _values(catalogue: ProductCatalogue, rule: str) -> Values | None:
    change = catalogue.rules.rule(rule).on(catalogue.on)
    return None if change is None else change.values


# --- links -----------------------------------------------------------------------------------


def query_of(request: PlanRequest) -> str | None:
    """The request as the query of a URL; None if a dose cannot be written exactly."""
    written = {
        "from": _decimal(request.from_mg),
        "to": _decimal(request.to_mg),
        "product": request.product,
        "on": request.on.isoformat(),
        "step": None if request.step_mg is None else _decimal(request.step_mg),
        "first": None if request.first_mg is None else _decimal(request.first_mg),
    }
    if written["from"] is None or written["to"] is None:
        return None
    return "&".join(f"{name}={value}" for name, value in written.items() if value is not None)


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
    """The URL of the page of a plan; None unless the request in it makes exactly this plan."""
    for request in _requests(proposal, catalogue):
        query = query_of(request)
        try:
            if query is not None and make_plan(request, catalogue).plan == proposal.plan:
                return f"{public_url}/taper?{query}"
        except NoPlanError:
            continue
    return None


def _requests(proposal: Proposal, catalogue: ProductCatalogue) -> list[PlanRequest]:
    """The requests that may make the plan of a proposal: with the first choices, then with each alternative."""
    plan, offered = proposal.plan, choices(catalogue)
    plain = PlanRequest(plan.from_mg, plan.wanted_mg, catalogue.on, proposal.products.main.code)
    if plan.kind is Kind.START:
        return [plain, *(replace(plain, first_mg=first) for first in offered.firsts_mg[1:])]
    return [plain, *(replace(plain, step_mg=step) for step in offered.steps_mg[1:])]
