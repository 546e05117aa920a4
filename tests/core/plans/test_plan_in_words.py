"""The plan in words names every level and every day, briefly; a card has one line of it and a link."""

import re
from dataclasses import replace
from datetime import date

import pytest

from cds_service.core.plans.choice import Proposal
from cds_service.core.plans.suggest import Suggestion
from cds_service.core.wording.suggestion_words import as_suggestions, offered_in_words, plan_in_words
from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import NO_BREAK, YEAR_2018, Answered, Json, ask
from tests.vignette_cases import request

OCTOBER = date(2026, 10, 5)


def plan_of(answered: Answered) -> str:
    """The text of the plan that is offered first."""
    first = next(item for item in answered.offered if item.actions)
    detail = plan_in_words(first, answered.texts, answered.language).replace(NO_BREAK, " ")
    said = re.search(r"(Plan|Arrêt|Stop) .*?(Consultations? : |Visits?: )[^.]*\.", detail)
    assert said
    return said.group()


def doses_of(plan: str) -> list[int]:
    """Every level in the text, in mg a day."""
    levels = plan.partition(" : ")[2].partition("Consultation")[0]
    without_intakes = re.sub(r"\([^)]*\)", "", levels).replace("arrêt", "0 mg/j")
    return [int(dose) for dose in re.findall(r"(?<![\d/])\d+(?= mg/j|,| et )", without_intakes)]


def stop(knowledge: Knowledge, taken: str, language: str = "fr", *, with_seizures: bool = False) -> Answered:
    order = {"order": f"Zentiva 10, {taken} QD", "stop": True, "id": "taken-1"}
    conditions = ["F10.2", "G40.9"] if with_seizures else ["F10.2"]
    taken_now = [f"Zentiva 10, {taken} QD"]
    said = {"id": "words", "on": OCTOBER, "orders": [order], "taken": taken_now, "conditions": conditions}
    hook = request(said)
    return Answered(hook, knowledge, OCTOBER, language)


def test_a_long_plan_names_each_level_and_says_how_long_it_is_held(knowledge: Knowledge) -> None:
    assert plan_of(stop(knowledge, "120 mg")) == (
        "Arrêt de 120 à 0 mg/j, 10 mg tous les 2 jours au moins, 5 mg à la fin : "
        "110 mg/j dès le 05/10/2026 (matin 110 mg) ; "
        "puis, par paliers de 2 jours, 100, 90, 80, 70, 60, 50, 40, 30, 25, 20, 15, 10 et 5 mg/j ; "
        "arrêt le 02/11/2026. Consultation : 02/11/2026."
    )


def test_the_same_in_english(knowledge: Knowledge) -> None:
    assert plan_of(stop(knowledge, "120 mg", "en")) == (
        "Stop from 120 to 0 mg/day, 10 mg every 2 days at least, 5 mg at the end: "
        "110 mg/day from 5 October 2026 (morning 110 mg); "
        "then, in steps of 2 days, 100, 90, 80, 70, 60, 50, 40, 30, 25, 20, 15, 10 and 5 mg/day; "
        "stop on 2 November 2026. Visit: 2 November 2026."
    )


