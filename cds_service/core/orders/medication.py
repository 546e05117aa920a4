"""Tells what names of a medicine mean: a known product, baclofen without a product, or another drug."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from unicodedata import category, normalize

from cds_service.core.dose.quantity import counted, milligrams, number
from cds_service.core.model.medicine import Medicine
from cds_service.core.model.product import Product, Route
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.terminology import Coding, ListName, Terminology

# Words alone bring an order into scope, and the card then asks for the product. They never give a strength (a
# structured composition beside them does), but may contradict one.
_NAMES_BACLOFEN = re.compile(r"bacl?o(f|ph)|baclocur|lioresal|kemstro|ozobax|fleqsuvy|lyvispah", re.IGNORECASE)
# "10 mg/5 ml" is a concentration, "10 mg/1" is how the FDA writes a tablet of 10 mg.
_STRENGTH_IN_WORDS = re.compile(
    r"(?<![0-9.,])([0-9]{1,6}(?:[.,][0-9]{1,6})?)\s?mg\b(\s?/\s?[0-9.,]{0,9}\s?ml)?", re.IGNORECASE
)

# Unicode categories of combining accents and of format characters.
_UNSEEN = ("Mn", "Cf")

# A key of cards/reasons.toml.
UNREADABLE = "medicine-unreadable"

# The systems of which we have every code of baclofen: CIS, CIP, ATC, RxNorm, UNII. Of UCD, SMS, the substances of
# the ANSM and SNOMED CT we have few or none: an unknown code of theirs may be baclofen.
_ALL_BACLOFEN_LISTED = {
    "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique",
    "http://data.esante.gouv.fr/ansm/medicament/Presentation",
    "http://www.whocc.no/atc",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://fdasis.nlm.nih.gov",
}

# Preference among codes of one tablet: a French brand says more than a generic or foreign code.
_BRANDS = ("baclocur", "baclofene-zentiva", "lioresal", "generic", "foreign")


@dataclass(frozen=True, slots=True)
class _Strengths:
    """The strengths that an order gives, by where they are given; different ones are a conflict."""

    mg: frozenset[Fraction]
    mg_per_ml: frozenset[Fraction]
    in_words: frozenset[frozenset[Fraction]]
    impossible: bool = False

    def told_otherwise(self) -> frozenset[Fraction]:
        """The strengths of the names of which none is that of the codes."""
        others = [said for said in self.in_words if self.mg and not self.mg & said]
        return frozenset(mg for said in others for mg in said)

    def conflict(self) -> bool:
        return self.impossible or len(self.mg) > 1 or len(self.mg_per_ml) > 1 or bool(self.told_otherwise())


def modifier_of(resource: Resource) -> str | None:
    """Why a resource is not read: modifierExtension or implicitRules may change its meaning; else None."""
    if "modifierExtension" in resource:
        return "modifier-extension"
    return "implicit-rules" if "implicitRules" in resource else None


def identified(
    order: Resource, medication: Resource, concepts: list[object], terminology: Terminology
) -> Medicine | str | None:
    """The medicine that these concepts name; None if it is certainly not oral baclofen; or why it cannot be told."""
    codings, names = _codes_and_names(order, concepts)
    written = " ".join(names)
    products = {product for system, code in codings if (product := terminology.product_of(system, code))}
    if products:
        return _as_product(products, _strengths(products, medication, names, terminology))
    misplaced = _misplaced(codings, written, terminology)
    if misplaced:
        found = _as_product(misplaced, _strengths(misplaced, medication, names, terminology))
        return replace(found, misplaced_code=True)
    if terminology.has(ListName.BACLOFEN_NOT_ORAL_FORM, codings):
        return None
    if terminology.has(ListName.BACLOFEN_SUBSTANCE, codings):
        return _medicine(None, _strengths(products, medication, names, terminology))
    if _names_baclofen(written):
        named = max(_strengths_in(written), default=Fraction(0)) or None
        composed = _medicine(None, _strengths(set(), medication, names, terminology))
        return replace(composed, by_text=True, mg_in_words=named)
    return None if names_something(codings, written, terminology) else UNREADABLE


def _misplaced(codings: Iterable[Coding], written: str, terminology: Terminology) -> set[Product]:
    """The products of codes of ours under another system, as the CDS Hooks sandbox sends a CIS that it was suggested.

    Under a system that we do not know such a code may be another one of the same digits: there the words must agree.
    """
    named = _names_baclofen(written)
    found = (
        terminology.product_of_other_system(code)
        for system, code in codings
        if named or terminology.canonical(system) in _ALL_BACLOFEN_LISTED
    )
    return {product for product in found if product}


def codes_and_words(order: Resource, concepts: list[object]) -> tuple[tuple[Coding, ...], str]:
    """Each (system, code) and all words that name the medicine of an order."""
    codings, names = _codes_and_names(order, concepts)
    return codings, " ".join(names)


def _codes_and_names(order: Resource, concepts: list[object]) -> tuple[tuple[Coding, ...], list[str]]:
    """Each (system, code) and each text or display that names the medicine of an order."""
    codings = tuple(coding for concept in concepts for coding in fhir.codings(concept))
    display = fhir.text(fhir.as_object(order.get("medicationReference")).get("display"))
    return codings, [*(name for concept in concepts for name in fhir.names(concept)), display]


def _as_product(products: set[Product], strengths: _Strengths) -> Medicine:
    return _medicine(min(products, key=_preference), strengths, conflict=len({item.route for item in products}) > 1)


def _medicine(product: Product | None, strengths: _Strengths, *, conflict: bool = False) -> Medicine:
    """If strengths conflict the largest is kept: a dose computed from it is to be confirmed."""
    conflict = conflict or strengths.conflict()
    candidates = strengths.mg | (strengths.told_otherwise() if conflict else frozenset())
    return Medicine(
        product=product,
        strength_mg=max(candidates, default=None),
        strength_mg_per_ml=max(strengths.mg_per_ml, default=None),
        strength_conflict=conflict,
    )


def _preference(product: Product) -> tuple[bool, int, str]:
    """Sort key: oral first, so that an order whose codes disagree on the route stays in scope."""
    return product.route is not Route.ORAL, _BRANDS.index(product.brand), product.code


def _names_baclofen(written: str) -> bool:
    """Whether words name baclofen, in any Unicode form of letters and accents."""
    return bool(_NAMES_BACLOFEN.search(written if written.isascii() else _bare(written)))


def _bare(written: str) -> str:
    """The letters without accents, soft hyphens and other invisible characters.

    One by one: to normalise a text whole takes quadratic time for many accents, and only their order differs.
    """
    return "".join(map(_bare_letter, written))


@lru_cache(maxsize=4096)
def _bare_letter(letter: str) -> str:
    return "".join(sign for sign in normalize("NFKD", letter) if category(sign) not in _UNSEEN)


def names_something(codings: Iterable[Coding], written: str, terminology: Terminology) -> bool:
    """Whether the order names a drug: in words, or by a code of a system of which we have all baclofen codes."""
    return bool(written.strip()) or any(
        terminology.canonical(system) in _ALL_BACLOFEN_LISTED for system, _ in codings
    )


def medication_of(order: Resource, resources: Mapping[str, Resource]) -> Resource:
    """The Medication of medicationReference: contained, in the same Bundle, or in the prefetch; else empty."""
    reference = fhir.text(fhir.as_object(order.get("medicationReference")).get("reference"))
    if reference.startswith("#"):
        return next((item for item in fhir.objects(order.get("contained")) if is_medicine(item, reference)), {})
    local = fhir.relative(order.get("medicationReference"))
    found = resources.get(reference) or resources.get(local or "") if reference else None
    return found if found and found.get("resourceType") == "Medication" else {}


def is_medicine(contained: Resource, reference: str) -> bool:
    """Whether a contained resource is the medicine that a local reference names, and not a reason of the same id."""
    of_type = fhir.text(contained.get("resourceType")) in ("", "Medication")
    return of_type and f"#{fhir.text(contained.get('id'))}" == reference


def concepts_of(order: Resource, medication: Resource, resources: Mapping[str, Resource]) -> Iterator[object]:
    """The CodeableConcepts that name the medicine: of the order, its Medication, and its active ingredients."""
    yield order.get("medicationCodeableConcept")
    yield medication.get("code")
    for ingredient in active_ingredients(medication):
        yield ingredient.get("itemCodeableConcept")
        item = fhir.as_object(ingredient.get("itemReference"))
        yield {"text": item.get("display")}
        yield medication_of({"contained": order.get("contained"), "medicationReference": item}, resources).get("code")


def active_ingredients(medication: Resource) -> Iterator[Resource]:
    for ingredient in fhir.objects(medication.get("ingredient")):
        if ingredient.get("isActive") is not False:
            yield ingredient


def _strengths(
    products: set[Product], medication: Resource, names: Iterable[str], terminology: Terminology
) -> _Strengths:
    ratios = [fhir.as_object(item.get("strength")) for item in _baclofen_in(medication, terminology)]
    per_tablet = [_per(ratio, counted(_denominator(ratio), "tablet", terminology)) for ratio in ratios]
    per_ml = [_per(ratio, counted(_denominator(ratio), "ml", terminology)) for ratio in ratios]
    return _Strengths(
        mg=_given([*per_tablet, *(product.strength_mg for product in products)]),
        mg_per_ml=_given([*per_ml, *(product.strength_mg_per_ml for product in products)]),
        in_words=frozenset(filter(None, map(_strengths_in, names))),
        impossible=any(_is_impossible(ratio) for ratio in ratios),
    )


def _given(strengths: Iterable[Fraction | None]) -> frozenset[Fraction]:
    return frozenset(strength for strength in strengths if strength)


def _baclofen_in(medication: Resource, terminology: Terminology) -> list[Resource]:
    """The active ingredients that are baclofen; a single active ingredient need not be named."""
    active = list(active_ingredients(medication))
    named = [item for item in active if _is_baclofen(item.get("itemCodeableConcept"), terminology)]
    return named or (active if len(active) == 1 else [])


def _is_baclofen(concept: object, terminology: Terminology) -> bool:
    codings = list(fhir.codings(concept))
    by_code = terminology.has(ListName.BACLOFEN_SUBSTANCE, codings)
    by_product = any(terminology.product_of(system, code) for system, code in codings)
    return by_code or by_product or _names_baclofen(fhir.words(concept))


def _denominator(ratio: Resource) -> Resource:
    """The denominator of a strength; one tablet if no unit is named."""
    written = fhir.as_object(ratio.get("denominator"))
    unnamed = not fhir.text(written.get("unit")) and fhir.text(written.get("code")) in ("", "1")
    if not unnamed:
        return written
    return {"value": 1 if fhir.is_empty(written.get("value")) else written["value"], "unit": "tablet"}


def _per(ratio: Resource, units: Fraction | None) -> Fraction | None:
    mass = milligrams(ratio.get("numerator"))
    return mass / units if mass and units and mass > 0 and units > 0 else None


def _is_impossible(ratio: Resource) -> bool:
    """Whether the numerator or denominator of a strength is negative or has a comparator."""
    return _is_negative_or_compared(ratio.get("numerator")) or _is_negative_or_compared(ratio.get("denominator"))


def _is_negative_or_compared(quantity: object) -> bool:
    written = fhir.as_object(quantity)
    value = number(written.get("value"))
    return not fhir.is_empty(written.get("comparator")) or (value is not None and value < 0)


def _strengths_in(written: str) -> frozenset[Fraction]:
    """The strengths in mg that words give for a tablet; a concentration ("10 mg/5 ml") gives 0, equal to none."""
    found = set(_STRENGTH_IN_WORDS.findall(written))
    return frozenset(
        Fraction(0) if per_volume else Fraction(figures.replace(",", ".")) for figures, per_volume in found
    )
