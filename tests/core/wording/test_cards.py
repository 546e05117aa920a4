"""What stands where on a card: sums, names of orders, notices, sources and links, in the blocks of its detail."""

import re
from datetime import timedelta

import pytest

from cds_service.base.names import LANGUAGES
from cds_service.hook.order_sign import answer
from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import NO_BREAK, TODAY, YEAR_2018, Answered, Json, ask, found_on
from tests.known import known
from tests.vignette_answers import told_cards
from tests.vignette_cases import encode, request


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


def block(card: Json, title: str) -> str:
    """A block of a detail, without its title."""
    detail: str = card["detail"]
    blocks = {part.partition("** ")[0].strip("*"): part.partition("** ")[2] for part in detail.split("\n\n")}
    return blocks[title].replace(NO_BREAK, " ")


def found(card: Json) -> str:
    return block(card, "Constat.")


# --- the sum -------------------------------------------------------------------------------------


RANGE, LAST = "20 à 100 mg × 1 par jour = 20 à 100 mg/j", "20 à 100 mg/j dès le 29/11/2026"


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("20 mg TID for 7 d, then 60 mg TID for 7 d, then 30 mg QD",
         "60 mg × 3 par jour = 180 mg/j, plus haut de 3 paliers ; dernier : 30 mg/j dès le 06/12/2026."),
        ("80 mg QD for 7 d, then 20-100 mg QD", f"{RANGE}, plus haut de 2 paliers ; dernier : {LAST}."),
        ("20 mg MORN + 8 cp NOON", "20 mg × 1 par jour + 8 comprimés de 10 mg × 1 par jour = 100 mg/j."),
    ],
)  # fmt: skip
def test_the_sum_is_that_of_the_highest_step_and_tells_the_last(order: str, said: str, knowledge: Knowledge) -> None:
    card = ask(knowledge, f"Zentiva 10, {order}").card("specialist-care")

    assert found(card).startswith(f"Baclofène Zentiva 10 mg : {said} ")


def test_an_order_without_a_dose_is_in_the_sum_with_that_said(knowledge: Knowledge) -> None:
    card = ask(knowledge, ["Zentiva 10, 30 mg TID", "baclofen, 2 cp TID"]).card("specialist-care")

    assert found(card).startswith(
        "Prescription 1 (Baclofène Zentiva 10 mg) : 30 mg × 3 par jour = 90 mg/j. "
        "Prescription 2 (baclofène, spécialité non précisée) : dose journalière non calculable. "
    )


def test_each_order_of_the_sum_is_named_a_draft_by_its_place_and_the_others_as_on_record(
    knowledge: Knowledge,
) -> None:
    order = {"order": "Zentiva 10, 40 mg BID", "id": "taken-1"}
    card = ask(knowledge, order, "Zentiva 10, 10 mg TID", "Baclocur 40, 1 cp BID").card("specialist-care")

    assert found(card).startswith(
        "Prescription 1 (Baclofène Zentiva 10 mg) : 40 mg × 2 par jour = 80 mg/j. "
        "Au dossier (Baclocur 40 mg) : 1 comprimé de 40 mg × 2 par jour = 80 mg/j. "
    )


