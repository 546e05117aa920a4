"""Which plan is offered in which situation, and when there is none."""

from datetime import date

import pytest

from cds_service.core.wording.suggestion_words import plan_in_words
from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import NO_BREAK, TODAY, YEAR_2018, Answered, Json, ask, found_on, steps
from tests.vignette_cases import request

IN_TWO = "(en Baclocur 20 mg et Baclocur 10 mg)"

# --- which plan for whom -------------------------------------------------------------------------


def test_a_patient_of_2018_who_takes_160_mg_gets_the_taper(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Zentiva 10, 40 mg QID", "Zentiva 10, 40 mg QID", on=YEAR_2018)

    assert answered.recommended == ["Décroissance 160 → 80 mg/j, atteint le 19/03/2018, 10 mg tous les 2 jours"]
    assert answered.labels[1:] == ["Décroissance 160 → 80 mg/j, atteint le 15/03/2018, 15 mg tous les 2 jours"]


@pytest.mark.parametrize(
    "stop", [{"stop": True}, {"status": "stopped"}, {"status": "on-hold"}, {"status": "cancelled"}]
)
def test_a_stop_gets_a_plan_to_nothing_that_is_no_longer_a_stop(stop: Json, knowledge: Knowledge) -> None:
    reason = {"fhir": {"statusReason": {"text": "effets indésirables"}}}
    answered = ask(
        knowledge, {"order": "Zentiva 10, 40 mg BID", "id": "taken-1"} | stop | reason, "Zentiva 10, 40 mg BID"
    )

    assert answered.recommended == ["Arrêt progressif 80 → 0 mg/j, atteint le 12/12/2026"]
    order = answered.update("Arrêt")
    assert order["status"] == "draft"
    assert not {"doNotPerform", "statusReason", "priorPrescription"} & set(order)
    assert steps(order)[0][0] == "2026-11-22"
    assert steps(order)[-1][1] == "2026-12-11"  # 5 mg on the last two days, then nothing


@pytest.mark.parametrize("records", [{"medications": "not sent"}, {"medications": "paged"}])
def test_a_stop_of_what_nobody_knows_to_be_taken_gets_no_plan(records: Json, knowledge: Knowledge) -> None:
    answered = ask(knowledge, {"order": "Zentiva 10, 40 mg QID", "stop": True}, records=records)

    assert "abrupt-stop" in found_on(answered.cards[0])
    assert not answered.suggestions


def test_a_stop_where_nothing_is_on_record_ends_nothing(knowledge: Knowledge) -> None:
    assert not ask(knowledge, {"order": "Zentiva 10, 40 mg QID", "stop": True}).cards


@pytest.mark.parametrize(
    ("taken", "order", "recommended"),
    [
        ({"order": "Baclocur 40, 3 cp 1/d"}, "Baclocur 40, 100 mg QD", False),  # a fall beyond the step, asked
        ({"order": "Baclocur 40, 3 cp 1/d"}, {"order": "Baclocur 40, 100 mg QD", "replaces": "taken-1"}, True),
        ({"order": "Baclocur 40, 3 cp 1/d"}, "Baclocur 40, 60 mg QD", None),  # half of it: no plan at all
        ({"order": "Baclocur 40, 3 cp 1/d from 2026-09-20 until 2026-11-18"}, "Baclocur 40, 90 mg QD", True),
        (
            {"order": "Baclocur 40, 3 cp 1/d from 2026-09-20 until 2026-11-17"},
            "Baclocur 40, 90 mg QD",
            None,
        ),  # 4 days
        ({"order": "Baclocur 40, 3 cp 1/d", "written": date(2026, 11, 16)}, "Baclocur 40, 100 mg QD", None),  # 6 days
        ({"order": "Baclocur 40, 3 cp 1/d", "written": date(2026, 11, 15)}, "Baclocur 40, 100 mg QD", False),
        (
            {"order": "Baclocur 40, 3 cp 1/d until 2026-11-09"},
            "Baclocur 40, 90 mg QD",
            False,
        ),  # taken up again: a start
    ],
)
def test_a_plan_without_a_link_is_recommended_offered_or_not_made(
    taken: Json, order: Json | str, recommended: bool | None, knowledge: Knowledge
) -> None:
    """Design 5: asked, with a fall or another strength: not recommended; at most half, or just begun: none."""
    answered = ask(knowledge, order, taken, referrals=["active"])
    plans = [it for it in answered.suggestions if it["actions"][0]["resource"]["resourceType"] == "MedicationRequest"]

    assert bool(plans) == (recommended is not None)
    assert any(plan.get("isRecommended") for plan in plans) == bool(recommended)
    if recommended is False and "until" not in taken["order"]:
        written = plans[0]["actions"][0]["resource"]
        assert written["priorPrescription"] == {"reference": "MedicationRequest/taken-1"}
        assert "arrêter celle-ci" in plans[0]["actions"][0]["description"]


@pytest.mark.parametrize("conditions", [["F10.2", "G35"], ["G35"], []])
def test_possible_spasticity_gets_no_suggestion_that_changes_a_dose(
    conditions: list[str], knowledge: Knowledge
) -> None:
    answered = ask(knowledge, "Zentiva 10, 40 mg QID", "Zentiva 10, 40 mg QID", conditions=conditions)

    assert not answered.actions


def test_a_first_order_of_500_mg_gets_a_start_and_not_a_taper_from_500(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Baclocur 20, 125 mg QID")

    assert answered.recommended == [
        "Titration 20 → 50 mg/j, +10 mg tous les 3 jours, consultation le 04/12/2026 (en Baclocur 10 mg)"
    ]


def test_a_start_goes_no_higher_than_what_was_ordered(knowledge: Knowledge) -> None:
    assert ask(knowledge, "Baclocur 10, 15 mg TID").labels == [
        "Titration 15 → 45 mg/j, +10 mg tous les 3 jours, consultation le 04/12/2026"
    ]


def test_before_the_text_that_gives_a_pace_for_it_there_is_no_start(knowledge: Knowledge) -> None:
    assert not ask(knowledge, "Zentiva 10, 60 mg TID", on=date(2023, 5, 11)).actions[1:]


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        ({}, True),
        ({"conditions": ["F10.2", "G40.9"]}, False),
        ({"conditions": ["F10.2", "G40.9 resolved"]}, False),
        ({"conditions": ["F10.2", "F33.2"]}, False),
        ({"records": {"conditions": "paged"}}, False),
    ],
)
def test_15_mg_steps_are_an_alternative_and_never_with_a_history_or_an_unknown_one(
    said: Json, offered: bool, knowledge: Knowledge
) -> None:
    answered = ask(knowledge, "Zentiva 10, 40 mg QID", "Zentiva 10, 40 mg QID", on=YEAR_2018, **said)

    greater = [label for label in answered.labels if "15 mg tous les 2 jours" in label]
    assert bool(greater) is offered
    assert not set(greater) & set(answered.recommended)
    assert answered.recommended == ["Décroissance 160 → 80 mg/j, atteint le 19/03/2018, 10 mg tous les 2 jours"]


