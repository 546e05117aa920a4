"""The medicine of an order: from every code that a French or a foreign EHR sends, or none."""

from fractions import Fraction

import pytest

from cds_service.core.model.medicine import Medicine
from cds_service.core.orders.medication import UNREADABLE
from tests.core.orders.medicines import (
    ATC,
    CIP,
    CIS,
    RXNORM,
    SNOMED,
    UCD,
    UNII,
    Json,
    by_concept,
    concept,
    identified,
    medicine_of,
)

# --- one code ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "code", "name", "mg"),
    [
        (CIS, "66009893", "Baclocur 10 mg", 10),
        (CIS, "69650566", "Baclocur 20 mg", 20),
        (CIS, "68677400", "Baclocur 30 mg", 30),
        (CIS, "69038793", "Baclocur 40 mg", 40),
        (CIP, "3400930163665", "Baclocur 40 mg", 40),
        (CIP, "3016366", "Baclocur 40 mg", 40),
        (CIP, " 3016366 ", "Baclocur 40 mg", 40),
        (CIP, "3400936743199", "Baclofène Zentiva 10 mg", 10),
        (CIP, "3171618", "Liorésal 10 mg", 10),
        (RXNORM, "197392", "baclofen 20 MG Oral Tablet", 20),
        (RXNORM, "199280", "baclofen 25 MG Oral Tablet", 25),
        (RXNORM + "/", "197391", "baclofen 10 MG Oral Tablet", 10),
    ],
)
def test_a_code_of_a_product_gives_its_strength(system: str, code: str, name: str, mg: int) -> None:
    medicine = medicine_of(by_concept((system, code)))

    assert medicine.product is not None
    assert medicine.product.name == name
    assert (medicine.strength_mg, medicine.strength_mg_per_ml, medicine.strength_conflict) == (
        Fraction(mg),
        None,
        False,
    )


def test_a_solution_gives_its_concentration_and_no_strength_of_a_tablet() -> None:
    medicine = medicine_of(by_concept((RXNORM, "2667941")))

    assert (medicine.strength_mg, medicine.strength_mg_per_ml) == (None, Fraction(2))


@pytest.mark.parametrize(
    ("system", "code"),
    [(ATC, "M03BX01"), (RXNORM, "1292"), (RXNORM, "370985"), (SNOMED, "387342009"), (UNII, "H789N3FKE8")],
)
def test_a_code_of_the_substance_or_form_gives_no_strength(system: str, code: str) -> None:
    assert by_concept((system, code)) == Medicine(product=None)


@pytest.mark.parametrize("code", ["374604", "1047436", "1666612", "1494655"])
def test_a_form_that_is_not_swallowed_is_out(code: str) -> None:
    assert by_concept((RXNORM, code)) is None


def test_its_words_do_not_bring_it_in_again() -> None:
    assert by_concept((RXNORM, "374604"), text="baclofen Injectable Solution") is None


@pytest.mark.parametrize("code", ["65672615", "62311182", "65317023", "69149270"])
def test_an_intrathecal_product_is_known_as_such(code: str) -> None:
    medicine = medicine_of(by_concept((CIS, code)))

    assert medicine.product is not None
    assert medicine.product.route.value == "parenteral"
    assert medicine.strength_mg is None


@pytest.mark.parametrize(
    ("codings", "text"),
    [
        ([(ATC, "N07BB03")], "Acamprosate"),
        ([(RXNORM, "311289")], ""),
        ([], "Paracétamol 1 g"),
        ([(CIS, "63759295")], ""),
    ],
)
def test_another_drug_is_none_of_our_business(codings: list[tuple[str, str]], text: str) -> None:
    assert by_concept(*codings, text=text) is None


@pytest.mark.parametrize(
    "order", [{}, {"medicationCodeableConcept": 5}, {"medicationReference": {"reference": "Medication/x"}}]
)
def test_an_order_that_names_nothing_is_unreadable(order: Json) -> None:
    assert identified(order) == UNREADABLE


def test_a_hospital_code_alone_names_nothing() -> None:
    assert by_concept(("https://hospital.example/livret", "1234")) == UNREADABLE


# --- a code under another system -------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "code", "text"),
    [
        (RXNORM, "64073783", ""),  # as the CDS Hooks sandbox sends what it was suggested
        (CIP, "64073783", ""),
        (CIS, "3400936743199", ""),
        ("https://hospital.example/livret", "64073783", "Baclofène Zentiva 10 mg"),
    ],
)
def test_a_long_code_of_ours_under_another_system_is_read_and_to_be_confirmed(
    system: str, code: str, text: str
) -> None:
    medicine = medicine_of(by_concept((system, code), text=text))

    assert medicine.product is not None
    assert medicine.product.name == "Baclofène Zentiva 10 mg"
    assert (medicine.strength_mg, medicine.misplaced_code) == (Fraction(10), True)


@pytest.mark.parametrize(
    ("system", "code"), [(RXNORM, "3016366"), (SNOMED, "64073783"), ("https://hospital.example/livret", "64073783")]
)
def test_a_code_that_may_be_another_thing_is_no_slip(system: str, code: str) -> None:
    found = by_concept((system, code))

    assert found is None or found == UNREADABLE


