"""What an update changes in an order and what it keeps; the referral and the companion order."""

from collections.abc import Iterator
from typing import Any

import pytest

from cds_service.core.wording.suggestion_words import plan_in_words
from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import NO_BREAK, TODAY, YEAR_2018, Answered, Json, ask, sent
from tests.vignette_cases import request

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
    "note": [
        {"text": "Prescription textuelle: voir protocole"},
        {"text": "60 mg matin et soir"},
        {"text": "120 mg/j depuis 2 mois"},
        {"text": "Arrêt du baclofène, dernière prise ce soir"},
        {"text": "Dose habituelle inchangée"},
        {"text": "à diminuer dans 10 jours"},
        {"text": "à jeun"},
        {"text": "Arrêt de l’alcool depuis le 3 mars"},
    ],
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


def test_a_taper_changes_the_dosage_and_what_follows_from_it_and_nothing_else(knowledge: Knowledge) -> None:
    answered = ask(knowledge, {"order": "Zentiva 10, 40 mg TID", "fhir": SENT}, "Zentiva 10, 40 mg TID")
    changed = answered.update("Décroissance")

    assert set(differences(sent(answered), changed)) == {
        ".category", ".dispenseRequest.quantity.code", ".dispenseRequest.quantity.system",
        ".dispenseRequest.quantity.value", ".dispenseRequest.expectedSupplyDuration.value",
        ".dosageInstruction", ".extension", ".note", ".priorPrescription", ".text",
    }  # fmt: skip
    assert changed["category"] == [SENT["category"]]
    assert changed["extension"][:1] == SENT["extension"][:1]
    assert changed["extension"][1]["url"] == SENT["extension"][1]["url"]
    assert changed["extension"][1]["valueMarkdown"].startswith("Du 22/11/2026 au 23/11/2026 : 4 comprimés")
    assert changed["note"] == SENT["note"][6:]
    assert changed["priorPrescription"] == {"reference": "MedicationRequest/taken-1"}
    # 110, 100 and 90 mg for two days each, then 80 mg to the visit on the 27th day, and for 7 days more.
    assert changed["dispenseRequest"]["quantity"]["value"] == 2 * (11 + 10 + 9) + 20 * 8 + 7 * 8
    assert changed["dispenseRequest"]["expectedSupplyDuration"]["value"] == 26 + 7


