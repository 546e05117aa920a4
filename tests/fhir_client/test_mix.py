"""Prefetch and FHIR together: the same answer from either; which parts of the prefetch are read again."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from cds_service.base.names import PREFETCH
from cds_service.config.clients import Client
from cds_service.config.fhir_servers import FhirServer
from cds_service.fhir_client.complete import FhirReader
from cds_service.hook.order_sign import answer
from cds_service.knowledge.loading import Knowledge
from tests.fhir_stub import FhirStub, authorization, fhir_server
from tests.hook.card_contract import findings_of
from tests.known import known
from tests.vignette_cases import Vignette, encode, read_vignettes, request

ON = date(2026, 11, 22)
SAID = {"id": "-", "on": ON, "orders": ["Baclocur 40, 1 cp TID"], "conditions": ["F10.2", "F33.2", "G40.9"]}
HOOK = request(SAID)
RENEWAL = request({**SAID, "taken": ["Baclocur 40, 1 cp BID"]})

# Every twelfth vignette whose prefetch is complete: a mixture of all files.
# A query finds no MedicationStatement, which only a client puts beside the orders.
VIGNETTES = [
    vignette
    for vignette in read_vignettes()
    if "records" not in vignette.said and b"MedicationStatement" not in vignette.body()
][::12]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


@pytest.fixture
def stub() -> Iterator[FhirStub]:
    with fhir_server() as server:
        yield server


class Caller:
    """Calls the service as a client that may read from the stub."""

    def __init__(self, knowledge: Knowledge, stub: FhirStub) -> None:
        self.knowledge = knowledge
        self.stub = stub
        server = FhirServer(stub.base, allow_private=True)
        self.client = Client(id="ehr", fhir_servers=(server,), read_fhir=True, budget_ms=5000)
        self.fhir = FhirReader(PREFETCH)

    def ask(self, hook: Any, on: date = ON) -> bytes:
        return answer(encode(hook), self.knowledge, on=on, language="fr", client=self.client, fhir=self.fhir).body

    def reading(self, hook: Any, prefetch: Any) -> Any:
        """The hook call with this prefetch and permission to read the rest."""
        self.stub.holding(hook["prefetch"])
        return {
            **hook,
            "prefetch": prefetch,
            "fhirServer": self.stub.base,
            "fhirAuthorization": authorization(),
        }


@pytest.fixture
def caller(knowledge: Knowledge, stub: FhirStub) -> Caller:
    return Caller(knowledge, stub)


def incomplete(answered: bytes) -> tuple[list[str], list[str]]:
    for card in json.loads(answered)["cards"]:
        for finding in card["extension"]["org.baclofen-cds"]["findings"]:
            if finding["id"] == "check-incomplete":
                return finding["facts"]["facts"], list(dict.fromkeys(finding["facts"]["reasons"]))
    return [], []


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda vignette: vignette.id)
def test_fhr_4_prefetch_fhir_and_half_of_each_give_the_same_bytes(caller: Caller, vignette: Vignette) -> None:
    hook = request(vignette.said)
    half = dict(list(hook["prefetch"].items())[::2])

    by_prefetch = caller.ask(hook, vignette.on)

    assert caller.ask(caller.reading(hook, {}), vignette.on) == by_prefetch
    assert caller.ask(caller.reading(hook, half), vignette.on) == by_prefetch


@pytest.mark.parametrize("code", ["timeout", "exception", "throttled", "processing", "incomplete"])
def test_pre_13_what_failed_for_the_ehr_is_tried_again(caller: Caller, code: str) -> None:
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]}

    answered = caller.ask(caller.reading(HOOK, {**HOOK["prefetch"], "conditions": failed}))

    assert answered == caller.ask(HOOK)
    assert caller.stub.searched == ["Condition"]


@pytest.mark.parametrize("code", ["forbidden", "security", "login", "suppressed", "expired", "unknown"])
def test_pre_13_what_was_refused_is_not_gone_round(caller: Caller, code: str) -> None:
    refused = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]}

    answered = caller.ask(caller.reading(HOOK, {**HOOK["prefetch"], "conditions": refused}))

    assert caller.stub.searched == []
    assert incomplete(answered)[1] == ["access-refused"]


@pytest.mark.parametrize("value", [None, {"resourceType": "Bundle", "type": "searchset", "total": 0}])
def test_pre_11_and_12_what_is_known_to_be_none_is_not_asked_again(caller: Caller, value: Any) -> None:
    caller.ask(caller.reading(HOOK, {**HOOK["prefetch"], "conditions": value}))

    assert caller.stub.searched == []


def first_page(caller: Caller, url: str) -> Any:
    entries = HOOK["prefetch"]["conditions"]["entry"]
    page = {**HOOK["prefetch"]["conditions"], "entry": entries[:1], "link": [{"relation": "next", "url": url}]}
    return caller.reading(HOOK, {**HOOK["prefetch"], "conditions": page})


def test_pre_15_the_next_pages_are_read_from_the_same_server(caller: Caller) -> None:
    hook = first_page(caller, f"{caller.stub.base}/Condition?patient=p1&page=1")
    caller.stub.faults = {"*": "paged"}

    assert caller.ask(hook) == caller.ask(HOOK)
    assert [seen.path.partition("&")[2] for seen in caller.stub.seen] == ["page=1", "page=2"]


@pytest.mark.parametrize("elsewhere", ["https://evil.example/fhir?page=2", "https://127.0.0.1/x?page=2", "", 3])
def test_pre_15_a_next_page_elsewhere_is_not_read(caller: Caller, elsewhere: Any) -> None:
    answered = caller.ask(first_page(caller, elsewhere))

    assert caller.stub.seen == []
    assert incomplete(answered)[1] == ["paged"]


def test_pre_15_a_second_page_that_fails_leaves_a_part(caller: Caller) -> None:
    hook = first_page(caller, f"{caller.stub.base}/Condition?patient=p1&page=1")
    caller.stub.faults = {"*": "500"}

    answered = caller.ask(hook)

    assert incomplete(answered) == (["suicidality", "psychiatric", "seizures"], ["paged"])


@pytest.mark.parametrize("sent", ["<html>Error</html>", {"resourceType": "Bundle", "total": 3}])
def test_what_came_unreadable_or_in_part_is_read_anew(caller: Caller, sent: Any) -> None:
    assert caller.ask(caller.reading(HOOK, {**HOOK["prefetch"], "conditions": sent})) == caller.ask(HOOK)
    assert caller.stub.searched == ["Condition"]


def test_pre_17_another_patients_data_are_said_and_not_repaired(caller: Caller) -> None:
    stranger = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p2"}}

    answered = caller.ask(caller.reading(HOOK, {**HOOK["prefetch"], "conditions": stranger}))

    assert caller.stub.seen == []
    assert findings_of(json.loads(answered)["cards"])["patient-mismatch"] == "critical"


def test_a_failed_read_takes_nothing_away_that_prefetch_said(caller: Caller) -> None:
    part = {**HOOK["prefetch"]["conditions"], "total": 9}
    hook = caller.reading(HOOK, {**HOOK["prefetch"], "conditions": part})
    caller.stub.faults = {"*": "500"}

    answered = caller.ask(hook)

    assert "seizure-history" in findings_of(json.loads(answered)["cards"])
    assert incomplete(answered)[1] == ["paged"]


@pytest.mark.parametrize(
    "reference",
    [
        "https://other.example/fhir/Medication/m1",
        "Medication/../Patient/p1",
        "Medication/m1?x=1",
        "Group/m1",
        "urn:uuid:11111111-2222-3333-4444-555555555555",
    ],
)
def test_req_9_only_a_medication_of_this_server_is_read(caller: Caller, reference: str) -> None:
    hook = caller.reading(HOOK, HOOK["prefetch"])
    draft = {
        **hook["context"]["draftOrders"]["entry"][0]["resource"],
        "medicationReference": {"reference": reference},
    }
    del draft["medicationCodeableConcept"]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": draft}]}

    answered = caller.ask({**hook, "context": {**hook["context"], "draftOrders": bundle}})

    assert caller.stub.seen == []
    assert "check-not-done" in findings_of(json.loads(answered)["cards"])


def with_reference_on_record(prefetch: Any, identity: str) -> tuple[Any, Any]:
    """A prefetch whose current baclofen order refers to a Medication on the server, and that Medication."""
    medicines = deepcopy(prefetch["medications"])
    taken = next(entry["resource"] for entry in medicines["entry"] if b"baclo" in encode(entry).lower())
    medication = {"resourceType": "Medication", "id": identity, "code": taken.pop("medicationCodeableConcept")}
    taken["medicationReference"] = {"reference": f"Medication/{identity}"}
    return {**prefetch, "medications": medicines}, medication


def test_a_medication_that_the_record_points_to_is_read(caller: Caller) -> None:
    prefetch, medication = with_reference_on_record(RENEWAL["prefetch"], "m9")
    hook = caller.reading(RENEWAL, prefetch)
    caller.stub.data["Medication"] = [medication]

    answered = caller.ask(hook)

    assert caller.stub.searched == ["Medication"]
    assert answered == caller.ask(RENEWAL)


def test_a_medication_of_the_record_that_cannot_be_read_leaves_what_is_taken_unknown(caller: Caller) -> None:
    prefetch, _ = with_reference_on_record(RENEWAL["prefetch"], "m9")

    answered = caller.ask(caller.reading(RENEWAL, prefetch))

    assert "taken_now" in incomplete(answered)[0]


# --- what is not read at all -----------------------------------------------------------------

GENERIC = {**SAID, "orders": ["baclofen, 40 mg TID"]}


def without(said: Any, *keys: str) -> tuple[Any, dict[str, Any]]:
    hook = request(said)
    return hook, {key: value for key, value in hook["prefetch"].items() if key not in keys}


@pytest.mark.parametrize(
    ("said", "not_sent", "searched"),
    [
        ({**SAID, "orders": ["paracetamol, 1 g TID"]}, ["goals"], []),
        ({**SAID, "orders": [{"order": "baclofen, 40 mg TID", "reason": "G35"}]}, ["goals"], []),
        ({**GENERIC, "conditions": ["G35"]}, ["goals"], []),
        ({**GENERIC, "conditions": ["G35"]}, ["goals", "conditions"], ["Condition", "Goal"]),
        ({**GENERIC, "conditions": ["G35", "F10.2"]}, ["goals"], ["Goal"]),
        (
            {**GENERIC, "orders": ["baclofen, 40 mg TID", "Baclocur 10, 1 cp TID"], "conditions": ["G35"]},
            ["goals"],
            ["Goal"],
        ),
        ({**SAID, "orders": [{"order": "Baclocur 40, 1 cp TID", "patient": "p2"}]}, ["goals"], []),
    ],
)
def test_only_for_what_may_be_in_scope_is_anything_read(
    caller: Caller, said: Any, not_sent: list[str], searched: list[str]
) -> None:
    caller.ask(caller.reading(*without(said, *not_sent)))

    assert caller.stub.searched == searched


def test_a_search_that_fails_leaves_what_the_prefetch_said_and_its_reason(caller: Caller) -> None:
    unreadable = {**HOOK["prefetch"], "conditions": "<html>Error</html>"}
    caller.stub.faults = {"*": "500"}

    assert incomplete(caller.ask(caller.reading(HOOK, unreadable)))[1] == ["unreadable"]
