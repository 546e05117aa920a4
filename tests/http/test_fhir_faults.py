"""What the service does when the EHR's FHIR server fails, over sockets on both sides: rows 78 to 80, FHR-1 to 9."""

import time
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.card_contract import findings_of
from tests.fhir_stub import DELAY_SECONDS, TOKEN, authorization, fhir_server
from tests.http.client import Answer, assert_refused
from tests.http.ehr import Ehr, running
from tests.vignette_cases import request

# Above 80 mg a day, on a patient with a history of seizures: a warning by the dose, another by the record.
SAID = {"id": "-", "on": date(2026, 11, 22), "orders": ["Baclocur 40, 1 cp TID"], "conditions": ["F10.2", "G40.9"]}
HOOK = request(SAID)
# Nothing needs saying of this one.
_SAME = {"order": "Baclocur 10, 1 cp TID", "replaces": "taken-1"}
RENEWAL = request({**SAID, "orders": [_SAME], "taken": [_SAME["order"]], "conditions": ["F10.2"]})

BUDGET_SECONDS = 0.8
GRACE_SECONDS = 0.2

# One for each test, for the circuit breaker remembers a server.
_EHRS = [Ehr(f"ehr-{number}", "read_fhir = true\nbudget_ms = 5000") for number in range(60)]
_WITH_THE_BUDGET_OF_ALL = [Ehr(f"usual-{number}") for number in range(6)]
SHOWS_ERRORS = Ehr("shows-errors", 'read_fhir = true\nbudget_ms = 5000\non_missing = "412"\nshows_errors = true')
QUICK = Ehr("quick", "read_fhir = true\nbudget_ms = 150")
NOT_READING = Ehr("not-reading", "read_fhir = false")
_NEXT, _NEXT_USUAL = count(), count()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("border")
    with running(folder, *_EHRS, *_WITH_THE_BUDGET_OF_ALL, SHOWS_ERRORS, QUICK, NOT_READING):
        yield folder / "log"


pytestmark = pytest.mark.usefixtures("log")


@pytest.fixture
def ehr() -> Ehr:
    """One that waits longer than any of these tests, on whatever machine, needs."""
    return _EHRS[next(_NEXT)]


@pytest.fixture
def usual() -> Ehr:
    """One with the budget that a client has when its entry names none: 800 ms."""
    return _WITH_THE_BUDGET_OF_ALL[next(_NEXT_USUAL)]


def reasons(answer: Answer) -> set[str]:
    """Why facts are unknown, as the card says it."""
    assert answer.status == 200, answer
    findings = [f for card in answer.json["cards"] for f in card["extension"]["org.baclofen-cds"]["findings"]]
    return {reason for f in findings if f["id"] == "check-incomplete" for reason in f["facts"]["reasons"]}


def sign(ehr: Ehr, fault: str = "", **changes: Any) -> tuple[Answer, float]:
    """The answer to a call without prefetch, of an EHR whose server fails so, and the seconds that it took."""
    hook = ehr.without_prefetch(HOOK, **changes)
    ehr.server.faults = {"*": fault}
    began = time.monotonic()
    return ehr.sign(hook), time.monotonic() - began


# --- as it should be -------------------------------------------------------------------------


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
    answer, _ = sign(ehr, "gzip" if compressed else "")

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
    answer, _ = sign(NOT_READING)

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
    """The draft names a Medication of the server in place of its code; the Medication is returned."""
    (entry,) = hook["context"]["draftOrders"]["entry"]
    draft = dict(entry["resource"])
    code = draft.pop("medicationCodeableConcept")
    draft["medicationReference"] = {"reference": "Medication/m1"}
    bundle = {**hook["context"]["draftOrders"], "entry": [{"resource": draft}]}
    hook["context"] = {**hook["context"], "draftOrders": bundle}
    return {"resourceType": "Medication", "id": "m1", "code": code}


# --- row 78: where the service does not go -----------------------------------------------------


@pytest.mark.parametrize("way", ["redirect", "paged-to-elsewhere"])
def test_row_78_the_server_cannot_lead_the_token_elsewhere(ehr: Ehr, way: str) -> None:
    two = request({**SAID, "conditions": ["F10.2", "F33.2"]})
    with fhir_server() as inside:
        hook = ehr.without_prefetch(two)
        inside.holding(two["prefetch"])
        ehr.server.elsewhere = inside.base.removesuffix("/fhir/r4")
        ehr.server.faults = {"*": way}

        answer = ehr.sign(hook)

    assert inside.seen == []
    assert reasons(answer) == {"redirect": {"source-failed"}, "paged-to-elsewhere": {"paged"}}[way]


def test_row_78_a_server_that_is_not_in_the_entry_is_not_called(ehr: Ehr) -> None:
    with fhir_server() as other:
        answer, _ = sign(ehr, fhirServer=other.base)

    assert reasons(answer) == {"not-sent"}
    assert other.seen == ehr.server.seen == []


# --- row 79: a server that fails ---------------------------------------------------------------


@pytest.mark.parametrize("fault", ["delay", "trickle", "trickle-in-the-head", "paged-without-end", "gzip-bomb"])
def test_row_79_the_answer_comes_within_the_budget_with_the_card(usual: Ehr, fault: str) -> None:
    answer, seconds = sign(usual, fault)

    assert seconds < BUDGET_SECONDS + GRACE_SECONDS < DELAY_SECONDS
    assert reasons(answer) >= {"not-arrived"} or reasons(answer) == {"paged"}
    assert "specialist-care" in findings_of(answer.json["cards"])


