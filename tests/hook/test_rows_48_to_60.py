"""Rows 48 to 50 and 54 to 60, as a caller sees them: proxies, limits, stops, and whose orders are judged."""

import json
import re
import signal
import time
from typing import Any

import pytest

from tests.process.test_stopping import wait_until_taken
from tests.running.client import HOOK_PATH, SANDBOX_ORDER, Service, assert_refused, receive, sandbox_order
from tests.running.service import demo

Json = dict[str, Any]
BODY = SANDBOX_ORDER.read_bytes()
HEAD = f"POST {HOOK_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()
ALCOHOL = [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F10.2"}]}]


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Forwarded-Prefix", "Host"]
)
def test_row_48_no_header_makes_a_link(service: Service, header: str) -> None:
    answer = service.sign(BODY, **{header: "evil.example"})

    assert answer.status == 200
    assert b"evil" not in answer.body
    assert "evil" not in str(answer.headers)


def test_row_49_an_address_without_a_token_has_a_limit_over_all_workers_and_health_has_none() -> None:
    with demo(workers=4, CDS_ANONYMOUS_PER_MINUTE="20") as (service, _):
        began = time.monotonic()
        statuses = [service.get("/cds-services").status for _ in range(30)]
        meanwhile = int((time.monotonic() - began) / 3) + 1  # one more every three seconds
        refused = next(answer for answer in (service.sign(BODY) for _ in range(4)) if answer.status == 429)

        assert set(statuses) == {200, 429}
        assert 20 <= statuses.count(200) <= 20 + meanwhile
        assert_refused(refused, 429)
        assert 1 <= int(refused.headers["Retry-After"]) <= 3
        assert {service.get(path).status for path in ("/healthz", "/readyz") for _ in range(50)} == {200}
        time.sleep(int(refused.headers["Retry-After"]))
        assert service.get("/cds-services").status == 200


def test_row_50_a_client_that_goes_away_harms_nobody(service: Service) -> None:
    for cut in (20, 200, len(BODY)):
        with service.connect() as connection:
            connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY[:cut])

    assert service.sign(BODY).status == 200


def test_row_50_a_request_that_runs_is_finished_when_the_service_is_stopped() -> None:
    with demo() as (service, process), service.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY[:50])
        wait_until_taken(connection)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(BODY[50:])

        assert receive(connection).status == 200
        assert process.wait(timeout=120) == 0


def hook(*drafts: Json, **prefetch: Any) -> Json:
    order = sandbox_order()
    order["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": draft} for draft in drafts]}
    order["context"]["patientId"] = "p"
    order["prefetch"] = prefetch
    return order


def baclofen(identity: str, mg: int, *, patient: str = "p", **more: Any) -> Json:
    """An order of this many milligrams three times a day, for alcohol dependence."""
    return {
        "resourceType": "MedicationRequest", "id": identity, "status": "draft", "intent": "order",
        "subject": {"reference": f"Patient/{patient}"}, "reasonCode": ALCOHOL,
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "197392"}]
        },
        "dosageInstruction": [{
            "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": mg, "system": "http://unitsofmeasure.org", "code": "mg"}}],
        }],
        **more,
    }  # fmt: skip


def found(service: Service, order: Json) -> dict[str, str]:
    """The findings of the cards, each with its indicator."""
    answer = service.sign_order(order)
    assert answer.status == 200, answer
    extensions = [card["extension"]["org.baclofen-cds"] for card in answer.json["cards"]]
    return {item["id"]: item["indicator"] for extension in extensions for item in extension["findings"]}


def dose(service: Service, order: Json) -> str:
    """The daily dose in the summaries of the cards, in milligrams."""
    summaries = " ".join(card["summary"] for card in service.sign_order(order).json["cards"])
    match = re.search(r"(\d+)\D?mg/j", summaries)
    assert match, summaries
    return match[1]


def test_row_54_an_order_of_another_patient_is_critical_and_gets_no_suggestion(service: Service) -> None:
    order = hook(baclofen("a", 40, patient="other"))

    assert found(service, order)["patient-mismatch"] == "critical"
    assert not [card for card in service.sign_order(order).json["cards"] if "suggestions" in card]


