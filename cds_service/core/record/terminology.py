"""Which code lists a code is in, and which product it names. The lists themselves are fhir_profiles/."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from cds_service.core.model.product import Product, Route
from cds_service.core.record.fhir import codings

Coding = tuple[str, str]

# Records write the same ICD code as F10.2 and F102: both are read as F10.2.
_UNDOTTED = re.compile(r"([A-Z]\d\w)(\w+)")

# A code of ICD: below it stand the codes that begin with it.
ICD_CODE = re.compile(r"[A-Z]\d\w(?:\.\w+)?")

# CIS and CIP of 13 digits. Codes of 7 digits or fewer are RxNorm's too.
_LONG_CODE = re.compile(r"[0-9]{8}|34009[0-9]{8}")

# No code that we know is half as long; the codes above a longer one would take long to look up.
LONGEST_CODE = 64

UNDECIDED = "-undecided"
"""Ends the name of a list whose codes leave unknown what the list without this ending is about."""


class ListName(StrEnum):
    """The code lists that code asks by name. Those of histories are named in core/model/case.py as well."""

    ADDICTION_REFERRAL = "addiction-referral"
    ALCOHOL_CONSUMPTION = "alcohol-consumption"
    ALCOHOL_DEPENDENCE = "alcohol-dependence"
    ALCOHOL_DEPENDENCE_IN_REMISSION = "alcohol-dependence-in-remission"
    ALCOHOL_DRINKS_PER_DAY = "alcohol-drinks-per-day"
    ALCOHOL_DRINKS_PER_DRINKING_DAY = "alcohol-drinks-per-drinking-day"
    ALCOHOL_DRINKS_PER_WEEK = "alcohol-drinks-per-week"
    ALCOHOL_RELATED = "alcohol-related"
    BACLOFEN_NOT_ORAL_FORM = "baclofen-not-oral-form"
    BACLOFEN_SUBSTANCE = "baclofen-substance"
    BREAST_FEEDING = "breast-feeding"
    DIALYSIS = "dialysis"
    FAMILY_HISTORY = "family-history"
    PREGNANCY = "pregnancy"
    PRIOR_ALCOHOL_MEDICINE = "prior-alcohol-medicine"
    PSYCHIATRIC_DISORDER = "psychiatric-disorder"
    ROUTE_INTRATHECAL = "route-intrathecal"
    ROUTE_ORAL = "route-oral"
    SEDATING_MEDICINE = "sedating-medicine"
    SEIZURE = "seizure"
    SEVERE_KIDNEY_FAILURE = "severe-kidney-failure"
    SPASTICITY = "spasticity"
    SUBSTANCE_INDUCED_DISORDER = "substance-induced-disorder"
    SUICIDALITY = "suicidality"
    UNIT_TABLET = "unit-tablet"


@dataclass(frozen=True)
class CodeList:
    """A ValueSet: codes named one by one, and patterns that a whole code must match.

    What is excluded is in no other way in the list. A code of ICD below one that is named is neither in the list nor
    out of it.
    """

    name: str
    codes: frozenset[Coding]
    patterns: tuple[tuple[str, re.Pattern[str]], ...] = ()
    excluded: tuple[tuple[str, re.Pattern[str]], ...] = ()

    def has(self, system: str, code: str) -> bool:
        included = (system, code) in self.codes or _any_match(self.patterns, system, code)
        return included and not self.excludes(system, code)

    def excludes(self, system: str, code: str) -> bool:
        return _any_match(self.excluded, system, code)

    def leaves_open(self, system: str, code: str) -> bool:
        """Whether a code is not in the list, stands below a code that is, and is not excluded."""
        if not ICD_CODE.fullmatch(code) or self.has(system, code) or self.excludes(system, code):
            return False
        return any((system, code[:length].rstrip(".")) in self.codes for length in range(3, len(code)))

    def says_of(self, system: str, code: str) -> str | None:
        """The list that a code is in: this one, or that of the codes that leave it open; None for neither."""
        if self.has(system, code):
            return self.name
        return f"{self.name.removesuffix(UNDECIDED)}{UNDECIDED}" if self.leaves_open(system, code) else None


def _any_match(patterns: Iterable[tuple[str, re.Pattern[str]]], system: str, code: str) -> bool:
    return any(owner == system and pattern.fullmatch(code) for owner, pattern in patterns)


class Terminology:
    """Every code that the service knows. `aliases` maps each written form of a system to its canonical URI."""

    def __init__(
        self, lists: Iterable[CodeList], products: Mapping[Coding, Product], aliases: Mapping[str, str]
    ) -> None:
        self._lists = {known.name: known for known in lists}
        self._naming = _naming(self._lists.values())
        self._products = products
        self._aliases = aliases
        self._by_long_code = {code: product for (_, code), product in products.items() if _LONG_CODE.fullmatch(code)}
        # The same codes come with every request; the bound keeps hostile requests from filling the memory.
        self._names = lru_cache(maxsize=8192)(self._find_names)

    def with_products(self, more: Mapping[Coding, Product]) -> "Terminology":
        """The same lists, with further codes of products."""
        return Terminology(self._lists.values(), {**self._products, **more}, self._aliases)

    def products(self) -> tuple[Product, ...]:
        """Each product once."""
        return tuple(dict.fromkeys(self._products.values()))

    def product_of_other_system(self, code: str) -> Product | None:
        """The product of a long code under any system: hardly another thing has the CIS or CIP of one of ours."""
        return self._by_long_code.get(code.strip())

    def canonical(self, system: str) -> str | None:
        """The canonical URI of a code system, or None where it is not one that we read."""
        return self._aliases.get(system.rstrip("/"))

    def lookup(self, concept: object) -> tuple[set[str], bool]:
        """Names of the lists that a CodeableConcept is in, and whether any of its codes is one that we can read.

        A code below one that a list names is in the list of this name that ends with UNDECIDED.
        """
        names: set[str] = set()
        known = False
        for system, code in codings(concept):
            found = self._names(system, code)
            known = known or found is not None
            names.update(found or ())
        return names, known

    def has(self, name: ListName, codes: Iterable[Coding]) -> bool:
        """Whether a list has at least one of these codes."""
        self.require(name)
        return any(name in (self._names(system, code) or ()) for system, code in codes)

    def require(self, name: str) -> None:
        """A list that is not here has not nothing in it: asking it is a defect. The loader names it at start."""
        if name not in self._lists:
            raise LookupError(f"unknown code list {name}")

    def list_names(self) -> set[str]:
        return set(self._lists)

    def product_of(self, system: str, code: str) -> Product | None:
        return self._products.get((self.canonical(system) or system, code.strip()))

    def product_named(self, code: str) -> Product | None:
        """The product with this code in our own code system."""
        return next((product for product in self._products.values() if product.code == code), None)

    def oral_names(self) -> set[str]:
        """The names that cards may print."""
        return {product.name for product in self._products.values() if product.route is Route.ORAL}

    def _find_names(self, system: str, code: str) -> tuple[str, ...] | None:
        canonical, written = self.canonical(system), code.strip()
        if canonical is None or len(written) > LONGEST_CODE:
            return None
        upper = written.upper()
        dotted = _UNDOTTED.sub(r"\1.\2", upper, count=1) if "." not in written else upper
        forms = dict.fromkeys((written, upper, dotted))
        said = (known.says_of(canonical, form) for form in forms for known in self._that_may_have(canonical, form))
        return tuple(dict.fromkeys(name for name in said if name))

    def _that_may_have(self, system: str, code: str) -> Iterator[CodeList]:
        """The lists with patterns for this system, and those that name the code, or for ICD a code above it."""
        yield from self._naming.get((system, ""), ())
        yield from self._naming.get((system, code), ())
        if ICD_CODE.fullmatch(code):
            for length in range(3, len(code)):
                yield from self._naming.get((system, code[:length].rstrip(".")), ())


def _naming(lists: Iterable[CodeList]) -> Mapping[Coding, Sequence[CodeList]]:
    """The lists by each code that they name; under the empty code those with patterns of a system."""
    naming: dict[Coding, list[CodeList]] = {}
    for known in lists:
        of_patterns = {(system, "") for system, _ in (*known.patterns, *known.excluded)}
        for coding in known.codes | of_patterns:
            naming.setdefault(coding, []).append(known)
    return naming
