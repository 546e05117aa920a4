"""The products: each listed once, with its strength and its codes."""

from decimal import Decimal
from typing import Any

import pytest

from tests.knowledge.code_lists import PRODUCTS, ROOT, SYSTEMS, is_in, product, read, value, values

# --- products --------------------------------------------------------------------------------


def test_no_product_and_no_code_of_a_product_is_listed_twice() -> None:
    slugs = [concept["code"] for concept in PRODUCTS["concept"]]
    codings = [tuple(each.values()) for concept in PRODUCTS["concept"] for each in values(concept, "coding")]

    assert len(slugs) == len(set(slugs)) == PRODUCTS["count"]
    assert len(codings) == len(set(codings))


def test_a_product_is_not_also_an_ingredient_or_a_form() -> None:
    names = {value: key for key, value in SYSTEMS.items()}

    for concept in PRODUCTS["concept"]:
        for coding in values(concept, "coding"):
            code = names[coding["system"]], coding["code"]
            assert not is_in("baclofen-substance", *code), code
            assert not is_in("baclofen-not-oral-form", *code), code


@pytest.mark.parametrize("concept", PRODUCTS["concept"], ids=lambda concept: concept["code"])
def test_each_product_uses_declared_properties_in_their_declared_type(concept: Any) -> None:
    declared = {each["code"]: each["type"] for each in PRODUCTS["property"]}

    for each in concept["property"]:
        kind = declared[each["code"]]
        assert f"value{kind[0].upper()}{kind[1:]}" in each
    assert value(concept, "route") in {"oral", "parenteral", "topical"}
    assert value(concept, "brand") in {"baclocur", "baclofene-zentiva", "lioresal", "generic", "foreign"}
    assert concept["display"]
    assert values(concept, "coding")


@pytest.mark.parametrize("concept", PRODUCTS["concept"], ids=lambda concept: concept["code"])
def test_a_strength_comes_with_the_unit_that_it_is_counted_in(concept: Any) -> None:
    per_unit, per_ml = value(concept, "strength-mg"), value(concept, "strength-mg-per-ml")

    expected: dict[tuple[bool, bool], set[str | None]] = {
        (True, False): {"tablet", "packet"},
        (False, True): {"ml"},
        (False, False): {None},
    }

    assert value(concept, "unit") in expected[per_unit is not None, per_ml is not None]
    assert value(concept, "route") == "oral" or (per_unit, per_ml) == (None, None)


def test_each_ucd_names_a_product_that_we_know() -> None:
    ucds = read(ROOT / "codesystems" / "ucd-products.json").get("concept", [])
    slugs = {concept["code"] for concept in PRODUCTS["concept"]}

    assert [ucd["code"] for ucd in ucds if value(ucd, "product") not in slugs] == []


# --- the product of a code -------------------------------------------------------------------

PRODUCT_TABLE = """
    cip     3400930163528   baclocur-10                 oral        10    tablet   halved
    cip     3016352         baclocur-10                 oral        10    tablet   halved
    cis     69650566        baclocur-20                 oral        20    tablet   halved
    cis     68677400        baclocur-30                 oral        30    tablet   halved
    cip     3400930163665   baclocur-40                 oral        40    tablet   halved
    cis     64073783        baclofene-zentiva-10        oral        10    tablet   halved
    cis     60304050        lioresal-10                 oral        10    tablet   halved
    cis     62173429        baclofene-biogaran-10       oral        10    tablet   halved
    cis     68062058        baclofene-generic-68062058  oral        10    tablet   -
    rxnorm  197391          rxnorm-197391               oral        10    tablet   -
    rxnorm  213725          rxnorm-213725               oral        20    tablet   -
    rxnorm  2586601         rxnorm-2586601              oral        5     packet   -
    rxnorm  1809407         rxnorm-1809407              oral        -     -        -
    rxnorm  308516          rxnorm-308516               parenteral  -     -        -
    rxnorm  805678          rxnorm-805678               parenteral  -     -        -
    rxnorm  1494656         rxnorm-1494656              topical     -     -        -
    cis     65317023        cis-65317023                parenteral  -     -        -
    cip     3400955853824   cis-65317023                parenteral  -     -        -
"""


@pytest.mark.parametrize("row", PRODUCT_TABLE.strip().splitlines())
def test_a_code_names_its_product(row: str) -> None:
    system, code, slug, route, strength, unit, halved = row.split()

    found = product(system, code)

    assert found["code"] == slug
    assert value(found, "route") == route
    assert value(found, "strength-mg") == (None if strength == "-" else Decimal(strength))
    assert value(found, "unit") == (None if unit == "-" else unit)
    assert value(found, "divisible") == (True if halved == "halved" else None)


def test_lioresal_10_mg_in_5_ml_is_intrathecal_whatever_its_name_says() -> None:
    assert product("cis", "65317023")["display"].startswith("Liorésal 10 mg/5 ml")
    assert value(product("cis", "65317023"), "route") == "parenteral"


def test_a_solution_has_a_concentration_and_no_strength() -> None:
    solution = product("rxnorm", "2667941")

    assert value(solution, "strength-mg-per-ml") == 2
    assert (value(solution, "strength-mg"), value(solution, "unit")) == (None, "ml")


# Typed by hand: "in pharmacies since December 2020" (the ANSM's page on baclofen), the day from the public drug base.
ON_SALE = {f"baclocur-{strength}": "2020-12-14" for strength in (10, 20, 30, 40)}


def test_no_baclocur_is_on_sale_before_december_2020() -> None:
    on_sale = {
        concept["code"]: value(concept, "on-sale-since")
        for concept in PRODUCTS["concept"]
        if value(concept, "brand") == "baclocur"
    }

    assert on_sale == ON_SALE
