"""Which finding is on which card: few cards, the worst hazard in the title, and nothing on two of them."""

import re

import pytest

from cds_service.knowledge.loading import Knowledge, load_knowledge
from tests.core.plans.asking import NO_BREAK, ask, found_on
from tests.core.wording.test_cards import NO_GOALS, block, found, last


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


FIRST = "Liorésal 10, 40 mg TID"


def test_a_first_prescription_too_high_with_epilepsy_is_one_card_and_its_title_says_so(knowledge: Knowledge) -> None:
    (card,) = ask(knowledge, FIRST, conditions=["F10.2", "G40.9"], records=NO_GOALS).cards

    assert card["summary"].replace(NO_BREAK, " ") == (
        "Baclofène 120 mg/j, première prescription, épilepsie/crises : débuter à 15-20 mg/j"
    )
    assert {*found_on(card)} == {
        "initial-dose-too-high", "specialist-care", "product-not-authorised", "seizure-history",
        "check-incomplete",
    }  # fmt: skip
    assert "Prescrire Baclocur ou Baclofène Zentiva" in block(card, "À faire.")
    assert "Épilepsie ou antécédent de crises au dossier." in found(card)
    assert "seuil épileptogène" in block(card, "Pourquoi.")


def test_first_what_to_do_then_what_was_found_then_why(knowledge: Knowledge) -> None:
    (card,) = ask(knowledge, FIRST).cards

    assert re.findall(r"\*\*([^*]*[.])\*\*", card["detail"]) == ["À faire.", "Constat.", "Pourquoi."]


def test_what_is_unknown_is_the_last_line_of_the_most_urgent_card_with_the_reason_of_each_fact(
    knowledge: Knowledge,
) -> None:
    records = {"goals": "not sent", "observations": "failed"}
    first, *others = ask(knowledge, FIRST, conditions=["F10.2", "R45.8"], records=records).cards

    assert last(first).startswith(UNKNOWN)
    assert "check-incomplete" in found_on(first)
    assert not [card for card in others if "check-incomplete" in found_on(card)]


UNKNOWN = "Non vérifié : consommation d’alcool (erreur de transmission) ; objectif du traitement (non transmis)."


def test_what_is_unknown_has_a_card_where_there_is_no_other(knowledge: Knowledge) -> None:
    (card,) = ask(knowledge, "Baclocur 10, 5 mg TID", records={"observations": "failed"}).cards

    assert found_on(card) == ["check-incomplete"]
    assert "consommation d’alcool (erreur de transmission)" in found(card)


def test_of_more_than_four_orders_the_others_are_counted(knowledge: Knowledge) -> None:
    card = ask(knowledge, ["Zentiva 10, 30 mg TID"] * 6).card("specialist-care")

    assert found(card).count(" = ") == 4
    assert "et 2 autres." in found(card)