def test_row_79_the_budget_is_the_clients() -> None:
    answer, seconds = sign(QUICK, "delay")

    assert seconds < 0.15 + GRACE_SECONDS
    assert reasons(answer) == {"not-arrived"}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("reset", "not-arrived"),
        ("cut-short", "unreadable"),
        ("401", "access-refused"),
        ("403", "access-refused"),
        ("404-html", "source-failed"),
        ("429", "source-failed"),
        ("500", "source-failed"),
        ("html", "unreadable"),
        ("endless", "not-arrived"),
        ("outcome", "source-failed"),
    ],
)
def test_row_79_a_server_that_fails_leaves_facts_unknown_with_the_reason(ehr: Ehr, fault: str, reason: str) -> None:
    answer, seconds = sign(ehr, fault)

    assert reasons(answer) == {reason}
    assert {"specialist-care", "check-incomplete"} <= set(findings_of(answer.json["cards"]))
    assert seconds < DELAY_SECONDS


def test_row_79_one_search_that_fails_does_not_hide_the_others(ehr: Ehr) -> None:
    hook = ehr.without_prefetch(HOOK)
    ehr.server.faults = {"Goal": "reset", "Patient": "500"}

    answer = ehr.sign(hook)

    assert "seizure-history" in findings_of(answer.json["cards"])
    assert reasons(answer) == {"not-arrived", "source-failed"}


def test_fhr_9_a_search_that_finds_nothing_is_known_none(ehr: Ehr) -> None:
    hook = ehr.without_prefetch(RENEWAL)
    ehr.server.faults = {"Goal": "404", "ServiceRequest": "404"}

    assert ehr.sign(hook).body == ehr.sign(RENEWAL).body == b'{"cards":[]}'


def test_row_79_pages_are_read_to_the_last(ehr: Ehr) -> None:
    answer, _ = sign(ehr, "paged")

    assert "seizure-history" in findings_of(answer.json["cards"])
    assert reasons(answer) == set()


def test_row_79_after_five_faults_the_server_is_left_alone(ehr: Ehr) -> None:
    for _ in range(5):
        sign(ehr, "500")
    calls = len(ehr.server.seen)

    answer, seconds = sign(ehr)

    assert len(ehr.server.seen) == calls == 5 * 6
    assert reasons(answer) == {"not-arrived"}
    assert seconds < BUDGET_SECONDS


def test_row_79_retry_after_is_heeded_at_once(ehr: Ehr) -> None:
    sign(ehr, "429")
    sign(ehr)

    assert len(ehr.server.seen) == 6


def test_row_56_another_patients_data_from_the_server_are_dropped_and_said(ehr: Ehr) -> None:
    answer, _ = sign(ehr, "wrong-patient")

    findings = findings_of(answer.json["cards"])
    assert findings["patient-mismatch"] == "critical"
    assert "seizure-history" not in findings


# --- row 80: a token that is not to be used ----------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"expires_in": 0},
        {"expires_in": -1},
        {"expires_in": "0"},
        {"access_token": f"{TOKEN}\r\nX-Injected: yes"},
        {"access_token": ""},
        {"access_token": None},
        {"token_type": "MAC"},
        {"patient": "p2"},
    ],
)
def test_row_80_an_unfit_token_is_not_used(ehr: Ehr, change: dict[str, Any]) -> None:
    answer, _ = sign(ehr, fhirAuthorization=authorization(**change))

    assert reasons(answer) == {"not-sent"}
    assert ehr.server.seen == []


@pytest.mark.parametrize(
    "change",
    [
        {"token_type": "bearer"},
        {"expires_in": "300"},
        {"patient": None},
        {"scope": "MedicationRequest.Read (R4) Condition.Search (R4)"},
        {"scope": "user/*.rs"},
        {"scope": None},
        {"subject": "somebody"},
    ],
)
def test_fhr_6_a_token_is_used_however_it_is_written(ehr: Ehr, change: dict[str, Any]) -> None:
    answer, _ = sign(ehr, fhirAuthorization=authorization(**change))

    assert reasons(answer) == set()


def test_fhr_6_what_the_scopes_leave_out_is_not_asked_for(ehr: Ehr) -> None:
    scope = (
        "launch openid patient/Condition.read user/Patient.rs patient/Goal.r patient/Observation.rs?category=social"
    )

    answer, _ = sign(ehr, fhirAuthorization=authorization(scope=scope))

    assert ehr.server.searched == ["Condition", "Observation", "Patient"]
    assert reasons(answer) == {"access-refused"}
    assert "seizure-history" in findings_of(answer.json["cards"])


# --- 412, logs ---------------------------------------------------------------------------------


def test_412_comes_in_place_of_the_card_where_the_client_shows_errors() -> None:
    hook = SHOWS_ERRORS.without_prefetch(RENEWAL)
    SHOWS_ERRORS.server.faults = {"Patient": "403"}

    said = assert_refused(SHOWS_ERRORS.sign(hook), 412)

    assert "prefetch: lacks data that the check needs: patient" in said


def test_412_never_takes_the_place_of_another_finding() -> None:
    hook = SHOWS_ERRORS.without_prefetch(HOOK)
    SHOWS_ERRORS.server.faults = {"Patient": "403"}

    assert {"specialist-care", "check-incomplete"} <= set(findings_of(SHOWS_ERRORS.sign(hook).json["cards"]))


def test_fhr_3_the_token_and_the_patient_are_in_no_log(log: Path, ehr: Ehr) -> None:
    sign(ehr, "500")
    sign(ehr, "reset")

    written = log.read_text(encoding="utf-8")
    assert TOKEN not in written
    assert "patient=p1" not in written
    assert "Patient/p1" not in written
