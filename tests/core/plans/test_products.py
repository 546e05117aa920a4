"""A product that replaces another one: authorised and on sale that day, with the same dose."""

from datetime import date

import pytest

from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import TODAY, Answered, ask, found_on, sent
from tests.vignette_cases import request


@pytest.mark.parametrize(
    ("order", "on", "product"),
    [
        ("Liorésal 10, 2 cp TID", date(2021, 3, 15), "Baclofène Zentiva 10 mg"),
        ("US tablet 20, 0.5 cp BID", date(2026, 11, 22), "Baclocur 20 mg"),
        ("baclofen, 5 mg TID", date(2026, 11, 22), "Baclofène Zentiva 10 mg"),
        # Weaker than every authorised tablet: the weakest of them.
        ("US tablet 5, 10 mg BID", date(2026, 11, 22), "Baclofène Zentiva 10 mg"),
        # Baclocur was authorised in 2018 but on sale only from December 2020.
        ("Baclofène EG 10, 2 cp TID", date(2019, 6, 1), "Baclofène Zentiva 10 mg"),
        ("US tablet 20, 20 mg BID", date(2019, 6, 1), "Baclofène Zentiva 10 mg"),
        # While Baclocur 20 was suspended.
        ("Baclocur 20, 20 mg BID", date(2020, 7, 1), "Baclofène Zentiva 10 mg"),
    ],
)
def test_a_product_that_is_authorised_and_on_sale_that_day(
    order: str, on: date, product: str, knowledge: Knowledge
) -> None:
    answered = ask(knowledge, order, on=on)
    changed = answered.update("Remplacer")

    assert changed["medicationCodeableConcept"]["text"] == product
    assert changed["dosageInstruction"] == sent(answered)["dosageInstruction"]


def test_tablets_are_not_replaced_by_tablets_of_another_strength(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "US tablet 20, 1 cp BID", on=date(2019, 6, 1))

    assert "product-not-authorised" in found_on(answered.cards[0])
    assert not [label for label in answered.labels if label.startswith("Remplacer")]


def test_the_label_of_a_product_repeats_the_dose(knowledge: Knowledge) -> None:
    assert ask(knowledge, "Liorésal 10, 1 cp BID").labels == [
        "Remplacer par Baclofène Zentiva 10 mg, même dose : 20 mg/j"
    ]


@pytest.mark.parametrize(
    ("taken", "prior"),
    [("Liorésal 10, 1 cp BID", "MedicationRequest/taken-1"), ("Baclocur 10, 1 cp BID", None)],
)
def test_another_product_says_what_it_takes_the_place_of_where_the_draft_renews_it(
    taken: str, prior: str | None, knowledge: Knowledge
) -> None:
    """A draft of another product than what is taken may be meant beside it."""
    changed = ask(knowledge, "Liorésal 10, 1 cp BID", taken).update("Remplacer")

    assert changed.get("priorPrescription", {}).get("reference") == prior


def test_a_contained_medication_goes_with_the_reference_to_it(knowledge: Knowledge) -> None:
    lioresal = request({"id": "x", "on": TODAY, "orders": ["Liorésal 10, 1 cp BID"]})
    draft = lioresal["context"]["draftOrders"]["entry"][0]["resource"]
    medication = {"resourceType": "Medication", "id": "m", "code": draft.pop("medicationCodeableConcept")}
    draft |= {"contained": [medication], "medicationReference": {"reference": "#m"}}
    changed = Answered(lioresal, knowledge, TODAY).update("Remplacer")

    assert not {"contained", "medicationReference"} & set(changed)
