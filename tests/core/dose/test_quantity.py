"""The value of a Quantity and its unit: by its code, by its text, and where the two are at odds."""

from decimal import Decimal
from fractions import Fraction

import pytest

from cds_service.core.dose.quantity import counted, milligrams, number, units_named
from tests.builders import TERMINOLOGY, Json


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (20, Fraction(20)),
        (Decimal("0.1"), Fraction(1, 10)),
        (True, None),
        ("20", None),
        (None, None),
        (Decimal("NaN"), None),
        (Decimal("Infinity"), None),
        # Thirty digits are more than any dose has; arithmetic on thousands is slow.
        (10**30 - 1, Fraction(10**30 - 1)),
        (10**30, None),
        (-(10**30), None),
        (Decimal("0." + "1" * 30), Fraction(int("1" * 30), 10**30)),
        (Decimal("0." + "1" * 31), None),
        (Decimal("1E+30"), Fraction(10**30)),
        (Decimal("1E+31"), None),
        (Decimal("1E-30"), Fraction(1, 10**30)),
        (Decimal("1E-31"), None),
    ],
)
def test_a_number_is_exact_and_of_ordinary_length(written: object, read: Fraction | None) -> None:
    assert number(written) == read


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("mg", "mg, milligramme, milligrammes, milligram, milligrams"),
        ("g", "g, gramme, grammes, gram, grams"),
        ("ug", "ug, µg, μg, mcg, microgramme, microgrammes"),
        ("ml", "ml, millilitre, millilitres, milliliter, milliliters"),
        ("tablet", "cp, cps, cp., cpr, comprimé, comprimés, comprime, comprimes, comprimé(s)"),
        ("tablet", "tablet, tablets, tablet(s), tab, tabs"),
    ],
)
def test_the_words_that_people_type_name_a_unit(unit: str, words: str) -> None:
    for word in words.split(", "):
        assert units_named({"value": 2, "unit": f" {word.upper()} "}, TERMINOLOGY) == [unit]


def test_the_code_of_a_tablet_may_stand_without_its_system() -> None:
    assert units_named({"value": 2, "code": "{tbl}"}, TERMINOLOGY) == ["tablet"]


@pytest.mark.parametrize(
    ("quantity", "mg"),
    [
        ({"value": 2, "code": "g"}, 2000),
        ({"value": 2, "unit": "g"}, 2000),
        ({"value": 2, "code": "mg", "unit": "mg"}, 2),
        ({"value": 2, "code": "mg", "unit": "g"}, None),
        ({"value": 2, "code": "mg/kg", "unit": "mg"}, None),
        ({"value": 2, "code": "mL"}, None),
        ({"value": 2, "unit": "cp"}, None),
        ({"value": 2}, None),
        ({"unit": "mg"}, None),
    ],
)
def test_a_mass_is_in_one_unit_of_mass(quantity: Json, mg: int | None) -> None:
    assert milligrams(quantity) == mg


@pytest.mark.parametrize(
    ("quantity", "tablets"),
    [
        ({"value": 30, "unit": "cp"}, 30),
        ({"value": 30, "code": "{tbl}", "unit": "cp"}, 30),
        ({"value": 30, "code": "mg", "unit": "cp"}, None),
        ({"value": 30, "code": "boxes", "unit": "cp"}, None),
        ({"value": 30, "unit": "mg"}, None),
    ],
)
def test_what_is_counted_is_of_that_unit_alone(quantity: Json, tablets: int | None) -> None:
    assert counted(quantity, "tablet", TERMINOLOGY) == tablets