@pytest.mark.parametrize(
    "taken",
    [
        pytest.param({"records": {"medications": "not sent"}}, id="unknown"),
        pytest.param({"records": {"medications": "paged"}, "taken": ["Zentiva 10, 40 mg QID"]}, id="known in part"),
        pytest.param({"taken": ["Zentiva 10, 30-40 mg QID"]}, id="a range"),
        pytest.param({"taken": ["Zentiva 10, « selon besoin »"]}, id="not computable"),
        pytest.param({"taken": ["Zentiva 10, 40 mg BID", "Baclocur 40, 1 cp BID"]}, id="two orders"),
    ],
)
def test_without_one_exact_dose_taken_now_nobody_tapers(taken: Json, knowledge: Knowledge) -> None:
    said = {"id": "x", "on": TODAY, "orders": ["Zentiva 10, 60 mg QID"], **taken}
    answered = Answered(request(said), knowledge, TODAY)

    assert [action["resource"]["resourceType"] for action in answered.actions] in (["ServiceRequest"], [])


def test_with_several_drafts_no_dose_is_changed_and_the_referral_stays(knowledge: Knowledge) -> None:
    answered = ask(knowledge, ["Zentiva 10, 40 mg BID", "Baclocur 20, 1 cp BID"], "Zentiva 10, 40 mg BID")

    assert [action["resource"]["resourceType"] for action in answered.actions] == ["ServiceRequest"]


