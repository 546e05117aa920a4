"""A medicine: the product that an order names, and what its codes tell of it."""

from dataclasses import dataclass
from fractions import Fraction

from cds_service.core.model.product import Product


@dataclass(frozen=True, slots=True)
class Medicine:
    """The medicine of an order. `product` is None if only the ingredient is named; `by_text`: in words alone.

    `misplaced_code`: the product is known by a code that stands under another code system.
    `mg_in_words` is the strength of its tablet that only words name: a dose read with it is to be confirmed.
    """

    product: Product | None
    strength_mg: Fraction | None = None
    strength_mg_per_ml: Fraction | None = None
    strength_conflict: bool = False
    by_text: bool = False
    mg_in_words: Fraction | None = None
    misplaced_code: bool = False


def medicine_of(product: Product) -> Medicine:
    """The medicine of an order that names this product and nothing else."""
    return Medicine(product, product.strength_mg, product.strength_mg_per_ml)
