"""Loads rules, cards and code lists into Knowledge, or reports all their faults at once."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from cds_service.base.errors import Fault, KnowledgeError
from cds_service.base.version import __version__
from cds_service.core.model.ruleset import Rule, RuleSet, names
from cds_service.core.record.terminology import Terminology
from cds_service.core.wording.texts import Texts
from cds_service.knowledge.card_files import read_texts
from cds_service.knowledge.code_files import read_terminology
from cds_service.knowledge.completeness import incomplete
from cds_service.knowledge.override_reasons import read_override_reasons
from cds_service.knowledge.rule_files import read_rules
from cds_service.knowledge.site_products import SiteProduct, digest_of, read_site_products

_PACKAGE = Path(__file__).parents[1]

# The values of a rule file that are lists of products.
PRODUCT_LISTS = ("rtu", "amm", "suspended")


@dataclass(frozen=True)
class Knowledge:
    """All that the service knows before a request comes. Read once, never changed."""

    rules: RuleSet
    terminology: Terminology
    texts: Texts
    site_products: tuple[SiteProduct, ...] = ()
    _by_period: "dict[int, Knowledge]" = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def rules_version(self) -> str:
        return self.rules.version

    def of_day(self, day: date) -> "Knowledge":
        """The knowledge with the product codes of the site that count on a day."""
        if not self.site_products:
            return self
        period = bisect_right(self._changes, day)
        if period not in self._by_period:
            self._by_period[period] = self._with(item for item in self.site_products if item.counts_on(day))
        return self._by_period[period]

    @cached_property
    def of_any_day(self) -> "Knowledge":
        """The knowledge with all product codes of the site, to tell which orders of many days may be baclofen."""
        return self._with(self.site_products) if self.site_products else self

    @cached_property
    def _changes(self) -> list[date]:
        """The days on which a code of the site begins or ceases to count."""
        return sorted({day for item in self.site_products for day in (item.since, item.until)})

    def _with(self, products: Iterable[SiteProduct]) -> "Knowledge":
        codes = {(item.system, item.code): item.product for item in products}
        return replace(self, terminology=self.terminology.with_products(codes))


def data_path(name: str) -> Path:
    """A data file or folder: inside an installed package, else beside it in the repository."""
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name


def load_knowledge(
    rules_folder: Path = _PACKAGE / "rules",
    cards_folder: Path | None = None,
    profiles_folder: Path | None = None,
    products_file: Path | None = None,
) -> Knowledge:
    """Everything, or a KnowledgeError that names every fault. `products_file` has the product codes of the site."""
    cards_folder = cards_folder or data_path("cards")
    profiles_folder = profiles_folder or data_path("fhir_profiles")
    faults: list[Fault] = []
    rules = read_rules(rules_folder, faults)
    terminology = read_terminology(profiles_folder, faults)
    _check_products(rules, terminology, faults)
    faults += incomplete({rule.check for rule in rules}, terminology.list_names())
    site = read_site_products(products_file, terminology, faults) if products_file else ()
    reasons = read_override_reasons(profiles_folder, faults)
    texts = read_texts(cards_folder, rules, terminology, reasons, faults)
    if faults:
        raise KnowledgeError(*faults)
    version = rules_version(rules_folder) + (f".site-{digest_of(site)}" if site else "")
    return Knowledge(RuleSet(version, rules), terminology, texts, site)


def _check_products(rules: tuple[Rule, ...], terminology: Terminology, faults: list[Fault]) -> None:
    """Checks that each product named in a rule exists: a misspelt code would read as a product not authorised."""
    for rule in rules:
        for number, change in enumerate(rule.changes, start=1):
            for name in PRODUCT_LISTS:
                for code in names(change.values or {}, name):
                    if terminology.product_named(code) is None:
                        where = f"rules/{rule.id}.toml change {number} values, {name}"
                        remedy = "take the code of a product of baclofen-products.json"
                        faults.append(Fault(where, f"has the unknown product {code}", remedy))


def rules_version(folder: Path) -> str:
    """The package's version and a digest of the rule files, so that an old answer can be reproduced."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.toml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{__version__}+{digest.hexdigest()[:8]}"
