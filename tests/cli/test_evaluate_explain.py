"""The command `evaluate --explain`: the reasoning, rule by rule.

tests/http checks that `evaluate` prints the same bytes as the service.
"""

import json
from typing import Any

import pytest

from tests.cli.running import ROOT, SANDBOX_ORDER, entry, page


def test_the_reasoning_of_the_sandbox_order_in_french() -> None:
    text = page("evaluate", SANDBOX_ORDER, "--explain", "--on", "2026-11-22")

    assert "Prescription 1 : MedicationRequest/request-123" in text
    assert "5 comprimés de 25 mg × 4 par jour = 500 mg/j" in text
    assert "Âge : 51 ans (patient)" in text
    assert "Consommation d’alcool : inconnu : non transmis (observations)" in text
    assert "Cause de spasticité : non retrouvé dans les données transmises (conditions)" in text
    assert "Réponse first-prescription, critique : Total 500 mg/j." in entry(text, "daily-dose-above-recommended")
    assert "Réponse rien à dire" in entry(text, "taper-in-progress")
    assert "n’a pas pu être jugée : consommation d’alcool" in entry(text, "consumption-below-threshold")
    assert "pas en vigueur ce jour : a pris fin le 04/03/2021" in entry(text, "daily-dose-above-maximum")


def test_the_reasoning_is_of_the_day_asked_and_in_the_language_asked() -> None:
    text = page("evaluate", SANDBOX_ORDER, "--explain", "--on", "2018-01-01", "--language", "en")

    assert text.startswith("Order-sign request judged on 1 January 2018\n")
    assert "Total 500 mg/day, maximum 80 mg/day" in entry(text, "daily-dose-above-maximum")
    assert "not in force on this day: begins on 4 March 2021" in entry(text, "daily-dose-above-recommended")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_reasoning_names_every_rule_and_every_card_of_the_answer(language: str) -> None:
    options = [SANDBOX_ORDER, "--on", "2026-11-22", "--language", language]
    text = " ".join(page("evaluate", "--explain", *options).split())
    answered = json.loads(page("evaluate", *options))

    rules = {path.stem for path in (ROOT / "cds_service" / "rules").glob("*.toml")} - {"order-of-cards"}
    assert rules
    assert not [rule for rule in rules if f"{rule} — " not in text]
    assert answered["cards"]
    for card in answered["cards"]:
        assert " ".join(card["summary"].split()) in text


def test_the_reasoning_repeats_no_text_of_the_request() -> None:
    order = json.loads(SANDBOX_ORDER.read_bytes())
    told = "<b>Jean Dupont, 12 rue du Port</b>"
    draft = order["context"]["draftOrders"]["entry"][0]["resource"]
    draft["note"] = [{"text": told}]
    draft["medicationCodeableConcept"]["text"] = f"baclofen {told}"
    draft["dosageInstruction"][0] |= {"text": told, "patientInstruction": told}
    for item in order["prefetch"]["conditions"]["entry"]:
        item["resource"]["code"]["text"] = told
    order["prefetch"]["patient"]["name"] = [{"text": told}]

    text = page("evaluate", "-", "--explain", "--on", "2026-11-22", body=json.dumps(order).encode())

    assert "MedicationRequest/request-123" in text
    assert not [word for word in ("Jean", "Dupont", "Port", "<b>") if word in text]


def order_of(*drafts: dict[str, Any], **prefetch: Any) -> bytes:
    """The sandbox's request with other drafts and other prefetch data."""
    order = json.loads(SANDBOX_ORDER.read_bytes())
    order["context"]["draftOrders"]["entry"] = [{"resource": {**BACLOCUR, **draft}} for draft in drafts]
    order["prefetch"] |= prefetch
    return json.dumps(order).encode()


SUBJECT = {"reference": "Patient/pat-alcohol-epilepsy"}
BACLOCUR = {
    "resourceType": "MedicationRequest",
    "id": "draft",
    "status": "draft",
    "intent": "order",
    "subject": SUBJECT,
    "medicationCodeableConcept": {
        "coding": [
            {
                "system": "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique",
                "code": "66009893",
            }
        ]
    },
    "dosageInstruction": [
        {
            "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": 10, "unit": "mg", "system": "http://unitsofmeasure.org"}}],
        }
    ],
}
TAKEN = {**BACLOCUR, "id": "taken", "status": "active", "authoredOn": "2026-10-01"}
BUNDLE = {"resourceType": "Bundle", "type": "searchset"}


def explained(body: bytes) -> str:
    return " ".join(page("evaluate", "-", "--explain", "--on", "2026-11-22", "--language", "en", body=body).split())


def test_the_reasoning_tells_renewal_and_addition_apart() -> None:
    since = {"authoredOn": "2026-11-10"}
    text = explained(order_of({}, medications={**BUNDLE, "entry": [{"resource": TAKEN | since}]}))

    assert "alcohol dependence (this product has no other indication)" in text
    assert "On record: MedicationRequest/taken Product Baclocur 10 mg" in text
    assert "Reading 1: orders that are surely for alcohol dependence Counts MedicationRequest/draft" in text
    assert "Taken before 30 mg/day Highest 30 mg/day Change same dose" in text
    assert "Reading 2: orders that are surely for alcohol dependence, and if it adds to what is taken" in text
    assert "Highest 60 mg/day Change rise" in text
    assert (
        "takes the place of the order of 10 November 2026, without an end: the one of this strength and dose" in text
    )
    assert "An addition? It is asked: nothing tells a renewal." in text


def test_the_reasoning_says_what_could_not_be_read_and_what_was_not_judged() -> None:
    no_timing = {"id": "no-timing", "dosageInstruction": [{"text": "10"}]}
    stopped = {"id": "taken", "status": "stopped"}
    drafts: list[dict[str, Any]] = [no_timing, stopped, {"resourceType": "MedicationOrder"}]
    text = explained(order_of(*drafts, medications={**BUNDLE, "entry": [{"resource": TAKEN}]}))

    assert "Order 1: MedicationRequest/no-timing" in text
    assert "Dose not computable: " in text
    assert "Order 2: MedicationRequest/taken" in text
    assert "Dose stop ordered" in text
    assert "with the stops asked for" in text
    assert "Not judged The order is in a version of FHIR that is not supported" in text


def test_the_reasoning_of_a_request_without_baclofen_is_short_and_clear() -> None:
    text = explained(order_of({"medicationCodeableConcept": {"coding": [LEVETIRACETAM]}}))

    assert "No order of oral baclofen that counts." in text
    assert "No dose to judge." in text
    assert "No card: nothing to say." in text


LEVETIRACETAM = {"system": "http://www.whocc.no/atc", "code": "N03AX14"}
