"""What the settings in a client's entry change in an answer, and what they cannot."""

import json
from datetime import date
from typing import Any

import pytest

from cds_service.config.clients import ANONYMOUS, Client
from cds_service.hook.client_capabilities import HIDDEN_ON_RENEWAL
from cds_service.hook.order_sign import answer
from tests.known import known
from tests.running.client import sandbox_order

Json = dict[str, Any]
KNOWLEDGE = known()
TODAY = date(2026, 11, 22)
ALCOHOL = [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F10.2"}]}]


def tablets(count: int, identity: str, **more: Any) -> Json:
    """Tablets of 20 mg, three times a day."""
    return {
        "resourceType": "MedicationRequest",
        "id": identity,
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "reasonCode": ALCOHOL,
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "197392"}]
        },
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [
                    {"doseQuantity": {"value": count, "system": "http://unitsofmeasure.org", "code": "{tbl}"}}
                ],
            }
        ],
        **more,
    }


def hook(draft: int, taken: int | None) -> bytes:
    """A draft with this many tablets per intake, and what is taken now; the rest of the record is empty."""
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    taken_now = [{"resource": tablets(taken, "now", status="active", authoredOn="2026-11-01")}] if taken else []
    prior: Json = {"priorPrescription": {"reference": "MedicationRequest/now"}} if taken else {}
    order = sandbox_order() | {
        "context": {
            "userId": "Practitioner/x",
            "patientId": "p",
            "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": tablets(draft, "d", **prior)}]},
        },
        "prefetch": {
            "patient": {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1980-01-01"},
            "conditions": empty,
            "medications": {"resourceType": "Bundle", "type": "searchset", "entry": taken_now},
            "referrals": empty,
        },
    }
    order.pop("fhirServer", None)
    return json.dumps(order).encode()


def cards(body: bytes, client: Client = ANONYMOUS) -> list[Json]:
    answered = answer(body, KNOWLEDGE, on=TODAY, language="en", client=client).body
    found: list[Json] = json.loads(answered)["cards"]
    return found


def findings(body: bytes, client: Client = ANONYMOUS) -> set[str]:
    return {
        found["id"] for card in cards(body, client) for found in card["extension"]["org.baclofen-cds"]["findings"]
    }


def suggestions(body: bytes, client: Client = ANONYMOUS) -> list[Json]:
    return [offered for card in cards(body, client) for offered in card.get("suggestions", [])]


RENEWAL, RISE, FIRST, HIGH = hook(2, 2), hook(2, 1), hook(2, None), hook(3, 3)


def test_check_incomplete_is_hidden_only_where_asked_and_only_on_an_unchanged_renewal() -> None:
    quiet = Client(id="quiet", incomplete="on-change")

    for body in (RENEWAL, RISE, FIRST):
        assert "check-incomplete" in findings(body)
    assert "check-incomplete" in findings(RISE, quiet)
    assert "check-incomplete" in findings(FIRST, quiet)
    assert findings(RENEWAL) - findings(RENEWAL, quiet) == {"check-incomplete"}


def test_nothing_else_can_be_hidden_and_no_threshold_can_be_set() -> None:
    loudest = findings(HIGH)
    quiet = Client(id="quiet", incomplete="on-change", suggestions="off", detail="plain", one_action=True)

    assert frozenset({"check-incomplete"}) == HIDDEN_ON_RENEWAL
    assert loudest - findings(HIGH, quiet) == {"check-incomplete"}
    assert not [name for name in Client.__dataclass_fields__ if "mg" in name or "threshold" in name or "dose" in name]


def test_at_a_specialised_service_the_patient_is_referred() -> None:
    specialised = Client(id="csapa", specialised_service=True)

    assert "specialist-care" in findings(RENEWAL)
    assert "specialist-care" not in findings(RENEWAL, specialised)
    assert "specialist-care" in findings(RISE, specialised)
    (found,) = [
        found
        for card in cards(RISE, specialised)
        for found in card["extension"]["org.baclofen-cds"]["findings"]
        if found["id"] == "specialist-care"
    ]
    assert found["indicator"] == "info"
    refers = [
        bool([item for item in suggestions(RISE, one) if "Refer" in item["label"]])
        for one in (ANONYMOUS, specialised)
    ]
    assert refers == [True, False]


