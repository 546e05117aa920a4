"""The medicine of an order that refers to a Medication: its codes, its ingredients."""

from decimal import Decimal
from fractions import Fraction

import pytest

from cds_service.core.model.medicine import Medicine
from cds_service.core.orders.medication import UNREADABLE
from tests.builders import EDQM, UCUM
from tests.core.orders.medicines import ATC, CIS, RXNORM, Json, concept, identified, medicine_of

BACLOCUR_40 = {"resourceType": "Medication", "id": "m1", "code": concept((CIS, "69038793"))}


@pytest.mark.parametrize(
    ("order", "resources"),
    [
        ({"medicationReference": {"reference": "#m1"}, "contained": [BACLOCUR_40]}, {}),
        ({"medicationReference": {"reference": "#m1"}, "contained": BACLOCUR_40}, {}),
        ({"medicationReference": {"reference": "Medication/m1"}}, {"Medication/m1": BACLOCUR_40}),
        (
            {"medicationReference": {"reference": "https://ehr.example/fhir/Medication/m1"}},
            {"Medication/m1": BACLOCUR_40},
        ),
        ({"medicationReference": {"reference": "Medication/m1/_history/2"}}, {"Medication/m1": BACLOCUR_40}),
        ({"medicationReference": {"reference": "urn:uuid:1"}}, {"urn:uuid:1": BACLOCUR_40}),
    ],
)
def test_a_medication_is_found_in_the_order_beside_it_and_in_the_record(
    order: Json, resources: dict[str, Json]
) -> None:
    assert medicine_of(identified(order, resources)).strength_mg == 40


@pytest.mark.parametrize("resources", [{"": BACLOCUR_40}, {"Medication/m2": BACLOCUR_40}])
def test_no_other_resource_is_taken_for_the_medication(resources: dict[str, Json]) -> None:
    assert identified({}, resources) == UNREADABLE
    assert identified({"medicationReference": {"reference": "Medication/m1"}}, resources) == UNREADABLE


def test_a_reference_to_something_else_than_a_medication_is_not_followed() -> None:
    condition = {"resourceType": "Condition", "id": "c1", "code": concept((CIS, "69038793"))}

    assert (
        identified({"medicationReference": {"reference": "Condition/c1"}}, {"Condition/c1": condition}) == UNREADABLE
    )


def with_ingredients(*ingredients: Json, code: Json | None = None) -> Medicine | str | None:
    medication = {"resourceType": "Medication", "id": "m", "code": code or {}, "ingredient": list(ingredients)}
    return identified({"medicationReference": {"reference": "#m"}, "contained": [medication]})


def test_the_parts_of_a_compound_are_found_behind_references() -> None:
    def compound(*parts: Json) -> Medicine | str | None:
        named = [
            {"resourceType": "Medication", "id": f"p{number}", "code": part} for number, part in enumerate(parts)
        ]
        made_of = [{"itemReference": {"reference": f"#p{number}"}} for number in range(len(parts))]
        medication = {"resourceType": "Medication", "id": "m", "ingredient": made_of}
        return identified({"medicationReference": {"reference": "#m"}, "contained": [medication, *named]})

    assert compound(concept(text="Céfotaxime"), concept(text="NaCl 0,9 %")) is None
    assert isinstance(compound(concept((ATC, "M03BX01")), LIDOCAINE), Medicine)
    assert compound(concept(), concept()) == UNREADABLE


def ingredient(mg: int, per: Json | None, active: bool | None = True, name: Json | None = None) -> Json:
    ratio = {"numerator": {"value": mg, "system": UCUM, "code": "mg"}, **({"denominator": per} if per else {})}
    made_of = {"itemCodeableConcept": name or concept((ATC, "M03BX01")), "strength": ratio}
    return made_of if active is None else {**made_of, "isActive": active}


ONE_TABLET = {"value": 1, "system": EDQM, "code": "15054000", "unit": "comprimé"}
LIDOCAINE = concept((ATC, "N01BB02"), text="Lidocaïne")


@pytest.mark.parametrize(
    "per",
    [
        ONE_TABLET,
        {"value": 1},
        {"value": Decimal("1.0"), "system": UCUM, "code": "1"},
        None,
        {"value": None},
        {"code": ""},
    ],
)
def test_the_ratio_of_an_ingredient_gives_the_strength_of_a_tablet(per: Json | None) -> None:
    medicine = medicine_of(with_ingredients(ingredient(10, per)))

    assert (medicine.strength_mg, medicine.strength_mg_per_ml) == (Fraction(10), None)


def test_a_contained_reason_of_the_same_id_is_not_the_medicine() -> None:
    reason = {"resourceType": "Condition", "id": "m", "code": concept(text="Alcoolodépendance")}
    medication = {"resourceType": "Medication", "id": "m", "code": concept((ATC, "M03BX01"))}
    order = {"medicationReference": {"reference": "#m"}, "contained": [reason, medication]}

    assert identified(order) == Medicine(product=None)


def test_a_comparator_that_is_empty_is_none() -> None:
    strength = ingredient(10, {**ONE_TABLET, "comparator": ""})

    assert medicine_of(with_ingredients(strength)) == Medicine(product=None, strength_mg=Fraction(10))


