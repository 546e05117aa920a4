"""The reasoning in words: every form that an order, a fact and the result of a rule can have."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.model.findings import Decision
from cds_service.core.rules import checks
from cds_service.core.rules.verdict import Verdict
from cds_service.hook.order_sign import judge
from cds_service.http.json_reader import read_hook
from cds_service.knowledge.loading import Knowledge
from cds_service.reports.explain import explain
from tests.known import known

ROOT = Path(__file__).parents[2]
DAY = date(2026, 11, 22)
CIS = "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD = "http://hl7.org/fhir/sid/icd-10"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
UCUM = "http://unitsofmeasure.org"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


def dosage(value: float, unit: str, frequency: int = 3, **others: Any) -> dict[str, Any]:
    quantity = {"value": value, "unit": unit, "code": unit, "system": UCUM}
    repeat = {"frequency": frequency, "period": 1, "periodUnit": "d", **others.pop("repeat", {})}
    return {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity}], **others}


def draft(system: str, code: str, **others: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": "draft",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "medicationCodeableConcept": {"coding": [{"system": system, "code": code}]},
        "dosageInstruction": [dosage(10, "mg")],
        **others,
    }


def condition(code: str, status: str = "active") -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/p"},
        "clinicalStatus": {"coding": [{"system": CLINICAL, "code": status}]},
        "code": {"coding": [{"system": ICD, "code": code}]},
    }


def bundle(*resources: Mapping[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": item} for item in resources]}


def decision(knowledge: Knowledge, *drafts: Mapping[str, Any], **prefetch: Any) -> Decision:
    hook = {
        "hook": "order-sign",
        "hookInstance": "a7a01b3d-c87b-43eb-b398-46f065d7f9d7",
        "context": {"userId": "Practitioner/x", "patientId": "p", "draftOrders": bundle(*drafts)},
        "prefetch": prefetch,
    }
    return judge(read_hook(json.dumps(hook).encode(), PREFETCH_KEYS), knowledge, DAY)


def page(knowledge: Knowledge, judged: Decision, language: str = "en") -> str:
    return " ".join(explain(judged, [], knowledge, language).split())


def test_an_order_that_takes_the_place_of_another_says_so(knowledge: Knowledge) -> None:
    order = draft(CIS, "66009893", priorPrescription={"reference": "MedicationRequest/older"})

    text = page(knowledge, decision(knowledge, order))

    assert "Links takes the place of MedicationRequest/older" in text


def test_a_medicine_that_only_words_name_is_said_to_be_that(knowledge: Knowledge) -> None:
    order = draft("urn:none", "x") | {"medicationCodeableConcept": {"text": "baclofène"}}

    text = page(knowledge, decision(knowledge, order, conditions=bundle(condition("F10.2"))))

    assert "Product baclofen, product not named, recognised by words only, strength unknown, oral" in text
    assert "Indication alcohol dependence (problem list; a reason on the order, if any, says nothing else)" in text


def test_a_solution_has_its_concentration(knowledge: Knowledge) -> None:
    order = draft(RXNORM, "2593376", dosageInstruction=[dosage(2, "mL")])

    text = page(knowledge, decision(knowledge, order))

    assert "Oral Suspension, 5 mg/ml, oral" in text
    assert "2 ml of 5 mg/ml × 3 a day = 30 mg/day" in text


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (["F10.2"], "alcohol dependence (problem list"),
        (["G35"], "other than alcohol dependence: out of scope, not judged (problem list"),
        (["F10.2", "G35"], "alcohol dependence and a cause of spasticity: either is possible (problem list"),
        ([], "neither alcohol dependence nor a cause of spasticity (problem list"),
    ],
)
def test_the_indication_comes_with_what_says_so(codes: list[str], said: str, knowledge: Knowledge) -> None:
    conditions = bundle(*(condition(code) for code in codes))

    text = page(knowledge, decision(knowledge, draft(CIS, "64073783"), conditions=conditions))

    assert f"Indication {said}" in text


def test_a_reason_on_the_order_is_told_from_the_problem_list(knowledge: Knowledge) -> None:
    order = draft(CIS, "64073783", reasonCode=[{"coding": [{"system": ICD, "code": "F10.2"}]}])

    text = page(knowledge, decision(knowledge, order, conditions=bundle(condition("G35"))))

    assert "Indication alcohol dependence (reason on the order)" in text


def test_without_a_problem_list_the_indication_is_unknown(knowledge: Knowledge) -> None:
    text = page(knowledge, decision(knowledge, draft(CIS, "64073783")))

    assert "Indication unknown (problem list" in text
    assert "Alcohol dependence: unknown: not sent (conditions)" in text
    assert "Reading 1: if the order is for alcohol dependence" in text


def test_an_order_that_is_most_likely_for_spasticity_counts_only_above_a_floor(knowledge: Knowledge) -> None:
    text = page(knowledge, decision(knowledge, draft(CIS, "60304050"), conditions=bundle()))

    assert "Floor counts only above 300 mg/day" in text


def test_steps_have_their_days(knowledge: Knowledge) -> None:
    order = draft(
        CIS,
        "66009893",
        dosageInstruction=[
            dosage(
                10,
                "mg",
                sequence=1,
                repeat={"boundsDuration": {"value": 3, "unit": "d", "code": "d", "system": UCUM}},
            ),
            dosage(20, "mg", sequence=2),
        ],
    )

    text = page(knowledge, decision(knowledge, order))

    assert "Dose from 22 November 2026 until 25 November 2026, not included: 10 mg × 3 a day = 30 mg/day" in text
    assert "Dose from 25 November 2026: 20 mg × 3 a day = 60 mg/day" in text


def test_a_dose_that_words_contradict_is_shown_as_to_be_confirmed(knowledge: Knowledge) -> None:
    order = draft(CIS, "66009893", dosageInstruction=[dosage(10, "mg", text="40 mg 3 fois par jour")])

    text = page(knowledge, decision(knowledge, order))

    assert "= 30 to 120 mg/day" in text
    assert "Dose to be confirmed (text of the dosage): text and structured dosage" in text
    assert "Highest 30 to 120 mg/day" in text


def test_each_kind_of_fact_has_its_words(knowledge: Knowledge) -> None:
    drinks = {
        "resourceType": "Observation",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-11-01",
        "code": {"coding": [{"system": "http://loinc.org", "code": "74013-4"}]},
        "valueQuantity": {"value": 5, "unit": "/d", "code": "{drinks}/d", "system": UCUM},
    }
    referral = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "subject": {"reference": "Patient/p"},
        "code": {"text": "addictologie"},
    }
    text = page(
        knowledge,
        decision(
            knowledge,
            draft(CIS, "66009893"),
            patient={"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1980-01-01"},
            conditions=bundle(condition("F33.2", "resolved"), condition("F10.2")),
            observations=bundle(drinks),
            referrals=bundle(referral),
            goals={"resourceType": "OperationOutcome"},
            medications=None,
        ),
    )

    assert "Psychiatric history: yes, on record as resolved (conditions)" in text
    assert "Sex: female (patient)" in text
    assert "Age: 46 years (patient)" in text
    assert "Alcohol consumption: 50 to 70 g/day (observations)" in text
    assert "Referral to addiction care: yes (referrals)" in text
    assert "Whether the goal is met: unknown: error in transmission (goals)" in text
    assert "BY THE RECORD" in text
    assert "not found in the data sent (medications)" in text


def test_a_rule_that_breaks_is_named_and_the_others_still_answer(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> Verdict:
        raise ZeroDivisionError

    broken = replace(checks.CHECKS["specialist-care"], ask=breaks)
    monkeypatch.setitem(checks.CHECKS, "specialist-care", broken)

    text = page(knowledge, decision(knowledge, draft(CIS, "66009893")))

    assert "Answer fault of this service (ZeroDivisionError in rule specialist-care)" in text
    assert "Not done, by a fault of this tool: multidisciplinary specialised addiction care." in text


def test_an_answer_comes_with_the_condition_under_which_it_holds(knowledge: Knowledge) -> None:
    order = draft(CIS, "64073783", dosageInstruction=[dosage(60, "mg")])
    taken = {**order, "id": "taken", "status": "active", "authoredOn": "2026-11-10"}

    text = page(knowledge, decision(knowledge, order, medications=bundle(taken)))

    condition = "Indication not documented; if prescribed for alcohol dependence."
    assert f"warning: No addiction referral found (180 mg/day > 80 mg/day). {condition}" in text
    assert "Renewal or addition? If added." in text


def test_a_suggestion_is_told_under_its_card(knowledge: Knowledge) -> None:
    card = {
        "indicator": "info",
        "summary": "S",
        "detail": "**Found.** A\n\n**Rule.** B",
        "suggestions": [{"label": "L"}],
    }

    text = explain(decision(knowledge), [card], knowledge, "fr")

    assert text.endswith(
        "  information   S\n                Found. A\n                Rule. B\n                Proposition : L\n\n"
    )


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_line_but_an_address_is_longer_than_a_page_is_wide(language: str, knowledge: Knowledge) -> None:
    text = explain(decision(knowledge, draft(CIS, "66009893")), [], knowledge, language)

    assert not [line for line in text.splitlines() if len(line) > 100 and "https://" not in line]
