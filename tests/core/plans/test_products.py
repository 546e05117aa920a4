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


@pytest.mark.parametrize(
    ("order", "strengths"),
    [
        # By steps of 15 mg it passes 125 mg in four intakes: 35 mg as 20 + 10 + half of 10 mg, not as 3 1/2 tablets.
        ("Baclocur 40, 50 mg QID", [{40, 10}, {20, 10}]),
        ("Baclocur 40, 1 cp TID", [{40, 10}, {40, 10}]),
        ("Baclocur 20, 70 mg QID", [{40, 10}, {40, 10}]),
        ("Baclocur 40, 70 mg QID", [{40, 10}, {40, 10}]),
    ],
)
def test_the_strength_that_is_taken_unless_it_makes_too_many_tablets(
    order: str, strengths: list[set[int]], knowledge: Knowledge
) -> None:
    """At most 12 tablets a day and 4 an intake (design, section 8.5); where none can keep that, the fewest."""
    answered = ask(knowledge, {"order": order, "replaces": "taken-1"}, order)
    plans = [item.proposal for item in answered.offered if item.proposal]

    assert {plan.plan.to_mg for plan in plans} == {80}
    assert [{product.strength_mg for product in plan.products.in_order} for plan in plans] == strengths


@pytest.mark.parametrize("ordered", ["Baclocur 10", "Zentiva 10"])
def test_the_tablet_of_10_mg_that_is_ordered_makes_the_plan_whatever_was_taken(
    ordered: str, knowledge: Knowledge
) -> None:
    asked = ask(knowledge, {"order": f"{ordered}, 1 cp TID", "replaces": "taken-1"}, "Baclocur 20, 1 cp TID")

    [plan] = asked.suggestions
    assert [action["type"] for action in plan["actions"]] == ["update"]
    assert plan["actions"][0]["resource"]["medicationCodeableConcept"]["text"].startswith(ordered.partition(" ")[0])


@pytest.mark.parametrize(
    ("order", "label"),
    [
        ("Baclocur 10, 40 mg TID", ""),
        ("Liorésal 10, 40 mg TID", " (en Baclofène Zentiva 10 mg)"),
        ("Baclocur 40, 1 cp TID", ""),
    ],
)
def test_a_plan_in_none_of_the_products_that_are_ordered_says_so(
    order: str, label: str, knowledge: Knowledge
) -> None:
    answered = ask(knowledge, {"order": order, "replaces": "taken-1"}, order)
    taper = next(said for said in answered.labels if said.startswith("Décroissance"))

    assert taper == f"Décroissance 120 → 80 mg/j, atteint le 28/11/2026, 10 mg tous les 2 jours{label}"


@pytest.mark.parametrize(("born", "recommended"), [("1980-01-01", True), ("2009-06-01", False)])
def test_an_authorised_product_is_recommended_to_nobody_under_age(
    born: str, recommended: bool, knowledge: Knowledge
) -> None:
    """No product is authorised for alcohol dependence under 18."""
    answered = ask(knowledge, "Liorésal 10, 1 cp BID", "Liorésal 10, 1 cp BID", born=born)

    assert [item.get("isRecommended", False) for item in answered.suggestions] == [recommended]
