"""Chooses the products of a plan: that of 10 mg alone, or with a coarser one that is taken already or needed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from cds_service.core.facts.indication import ALCOHOL_ONLY_BRAND
from cds_service.core.model.medicine import Medicine
from cds_service.core.model.order import Order
from cds_service.core.model.product import Product
from cds_service.core.model.ruleset import RuleSet, Values, whole
from cds_service.core.orders.authorisation import authorised_products
from cds_service.core.plans.plan_dosages import plan_dosages
from cds_service.core.plans.tablets import FINE_STRENGTH_MG, Tablet, Tablets, are_too_many
from cds_service.core.plans.taper import Plan, PlanError
from cds_service.core.record.terminology import Terminology

LIMITS_RULE = "plan-limits"

# Where tablets of 10 mg are too many and the patient takes no others.
_COARSER_MG = (Fraction(20), Fraction(40))


@dataclass(frozen=True, slots=True)
class Products:
    """The product of the first tablet of a plan, and that of 10 mg beside it if the first is coarser.

    `fine_only`: the product of 10 mg is used alone, where otherwise there would be two.
    """

    main: Product
    finer: Product | None
    fine_only: bool = False

    @property
    def in_order(self) -> tuple[Product, ...]:
        """As the tablets of the plan: the first, then the finer one."""
        return (self.main, self.finer) if self.finer else (self.main,)

    def new_for(self, drafts: Iterable[Order]) -> str:
        """The name of the first product, where the drafts have none of these; else empty."""
        return self.main.name if {it.medicine.product for it in drafts}.isdisjoint(self.in_order) else ""


@dataclass(frozen=True, slots=True)
class ProductCatalogue:
    """The product catalogue of a day, with the rules that plans are made by.

    `fine_only` is for a client that takes one action a suggestion: a plan has one product, that of 10 mg.
    """

    rules: RuleSet
    terminology: Terminology
    on: date
    fine_only: bool = False

    def authorised(self) -> list[Product]:
        """Products authorised for alcohol dependence and on sale on the day."""
        named = (self.terminology.product_named(code) for code in authorised_products(self.rules, self.on))
        return [product for product in named if product and (product.on_sale_since or self.on) <= self.on]

    def values(self, rule: str) -> Values | None:
        return self.rules.values(rule, self.on)


def with_products(
    make: Callable[[Tablets], Plan], drafted: Medicine, taken: Medicine | None, catalogue: ProductCatalogue
) -> tuple[Plan, Products] | None:
    """The plan with the first tablets that are not too many, and their products; None if nothing is authorised.

    Where all are too many, the fewest. What `make` raises is raised.
    """
    made = []
    for pair in _candidates(drafted, taken, catalogue):
        plan = make(tuple(map(tablet_of, pair)))
        made.append((plan, _products_of(plan, pair, drafted, catalogue)))
        if not _has_too_many(plan, catalogue):
            return made[-1]
    return min(made, key=lambda it: _number_of_tablets(it[0]), default=None)


def with_lines(
    make: Callable[[Tablets], Plan], drafted: Sequence[Medicine], catalogue: ProductCatalogue
) -> tuple[Plan, Products]:
    """The plan in the tablets of the two lines of a regimen. Raises PlanError unless it needs both, and no others."""
    products = None if catalogue.fine_only else _of_lines(drafted, catalogue)
    if products is None:
        raise PlanError("lines")
    main, finer = map(tablet_of, products.in_order)
    plan = make((main, finer))
    if not (any(plan_dosages(plan, main)) and any(plan_dosages(plan, finer))):
        raise PlanError("lines")
    return plan, products


def _of_lines(drafted: Sequence[Medicine], catalogue: ProductCatalogue) -> Products | None:
    """An authorised product of the strength of each of two lines, one of them of 10 mg."""
    strengths = sorted((medicine.strength_mg or Fraction(0) for medicine in drafted), reverse=True)
    found = {product.strength_mg: product for it in drafted if (product := equivalent_product(it, catalogue))}
    if len(strengths) != 2 or strengths[-1] != FINE_STRENGTH_MG or set(found) != set(strengths):
        return None
    return Products(found[strengths[0]], found[strengths[-1]])


def _products_of(plan: Plan, pair: tuple[Product, ...], drafted: Medicine, catalogue: ProductCatalogue) -> Products:
    used = [product for product in pair if product.code in {tablet.product for tablet in plan.tablets}]
    alone = catalogue.fine_only and drafted.strength_mg not in (None, FINE_STRENGTH_MG)
    return Products(used[0], used[1] if len(used) > 1 else None, fine_only=alone)


def _has_too_many(plan: Plan, catalogue: ProductCatalogue) -> bool:
    values = catalogue.values(LIMITS_RULE)
    if values is None:
        return False
    limits = whole(values, "most_a_day"), whole(values, "most_an_intake")
    days = [[intake.mg for intake in level.intakes] for level in plan.levels]
    return any(are_too_many(day, tuple(sorted(plan.tablets, reverse=True)), *limits) for day in days if day)


def _number_of_tablets(plan: Plan) -> Fraction:
    """Of a day of each level, in all."""
    return sum((count.number for level in plan.levels for it in level.intakes for count in it.counts), Fraction(0))


def _candidates(
    drafted: Medicine, taken: Medicine | None, catalogue: ProductCatalogue
) -> Iterator[tuple[Product, ...]]:
    """The products to try: 10 mg alone where it is ordered or taken; the strength taken and 10 mg; 20; 40."""
    fine = _fine(drafted, taken, catalogue)
    if fine is None:
        return
    theirs = _coarser_taken(taken, catalogue)
    if theirs is None or catalogue.fine_only or drafted.product == fine:
        yield (fine,)
    if not catalogue.fine_only:
        coarser = dict.fromkeys([theirs, *(_of_strength(mg, drafted, catalogue) for mg in _COARSER_MG)])
        yield from ((product, _beside(product, catalogue) or fine) for product in coarser if product)


def _coarser_taken(taken: Medicine | None, catalogue: ProductCatalogue) -> Product | None:
    """An authorised product of the strength that the patient takes, if that is another than 10 mg."""
    if taken is None or taken.strength_mg in (None, FINE_STRENGTH_MG):
        return None
    return _of_strength(taken.strength_mg, taken, catalogue)


def _fine(drafted: Medicine, taken: Medicine | None, catalogue: ProductCatalogue) -> Product | None:
    """The product of 10 mg: that of the draft or of the record if authorised, else of the same brand, else any."""
    for medicine in (drafted, taken):
        if medicine and medicine.product in catalogue.authorised() and medicine.strength_mg == FINE_STRENGTH_MG:
            return medicine.product
    equivalent = equivalent_product(drafted, catalogue)
    return None if equivalent is None else _beside(equivalent, catalogue)


def _beside(main: Product, catalogue: ProductCatalogue) -> Product | None:
    """The divisible 10 mg tablet of an authorised product, of the same brand if there is one."""
    fine = [
        product for product in catalogue.authorised() if product.strength_mg == FINE_STRENGTH_MG and product.divisible
    ]
    return min(fine, key=lambda product: (product.brand != main.brand, product.code), default=None)


def _of_strength(strength_mg: Fraction | None, medicine: Medicine, catalogue: ProductCatalogue) -> Product | None:
    """An authorised product of this strength: the medicine's own, else of its brand, else any."""
    own, brand = medicine.product, medicine.product.brand if medicine.product else ""
    alike = [product for product in catalogue.authorised() if product.strength_mg == strength_mg]
    return min(alike, key=lambda it: (it != own, it.brand != brand, it.code), default=None) if strength_mg else None


def equivalent_product(medicine: Medicine, catalogue: ProductCatalogue) -> Product | None:
    """The product itself if authorised that day; else an equivalent product of the same or nearest lower strength."""
    authorised = catalogue.authorised()
    if medicine.product in authorised:
        return medicine.product
    nearest = _nearest(authorised, medicine.strength_mg or FINE_STRENGTH_MG)
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


def tablet_of(product: Product) -> Tablet:
    return Tablet(product.strength_mg or Fraction(0), product.divisible is True, product.code)