@pytest.mark.parametrize(
    "subject",
    ["other", "patient/other", "Patient/other ", "Group/p", "https://ehr.example/fhir/Patient/other/_history/2"],
)
def test_row_54_however_the_other_patient_is_written(service: Service, subject: str) -> None:
    order = baclofen("a", 40, subject={"reference": subject})

    assert found(service, hook(order)) == {"patient-mismatch": "critical"}


@pytest.mark.parametrize(("patient", "mismatch"), [("p", False), ("other", True)])
def test_row_54_a_patient_in_the_bundle_of_the_drafts(service: Service, patient: str, mismatch: bool) -> None:
    address = "urn:uuid:11111111-1111-4111-8111-111111111111"
    order = hook(baclofen("a", 40, subject={"reference": address}))
    order["context"]["draftOrders"]["entry"].append(
        {"fullUrl": address, "resource": {"resourceType": "Patient", "id": patient}}
    )

    assert ("patient-mismatch" in found(service, order)) == mismatch


def test_row_55_prefetch_of_another_patient_is_said_and_not_used(service: Service) -> None:
    stranger = {"resourceType": "Patient", "id": "other", "birthDate": "2015-01-01", "gender": "male"}

    answered = found(service, hook(baclofen("a", 10), patient=stranger))

    assert answered["patient-mismatch"] == "critical"
    assert "not-adult" not in answered


def test_row_56_another_patients_condition_in_a_bundle_is_dropped_and_said(service: Service) -> None:
    epilepsy = {
        "resourceType": "Condition",
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "G40.9"}]},
    }

    def bundle(patient: str) -> Json:
        entry = {"resource": epilepsy | {"subject": {"reference": f"Patient/{patient}"}}}
        return {"resourceType": "Bundle", "type": "searchset", "entry": [entry]}

    own, strange = (found(service, hook(baclofen("a", 10), conditions=bundle(patient))) for patient in ("p", "other"))

    assert "seizure-history" in own
    assert "seizure-history" not in strange
    assert "patient-mismatch" in strange


@pytest.mark.parametrize(
    "changes",
    [{"status": "cancelled"}, {"status": "entered-in-error"}, {"status": "completed"}, {"doNotPerform": True}],
)
def test_row_58_an_order_that_asks_for_nothing_has_no_dose(service: Service, changes: Json) -> None:
    assert "specialist-care" in found(service, hook(baclofen("a", 120)))
    assert not {"specialist-care", "initial-dose-too-high"} & set(found(service, hook(baclofen("a", 120) | changes)))


def test_row_60_two_drafts_are_summed_and_one_that_comes_twice_is_counted_once(service: Service) -> None:
    two = hook(baclofen("a", 70), baclofen("b", 50))
    twice = hook(baclofen("a", 120), baclofen("a", 120))

    assert (dose(service, two), dose(service, twice)) == ("360", "360")


def test_row_60_a_renewal_takes_the_place_of_what_it_renews(service: Service) -> None:
    taken = baclofen("now", 60, status="active", authoredOn="2026-11-01")
    record = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": taken}]}
    renewal = baclofen("a", 60, priorPrescription={"reference": "MedicationRequest/now"})

    assert dose(service, hook(renewal, medications=record)) == "180"


@pytest.mark.parametrize("members", [{"total": 3}, {"link": [{"relation": "next", "url": "https://ehr.example/2"}]}])
def test_row_53_drafts_that_did_not_all_come_are_said(service: Service, members: Json) -> None:
    order = hook(baclofen("a", 10))
    order["context"]["draftOrders"] |= members

    (card,) = [card for card in service.sign_order(order).json["cards"] if "NON RÉALISÉ" in card["summary"]]
    assert "qu’une partie des prescriptions" in card["detail"]
    assert "check-not-done" not in found(service, hook(baclofen("a", 10)))


def test_a_body_with_every_member_twice_the_size_is_still_one_answer(service: Service) -> None:
    """The limit of 500 drafts (row 53): the card says that the others were not read."""
    many = hook(*(baclofen(str(number), 1) for number in range(501)))

    assert found(service, many)["check-not-done"] == "warning"
    assert len(json.dumps(many)) < 2 * 1024 * 1024