def test_a_short_plan_gives_day_and_intakes_of_each_level(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Zentiva 10, 50 mg BID", "Zentiva 10, 50 mg BID", on=YEAR_2018)

    # Four weeks later is Easter Monday: the visit is on the Friday before it.
    assert plan_of(answered) == (
        "Plan de 100 à 80 mg/j, 10 mg tous les 2 jours : "
        "90 mg/j dès le 05/03/2018 (matin 50 mg, soir 40 mg) ; "
        "80 mg/j dès le 07/03/2018 (matin 40 mg, soir 40 mg). Consultation : 30/03/2018."
    )


def test_with_seizures_a_stop_is_longer_from_its_last_level_upwards(knowledge: Knowledge) -> None:
    plan = plan_of(stop(knowledge, "20 mg", with_seizures=True))

    assert "puis, par paliers de 2 jours au moins, 10 et 5 mg/j ; arrêt le 19/10/2026" in plan


@pytest.mark.parametrize("taken", [20, 45, 60, 65, 115, 120, 295, 400])
def test_no_level_is_left_out(taken: int, knowledge: Knowledge) -> None:
    answered = stop(knowledge, f"{taken} mg")
    signed = levels_of(answered.suggestions[0])

    # What is signed ends at the first visit; the text goes on to the end.
    assert doses_of(plan_of(answered))[: len(signed)] == signed
    assert doses_of(plan_of(answered))[-1] == 0


def levels_of(suggestion: Json) -> list[int]:
    """The mg a day of each sequence number of the dosages."""
    totals: dict[int, int] = {}
    for order in (action["resource"] for action in suggestion["actions"]):
        strength = int(re.findall(r"\d+", order["medicationCodeableConcept"]["text"])[0])
        for dosage in order["dosageInstruction"]:
            moments = len(dosage["timing"]["repeat"]["when"])
            tablets = dosage["doseAndRate"][0]["doseQuantity"]["value"]
            number = dosage["sequence"]
            totals[number] = totals.get(number, 0) + int(tablets * moments * strength)
    return [totals[number] for number in sorted(totals)]


@pytest.mark.parametrize(
    ("taken", "wanted"),
    [
        ("60 mg BID", [110, 100, 90, 80]),
        ("180 mg BID", list(range(350, 70, -10))),
        ("67.5 mg BID", [125, 115, 105, 95, 85, 80]),
    ],
)
def test_a_taper_of_2018_names_every_level_to_80_mg(taken: str, wanted: list[int], knowledge: Knowledge) -> None:
    answered = ask(knowledge, f"Zentiva 10, {taken}", f"Zentiva 10, {taken}", on=YEAR_2018)

    assert doses_of(plan_of(answered)) == wanted


def test_several_visits_are_in_the_plural(knowledge: Knowledge) -> None:
    plan = plan_of(stop(knowledge, "400 mg"))

    assert plan.endswith("Consultations : 02/11/2026, 30/11/2026, 28/12/2026.")


def test_a_plan_of_one_level_has_no_pace_and_no_way(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Zentiva 10, 45 mg BID", "Zentiva 10, 45 mg BID", on=YEAR_2018)
    description = answered.suggestions[0]["actions"][0]["description"].replace(NO_BREAK, " ")

    assert answered.recommended == ["Décroissance 90 → 80 mg/j dès le 05/03/2018"]
    assert description.startswith("Remplace la posologie : Baclofène Zentiva 10 mg, 80 mg/j dès le 05/03/2018.")
    assert plan_of(answered).startswith("Plan : 80 mg/j dès le 05/03/2018 (")


def test_the_text_that_gives_the_pace_is_a_source_of_the_card(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Zentiva 10, 60 mg BID", "Zentiva 10, 60 mg BID")
    letter = "Lettre de juillet 2017"

    assert any(link["label"].startswith(letter) for link in answered.card("specialist-care")["links"])


# --- sentences that depend on the plan -------------------------------------------------------


def first_of(answered: Answered) -> tuple[Suggestion, Proposal]:
    item = next(item for item in answered.offered if item.actions and item.proposal)
    assert item.proposal
    return item, item.proposal


def said_of(item: Suggestion, answered: Answered) -> str:
    return plan_in_words(item, answered.texts, answered.language).replace(NO_BREAK, " ")


def test_a_plan_from_nothing_begins_with_its_first_dose(knowledge: Knowledge) -> None:
    start = ask(knowledge, "Zentiva 10, 20 mg TID")

    assert "Plan de 15 à 45 mg/j, 10 mg tous les 3 jours" in said_of(first_of(start)[0], start)


def test_only_of_a_taper_to_a_dose_the_last_dose_goes_on(knowledge: Knowledge) -> None:
    goes_on = "La dernière dose continue jusqu’à la consultation."
    taper = ask(knowledge, "Zentiva 10, 60 mg BID", "Zentiva 10, 60 mg BID", on=YEAR_2018)

    assert goes_on in said_of(first_of(taper)[0], taper)
    to_nothing = stop(knowledge, "120 mg")
    assert goes_on not in said_of(first_of(to_nothing)[0], to_nothing)


@pytest.mark.parametrize(
    ("above_mg", "said"), [(4, "au-dessous"), (-4, "au-dessus"), (0, ""), (5, ""), (-5, "")], ids=str
)
def test_the_nearest_dose_is_said_where_it_is_nearer_than_half_a_tablet(
    above_mg: int, said: str, knowledge: Knowledge
) -> None:
    """A plan that is held, or ends at a visit, stops further away from the dose that is wanted."""
    answered = ask(knowledge, "Zentiva 10, 60 mg BID", "Zentiva 10, 60 mg BID", on=YEAR_2018)
    item, proposal = first_of(answered)
    wanted = replace(proposal.plan, wanted_mg=proposal.plan.to_mg + above_mg)

    written = said_of(replace(item, proposal=replace(proposal, plan=wanted)), answered)

    assert re.findall("au-dess(?:ou|u)s", written) == ([said] if said else [])


def test_the_plan_in_words_is_that_of_the_first_that_can_be_sent(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Zentiva 10, 60 mg BID", "Zentiva 10, 60 mg BID", on=YEAR_2018)
    item, proposal = first_of(answered)
    another = replace(proposal, plan=replace(proposal.plan, wanted_mg=proposal.plan.to_mg + 4))
    unsent = replace(item, actions=(), proposal=another)
    assert plan_in_words(unsent, answered.texts, "fr") != plan_in_words(item, answered.texts, "fr")

    [plan, reason] = offered_in_words([unsent, item], answered.texts, answered.language)

    assert plan == plan_in_words(item, answered.texts, answered.language)
    assert reason == answered.texts.suggestions["left-out", answered.language]


@pytest.mark.parametrize(
    ("taken", "said"),
    [("400 mg", ["jusqu’à 260 mg/j"]), ("120 mg", []), ("20 mg", [])],
    ids=["a stop of months", "a stop that ends with its order", "a short stop"],
)
def test_a_label_says_how_far_the_order_goes_that_is_signed(
    taken: str, said: list[str], knowledge: Knowledge
) -> None:
    label = stop(knowledge, taken).labels[0]

    assert re.findall(r"\(cette ordonnance : ([^)]*)\)", label) == said


def test_of_two_for_one_action_the_label_says_which_product_it_has(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Zentiva 10, 60 mg BID", "Zentiva 10, 60 mg BID", on=YEAR_2018)
    item, proposal = first_of(answered)
    alone = replace(item, proposal=replace(proposal, products=replace(proposal.products, fine_only=True)))

    [label] = [one["label"] for one in as_suggestions([alone], answered.texts, "fr")["suggestions"]]

    assert not item.product
    assert label.replace(NO_BREAK, " ").endswith("(en Baclofène Zentiva 10 mg seulement)")