def test_a_code_under_its_own_system_goes_before_one_that_is_misplaced() -> None:
    medicine = medicine_of(by_concept((RXNORM, "64073783"), (CIS, "66009893")))

    assert medicine.product is not None
    assert (medicine.product.code, medicine.misplaced_code) == ("baclocur-10", False)


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["baclofene 10", "BACLOCUR 40MG CPR", "Liorésal 10 mg", "lioresal", "Baclofen 10 MG Oral Tablet"]
)
def test_words_alone_bring_an_order_into_scope_but_give_no_strength(text: str) -> None:
    found = by_concept(text=text)

    assert isinstance(found, Medicine)
    assert (found.product, found.by_text, found.strength_mg) == (None, True, None)


def test_an_unknown_ucd_with_its_label_is_known_by_its_words_only() -> None:
    named = Medicine(
        product=None, by_text=True, mg_in_words=Fraction(40)
    )  # no strength: a dose read with it is to be confirmed

    assert by_concept((UCD, "3400890000000"), text="BACLOCUR 40MG CPR") == named


def test_a_reference_that_only_displays_a_name_is_known_by_its_words_only() -> None:
    order = {"medicationReference": {"display": "Baclofène 10 mg"}}

    assert identified(order) == Medicine(product=None, by_text=True, mg_in_words=Fraction(10))


@pytest.mark.parametrize(
    "text",
    ["Baclocur 10 mg", "BACLOCUR 10MG CPR", "Baclocur 10,0 mg", "baclofen 10 mg/1", "Baclocur, max 300 mg, 10 mg"],
)
def test_words_of_the_same_strength_confirm_the_code(text: str) -> None:
    medicine = medicine_of(by_concept((CIS, "66009893"), text=text))

    assert (medicine.strength_mg, medicine.strength_conflict) == (Fraction(10), False)


@pytest.mark.parametrize(
    ("text", "largest"),
    [
        ("Baclocur 40 mg", 40),
        ("LIORESAL 10 mg/5 ml", 10),
        ("Liorésal 10mg / 20 mL", 10),
        ("baclofène 5 mg/ml", 10),
        ("Baclocur 2.5 mg", 10),
    ],
)
def test_words_of_another_strength_are_a_conflict_and_the_largest_is_kept_to_be_confirmed(
    text: str, largest: int
) -> None:
    medicine = medicine_of(by_concept((CIS, "66009893"), text=text))

    assert (medicine.strength_mg, medicine.strength_conflict) == (Fraction(largest), True)


# --- several codes -------------------------------------------------------------------------------


def test_a_french_product_is_preferred_to_a_foreign_code_of_the_same_tablet() -> None:
    medicine = medicine_of(by_concept((RXNORM, "197391"), (CIS, "64073783"), (ATC, "M03BX01")))

    assert medicine.product is not None
    assert (medicine.product.name, medicine.strength_conflict) == ("Baclofène Zentiva 10 mg", False)


def test_a_display_that_agrees_with_its_code_does_not_hide_a_text_that_does_not() -> None:
    coded = {"system": CIS, "code": "66009893", "display": "BACLOCUR 10 mg"}
    names = ["BACLOCUR 40 mg", "BACLOCUR 10 mg, comprimé sécable", "BACLOCUR"]
    read = [
        medicine_of(identified({"medicationCodeableConcept": {"coding": [coded], "text": name}})) for name in names
    ]

    assert [(medicine.strength_mg, medicine.strength_conflict) for medicine in read] == [
        (Fraction(40), True), (Fraction(10), False), (Fraction(10), False),
    ]  # fmt: skip


def test_two_codes_of_different_strengths_are_a_conflict() -> None:
    medicine = medicine_of(by_concept((CIS, "66009893"), (RXNORM, "197392")))

    assert (medicine.strength_mg, medicine.strength_conflict) == (Fraction(20), True)


def test_two_codes_of_different_routes_are_a_conflict_and_stay_in_scope() -> None:
    medicine = medicine_of(by_concept((CIS, "65317023"), (CIS, "60304050")))

    assert medicine.product is not None
    assert (medicine.product.route.value, medicine.strength_conflict) == ("oral", True)


def test_a_code_and_a_reference_that_differ_are_a_conflict() -> None:
    order = {
        "medicationCodeableConcept": concept((CIS, "66009893")),
        "contained": [{"resourceType": "Medication", "id": "m", "code": concept((CIS, "69038793"))}],
        "medicationReference": {"reference": "#m"},
    }

    assert medicine_of(identified(order)).strength_conflict


# --- damage --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["baclofene " + "1" * 100_000 + " mg", "baclofene " + "1 " * 50_000, "mg" * 50_000])
def test_a_name_made_to_be_slow_is_read_all_the_same(text: str) -> None:
    by_concept((CIS, "66009893"), text=text)


@pytest.mark.parametrize(
    "wrong", [None, 5, "x", [], [5], {"coding": 5}, {"coding": [5]}, {"coding": [{"system": 5, "code": []}]}]
)
def test_a_wrong_shape_is_never_an_exception(wrong: object) -> None:
    for element in ("medicationCodeableConcept", "medicationReference", "contained"):
        identified({element: wrong, "medicationReference": {"reference": "#m"}})
    for element in ("code", "ingredient"):
        identified(
            {
                "medicationReference": {"reference": "#m"},
                "contained": [{"resourceType": "Medication", "id": "m", element: wrong}],
            }
        )
