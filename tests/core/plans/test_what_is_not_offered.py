"""Plans that would be wrong and are not offered, and labels that could tell half of the dose."""

from datetime import date

import pytest

from cds_service.core.plans.products import ProductCatalogue
from cds_service.core.plans.suggest import suggestions
from cds_service.core.record.terminology import Terminology
from cds_service.core.rules.decide import decide
from cds_service.hook.order_sign import answer
from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import NO_BREAK, TODAY, YEAR_2018, Json, ask, found_on
from tests.vignette_cases import encode

REFERRAL = "Orienter en addictologie (prise en charge pluridisciplinaire spécialisée)"
MADE = "Suivi en addictologie déjà en place : le documenter (le dossier l’indiquera)"

IN_TWO = "(en Baclocur 20 mg et Baclocur 10 mg)"


@pytest.mark.parametrize(
    ("taken", "on", "offered"),
    [
        ((), TODAY, [REFERRAL]),
        (("Zentiva 10, 60 mg BID",), TODAY, [REFERRAL, MADE]),
        (("Zentiva 10, 60 mg BID",), YEAR_2018, []),
    ],
)
def test_a_product_in_words_alone_gets_no_plan(
    taken: tuple[str, ...], on: date, offered: list[str], knowledge: Knowledge
) -> None:
    """Words may be misread: a person has to confirm which product it is before anything is written with it."""
    order = {"order": "baclofen, 60 mg BID", "words": "Baclofène Zentiva 10 mg"}
    in_words = ask(knowledge, order, *taken, on=on)
    coded = ask(knowledge, "Zentiva 10, 60 mg BID", *taken, on=on)

    assert "check-not-done" in [finding for card in in_words.cards for finding in found_on(card)]
    assert in_words.labels == offered
    assert set(in_words.labels) < set(coded.labels)  # what a code would have brought


@pytest.mark.parametrize(
    ("taken", "days"),
    [
        (90, ["90 → 80 mg/j dès"]),
        (95, ["95 → 80 mg/j, atteint le 07/03/2018", "95 → 80 mg/j dès"]),
        (100, ["100 → 80 mg/j, atteint le 07/03/2018"]),
    ],
)
def test_greater_steps_are_offered_only_where_they_save_a_day(
    taken: int, days: list[str], knowledge: Knowledge
) -> None:
    """From 100, steps of 15 mg go over 85 to 80 and take the 4 days that steps of 10 mg take."""
    order = {"order": f"Zentiva 10, {taken} mg QD", "replaces": "taken-1"}
    labels = ask(knowledge, order, f"Zentiva 10, {taken} mg QD", on=YEAR_2018).labels

    assert len(labels) == len(days)
    for label, said in zip(labels, days, strict=True):
        assert label.startswith(f"Décroissance {said}")


@pytest.mark.parametrize(
    ("order", "dose"),
    [
        ("1-2 cp BID", "20 à 40 mg/j"),
        ("1-2 cp BID for 7 d, then 2-3 cp BID", "20 à 60 mg/j"),
        ("2-3 cp BID for 7 d, then 2-2.5 cp BID", "40 à 60 mg/j"),
        ("1 cp BID as needed", "0 à 20 mg/j"),
    ],
)
def test_the_label_of_a_product_says_the_whole_range_of_the_dose(order: str, dose: str, knowledge: Knowledge) -> None:
    """From before the text that gives a number for a first dose: no finding speaks of the dose."""
    answered = ask(knowledge, f"Liorésal 10, {order}", on=date(2023, 5, 11))

    assert answered.labels[-1:] == [f"Remplacer par Baclofène Zentiva 10 mg, même dose : {dose}"]


PEAK = "Zentiva 10, 40 mg QD for 5 d, then 60 mg QD for 1 d, then {} mg QD"


@pytest.mark.parametrize(
    ("last", "offered"),
    [
        (40, []),
        (30, []),
        (50, [f"Augmentation 40 → 50 mg/j dès le 22/11/2026, consultation le 04/12/2026 {IN_TWO}"]),
        (60, [f"Augmentation 40 → 60 mg/j, +10 mg tous les 3 jours, consultation le 04/12/2026 {IN_TWO}"]),
    ],
)
def test_a_way_up_leads_to_the_dose_on_which_the_order_ends_and_not_to_a_peak_of_one_day(
    last: int, offered: list[str], knowledge: Knowledge
) -> None:
    answered = ask(knowledge, {"order": PEAK.format(last), "replaces": "taken-1"}, "Zentiva 10, 40 mg QD")

    assert "dose-increase-too-fast" in found_on(answered.cards[0])
    assert [label for label in answered.labels if "Augmentation" in label] == offered


def test_a_start_leads_to_the_dose_on_which_the_order_ends(knowledge: Knowledge) -> None:
    order: Json = {"order": "Zentiva 10, 70 mg QD for 1 d, then 40 mg QD"}

    assert ask(knowledge, order).recommended == [
        "Titration 15 → 40 mg/j, +10 mg tous les 3 jours, consultation le 04/12/2026, en 2 prises"
    ]