def test_with_another_entry_that_cannot_be_read_no_dose_is_changed(knowledge: Knowledge) -> None:
    unreadable = {"resource": {"resourceType": "MedicationOrder", "id": "old"}}
    answered = ask(knowledge, ["Zentiva 10, 60 mg BID", unreadable], "Zentiva 10, 60 mg BID")

    assert {action["resource"]["resourceType"] for action in answered.actions} == {"ServiceRequest"}


def test_with_data_of_another_patient_no_dose_is_changed(knowledge: Knowledge) -> None:
    answered = ask(
        knowledge, "Zentiva 10, 60 mg BID", "Zentiva 10, 60 mg BID", records={"observations": "of another patient"}
    )

    assert {action["resource"]["resourceType"] for action in answered.actions} == {"ServiceRequest"}


def test_an_order_without_an_id_cannot_be_updated(knowledge: Knowledge) -> None:
    order = {"order": "Liorésal 10, 60 mg BID", "without": ["id"]}
    answered = ask(knowledge, order, "Zentiva 10, 60 mg BID")

    assert {action["type"] for action in answered.actions} == {"create"}


def test_above_80_mg_the_referral_is_recommended_and_the_taper_an_alternative(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Zentiva 10, 60 mg BID", "Zentiva 10, 60 mg BID")

    assert answered.recommended == ["Orienter en addictologie (prise en charge pluridisciplinaire spécialisée)"]
    assert answered.labels[1] == f"Décroissance 120 → 80 mg/j, atteint le 28/11/2026, 10 mg tous les 2 jours {IN_TWO}"


def test_a_fall_that_is_too_fast_gets_the_way_to_the_dose_that_was_ordered(knowledge: Knowledge) -> None:
    answered = ask(knowledge, {"order": "Zentiva 10, 30 mg BID", "replaces": "taken-1"}, "Zentiva 10, 60 mg BID")

    assert answered.recommended == [
        f"Décroissance 120 → 60 mg/j, atteint le 02/12/2026, 10 mg tous les 2 jours {IN_TWO}"
    ]


def test_a_rise_that_is_too_fast_gets_the_way_to_the_dose_that_was_ordered(knowledge: Knowledge) -> None:
    answered = ask(knowledge, {"order": "Zentiva 10, 30 mg BID", "replaces": "taken-1"}, "Zentiva 10, 10 mg BID")

    assert answered.recommended == ["Augmentation 20 → 60 mg/j, +10 mg tous les 3 jours, consultation le 04/12/2026"]


def test_a_dose_that_tablets_do_not_make_is_rounded_up_and_said(knowledge: Knowledge) -> None:
    order = {"order": "Zentiva 10, 31.25 mg BID", "replaces": "taken-1"}
    answered = ask(knowledge, order, "Zentiva 10, 60 mg BID")

    first = next(item for item in answered.offered if item.recommended)
    detail = plan_in_words(first, answered.texts, "fr").replace(NO_BREAK, " ")
    assert answered.recommended == [
        f"Décroissance 120 → 65 mg/j, atteint le 02/12/2026, 10 mg tous les 2 jours {IN_TWO}"
    ]
    assert "ne font pas exactement 62,5 mg/j" in detail


# --- tapers and titrations of others -------------------------------------------------------------


@pytest.mark.parametrize(
    "order",
    [
        "Zentiva 10, 110 mg QD for 2 d, then 100 mg QD for 2 d, then 90 mg QD for 2 d, then 80 mg QD",
        "Zentiva 10, 11 cp QD until 2026-11-24, then 10 cp QD from 2026-11-25 until 2026-11-27, then 9 cp QD for 2 d",
        "Zentiva 10, 105 mg QD for 14 d, then 90 mg QD for 14 d, then 40 mg BID",
    ],
)
def test_an_order_that_is_a_taper_is_recognised_whoever_wrote_it(order: str, knowledge: Knowledge) -> None:
    answered = ask(knowledge, {"order": order, "replaces": "taken-1"}, "Zentiva 10, 60 mg BID")

    assert "taper-in-progress" in [finding for card in answered.cards for finding in found_on(card)]
    assert {card["indicator"] for card in answered.cards} == {"info"}
    assert not answered.suggestions


@pytest.mark.parametrize(
    "order",
    [
        "Baclocur 10, 5 mg TID for 3 d, then 25 mg QD for 3 d, then 35 mg QD",
        "Baclocur 10, 10 mg BID for 3 d, then 10 mg TID for 4 d, then 20 mg BID",
    ],
)
def test_an_order_that_is_a_titration_is_recognised_whoever_wrote_it(order: str, knowledge: Knowledge) -> None:
    answered = ask(knowledge, order)

    assert not answered.suggestions
    assert {card["indicator"] for card in answered.cards} <= {"info"}


@pytest.mark.parametrize(
    ("order", "said"),
    [("Zentiva 10, 24 cp 1/d", True), ("Baclocur 40, 8 cp 1/d", False)],
)
def test_a_plan_that_takes_the_place_of_another_product_says_what_is_to_be_ended(
    knowledge: Knowledge, order: str, said: bool
) -> None:
    hook = request({"id": "ends", "on": TODAY, "taken": ["Baclocur 40, 8 cp 1/d"], "orders": [order]})
    answered = Answered(hook, knowledge, TODAY)

    descriptions = [suggestion["actions"][0]["description"] for suggestion in answered.suggestions]
    plans = [description for description in descriptions if "paliers" in description]
    assert plans
    ends = f" Si elle remplace l’ordonnance du 23/09/2026 (Baclocur 40{NO_BREAK}mg), arrêter celle-ci."
    assert {ends in description for description in plans} == {said}


def test_baclofen_for_spasticity_is_left_out_of_any_plan(knowledge: Knowledge) -> None:
    taken = {"order": "Liorésal 10, 4 cp TID", "reason": "G35"}
    hook = request({"id": "ms", "on": TODAY, "taken": [taken], "orders": ["Baclocur 10, 1 cp 1/d"]})
    answered = Answered(hook, knowledge, TODAY)

    assert answered.labels == ["Orienter en addictologie (prise en charge pluridisciplinaire spécialisée)"]


def test_the_moments_are_those_of_the_level_that_runs_where_another_has_the_same_amount(knowledge: Knowledge) -> None:
    def level(start: str, end: str, *moments: str) -> Json:
        amount = {"value": 60, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
        repeat = {"when": [*moments], "boundsPeriod": {"start": start, "end": end}}
        return {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": amount}]}

    levels = [level("2026-11-01", "2026-11-15", "MORN", "NOON"), level("2026-11-16", "2026-12-30", "NOON", "EVE")]
    line = {"order": "Zentiva 10, 60 mg NOON&EVE", "fhir": {"dosageInstruction": levels}}
    answered = ask(knowledge, {"order": "Zentiva 10, 60 mg NOON&EVE", "replaces": "taken-1"}, line)
    written = answered.update("Décroissance 120")["dosageInstruction"]

    assert {moment for dosage in written for moment in dosage["timing"]["repeat"]["when"]} == {"NOON", "EVE"}
