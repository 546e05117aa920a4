"""Reads the product codes of a site (`CDS_PRODUCTS`): UCD codes, or those of its formulary, and the product of each.

A CSV file with the columns system, code, cis, from, until (the last two may be empty, or absent), or a TOML file with
the same keys in [[product]] tables. `from` is the first day on which the code counts, `until` the first on which it
does not any more. All faults are reported at once.
"""

import csv
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from cds_service.base.errors import Fault
from cds_service.config.toml_tables import read_toml
from cds_service.core.model.product import Product
from cds_service.core.record.terminology import Terminology

CIS = "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique"
REQUIRED = ("system", "code", "cis")
COLUMNS = (*REQUIRED, "from", "until")
_URI = re.compile(r"(https?://|urn:)[\x21-\x7e]+")
_CODE = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?")


@dataclass(frozen=True)
class SiteProduct:
    """A code of the site, the product that it names, and the days [since, until) on which it does."""

    system: str
    code: str
    product: Product
    since: date = date.min
    until: date = date.max

    def counts_on(self, day: date) -> bool:
        return self.since <= day < self.until

    def overlaps(self, other: "SiteProduct") -> bool:
        same = (self.system, self.code) == (other.system, other.code)
        return same and self.since < other.until and other.since < self.until


def read_site_products(path: Path, terminology: Terminology, faults: list[Fault]) -> tuple[SiteProduct, ...]:
    rows = list(_toml_rows(path, faults) if path.suffix == ".toml" else _csv_rows(path, faults))
    read = [(where, _product(where, row, terminology, faults)) for where, row in rows]
    known = [(where, product) for where, product in read if product is not None]
    for (_, first), (where, second) in combinations(known, 2):
        if first.overlaps(second):
            remedy = "end one before the other begins"
            faults.append(Fault(where, "has the code of a row above, on the same days", remedy))
    if not rows and not faults:
        faults.append(Fault(path.name, "has no product", f"write rows of {', '.join(COLUMNS)}"))
    return tuple(product for _, product in known)


def digest_of(products: Collection[SiteProduct]) -> str:
    """A short digest of what the table says, whatever its form, its order and the names of products."""
    rows = sorted((item.system, item.code, item.product.code, f"{item.since}", f"{item.until}") for item in products)
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:8]


# --- the rows --------------------------------------------------------------------------------


def _toml_rows(path: Path, faults: list[Fault]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    file = read_toml(path, faults)
    for table in file.tables("product"):
        yield table.where, {key: table.any(key) for key in table.names()}
    file.finish()


def _csv_rows(path: Path, faults: list[Fault]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        faults.append(Fault(path.name, f"cannot be read ({type(problem).__name__})", "make it readable UTF-8"))
        return
    heads = text.partition("\n")[0]
    reader = csv.DictReader(text.splitlines(), delimiter=";" if ";" in heads else ",", restval="")
    for row in reader:
        # A cell too many stands under None.
        yield f"{path.name} line {reader.line_num}", {str(key): value for key, value in row.items()}


def _product(where: str, row: Mapping[str, Any], terminology: Terminology, faults: list[Fault]) -> SiteProduct | None:
    """The product of a row; None with faults if there are any."""
    before = len(faults)
    faults += [
        Fault(f"{where}, {key}", "is not a known key", f"use {', '.join(COLUMNS)}")
        for key in row
        if key not in COLUMNS
    ]
    system, code, cis = (str(row.get(key) or "").strip() for key in REQUIRED)
    product = terminology.product_of(CIS, cis)
    faults += _faults_of_code(where, system, code, terminology)
    if product is None:
        faults.append(Fault(f"{where}, cis", "is not the CIS of a product of ours", "see `cds-service products`"))
    days = _days(where, row, faults)
    if product is None or len(faults) > before:
        return None
    return SiteProduct(terminology.canonical(system) or system, code, product, *days)


def _faults_of_code(where: str, system: str, code: str, terminology: Terminology) -> Iterator[Fault]:
    if not _URI.fullmatch(system):
        yield Fault(f"{where}, system", "is not a URI", "give the system of the Coding, as the EHR sends it")
    if not _CODE.fullmatch(code):
        yield Fault(f"{where}, code", "is not a code of 1 to 64 characters", "give the code of the Coding")
    if terminology.product_of(system, code):
        yield Fault(f"{where}, code", "is in our own table already", "delete the row")


def _days(where: str, row: Mapping[str, Any], faults: list[Fault]) -> tuple[date, date]:
    since, until = _day(where, row, "from", date.min, faults), _day(where, row, "until", date.max, faults)
    if since >= until:
        faults.append(Fault(f"{where}, until", "is not after from", "give the first day on which it does not count"))
    return since, until


def _day(where: str, row: Mapping[str, Any], key: str, default: date, faults: list[Fault]) -> date:
    written = row.get(key)
    if written is None or written == "":
        return default
    try:
        return date.fromisoformat(str(written))
    except ValueError:
        faults.append(Fault(f"{where}, {key}", "is not a day", "write it as 2024-09-03"))
        return default
