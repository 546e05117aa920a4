"""The service reads what the prefetch left out, over sockets on both sides: FHR-1, 2, 4 and 9, REQ-9."""

from typing import Any

import pytest

from tests.fhir_client.ehrs import HOOK, NOT_READING, SAID, reasons, sign
from tests.fhir_client.test_service_faults import RENEWAL
from tests.fhir_stub import TOKEN
from tests.hook.card_contract import findings_of
from tests.hook.ehr import Ehr
from tests.vignette_cases import request

pytestmark = pytest.mark.usefixtures("log")

# --- without faults --------------------------------------------------------------------------


def test_fhr_4_prefetch_alone_fhir_alone_and_half_of_each_give_the_same_answer(ehr: Ehr) -> None:
    by_prefetch = ehr.sign(HOOK)
    read = ehr.without_prefetch(HOOK)
    half = {key: value for key, value in HOOK["prefetch"].items() if key in ("patient", "goals", "conditions")}

    by_fhir, by_both = ehr.sign(read), ehr.sign({**read, "prefetch": half})

    assert by_prefetch.status == 200, by_prefetch
    assert "seizure-history" in findings_of(by_prefetch.json["cards"])
    assert by_fhir.body == by_prefetch.body == by_both.body
    assert reasons(by_fhir) == set()


def test_only_what_prefetch_left_out_is_read(ehr: Ehr) -> None:
    read = ehr.without_prefetch(HOOK)

    ehr.sign({**read, "prefetch": {key: HOOK["prefetch"][key] for key in ("patient", "medications", "referrals")}})

    assert ehr.server.searched == ["Condition", "Goal", "Observation"]


@pytest.mark.parametrize("compressed", [False, True])
def test_fhr_2_every_call_bears_the_token_and_nothing_else_of_ours(ehr: Ehr, compressed: bool) -> None:
    answer = sign(ehr, "gzip" if compressed else "")

    assert reasons(answer) == set()
    assert len(ehr.server.seen) == 6
    for seen in ehr.server.seen:
        assert seen.headers["Authorization"] == f"Bearer {TOKEN}"
        assert set(seen.headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Authorization"}


def test_fhr_1_without_a_token_nothing_is_read(ehr: Ehr) -> None:
    hook = ehr.without_prefetch(HOOK)
    del hook["fhirAuthorization"]

    assert reasons(ehr.sign(hook)) == {"not-sent"}
    assert ehr.server.seen == []


def test_a_client_that_has_it_not_on_is_not_read() -> None:
    answer = sign(NOT_READING)

    assert reasons(answer) == {"not-sent"}
    assert NOT_READING.server.seen == []


def test_orders_of_other_drugs_cost_no_reading(ehr: Ehr) -> None:
    hook = ehr.without_prefetch(request({**SAID, "orders": ["paracetamol, 500 mg TID"]}))

    assert ehr.sign(hook).json == {"cards": []}
    assert ehr.server.seen == []


def test_req_9_a_medication_that_did_not_come_along_is_read(ehr: Ehr) -> None:
    expected = findings_of(ehr.sign(HOOK).json["cards"])
    hook = ehr.without_prefetch(HOOK)
    medication = _point_to_a_medication(hook)
    ehr.server.data["Medication"] = [medication]

    assert findings_of(ehr.sign(hook).json["cards"]) == expected
    assert "Medication" in ehr.server.searched


def test_req_9_a_medication_of_another_drug_ends_the_reading(ehr: Ehr) -> None:
    hook = ehr.without_prefetch(HOOK)
    medication = _point_to_a_medication(hook)
    medication["code"] = {"coding": [{"system": "http://www.whocc.no/atc", "code": "N02BE01"}], "text": "Doliprane"}
    ehr.server.data["Medication"] = [medication]

    assert ehr.sign(hook).json == {"cards": []}
    assert ehr.server.searched == ["Medication"]


def _point_to_a_medication(hook: dict[str, Any]) -> dict[str, Any]:
    """Replace the code of the draft by a reference to a Medication on the server, and return that Medication."""
    (entry,) = hook["context"]["draftOrders"]["entry"]
    draft = dict(entry["resource"])
    code = draft.pop("medicationCodeableConcept")
    draft["medicationReference"] = {"reference": "Medication/m1"}
    bundle = {**hook["context"]["draftOrders"], "entry": [{"resource": draft}]}
    hook["context"] = {**hook["context"], "draftOrders": bundle}
    return {"resourceType": "Medication", "id": "m1", "code": code}


# --- searches that find nothing, or many pages -------------------------------------------------


def test_fhr_9_a_search_that_finds_nothing_is_known_none(ehr: Ehr) -> None:
    hook = ehr.without_prefetch(RENEWAL)
    ehr.server.faults = {"Goal": "404", "ServiceRequest": "404"}

    assert ehr.sign(hook).body == ehr.sign(RENEWAL).body == b'{"cards":[]}'


def test_row_79_pages_are_read_to_the_last(ehr: Ehr) -> None:
    answer = sign(ehr, "paged")

    assert "seizure-history" in findings_of(answer.json["cards"])
    assert reasons(answer) == set()
