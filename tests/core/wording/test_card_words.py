"""A card says each thing once, in the right order, and in the words of a hospital prescriber."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cds_service.base.names import LANGUAGES
from cds_service.core.model.dose import Span, Term
from cds_service.core.wording import words
from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import NO_BREAK, TODAY, YEAR_2018, Answered, ask
from tests.known import known
from tests.vignette_cases import request

CARDS = Path(__file__).parents[3] / "cards"
SPRING = date(2026, 5, 4)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


def blocks(card: dict[str, Any]) -> list[str]:
    """The blocks of `detail`: what to do, what was found, why; then the lines that end it."""
    detail: str = card["detail"].replace(NO_BREAK, " ")
    return detail.split("\n\n")


def test_what_holds_for_a_renewal_is_said_before_what_holds_for_an_addition(knowledge: Knowledge) -> None:
    lately = {"order": "Baclocur 40, 1 cp TID", "written": SPRING - timedelta(days=10)}
    answered = ask(knowledge, "Baclocur 40, 1 cp TID", lately, on=SPRING)
    found = blocks(answered.card("specialist-care"))[1]

    renewal, addition = found.split("Renouvellement ou ajout ?")
    assert "(120 mg/j > 80 mg/j)." in renewal
    assert "total **240 mg/j**. Seuil d’orientation : 80 mg/j." in addition


def test_a_total_is_not_said_where_the_only_order_has_just_given_it(knowledge: Knowledge) -> None:
    one = ask(knowledge, "Zentiva 10, 110 mg TID", on=SPRING).cards[0]
    two = ask(knowledge, ["Zentiva 10, 110 mg TID", "Baclocur 40, 1 cp BID"], on=SPRING).cards[0]

    assert "= 330 mg/j. " in blocks(one)[1]
    assert "Total" not in blocks(one)[1]
    assert "Total **410 mg/j**. " in blocks(two)[1]


@pytest.mark.parametrize(("language", "words"), [("fr", "en une seule prise"), ("en", "in one intake")])
def test_a_plan_of_one_intake_beside_an_order_of_several_says_so(
    knowledge: Knowledge, language: str, words: str
) -> None:
    asked = ask(knowledge, "Zentiva 10, 4 cp TID", "Zentiva 10, 120 mg QD", on=SPRING)
    labels = [item["label"] for item in Answered(asked.hook, knowledge, SPRING, language).suggestions]

    assert [label for label in labels if words in label]
    assert not [label for label in labels if re.search(r"\b1 (?:prises|intakes)", label)]


def test_two_like_orders_on_record_are_both_in_the_sum(knowledge: Knowledge) -> None:
    card = ask(
        knowledge, "Baclocur 10, 10 mg TID", "Zentiva 10, 40 mg BID", "Zentiva 10, 40 mg BID", on=SPRING
    ).cards[0]

    assert blocks(card)[1].count("Au dossier (Baclofène Zentiva 10 mg) : 40 mg × 2 par jour = 80 mg/j.") == 2


def test_advice_that_two_findings_give_is_said_once(knowledge: Knowledge) -> None:
    order = {"order": "Zentiva 10, 350 mg QD", "replaces": "taken-1"}
    to_do = blocks(ask(knowledge, order, "Zentiva 10, 90 mg QID", on=SPRING).card("specialist-care"))[0]

    assert to_do.count("Poursuivre la décroissance, planifier le palier suivant.") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stop_is_said_once(language: str, knowledge: Knowledge) -> None:
    order = {"order": "Zentiva 10, 60 mg BID", "stop": True, "id": "taken-1"}
    hook = request({"id": "stop", "on": SPRING, "orders": [order], "taken": ["Zentiva 10, 60 mg BID"]})
    _, found, why, *_ = blocks(Answered(hook, knowledge, SPRING, language).cards[0])

    stop, abruptly = {"fr": ("arrêt", "brutalement"), "en": ("stop ", "abruptly")}[language]
    assert found.lower().count(stop) == 1
    assert why.count(abruptly) == 1


def test_behind_the_name_of_its_order_a_finding_begins_small(knowledge: Knowledge) -> None:
    answered = ask(
        knowledge, ["Zentiva 10, 10 mg TID", "Liorésal 10, 10 mg TID"], conditions=["F10.2", "F33.2"], on=SPRING
    )

    assert " : trouble psychiatrique au dossier." in blocks(answered.card("psychiatric-history"))[1]
    assert "(Liorésal 10 mg) : produit non autorisé" in blocks(answered.card("product-not-authorised"))[1]


def test_a_dose_to_confirm_above_a_limit_has_one_parenthesis(knowledge: Knowledge) -> None:
    summary = ask(knowledge, "Zentiva 10, « 40 mg 3 fois par jour »", on=SPRING).card("specialist-care")["summary"]

    assert summary.replace(NO_BREAK, " ").startswith("Baclofène 120 mg/j, à confirmer (> 80 mg/j) : ")
    assert summary.count("(") == 1


def test_a_dose_that_comes_down_is_no_renewal(knowledge: Knowledge) -> None:
    answered = ask(
        knowledge, "Zentiva 10, 35 mg BID", "Zentiva 10, 40 mg BID", conditions=["F10.2", "F33.2", "G40.9"], on=SPRING
    )
    summaries = " ".join(card["summary"] for card in answered.cards)

    assert "dose non augmentée" in summaries.replace(NO_BREAK, " ")
    assert "renouvellement :" not in summaries.replace(NO_BREAK, " ")


@pytest.mark.parametrize("path", sorted(CARDS.glob("*.toml")), ids=lambda path: path.stem)
def test_french_has_typographic_apostrophes(path: Path) -> None:
    french = list(in_french(tomllib.loads(path.read_text(encoding="utf-8"))))

    assert french
    assert not [text for text in french if "'" in text]


def in_french(table: Mapping[str, Any], *, within: bool = False) -> Iterator[str]:
    """The texts under a key `fr`."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from in_french(value, within=within or key == "fr")
        elif within or key == "fr":
            yield value


def test_reasons_to_override_have_them_too(knowledge: Knowledge) -> None:
    card = ask(knowledge, "Zentiva 10, 40 mg QID", "Zentiva 10, 40 mg QID", on=YEAR_2018).cards[0]
    reasons = [reason["display"] for reason in card["overrideReasons"]]

    assert "Dose bien tolérée, bénéfice supérieur au risque" in reasons
    assert "'" not in " ".join(reasons)


def test_a_summary_that_asks_for_care_says_which(knowledge: Knowledge) -> None:
    for order in ("Zentiva 10, 60 mg BID", "Zentiva 10, 40 mg BID"):
        linked = {"order": order, "replaces": "taken-1"}
        summary = ask(knowledge, linked, "Zentiva 10, 35 mg BID", on=TODAY).card("specialist-care")["summary"]
        assert "en addictologie" in summary


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_maximum_of_a_day_stands_beside_the_dose(language: str) -> None:
    read = Term(Span(Fraction(10), Fraction(20)), Span(Fraction(3), Fraction(3)), cap_mg_per_day=Fraction(45))

    assert "45" in words.term(read, language)


@pytest.mark.parametrize(
    ("language", "written"),
    [("fr", "60 mg × 1 par jour (lun., mer., ven.)"), ("en", "60 mg × 1 a day (Mon, Wed, Fri)")],
)
def test_days_of_the_week_are_in_the_language_of_the_card(language: str, written: str) -> None:
    once, dose = Span(Fraction(1), Fraction(1)), Span(Fraction(60), Fraction(60))

    assert words.term(Term(dose, once, weekdays=frozenset({4, 2, 0})), language) == written