@pytest.mark.parametrize("per", [{**ONE_TABLET, "value": 2}, {"value": 2}])
def test_a_ratio_for_two_tablets_is_halved(per: Json) -> None:
    assert medicine_of(with_ingredients(ingredient(10, per))).strength_mg == 5


@pytest.mark.parametrize(("mg", "conflict"), [(5, False), (10, True)])
def test_a_concentration_that_differs_from_the_code_is_a_conflict(mg: int, conflict: bool) -> None:
    solution = concept((RXNORM, "250976"))
    medicine = medicine_of(
        with_ingredients(ingredient(mg, {"value": 5, "system": UCUM, "code": "mL"}), code=solution)
    )

    assert medicine.strength_conflict == conflict


@pytest.mark.parametrize(("mg", "ml", "concentration"), [(10, 5, 2), (2, 1, 2)])
def test_the_ratio_of_a_solution_gives_a_concentration_never_the_strength_of_a_tablet(
    mg: int, ml: int, concentration: int
) -> None:
    medicine = medicine_of(with_ingredients(ingredient(mg, {"value": ml, "system": UCUM, "code": "mL"})))

    assert (medicine.strength_mg, medicine.strength_mg_per_ml) == (None, Fraction(concentration))


@pytest.mark.parametrize(
    "per", [{"value": 1, "unit": "sachet"}, {"value": 0, "unit": "cp"}, {"value": "1", "unit": "cp"}]
)
def test_a_ratio_for_anything_else_gives_no_strength(per: Json) -> None:
    assert medicine_of(with_ingredients(ingredient(10, per))) == Medicine(product=None)


def test_only_the_baclofen_of_a_compound_counts() -> None:
    medicine = medicine_of(with_ingredients(ingredient(50, ONE_TABLET, name=LIDOCAINE), ingredient(10, ONE_TABLET)))

    assert (medicine.strength_mg, medicine.strength_conflict) == (Fraction(10), False)


@pytest.mark.parametrize("name", [concept(text="Baclofène"), concept((RXNORM, "197391"))])
def test_the_baclofen_of_a_compound_is_known_by_its_words_or_as_a_product(name: Json) -> None:
    compound = [ingredient(50, ONE_TABLET, name=LIDOCAINE), ingredient(10, ONE_TABLET, name=name)]
    medicine = medicine_of(with_ingredients(*compound, code=concept((ATC, "M03BX01"))))

    assert (medicine.strength_mg, medicine.strength_conflict) == (Fraction(10), False)


def test_the_strengths_of_a_compound_in_which_nothing_is_named_baclofen_are_not_its_strength() -> None:
    unnamed = ingredient(50, ONE_TABLET, name=LIDOCAINE)

    assert with_ingredients(unnamed, unnamed, code=concept((ATC, "M03BX01"))) == Medicine(product=None)


def test_baclofen_that_is_not_active_is_no_baclofen() -> None:
    assert (
        with_ingredients(ingredient(10, ONE_TABLET, active=False), ingredient(50, ONE_TABLET, name=LIDOCAINE)) is None
    )


def test_an_ingredient_that_does_not_say_whether_it_is_active_is() -> None:
    assert medicine_of(with_ingredients(ingredient(10, ONE_TABLET, active=None))).strength_mg == 10


def test_an_ingredient_that_differs_from_the_code_is_a_conflict() -> None:
    medicine = medicine_of(with_ingredients(ingredient(20, ONE_TABLET), code=concept((CIS, "66009893"))))

    assert (medicine.strength_mg, medicine.strength_conflict) == (Fraction(20), True)


def test_an_ingredient_that_differs_from_the_words_is_a_conflict() -> None:
    medicine = medicine_of(with_ingredients(ingredient(10, ONE_TABLET), code=concept(text="Baclofène 20 mg")))

    assert (medicine.strength_mg, medicine.strength_conflict) == (Fraction(20), True)


def test_a_lone_ingredient_need_not_be_named_again() -> None:
    made_of = {"strength": {"numerator": {"value": 10, "unit": "mg"}, "denominator": ONE_TABLET}}
    medicine = medicine_of(with_ingredients(made_of, code=concept((ATC, "M03BX01"))))

    assert medicine.strength_mg == 10


# --- elements that may change the sense of all others ----------------------------------------

MODIFIER = [{"url": "https://hospital.example/x", "valueBoolean": True}]


@pytest.mark.parametrize(
    ("modified", "reason"),
    [
        ({"modifierExtension": MODIFIER}, "modifier-extension"),
        ({"implicitRules": "https://hospital.example/rules"}, "implicit-rules"),
        ({"ingredient": [{**ingredient(10, ONE_TABLET), "modifierExtension": MODIFIER}]}, "modifier-extension"),
    ],
)
def test_a_medication_with_an_element_that_may_change_its_sense_is_not_read(modified: Json, reason: str) -> None:
    order = {"medicationReference": {"reference": "#m1"}, "contained": [{**BACLOCUR_40, **modified}]}

    assert identified(order) == reason


def test_another_drug_with_such_an_element_is_still_none_of_our_business() -> None:
    paracetamol = {**BACLOCUR_40, "code": concept(text="Paracétamol"), "modifierExtension": MODIFIER}

    assert identified({"medicationReference": {"reference": "#m1"}, "contained": [paracetamol]}) is None
