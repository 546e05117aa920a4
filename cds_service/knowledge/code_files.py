"""Reads the code lists and products of fhir_profiles/ (FHIR R4 JSON) into a Terminology."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from cds_service.base.errors import Fault
from cds_service.core.model.product import Product, Route
from cds_service.core.record.terminology import CodeList, Coding, Terminology
from cds_service.knowledge.code_families import EDITIONS, families, unclear

_Members = tuple[set[Coding], list[tuple[str, re.Pattern[str]]]]

_ROUTES = {route.value: route for route in Route}


def read_terminology(folder: Path, faults: list[Fault]) -> Terminology:
    """Every list, product and system alias of a folder."""
    lists = [_code_list(path, faults) for path in sorted((folder / "valuesets").glob("*.json"))]
    faults += unclear(lists)
    products = _products(read_resource(folder / "codesystems" / "baclofen-products.json", faults), faults)
    products |= _ucd_products(read_resource(folder / "codesystems" / "ucd-products.json", faults), products, faults)
    return Terminology(lists, products, _aliases(folder / "namingsystems", faults))


def _named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def read_resource(path: Path, faults: list[Fault]) -> dict[str, Any]:
    try:
        resource = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as problem:
        faults.append(
            Fault(_named(path), f"cannot be read ({type(problem).__name__})", "make it valid JSON in UTF-8")
        )
        return {}
    return resource if isinstance(resource, dict) else {}


@contextmanager
def as_fhir(where: str, faults: list[Fault]) -> Iterator[None]:
    """Reports JSON that is not the expected FHIR as a fault instead of crashing."""
    try:
        yield
    except (AttributeError, KeyError, StopIteration, TypeError, ValueError, re.error) as problem:
        remedy = "compare it with the other files of its folder"
        faults.append(Fault(where, f"is not the FHIR that is expected ({type(problem).__name__})", remedy))


def _code_list(path: Path, faults: list[Fault]) -> CodeList:
    included: _Members = (set(), [])
    excluded: _Members = (set(), [])
    with as_fhir(_named(path), faults):
        compose = read_resource(path, faults).get("compose", {})
        included = _members(path, compose.get("include", []), faults)
        excluded = _members(path, compose.get("exclude", []), faults)
    codes, patterns = included
    for system, pattern in patterns:
        if system in EDITIONS and families(pattern.pattern) is None:
            problem = f"includes {pattern.pattern}, which is no family of codes"
            faults.append(Fault(_named(path), problem, "write each family as F2[0-9].* or R56\\.8.*"))
    return CodeList(path.stem, frozenset(codes), tuple(patterns), tuple(excluded[1]))


def _members(path: Path, includes: list[dict[str, Any]], faults: list[Fault]) -> _Members:
    codes: set[Coding] = set()
    patterns: list[tuple[str, re.Pattern[str]]] = []
    for include in includes:
        system = include["system"]
        codes |= {(system, concept["code"]) for concept in include.get("concept", [])}
        for condition in include.get("filter", []):
            if (condition.get("property"), condition.get("op")) != ("code", "regex"):
                faults.append(Fault(_named(path), "has a filter that is not a regex on code", "use op regex"))
                continue
            patterns.append((system, re.compile(condition["value"])))
    return codes, patterns


def _aliases(folder: Path, faults: list[Fault]) -> Mapping[str, str]:
    """Every written form of a system, without a slash at its end, to its canonical URI."""
    aliases: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        with as_fhir(_named(path), faults):
            aliases |= _aliases_of(path, faults)
    return aliases


def _aliases_of(path: Path, faults: list[Fault]) -> dict[str, str]:
    forms = read_resource(path, faults).get("uniqueId", [])
    canonical = next((form["value"] for form in forms if form.get("preferred")), None)
    if canonical is None:
        faults.append(Fault(_named(path), "has no preferred uniqueId", "mark the canonical URI as preferred"))
        return {}
    written = [f"urn:oid:{form['value']}" if form["type"] == "oid" else form["value"] for form in forms]
    return {form.rstrip("/"): canonical for form in written}


def _products(resource: dict[str, Any], faults: list[Fault]) -> dict[Coding, Product]:
    products: dict[Coding, Product] = {}
    for number, concept in enumerate(resource.get("concept", []), start=1):
        with as_fhir(f"codesystems/baclofen-products.json, concept {number}", faults):
            properties = list(_properties(concept))
            single = {code: value for code, value in properties if code != "coding"}
            codings = tuple((value["system"], value["code"]) for code, value in properties if code == "coding")
            product = _product(concept, single, codings, faults)
            products |= dict.fromkeys(codings, product)
    return products


_UCD = "http://data.esante.gouv.fr/ansm/medicament/UCD"


def _ucd_products(
    resource: dict[str, Any], known: Mapping[Coding, Product], faults: list[Fault]
) -> dict[Coding, Product]:
    """The products that UCD codes name; the file is filled on site and is empty as we ship it."""
    by_code = {product.code: product for product in known.values()}
    products: dict[Coding, Product] = {}
    for concept in resource.get("concept", []):
        with as_fhir("codesystems/ucd-products.json", faults):
            named = dict(_properties(concept)).get("product")
            if named in by_code:
                products[_UCD, concept["code"]] = by_code[named]
            else:
                where = f"codesystems/ucd-products.json, {concept['code']}"
                faults.append(Fault(where, "names no known product", "Give a code of baclofen-products.json"))
    return products


def _properties(concept: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for written in concept.get("property", []):
        yield written["code"], next(value for name, value in written.items() if name.startswith("value"))


def _product(
    concept: dict[str, Any], single: dict[str, Any], codings: tuple[Coding, ...], faults: list[Fault]
) -> Product:
    if single.get("route") not in _ROUTES:
        where = f"codesystems/baclofen-products.json, {concept['code']}"
        faults.append(Fault(where, "has no known route", f"give one of {', '.join(_ROUTES)}"))
    return Product(
        code=concept["code"],
        name=concept["display"],
        route=_ROUTES.get(single.get("route", ""), Route.ORAL),
        brand=single.get("brand", "foreign"),
        unit=single.get("unit"),
        strength_mg=_fraction(single.get("strength-mg")),
        strength_mg_per_ml=_fraction(single.get("strength-mg-per-ml")),
        divisible=single.get("divisible"),
        on_sale_since=_day(single.get("on-sale-since")),
        codings=codings,
    )


def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)


def _fraction(value: int | Decimal | None) -> Fraction | None:
    return None if value is None else Fraction(value)
