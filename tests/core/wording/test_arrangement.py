"""Which finding is on which card: few cards, the worst hazard in the title, and nothing on two of them."""

import re
import shutil
from pathlib import Path

import pytest

from cds_service.knowledge.loading import Knowledge, load_knowledge
from tests.core.plans.asking import NO_BREAK, ask, found_on
from tests.core.wording.test_cards import NO_GOALS, block, found, last
from tests.known import known

RULES = Path(__file__).parents[3] / "cds_service" / "rules"
SUICIDALITY = ["F10.2", "R45.8"]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


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
    assert "Épilepsie ou crises au dossier." in found(card)
    assert "euil épileptogène" in block(card, "Pourquoi.")


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
    five = ask(knowledge, ["Zentiva 10, 30 mg TID"] * 5).card("specialist-care")
    assert "et 1 autre." in found(five)


def test_any_rule_becomes_a_last_line_by_a_key_of_its_file(tmp_path: Path) -> None:
    """In the words of what was found and what to do, if its card has none for a line."""
    joined = with_key(tmp_path / "rules", "psychiatric-history", 'joins = ["most-urgent"]')
    (first, *others) = ask(joined, FIRST, conditions=SUICIDALITY).cards

    assert not others
    assert last(first).startswith("Idées, risque ou geste suicidaires au dossier. Ne prescrire qu’avec")
    assert found_on(first)[-1] == "psychiatric-history"


def test_what_would_be_a_last_line_has_a_card_where_there_is_no_other(tmp_path: Path) -> None:
    joined = with_key(tmp_path / "rules", "psychiatric-history", 'joins = ["most-urgent"]')
    (card,) = ask(joined, "Baclocur 10, 5 mg TID", conditions=SUICIDALITY).cards

    assert card["summary"].startswith("Baclofène")
    assert "Idées, risque ou geste suicidaires au dossier." in found(card)


def with_key(folder: Path, rule: str, key: str) -> Knowledge:
    """The knowledge with one more key in the file of a rule."""
    shutil.copytree(RULES, folder)
    file = folder / f"{rule}.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("reviewed =", f"{key}\nreviewed =", 1), encoding="utf-8")
    return load_knowledge(folder)


def test_a_precaution_keeps_its_card_where_the_dose_card_speaks_first_of_something_else(knowledge: Knowledge) -> None:
    order = {"order": "Zentiva 10, 60 mg BID", "replaces": "taken-1"}
    cards = ask(knowledge, order, "Zentiva 10, 30 mg BID", conditions=["F10.2", "G40.9"]).cards

    carried = [found_on(card) for card in cards]
    assert "seizure-history" in carried[1]
    assert "specialist-care" in carried[0]


def test_a_product_keeps_its_card_where_no_dose_card_speaks_of_its_order(knowledge: Knowledge) -> None:
    renewal = {"order": "Liorésal 10, 10 mg TID", "replaces": "taken-1"}
    (card,) = ask(knowledge, renewal, "Liorésal 10, 10 mg TID").cards

    assert found_on(card) == ["product-not-authorised"]
    assert card["summary"].replace(NO_BREAK, " ").startswith("Liorésal 10 mg : non autorisé")
