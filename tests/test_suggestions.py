"""Suggestions as they are answered: what is offered to whom, in which shape, and what an update leaves alone."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.servicerequest import ServiceRequest

from cds_service.loading import Knowledge, load_knowledge
from cds_service.order_sign import answer
from tests.vignette_cases import encode, medication_request, request, searchset

Json = dict[str, Any]

EXTENSION = "org.baclofen-cds"
SANDBOX = json.loads((Path(__file__).parent / "data" / "sandbox-order-sign.json").read_text(), parse_float=Decimal)
SANDBOX_DAY = date(2026, 11, 22)
TODAY = date(2026, 11, 22)
YEAR_2018 = date(2018, 3, 5)

NO_BREAK = "\u00a0"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


class Answered:
    """The cards of an answer, and what they suggest."""

    def __init__(self, hook: Json, knowledge: Knowledge, on: date, language: str = "fr") -> None:
        self.hook = hook
        self.body = answer(encode(hook), knowledge, on=on, language=language).body
        self.cards: list[Json] = json.loads(self.body, parse_float=Decimal)["cards"]

    @property
    def suggestions(self) -> list[Json]:
        return [item for card in self.cards for item in card.get("suggestions", [])]

    @property
    def labels(self) -> list[str]:
        return [item["label"].replace(NO_BREAK, " ") for item in self.suggestions]

    @property
    def recommended(self) -> list[str]:
        return [item["label"].replace(NO_BREAK, " ") for item in self.suggestions if item.get("isRecommended")]

    @property
    def actions(self) -> list[Json]:
        return [action for item in self.suggestions for action in item["actions"]]

    def card(self, finding: str) -> Json:
        """The card that tells of a finding."""
        cards = [card for card in self.cards if finding in found_on(card)]
        assert len(cards) == 1
        return cards[0]

    def update(self, beginning: str) -> Json:
        """The changed draft of the first suggestion whose label begins so."""
        item = next(item for item in self.suggestions if item["label"].startswith(beginning))
        resource: Json = next(action["resource"] for action in item["actions"] if action["type"] == "update")
        return resource


def found_on(card: Json) -> list[str]:
    return [finding["id"] for finding in card["extension"][EXTENSION]["findings"]]


def ask(knowledge: Knowledge, order: Any, *taken: Any, on: date = TODAY, **said: Any) -> Answered:
    """An order in the words of tests/vignettes/README.md, with what is taken."""
    orders = order if isinstance(order, list) else [order]
    return Answered(
        request({"id": "suggestions", "on": on, "orders": orders, "taken": list(taken), **said}), knowledge, on
    )


def steps(resource: Json) -> list[tuple[str, str | None]]:
    """First and last day of each dosage."""
    bounds = [dosage["timing"]["repeat"]["boundsPeriod"] for dosage in resource["dosageInstruction"]]
    return [(period["start"], period.get("end")) for period in bounds]


# --- done when ---------------------------------------------------------------------------------


def sandbox(**taken: Any) -> Json:
    hook: Json = deepcopy(SANDBOX)
    if taken:
        patient = hook["context"]["patientId"]
        order = medication_request({**taken, "patient": patient}, "taken-1", date(2026, 10, 1), status="active")
        hook["prefetch"]["medications"] = searchset([order])
    return hook


def test_the_order_of_the_sandbox_gets_a_safe_start_and_a_referral_and_no_taper(knowledge: Knowledge) -> None:
    answered = Answered(sandbox(), knowledge, SANDBOX_DAY)

    # A history of seizures: from 15 mg, every 4 days.
    assert answered.recommended[0] == "Instauration 15 mg/j → 80 mg/j en 32 jours, +10 mg tous les 4 jours"
    assert answered.labels[1] == "Adresser en addictologie (prise en charge pluridisciplinaire spécialisée)"
    assert not [label for label in answered.labels if label.startswith("Décroissance")]


def test_with_500_mg_taken_now_the_same_order_gets_the_taper_to_300_with_a_referral(knowledge: Knowledge) -> None:
    answered = Answered(sandbox(order="US tablet 20, 125 mg QID"), knowledge, SANDBOX_DAY)

    dose = [label for label in answered.labels if not label.startswith("Remplacer")]
    assert answered.recommended[0] == dose[0]
    assert dose == [
        "Décroissance 500 → 300 mg/j en 40 jours, avec adressage en addictologie",
        "Adresser en addictologie (prise en charge pluridisciplinaire spécialisée)",
        "Décroissance 500 → 80 mg/j en 84 jours, 10 mg tous les 2 jours",
    ]
    assert [action["resource"]["resourceType"] for action in answered.suggestions[0]["actions"]] == [
        "MedicationRequest",
        "ServiceRequest",
    ]


def test_a_patient_of_2018_who_takes_160_mg_gets_the_taper(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Zentiva 10, 40 mg QID", "Zentiva 10, 40 mg QID", on=YEAR_2018)

    assert answered.recommended == ["Décroissance 160 → 80 mg/j en 16 jours, 10 mg tous les 2 jours"]
    assert answered.labels[1:] == ["Décroissance 160 → 80 mg/j en 12 jours, 15 mg tous les 2 jours"]


@pytest.mark.parametrize(
    "stop", [{"stop": True}, {"status": "stopped"}, {"status": "on-hold"}, {"status": "cancelled"}]
)
def test_a_stop_gets_a_plan_to_nothing_that_is_no_longer_a_stop(stop: Json, knowledge: Knowledge) -> None:
    reason = {"fhir": {"statusReason": {"text": "effets indésirables"}}}
    answered = ask(
        knowledge, {"order": "Zentiva 10, 40 mg BID", "id": "taken-1"} | stop | reason, "Zentiva 10, 40 mg BID"
    )

    assert answered.recommended == ["Arrêt progressif 80 → 0 mg/j en 16 jours, 10 mg tous les 2 jours"]
    order = answered.update("Arrêt")
    assert order["status"] == "draft"
    assert not {"doNotPerform", "statusReason", "priorPrescription"} & set(order)
    assert steps(order)[0][0] == "2026-11-22"
    assert steps(order)[-1][1] == "2026-12-05"  # 10 mg on the last two days, nothing from then on


@pytest.mark.parametrize("records", [{}, {"medications": "not sent"}, {"medications": "paged"}])
def test_a_stop_of_what_nobody_knows_to_be_taken_gets_no_plan(records: Json, knowledge: Knowledge) -> None:
    answered = ask(knowledge, {"order": "Zentiva 10, 40 mg QID", "stop": True}, records=records)

    assert "abrupt-stop" in found_on(answered.cards[0])
    assert not answered.suggestions


@pytest.mark.parametrize("conditions", [["F10.2", "G35"], ["G35"], []])
def test_possible_spasticity_gets_no_suggestion_that_changes_a_dose(
    conditions: list[str], knowledge: Knowledge
) -> None:
    answered = ask(knowledge, "Zentiva 10, 40 mg QID", "Zentiva 10, 40 mg QID", conditions=conditions)

    assert not answered.actions


# --- which plan for whom -------------------------------------------------------------------------


def test_a_first_order_of_500_mg_gets_a_start_and_not_a_taper_from_500(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Baclocur 20, 125 mg QID")

    assert answered.recommended == ["Instauration 20 mg/j → 80 mg/j en 21 jours, +10 mg tous les 3 jours"]


def test_a_start_goes_no_higher_than_what_was_ordered(knowledge: Knowledge) -> None:
    assert ask(knowledge, "Baclocur 10, 15 mg TID").labels == [
        "Instauration 20 mg/j → 45 mg/j en 12 jours, +10 mg tous les 3 jours"
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
    assert answered.recommended == ["Décroissance 160 → 80 mg/j en 16 jours, 10 mg tous les 2 jours"]


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

    assert [action["resource"]["resourceType"] for action in answered.actions] == ["ServiceRequest"]


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

    assert answered.recommended == ["Adresser en addictologie (prise en charge pluridisciplinaire spécialisée)"]
    assert answered.labels[1] == "Décroissance 120 → 80 mg/j en 8 jours, 10 mg tous les 2 jours"


def test_a_fall_that_is_too_fast_gets_the_way_to_the_dose_that_was_ordered(knowledge: Knowledge) -> None:
    answered = ask(knowledge, {"order": "Zentiva 10, 30 mg BID", "replaces": "taken-1"}, "Zentiva 10, 60 mg BID")

    assert answered.recommended == ["Décroissance 120 → 60 mg/j en 12 jours, 10 mg tous les 2 jours"]


def test_a_rise_that_is_too_fast_gets_the_way_to_the_dose_that_was_ordered(knowledge: Knowledge) -> None:
    answered = ask(knowledge, {"order": "Zentiva 10, 30 mg BID", "replaces": "taken-1"}, "Zentiva 10, 10 mg BID")

    assert answered.recommended == ["Augmentation 20 → 60 mg/j en 12 jours, +10 mg tous les 3 jours"]


def test_a_dose_that_tablets_do_not_make_is_said(knowledge: Knowledge) -> None:
    order = {"order": "Zentiva 10, 31.25 mg BID", "replaces": "taken-1"}
    answered = ask(knowledge, order, "Zentiva 10, 60 mg BID")

    detail = answered.card("dose-reduction-too-fast")["detail"].replace(NO_BREAK, " ")
    assert answered.recommended == ["Décroissance 120 → 60 mg/j en 12 jours, 10 mg tous les 2 jours"]
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


# --- shapes ------------------------------------------------------------------------------------

CASES: list[tuple[Any, tuple[str, ...], date]] = [
    ("Baclocur 40, 2 cp TID", ("Baclocur 40, 2 cp TID",), TODAY),
    ("Baclocur 40, 3 cp TID", ("Baclocur 40, 3 cp TID",), TODAY),
    ("Baclocur 30, 2 cp TID", (), TODAY),
    ("Liorésal 10, 2 cp TID", (), TODAY),
    ("US tablet 20, 2 cp TID", ("US tablet 20, 2 cp TID",), TODAY),
    ("baclofen, 20 mg TID", (), TODAY),
    ({"order": "Baclocur 40, 1 cp BID", "stop": True, "replaces": "taken-1"}, ("Baclocur 40, 1 cp BID",), TODAY),
    ("Zentiva 10, 40 mg QID", ("Zentiva 10, 40 mg QID",), YEAR_2018),
]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: str(case[0])[:30])
def answered(request: pytest.FixtureRequest, knowledge: Knowledge) -> Answered:
    order, taken, on = request.param
    return ask(knowledge, order, *taken, on=on)


def test_every_case_has_suggestions(answered: Answered) -> None:
    assert answered.suggestions


def test_one_at_most_is_recommended_a_card_and_false_is_not_written(answered: Answered) -> None:
    for card in answered.cards:
        assert sum("isRecommended" in item for item in card.get("suggestions", [])) <= 1
    assert {item.get("isRecommended", True) for item in answered.suggestions} == {True}


def test_selection_behavior_comes_with_suggestions_and_only_then(answered: Answered) -> None:
    for card in answered.cards:
        assert ("selectionBehavior" in card) == ("suggestions" in card)
        assert card.get("selectionBehavior", "at-most-one") == "at-most-one"


def test_uuids_are_distinct_and_those_of_the_same_question_the_same(answered: Answered, knowledge: Knowledge) -> None:
    uuids = [item["uuid"] for item in answered.suggestions]
    on = date.fromisoformat(answered.cards[0]["extension"][EXTENSION]["on"])
    other = {**answered.hook, "hookInstance": "99999999-2222-3333-4444-555555555555"}

    assert len(set(uuids)) == len(uuids)
    assert [item["uuid"] for item in Answered(answered.hook, knowledge, on).suggestions] == uuids
    assert not set(uuids) & {item["uuid"] for item in Answered(other, knowledge, on).suggestions}


def test_labels_repeat_the_dose_and_every_action_is_described(answered: Answered) -> None:
    for item, label in zip(answered.suggestions, answered.labels, strict=True):
        assert "$" not in label
        assert "mg/j" in label or label.startswith("Adresser")
        assert item["extension"][EXTENSION]["answers"]
        assert item["actions"]
        assert all(action["description"].strip() for action in item["actions"])


def test_a_plan_asks_to_check_the_dosage_once_taken(answered: Answered) -> None:
    """A client may take a product and leave the dosage, as the sandbox does (hazard H26)."""
    plans = [
        action for action in answered.actions if "paliers" in action["description"] and action["type"] == "update"
    ]

    assert all("Vérifier la posologie" in action["description"] for action in plans)


def test_nothing_is_deleted_nor_done_by_itself_and_updates_are_of_drafts(answered: Answered) -> None:
    drafts = {entry["resource"]["id"] for entry in answered.hook["context"]["draftOrders"]["entry"]}

    assert set(json.loads(answered.body)) == {"cards"}
    assert {action["type"] for action in answered.actions} <= {"create", "update"}
    assert {action["resource"]["id"] for action in answered.actions if action["type"] == "update"} <= drafts
    assert not [action for action in answered.actions if action["type"] == "create" and "id" in action["resource"]]


def test_every_resource_is_valid_and_about_the_patient(answered: Answered) -> None:
    for action in answered.actions:
        resource = action["resource"]
        model = MedicationRequest if resource["resourceType"] == "MedicationRequest" else ServiceRequest
        model.model_validate(resource)
        assert resource["subject"] == {"reference": "Patient/p1"}
        assert resource["status"] == "draft"
        assert resource["intent"] == "order"


def test_the_steps_are_numbered_dated_and_follow_each_other(answered: Answered) -> None:
    for plan in (action["resource"] for action in answered.actions if is_plan(action["resource"])):
        numbers = [dosage["sequence"] for dosage in plan["dosageInstruction"]]
        assert numbers == sorted(numbers)
        assert all(end is None or start <= end for start, end in steps(plan))


def is_plan(resource: Json) -> bool:
    return "sequence" in resource.get("dosageInstruction", [{}])[0]


# --- what an update changes ----------------------------------------------------------------------

SENT: Json = {
    "extension": [
        {"url": "https://hospital.example/colour", "valueString": "green"},
        {
            "url": "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationRequest.renderedDosageInstruction",
            "valueMarkdown": "voir protocole",
        },
    ],
    "text": {"status": "generated", "div": "<div xmlns='http://www.w3.org/1999/xhtml'>voir protocole</div>"},
    "category": {"coding": [{"system": "https://hospital.example/category", "code": "community"}]},
    "identifier": [{"system": "urn:ward", "value": "7"}],
    "note": [{"text": "Prescription textuelle: voir protocole"}, {"text": "à jeun"}],
    "requester": {"reference": "Practitioner/dr9", "display": "Dr Neuf"},
    "encounter": {"reference": "Encounter/e1"},
    "dispenseRequest": {
        "quantity": {"value": 360, "unit": "comprimé"},
        "expectedSupplyDuration": {"value": 30, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"},
        "extension": [{"url": "https://hospital.example/counter", "valueInteger": 3}],
    },
    "_priority": {"extension": [{"url": "https://hospital.example/why", "valueString": "because"}]},
}  # fmt: skip


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The paths at which two JSON values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from differences(old.get(key), new.get(key), f"{path}.{key}")
    elif old != new:
        yield path


def sent(answered: Answered) -> Json:
    resource: Json = answered.hook["context"]["draftOrders"]["entry"][0]["resource"]
    return resource


def test_a_taper_changes_the_dosage_and_what_follows_from_it_and_nothing_else(knowledge: Knowledge) -> None:
    answered = ask(knowledge, {"order": "Zentiva 10, 60 mg BID", "fhir": SENT}, "Zentiva 10, 60 mg BID")
    changed = answered.update("Décroissance")

    assert set(differences(sent(answered), changed)) == {
        ".category", ".dispenseRequest.quantity.code", ".dispenseRequest.quantity.system",
        ".dispenseRequest.quantity.value", ".dosageInstruction", ".extension", ".note", ".priorPrescription", ".text",
    }  # fmt: skip
    assert changed["category"] == [SENT["category"]]
    assert changed["extension"] == SENT["extension"][:1]
    assert changed["note"] == SENT["note"][1:]
    assert changed["priorPrescription"] == {"reference": "MedicationRequest/taken-1"}
    # 110, 100 and 90 mg for two days each, then 80 mg to the 30th day.
    assert changed["dispenseRequest"]["quantity"]["value"] == 2 * (11 + 10 + 9) + 24 * 8


def test_without_a_quantity_none_is_added(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Zentiva 10, 60 mg BID", "Zentiva 10, 60 mg BID")

    assert "dispenseRequest" not in answered.update("Décroissance")


def test_an_order_that_already_says_what_it_replaces_is_not_told_again(knowledge: Knowledge) -> None:
    for link in ({"replaces": "taken-1"}, {"based_on": "taken-1"}, {"id": "taken-1"}):
        answered = ask(knowledge, {"order": "Zentiva 10, 60 mg BID", **link}, "Zentiva 10, 60 mg BID")
        changed = answered.update("Décroissance")
        assert changed.get("priorPrescription") == sent(answered).get("priorPrescription")


def test_a_tablet_too_coarse_for_the_steps_gets_a_companion_of_10_mg(knowledge: Knowledge) -> None:
    order = {"order": "Baclocur 40, 1.5 cp BID", "fhir": SENT}
    answered = ask(knowledge, order, "Baclocur 40, 1.5 cp BID")
    taper = next(item for item in answered.suggestions if item["label"].startswith("Décroissance"))
    coarse, fine = (action["resource"] for action in taper["actions"])

    assert [action["type"] for action in taper["actions"]] == ["update", "create"]
    assert coarse["medicationCodeableConcept"] == sent(answered)["medicationCodeableConcept"]
    assert fine["medicationCodeableConcept"]["text"] == "Baclocur 10 mg"
    assert coarse["groupIdentifier"] == fine["groupIdentifier"]
    assert fine["requester"] == SENT["requester"]
    assert [fine["dispenseRequest"]["quantity"]["value"], coarse["dispenseRequest"]["quantity"]["value"]] == [4, 62]


def test_a_coarse_tablet_that_makes_every_step_needs_no_companion(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Baclocur 20, 3 cp BID", "Baclocur 20, 3 cp BID")

    assert [label[:34] for label in answered.labels] == [
        "Adresser en addictologie (prise en",
        "Décroissance 120 → 80 mg/j en 8 jo",
        "Décroissance 120 → 80 mg/j en 6 jo",
    ]
    assert [len(item["actions"]) for item in answered.suggestions] == [1, 1, 2]  # steps of 15 mg need the 10 mg


def test_the_referral_is_a_draft_with_category_code_reason_and_who_asks(knowledge: Knowledge) -> None:
    answered = ask(knowledge, {"order": "Zentiva 10, 60 mg BID", "fhir": SENT}, "Zentiva 10, 60 mg BID")
    referral = answered.suggestions[0]["actions"][0]["resource"]

    assert referral["code"]["coding"][0]["code"] == "431260004"
    assert referral["code"]["text"] == "Évaluation et prise en charge pluridisciplinaire spécialisée en addictologie"
    assert referral["category"][0]["coding"][0]["code"] == "103696004"
    assert referral["reasonCode"][0]["coding"][0]["code"] == "F10.2"
    assert referral["requester"] == {"reference": "Practitioner/dr9"}
    assert referral["encounter"] == {"reference": "Encounter/e1"}


def test_who_signs_asks_for_the_referral_where_the_draft_does_not_say(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Zentiva 10, 60 mg BID", "Zentiva 10, 60 mg BID")
    referral = answered.suggestions[0]["actions"][0]["resource"]

    assert answered.hook["context"]["userId"] == "Practitioner/dr1"
    assert referral["requester"] == {"reference": "Practitioner/dr1"}


@pytest.mark.parametrize(("language", "mark"), [("fr", f"{NO_BREAK};"), ("en", "mg);")])
def test_the_plan_in_words_has_the_marks_of_its_language(knowledge: Knowledge, language: str, mark: str) -> None:
    hook = request({"id": "marks", "on": TODAY, "orders": ["Zentiva 10, 60 mg BID"]})
    details = " ".join(card["detail"] for card in Answered(hook, knowledge, TODAY, language).cards)

    assert mark in details
    assert " ;" not in details


# --- products ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "on", "product"),
    [
        ("Liorésal 10, 2 cp TID", date(2021, 3, 15), "Baclofène Zentiva 10 mg"),
        ("US tablet 20, 1 cp BID", date(2026, 11, 22), "Baclocur 20 mg"),
        ("baclofen, 20 mg TID", date(2026, 11, 22), "Baclofène Zentiva 10 mg"),
        # Baclocur was authorised in 2018 and on sale from December 2020 only.
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

    assert not [label for label in answered.labels if label.startswith("Remplacer")]


def test_the_label_of_a_product_repeats_the_dose(knowledge: Knowledge) -> None:
    assert ask(knowledge, "Liorésal 10, 1 cp BID").labels == [
        "Remplacer par Baclofène Zentiva 10 mg, même dose : 20 mg/j"
    ]


def test_a_contained_medication_goes_with_the_reference_to_it(knowledge: Knowledge) -> None:
    lioresal = request({"id": "x", "on": TODAY, "orders": ["Liorésal 10, 1 cp BID"]})
    draft = lioresal["context"]["draftOrders"]["entry"][0]["resource"]
    medication = {"resourceType": "Medication", "id": "m", "code": draft.pop("medicationCodeableConcept")}
    draft |= {"contained": [medication], "medicationReference": {"reference": "#m"}}
    changed = Answered(lioresal, knowledge, TODAY).update("Remplacer")

    assert not {"contained", "medicationReference"} & set(changed)


# --- what cannot be sent -------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_update_that_is_not_valid_r4_is_left_out_and_the_card_says_so(language: str, knowledge: Knowledge) -> None:
    order = {"order": "Zentiva 10, 40 mg QID", "fhir": {"priority": ["not", "a", "code"]}}
    said = {"id": "x", "on": YEAR_2018, "orders": [order], "taken": ["Zentiva 10, 40 mg QID"]}
    answered = Answered(request(said), knowledge, YEAR_2018, language)
    card = answered.card("daily-dose-above-maximum")

    sentence = {"fr": "Une suggestion n’est pas proposée", "en": "A suggestion is left out"}[language]
    assert "suggestions" not in card
    assert "selectionBehavior" not in card
    assert sentence in card["detail"].replace(NO_BREAK, " ")


def test_a_referral_that_is_valid_stays_beside_an_update_that_is_not(knowledge: Knowledge) -> None:
    order = {"order": "Zentiva 10, 60 mg BID", "fhir": {"priority": ["not", "a", "code"]}}
    answered = ask(knowledge, order, "Zentiva 10, 60 mg BID")
    card = answered.card("specialist-care")

    assert [item["label"][:8] for item in card["suggestions"]] == ["Adresser"]
    assert "Une suggestion n’est pas proposée" in card["detail"].replace(NO_BREAK, " ")