def test_only_dose_cards_have_sums(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Liorésal 10, 30 mg TID", conditions=["F10.2", "F33.2", "G40.9"])

    sums = {finding: " = " in found(card) for card in answered.cards for finding in found_on(card)[:1]}
    assert sums == {"initial-dose-too-high": True, "psychiatric-history": False}


# --- which order ---------------------------------------------------------------------------------


def test_where_an_entry_is_not_read_each_finding_says_of_which_order_it_is(knowledge: Knowledge) -> None:
    older = {"resource": {"resourceType": "MedicationOrder", "id": "older", "dateEnded": "2026-12-01"}}
    misspelt = {"resource": {"resourceType": "medicationrequest", "id": "misspelt"}}
    answered = ask(knowledge, [older, "Liorésal 10, 10 mg TID", misspelt], conditions=["F10.2", "F33.2"])

    assert " Liorésal 10 mg : produit non autorisé" in found(answered.card("product-not-authorised"))
    assert found(answered.card("psychiatric-history")).startswith("Liorésal 10 mg : trouble psychiatrique")
    not_done = found(answered.card("check-not-done"))
    assert not_done.startswith("Prescription 1 : ")
    assert "Prescription 3 : " in not_done
    assert "Prescription 2" not in not_done


def test_what_is_not_read_of_the_whole_request_is_of_no_order(knowledge: Knowledge) -> None:
    hook: Json = request({"id": "part", "on": TODAY, "orders": ["Zentiva 10, 10 mg TID"]})
    hook["context"]["draftOrders"]["link"] = [{"relation": "next", "url": "https://ehr.example/2"}]
    said = found(Answered(hook, knowledge, TODAY).card("check-not-done"))

    assert "Prescription" not in said.partition(" ")[0]
    assert said[0].isupper()


def test_a_dose_is_of_the_sum_and_not_of_an_order(knowledge: Knowledge) -> None:
    said = found(ask(knowledge, ["Zentiva 10, 30 mg TID", "Baclocur 40, 1 cp BID"]).card("specialist-care"))

    assert " Pas d’orientation en addictologie retrouvée (170 mg/j > 80 mg/j)." in said
    assert "Prescription 1 (Baclofène Zentiva 10 mg) : au-dessus" not in said


# --- notices, sources, links ---------------------------------------------------------------------


STOP = "Pas d’arrêt brutal (sevrage)."
REPORT = "Effets indésirables : déclarer immédiatement au CRPV."


def last(card: Json) -> str:
    """The lines that end a detail."""
    detail: str = card["detail"].replace(NO_BREAK, " ")
    return detail.rpartition("\n\n")[2]


def test_an_answer_warns_of_a_stop_and_asks_to_report_once(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Liorésal 10, 30 mg TID", "Liorésal 10, 30 mg TID", conditions=RELAPSE)

    notices = {found_on(card)[0]: [line for line in (STOP, REPORT) if line in last(card)] for card in answered.cards}
    assert notices == {"specialist-care": [STOP, REPORT], "psychiatric-history": []}


def test_without_a_dose_card_the_first_precaution_asks_to_report(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Baclocur 10, 10 mg TID", conditions=["F10.2", "R45.8"], goals=[])

    assert [REPORT in card["detail"].replace(NO_BREAK, " ") for card in answered.cards].count(True) == 1


NO_GOALS = {"goals": "not sent"}
RELAPSE = ["F10.2", "F33.2 relapse"]


@pytest.mark.parametrize(("named", "said"), [(True, True), (False, False)])
def test_a_day_that_was_set_by_hand_is_the_last_line_of_each_card(
    named: bool, said: bool, knowledge: Knowledge
) -> None:
    body = encode(request({"id": "day", "on": TODAY, "orders": ["Liorésal 10, 30 mg TID"], "conditions": RELAPSE}))
    cards = answer(body, knowledge, on=TODAY, language="fr", names_day=named).cards

    assert cards
    assert all(last(card).endswith("Règles en vigueur le 22/11/2026.") is said for card in cards)
    assert not [card for card in cards if knowledge.rules.version in card["detail"]]


def test_the_plan_is_one_line_with_its_first_visit(knowledge: Knowledge) -> None:
    order = {"order": "Zentiva 10, 60 mg BID", "replaces": "taken-1"}
    card = ask(knowledge, order, "Zentiva 10, 60 mg BID", on=YEAR_2018).cards[0]
    (plan,) = re.findall(r"Plan : [^.]*\.", block(card, "À faire."))

    assert plan.startswith("Plan : décroissance 120 → 80 mg/j")
    assert "consultation le " in plan
    assert " mg (matin" not in plan


def test_the_links_are_those_of_the_sources_of_findings_plan_and_notices(knowledge: Knowledge) -> None:
    order = {"order": "Zentiva 10, 60 mg BID", "replaces": "taken-1"}
    card = ask(knowledge, order, "Zentiva 10, 60 mg BID").card("specialist-care")

    assert [(link["label"].replace(NO_BREAK, " "), link["url"]) for link in card["links"]] == [
        (
            "ANSM, page Baclofène : suppression de la limitation à 80 mg/j ; lien donné par la source, non relu",
            f"{ANSM}/dossiers-thematiques/baclofene",
        ),
        ("Déclarer un effet indésirable (ANSM) ; le lien ne mène qu’à la page d’accueil", ANSM),
        (f"{LETTER} ; le lien ne mène qu’à la page d’accueil", ANSM),
    ]


ANSM = "https://ansm.sante.fr"
LETTER = (
    "Lettre de juillet 2017 de Novartis Pharma et Sanofi-Aventis, en accord avec l’ANSM : "
    "RTU baclofène, maximum 80 mg/j"
)


# --- suggestions and identity --------------------------------------------------------------------


def test_each_suggestion_is_on_the_card_of_what_it_answers(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "US tablet 20, 2 cp TID", "US tablet 20, 2 cp TID", conditions=RELAPSE)

    begins = {
        found_on(card)[0]: [item["label"].split()[0] for item in card.get("suggestions", [])]
        for card in answered.cards
    }
    assert begins == {
        "specialist-care": ["Baclocur", "Orienter", "Décroissance", "Suivi"],
        "psychiatric-history": [],
    }


def test_dialysis_heads_its_card_whatever_is_more_urgent_on_it(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Baclocur 10, 10 mg TID", conditions=["F10.2", "G40.9", "R45.8", "Z99.2"])

    (card,) = [card for card in answered.cards if "not-assessed" in found_on(card)]
    assert card["summary"].startswith("Baclofène chez un patient dialysé")
    assert card["indicator"] == "warning"
    assert card["source"]["topic"]["code"] == found_on(card)[0] == "psychiatric-history"
    assert block(card, "Constat.").startswith("Dialyse au dossier.")


def test_what_heads_a_card_is_told_without_a_history_that_does_not_join_it(knowledge: Knowledge) -> None:
    """Seizures are named beside a first dose or a rise, which they make worse: not on a renewal, beside dialysis."""
    answered = ask(
        knowledge, "Baclocur 10, 10 mg TID", "Baclocur 10, 10 mg TID", conditions=["F10.2", "G40.9", "Z99.2"]
    )

    (card,) = [card for card in answered.cards if "seizure-history" in found_on(card)]
    assert card["summary"] == f"Baclofène chez un patient dialysé{NO_BREAK}: non évalué par cet outil, voir le RCP"


def test_a_summary_is_set_as_french_is(knowledge: Knowledge) -> None:
    card = ask(knowledge, "Zentiva 10, 40 mg QID", "Zentiva 10, 40 mg QID", on=YEAR_2018).cards[0]

    assert card["summary"] == (
        f"Baclofène 160{NO_BREAK}mg/j{NO_BREAK}: au-dessus du maximum de 80{NO_BREAK}mg/j, revoir la posologie"
    )


# --- conditions and language ---------------------------------------------------------------------


def test_a_condition_stands_before_what_holds_under_it_and_once_in_the_summary(knowledge: Knowledge) -> None:
    """For alcohol dependence or not, and renewal or addition: both are in the summary, in one phrase."""
    lately = {"order": "Zentiva 10, 20 mg TID", "written": TODAY - timedelta(days=10)}
    card = ask(knowledge, "Zentiva 10, 20 mg TID", lately, conditions=[]).cards[0]

    assert card["summary"].replace(NO_BREAK, " ").startswith("Si alcool et si ajout – Baclofène 120 mg/j")
    said = found(card)
    assert said.index("si prescrit dans l’alcoolodépendance") < said.index("renouvellement")


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_to_override_are_in_the_language_of_the_card(language: str, knowledge: Knowledge) -> None:
    hook: Json = request({"id": "language", "on": TODAY, "orders": ["Zentiva 10, 40 mg TID"]})
    (card, *_) = Answered(hook, knowledge, TODAY, language).cards

    told = {"fr": "Suivi en addictologie en place", "en": "Addiction care in place"}
    shown = [reason["display"] for reason in card["overrideReasons"]]
    assert [words for words in told.values() if words in shown] == [told[language]]


def test_the_reasons_to_override_are_those_of_the_findings_on_the_card(knowledge: Knowledge) -> None:
    for told in told_cards():
        shown = [reason["code"] for reason in told.card["overrideReasons"]]
        rules = dict.fromkeys(found_on(told.card))
        offered = [{reason.code for reason in knowledge.texts.offered_reasons[rule]} for rule in rules]

        assert len(shown) == len(set(shown)) <= 5
        assert set(shown) <= set().union(*offered)
        # Each finding has one as long as there is room, the most urgent first.
        assert all(codes & set(shown) for codes in offered[:5])


def test_no_card_offers_a_retired_reason(knowledge: Knowledge) -> None:
    retired = {reason.code for reason in knowledge.texts.override_reasons if reason.retired}

    assert len(retired) == 6
    assert {code for code, rules in knowledge.texts.rules_by_reason().items() if not rules} == retired