def test_without_a_quantity_none_is_added(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Zentiva 10, 40 mg TID", "Zentiva 10, 40 mg TID")

    assert "dispenseRequest" not in answered.update("Décroissance")


def test_an_order_that_already_says_what_it_replaces_is_not_told_again(knowledge: Knowledge) -> None:
    for link in ({"replaces": "taken-1"}, {"based_on": "taken-1"}, {"id": "taken-1"}):
        answered = ask(knowledge, {"order": "Zentiva 10, 40 mg TID", **link}, "Zentiva 10, 40 mg TID")
        changed = answered.update("Décroissance")
        assert changed.get("priorPrescription") == sent(answered).get("priorPrescription")


def test_a_tablet_too_coarse_for_the_steps_gets_a_companion_of_10_mg(knowledge: Knowledge) -> None:
    supply = {**SENT["dispenseRequest"], "quantity": {"value": 90, "unit": "comprimé"}}
    order = {"order": "Baclocur 40, 1.5 cp BID", "fhir": {**SENT, "dispenseRequest": supply}}
    answered = ask(knowledge, order, "Baclocur 40, 1.5 cp BID")
    taper = next(item for item in answered.suggestions if item["label"].startswith("Décroissance"))
    coarse, fine = (action["resource"] for action in taper["actions"])

    assert [action["type"] for action in taper["actions"]] == ["update", "create"]
    assert coarse["medicationCodeableConcept"] == sent(answered)["medicationCodeableConcept"]
    assert fine["medicationCodeableConcept"]["text"] == "Baclocur 10 mg"
    assert coarse["groupIdentifier"] == fine["groupIdentifier"]
    assert fine["requester"] == SENT["requester"]
    assert [fine["dispenseRequest"]["quantity"]["value"], coarse["dispenseRequest"]["quantity"]["value"]] == [12, 66]


def test_a_coarse_tablet_is_taken_whole_and_the_rest_is_in_tablets_of_10_mg(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Baclocur 20, 3 cp BID", "Baclocur 20, 3 cp BID")

    assert [label[:34] for label in answered.labels] == [
        "Orienter en addictologie (prise en",
        "Décroissance 120 → 80 mg/j, attein",
        "Décroissance 120 → 80 mg/j, attein",
        "Suivi en addictologie déjà en plac",
    ]
    assert [len(item["actions"]) for item in answered.suggestions] == [1, 2, 2, 1]


def test_the_referral_is_a_draft_with_category_code_reason_and_who_asks(knowledge: Knowledge) -> None:
    answered = ask(knowledge, {"order": "Zentiva 10, 40 mg TID", "fhir": SENT}, "Zentiva 10, 40 mg TID")
    referral = answered.suggestions[0]["actions"][0]["resource"]

    assert referral["code"]["coding"][0]["code"] == "431260004"
    assert referral["code"]["text"] == "Évaluation et prise en charge pluridisciplinaire spécialisée en addictologie"
    assert referral["category"][0]["coding"][0]["code"] == "103696004"
    assert referral["reasonCode"][0]["coding"][0]["code"] == "F10.2"
    assert referral["requester"] == {"reference": "Practitioner/dr9"}
    assert referral["encounter"] == {"reference": "Encounter/e1"}


def test_who_signs_asks_for_the_referral_where_the_draft_does_not_say(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Zentiva 10, 40 mg TID", "Zentiva 10, 40 mg TID")
    referral = answered.suggestions[0]["actions"][0]["resource"]

    assert answered.hook["context"]["userId"] == "Practitioner/dr1"
    assert referral["requester"] == {"reference": "Practitioner/dr1"}


def test_words_are_written_where_the_client_writes_them_and_codes_as_r4_has_them(knowledge: Knowledge) -> None:
    dosage = {
        "patientInstruction": "à prendre au repas",
        "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 40, "unit": "mg"}}],
    }
    order = {"order": "Zentiva 10, 40 mg TID", "status": "Draft", "fhir": {"intent": "Order"}}
    order |= {"fhir": {"intent": "Order", "dosageInstruction": [dosage]}}
    changed = ask(knowledge, order, "Zentiva 10, 40 mg TID").update("Décroissance")

    assert (changed["status"], changed["intent"]) == ("draft", "order")
    assert {"text" in dosage for dosage in changed["dosageInstruction"]} == {False}
    assert changed["dosageInstruction"][0]["patientInstruction"].startswith("Du 22/11/2026 au 23/11/2026 : ")


def test_care_that_is_in_place_is_written_as_completed_and_declared(knowledge: Knowledge) -> None:
    answered = ask(knowledge, "Zentiva 10, 40 mg TID", "Zentiva 10, 40 mg TID")
    declared = answered.suggestions[-1]["actions"][0]["resource"]

    assert "isRecommended" not in answered.suggestions[-1]
    assert declared["status"] == "completed"
    assert declared["authoredOn"] == answered.on
    assert declared["note"] == [{"text": "Suivi déclaré par le prescripteur"}]


@pytest.mark.parametrize(("language", "mark"), [("fr", f"{NO_BREAK};"), ("en", "mg);")])
def test_the_plan_in_words_has_the_marks_of_its_language(knowledge: Knowledge, language: str, mark: str) -> None:
    hook = request({"id": "marks", "on": TODAY, "orders": ["Zentiva 10, 40 mg TID"]})
    answered = Answered(hook, knowledge, TODAY, language)
    offered = (item for item in answered.offered if item.proposal is not None)
    details = " ".join(plan_in_words(item, answered.texts, language) for item in offered)

    assert mark in details
    assert " ;" not in details


LEFT_OUT = {"fr": "Suggestion non proposée", "en": "A suggestion is left out"}
EMPTIES: Json = {
    "doNotPerform": None, "category": [], "encounter": {"reference": "Encounter/e1", "display": ""},
    "note": [{"text": "à jeun", "authorString": None}], "supportingInformation": [{}],
    "dispenseRequest": {"performer": {}},
}  # fmt: skip


def test_what_is_empty_in_a_draft_does_not_come_back(knowledge: Knowledge) -> None:
    answered = ask(knowledge, {"order": "Zentiva 10, 40 mg TID", "fhir": EMPTIES}, "Zentiva 10, 40 mg TID")
    changed = answered.update("Décroissance")

    assert not EMPTIES.keys() - {"encounter", "note"} & changed.keys()
    assert (changed["encounter"], changed["note"]) == ({"reference": "Encounter/e1"}, [{"text": "à jeun"}])


def test_a_draft_without_its_patient_is_not_sent_back(knowledge: Knowledge) -> None:
    order = {"order": "Zentiva 10, 40 mg TID", "fhir": {"subject": None}}
    card = ask(knowledge, order, "Zentiva 10, 40 mg TID").card("specialist-care")

    assert [item["label"][:8] for item in card["suggestions"]] == ["Orienter", "Suivi en"]
    assert LEFT_OUT["fr"] in card["detail"].replace(NO_BREAK, " ")


def test_a_priority_that_is_no_code_is_left_out_and_that_is_said(knowledge: Knowledge) -> None:
    order = {"order": "Zentiva 10, 40 mg TID", "fhir": {"priority": "SOON"}}
    answered = ask(knowledge, order, "Zentiva 10, 40 mg TID")
    told = [action["description"] for action in answered.actions if action["type"] == "update"]

    assert "priority" not in answered.update("Décroissance")
    assert told
    assert all("La priorité reçue n’est pas un code connu" in words for words in told)


def test_a_plan_is_not_dispensed_again_and_keeps_how_else_it_is_dispensed(knowledge: Knowledge) -> None:
    supply = {"numberOfRepeatsAllowed": 5, "performer": {"reference": "Organization/pharmacy"}}
    order = {"order": "Zentiva 10, 40 mg TID", "fhir": {"dispenseRequest": supply}}
    answered = ask(knowledge, order, "Zentiva 10, 40 mg TID")

    assert answered.update("Décroissance")["dispenseRequest"] == {"performer": supply["performer"]}


# --- what cannot be sent -------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_update_that_is_not_valid_r4_is_left_out_and_the_card_says_so(language: str, knowledge: Knowledge) -> None:
    order = {"order": "Zentiva 10, 40 mg QID", "fhir": {"priority": ["not", "a", "code"]}}
    said = {"id": "x", "on": YEAR_2018, "orders": [order], "taken": ["Zentiva 10, 40 mg QID"]}
    answered = Answered(request(said), knowledge, YEAR_2018, language)
    card = answered.card("daily-dose-above-maximum")

    assert "suggestions" not in card
    assert "selectionBehavior" not in card
    assert LEFT_OUT[language] in card["detail"].replace(NO_BREAK, " ")


@pytest.mark.parametrize(
    "fhir",
    [
        {"identifier": [{"use": "main", "value": "1"}]},
        {"requester": {"identifier": {"use": "main", "value": "1"}}},
        {"supportingInformation": [{"identifier": {"use": "main", "value": "1"}}]},
        {"contained": [{"resourceType": "Practitioner", "id": "r", "gender": "M"}]},
    ],
    ids=lambda fhir: "-".join(fhir),
)
def test_an_update_never_sends_back_a_code_that_is_of_no_value_set(fhir: Json, knowledge: Knowledge) -> None:
    answered = ask(knowledge, {"order": "Zentiva 10, 40 mg TID", "fhir": fhir}, "Zentiva 10, 40 mg TID")

    assert not [action for action in answered.actions if action["type"] == "update"]
    assert LEFT_OUT["fr"] in answered.card("specialist-care")["detail"].replace(NO_BREAK, " ")


def test_a_referral_that_is_valid_stays_beside_an_update_that_is_not(knowledge: Knowledge) -> None:
    order = {"order": "Zentiva 10, 40 mg TID", "fhir": {"priority": ["not", "a", "code"]}}
    answered = ask(knowledge, order, "Zentiva 10, 40 mg TID")
    card = answered.card("specialist-care")

    assert [item["label"][:8] for item in card["suggestions"]] == ["Orienter", "Suivi en"]
    assert LEFT_OUT["fr"] in card["detail"].replace(NO_BREAK, " ")