def test_a_known_disorder_is_said_on_each_renewal_where_the_client_asks_for_it() -> None:
    depressed = json.loads(RENEWAL)
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F33.2"}]}
    depression = {"resourceType": "Condition", "subject": {"reference": "Patient/p"}, "code": code}
    depressed["prefetch"]["conditions"] = depression | {"recordedDate": "2020-01-01"}
    body = json.dumps(depressed).encode()

    assert "psychiatric-history" not in findings(body)
    assert findings(body, Client(id="ward", repeat_disorders=True)) - findings(body) == {"psychiatric-history"}


def test_where_only_the_medicine_is_applied_no_other_change_is_suggested() -> None:
    only = Client(id="only", suggestions="product")
    renewal = hook(1, 1)  # 60 mg/day: nothing above info speaks of the dose

    assert len(suggestions(HIGH)) > 1
    assert not suggestions(HIGH, only)  # what changes the dose would leave the old one
    (offered,) = suggestions(_with_dependence(renewal), only)
    (changed,) = offered["actions"]
    draft = json.loads(renewal)["context"]["draftOrders"]["entry"][0]["resource"]
    assert changed["type"] == "update"
    assert {name for name in draft if draft[name] != changed["resource"].get(name)} == {"medicationCodeableConcept"}


def _with_dependence(body: bytes) -> bytes:
    hook = json.loads(body)
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F10.2"}]}
    hook["prefetch"]["conditions"] = {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/p"},
        "code": code,
    }
    return json.dumps(hook).encode()


def test_suggestions_can_be_off() -> None:
    assert suggestions(HIGH)
    assert not suggestions(HIGH, Client(id="none", suggestions="off"))


def test_a_client_that_only_creates_gets_new_drafts_without_an_id() -> None:
    offered = suggestions(HIGH, Client(id="epic", suggestions="create"))
    actions = [action for item in offered for action in item["actions"]]

    assert len(offered) == len(suggestions(HIGH))
    assert {action["type"] for action in actions} == {"create"}
    for action in actions:
        assert "id" not in action["resource"]
        assert action["resource"]["status"] in ("draft", "completed")
        if action["resource"]["resourceType"] == "MedicationRequest":
            assert "to be removed" in action["description"] or "Adds" in action["description"]


def test_a_client_that_takes_one_action_gets_the_10_mg_tablet_alone_said_in_the_label() -> None:
    several = suggestions(HIGH)
    single = suggestions(HIGH, Client(id="epic", one_action=True))

    assert any(len(item["actions"]) > 1 for item in several)
    assert single
    assert all(len(item["actions"]) == 1 for item in single)
    plans = [item for item in single if item["label"].startswith("Taper")]
    assert plans
    for plan in plans:
        assert "10\u00a0mg only)" in plan["label"]


def without_uuids(card: Json) -> Json:
    """They are made of the content of a card."""
    offered = [{**item, "uuid": ""} for item in card.get("suggestions", [])]
    return {**card, "uuid": "", "suggestions": offered}


@pytest.mark.parametrize("body", [RENEWAL, RISE, FIRST, HIGH])
def test_plain_detail_has_the_same_words_without_marks(body: bytes) -> None:
    plain = Client(id="plain", detail="plain")

    for marked, bare in zip(cards(body), cards(body, plain), strict=True):
        assert "**" in marked["detail"]
        assert "**" not in bare["detail"]
        assert "](" not in bare["detail"]
        assert without_uuids({**marked, "detail": ""}) == without_uuids({**bare, "detail": ""})


def test_the_names_of_prefetch_keys_are_the_clients_own() -> None:
    order = json.loads(RENEWAL)
    order["prefetch"]["meds"] = order["prefetch"].pop("medications")
    body = json.dumps(order).encode()

    assert findings(body, Client(id="ehr", prefetch={"medications": "meds"})) == findings(RENEWAL)