@pytest.mark.parametrize(("most", "offered"), [("120", True), ("12", False)])
def test_no_plan_changes_a_dose_that_is_to_be_confirmed(most: str, offered: bool, knowledge: Knowledge) -> None:
    """A maximum of 12 mg a day beside 120: which of the two is the slip has to be settled first; the card says so."""
    cap = {"numerator": {"value": int(most), "unit": "mg"}, "denominator": {"value": 1, "code": "d"}}
    rhythm = {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}}
    dosage = {
        "doseAndRate": [{"doseQuantity": {"value": 4, "unit": "cp"}}],
        "timing": rhythm,
        "maxDosePerPeriod": cap,
    }
    order: Json = {"order": "Zentiva 10, 4 cp TID", "replaces": "taken-1", "fhir": {"dosageInstruction": [dosage]}}
    answered = ask(knowledge, order, "Zentiva 10, 4 cp TID", on=YEAR_2018)

    asked = [card for card in answered.cards if "dosage-to-confirm" in found_on(card)]
    assert any(label.startswith("Décroissance") for label in answered.labels) is offered
    assert any("confirmer d’abord la dose" in card["detail"] for card in asked) is not offered


def test_where_no_tablet_of_10_mg_is_on_sale_that_is_why_there_is_no_plan(knowledge: Knowledge) -> None:
    order: Json = {"order": "Zentiva 10, 40 mg TID", "replaces": "taken-1"}
    hook = ask(knowledge, order, "Zentiva 10, 40 mg TID").hook
    decision = answer(encode(hook), knowledge, on=TODAY, language="fr").decision
    nothing_on_sale = ProductCatalogue(knowledge.rules, Terminology([], {}, {}), TODAY)
    offered = suggestions(decision, nothing_on_sale, lambda case: decide(case, knowledge.rules))

    assert [item.text for item in offered] == ["referral", "referral-made", "no-plan-product"]


@pytest.mark.parametrize(
    ("taken", "offered"),
    [
        (("Zentiva 10, 1 cp TID",), ["Remplacer par Baclofène Zentiva 10 mg, même dose : 30 mg/j"]),
        (("Zentiva 10, 1 cp BID", "Zentiva 10, 1 cp QD"), []),
    ],
)
def test_a_product_is_not_replaced_beside_two_lines_of_which_it_may_continue_either(
    taken: tuple[str, ...], offered: list[str], knowledge: Knowledge
) -> None:
    assert ask(knowledge, "old generic 10, 1 cp TID", *taken).labels == offered


@pytest.mark.parametrize(("taken", "stays"), [(290, True), (300, True), (310, False), (350, False)])
def test_nobody_is_offered_to_stay_above_the_limit(taken: int, stays: bool, knowledge: Knowledge) -> None:
    order = {"order": f"Baclocur 10, {taken + 30} mg QD", "replaces": "taken-1"}
    labels = ask(knowledge, order, f"Baclocur 10, {taken} mg QD").labels

    assert any(label.startswith(f"Rester à {taken} mg/j") for label in labels) is stays


@pytest.mark.parametrize(
    ("conditions", "recommended"),
    [
        ([], True),
        (["Z49.1"], False),
        (["N18.5"], False),
        (["Z33 recorded 2026-10-01"], False),
        (["O24.4"], True),
        (["I10"], True),
    ],
)
def test_a_rise_is_recommended_to_nobody_whose_dose_no_text_of_ours_gives(
    conditions: list[str], recommended: bool, knowledge: Knowledge
) -> None:
    """In pregnancy and where the kidneys hardly work; a way down is recommended as to others."""
    listed = ["F10.2", *conditions]
    lowered = {"order": "Baclocur 10, 1 cp TID", "replaces": "taken-1"}
    first = ask(knowledge, "Baclocur 20, 1 cp TID", conditions=listed)
    taper = ask(knowledge, lowered, "Baclocur 40, 1 cp TID", conditions=listed)

    assert any(label.startswith("Titration") for label in first.labels)
    assert any(label.startswith("Titration") for label in first.recommended) is recommended
    assert any(label.startswith("Décroissance") for label in taper.recommended)


@pytest.mark.parametrize("older", [(), (0,), (1,), (0, 1)])
def test_where_one_draft_came_as_dstu2_nothing_is_suggested(older: tuple[int, ...], knowledge: Knowledge) -> None:
    """Software that takes no R4 would be given R4, also where another of its drafts was read as such."""
    lines = ["Zentiva 10, 9 cp TID", "Baclocur 10, 9 cp QD"]
    drafts = [{"order": line, "dstu2": place in older} for place, line in enumerate(lines)]
    asked = ask(knowledge, drafts)

    assert asked.cards
    assert bool(asked.suggestions) is not bool(older)


@pytest.mark.parametrize(("taken", "recommended"), [("20 mg EVE", False), ("10 mg MORN + 10 mg EVE", True)])
def test_a_rise_in_one_intake_is_offered_and_not_recommended(
    taken: str, recommended: bool, knowledge: Knowledge
) -> None:
    """45 mg at once would be the number of intakes that is taken; the SmPC has two to four a day."""
    asked = ask(knowledge, {"order": "Baclocur 10, 15 mg TID", "replaces": "taken-1"}, f"Baclocur 10, {taken}")

    assert any(label.startswith("Augmentation 20 → 45 mg/j") for label in asked.labels)
    assert any(label.startswith("Augmentation") for label in asked.recommended) is recommended


def test_a_draft_that_was_sent_twice_is_judged_and_not_changed(knowledge: Knowledge) -> None:
    """A plan would be taken twice too, and its orders be too much to read."""
    draft = {"order": "Baclocur 10, 40 mg TID", "replaces": "taken-1", "id": "draft-1"}
    once, twice = (ask(knowledge, [draft] * number, "Baclocur 10, 40 mg TID") for number in (1, 2))

    assert [found_on(card) for card in twice.cards] == [found_on(card) for card in once.cards]
    assert any(label.startswith("Décroissance") for label in once.labels)
    assert twice.labels == [REFERRAL, MADE]
    assert "Pas de plan : données à vérifier d’abord." in twice.cards[0]["detail"].replace(NO_BREAK, " ")
