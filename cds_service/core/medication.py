"""Which medicine an order asks for: a product that we know, baclofen without a product, or another drug."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from cds_service.core import fhir
from cds_service.core.fhir import Resource
from cds_service.core.model import Medicine, Product, Route
from cds_service.core.quantity import milligrams
from cds_service.core.terminology import Terminology

# Words never give a strength. They bring an order into scope, and the card asks for the product.
_NAMES_BACLOFEN = re.compile(r"bacl?of|baclocur|lior[eé]sal|kemstro|ozobax|fleqsuvy|lyvispah", re.IGNORECASE)
_STRENGTH_IN_WORDS = re.compile(r"(\d+(?:[.,]\d+)?)\s*mg\b(\s*/\s*\d)?", re.IGNORECASE)

# A key of cards/reasons.toml.
UNREADABLE = "medicine-unreadable"

# A named French speciality says more than a foreign or generic code for the same tablet.
_BRANDS = ("baclocur", "baclofene-zentiva", "lioresal", "generic", "foreign")


def identify(order: Resource, resources: Mapping[str, Resource], terminology: Terminology) -> Medicine | str | None:
    """The medicine of an order; None where it is surely not oral baclofen; else the reason why nobody can tell."""
    medication = _medication(order, resources)
    concepts = list(_concepts(order, medication))
    codings = [coding for concept in concepts for coding in fhir.codings(concept)]
    written = " ".join(fhir.words(concept) for concept in concepts)
    written += " " + fhir.text(fhir.as_object(order.get("medicationReference")).get("display"))
    products = {product for system, code in codings if (product := terminology.product_of(system, code))}
    lists = terminology.lists_of(codings)
    if products:
        return _as_product(products, _ingredient_strengths(medication), _strengths_in(written))
    if "baclofen-not-oral-form" in lists:
        return None
    if "baclofen-substance" in lists:
        return _as_ingredient(_ingredient_strengths(medication))
    if _NAMES_BACLOFEN.search(written):
        return Medicine(product=None, by_text=True)
    return None if _names_something(codings, written, terminology) else UNREADABLE


def _as_product(products: set[Product], ingredient: set[Fraction], words: set[Fraction]) -> Medicine:
    best = min(products, key=_preference)
    strengths = {product.strength_mg for product in products if product.strength_mg is not None}
    conflict = len({product.route for product in products}) > 1 or len(strengths | ingredient) > 1
    told_otherwise = bool(strengths) and bool(words) and not strengths & words
    strength = best.strength_mg if best.strength_mg is not None else next(iter(strengths | ingredient), None)
    return Medicine(best, strength, best.strength_mg_per_ml, strength_conflict=conflict or told_otherwise)


def _preference(product: Product) -> tuple[bool, int, str]:
    """Oral first: with codes that disagree on the route, the order must not fall out of scope in silence."""
    return product.route is not Route.ORAL, _BRANDS.index(product.brand), product.code


def _as_ingredient(strengths: set[Fraction]) -> Medicine:
    return Medicine(None, next(iter(strengths), None), strength_conflict=len(strengths) > 1)


def _names_something(codings: list[tuple[str, str]], written: str, terminology: Terminology) -> bool:
    """Whether the order names a drug at all. A hospital's own code alone names nothing to us."""
    return bool(written.strip()) or any(terminology.canonical(system) for system, _ in codings)


def _medication(order: Resource, resources: Mapping[str, Resource]) -> Resource:
    """The Medication that the order points to: contained, beside it in the Bundle, or in prefetch."""
    reference = fhir.text(fhir.as_object(order.get("medicationReference")).get("reference"))
    if reference.startswith("#"):
        contained = fhir.objects(order.get("contained"))
        return next((item for item in contained if f"#{fhir.text(item.get('id'))}" == reference), {})
    found = resources.get(reference) or resources.get(fhir.relative(order.get("medicationReference")) or "")
    return found or {}


def _concepts(order: Resource, medication: Resource) -> Iterator[object]:
    yield order.get("medicationCodeableConcept")
    yield medication.get("code")
    for ingredient in _active_ingredients(medication):
        yield ingredient.get("itemCodeableConcept")


def _active_ingredients(medication: Resource) -> Iterator[Resource]:
    for ingredient in fhir.objects(medication.get("ingredient")):
        if ingredient.get("isActive") is not False:
            yield ingredient


def _ingredient_strengths(medication: Resource) -> set[Fraction]:
    """Milligrams a unit, from each active ingredient's strength ratio: 10 mg per 1 tablet."""
    strengths = set()
    for ingredient in _active_ingredients(medication):
        ratio = fhir.as_object(ingredient.get("strength"))
        mass, unit = milligrams(ratio.get("numerator")), fhir.as_object(ratio.get("denominator"))
        if isinstance(mass, Fraction) and unit.get("value", 1) == 1:
            strengths.add(mass)
    return strengths


def _strengths_in(written: str) -> set[Fraction]:
    """Strengths that words give for one unit; "10 mg/5 ml" is a concentration and gives 0, equal to none."""
    return {
        Fraction(0) if per_volume else Fraction(number.replace(",", "."))
        for number, per_volume in _STRENGTH_IN_WORDS.findall(written)
    }
