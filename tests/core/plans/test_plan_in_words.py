"""The plan in words names every level and every day, briefly; a card has one line of it and a link."""

import re
from datetime import date

import pytest

from cds_service.core.wording.suggestion_words import plan_in_words
from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import NO_BREAK, YEAR_2018, Answered, Json, ask
from tests.vignette_cases import request

OCTOBER = date(2026, 10, 5)


def plan_of(answered: Answered) -> str:
    """The text of the plan that is offered first."""
    first = next(item for item in answered.offered if item.actions)
    detail = plan_in_words(first, answered.texts, answered.language).replace(NO_BREAK, " ")
    said = re.search(r"Plan.*?(Consultations? : |Visits?: )[^.]*\.", detail)
    assert said
    return said.group()


def doses_of(plan: str) -> list[int]:
    """Every level in the text, in mg a day."""
    levels = plan.partition(" : ")[2].partition("Consultation")[0]
    without_intakes = re.sub(r"\([^)]*\)", "", levels).replace("arrêt", "0 mg/j")
    return [int(dose) for dose in re.findall(r"(?<![\d/])\d+(?= mg/j|,| et )", without_intakes)]


def stop(knowledge: Knowledge, taken: str, language: str = "fr") -> Answered:
    order = {"order": f"Zentiva 10, {taken} QD", "stop": True, "id": "taken-1"}
    hook = request({"id": "words", "on": OCTOBER, "orders": [order], "taken": [f"Zentiva 10, {taken} QD"]})
    return Answered(hook, knowledge, OCTOBER, language)


def test_a_long_plan_names_each_level_and_says_how_long_it_is_held(knowledge: Knowledge) -> None:
    assert plan_of(stop(knowledge, "120 mg")) == (
        "Plan de 120 à 0 mg/j, 10 mg tous les 2 jours : "
        "110 mg/j dès le 05/10/2026 (matin 40 mg, midi 35 mg, soir 35 mg) ; "
        "puis, par paliers de 2 jours, 100, 90, 80, 70, 60, 50, 40, 30, 20 et 10 mg/j ; "
        "arrêt le 27/10/2026. Consultation : 27/10/2026."
    )


def test_the_same_in_english(knowledge: Knowledge) -> None:
    assert plan_of(stop(knowledge, "120 mg", "en")) == (
        "Plan from 120 to 0 mg/day, 10 mg every 2 days: "
        "110 mg/day from 5 October 2026 (morning 40 mg, noon 35 mg, evening 35 mg); "
        "then, in steps of 2 days, 100, 90, 80, 70, 60, 50, 40, 30, 20 and 10 mg/day; "
        "stop on 27 October 2026. Visit: 27 October 2026."
    )


def test_a_short_plan_gives_day_and_intakes_of_each_level(knowledge: Knowledge) -> None:
    assert plan_of(stop(knowledge, "30 mg")) == (
        "Plan de 30 à 0 mg/j, 10 mg tous les 2 jours : "
        "20 mg/j dès le 05/10/2026 (matin 10 mg, soir 10 mg) ; "
        "10 mg/j dès le 07/10/2026 (matin 10 mg) ; arrêt le 09/10/2026. Consultation : 09/10/2026."
    )


@pytest.mark.parametrize("taken", [20, 45, 60, 65, 115, 120, 295, 400])
def test_no_level_is_left_out(taken: int, knowledge: Knowledge) -> None:
    answered = stop(knowledge, f"{taken} mg")

    assert doses_of(plan_of(answered)) == [
        *(int(dose["mg"]) for dose in levels_of(answered.update("Arrêt progressif"))),
        0,
    ]


def levels_of(order: Json) -> list[Json]:
    """The mg a day of each sequence number of a dosage."""
    totals: dict[int, int] = {}
    for dosage in order["dosageInstruction"]:
        moments = len(dosage["timing"]["repeat"]["when"])
        tablets = dosage["doseAndRate"][0]["doseQuantity"]["value"]
        totals[dosage["sequence"]] = totals.get(dosage["sequence"], 0) + int(tablets * moments * 10)
    return [{"mg": totals[number]} for number in sorted(totals)]


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

    assert plan.endswith("Consultations : 31/10/2026, 26/11/2026, 22/12/2026.")


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
