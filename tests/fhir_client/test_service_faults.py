"""The service when the EHR's FHIR server fails or leads elsewhere: rows 56, 78 and 79, and 412."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cds_service.fhir_client.transport import BYTES_LIMIT
from tests.fhir_client.ehrs import HOOK, QUICK, SAID, SHOWS_ERRORS, reasons, sign
from tests.fhir_stub import fhir_server
from tests.hook.card_contract import findings_of
from tests.hook.ehr import Ehr
from tests.running.client import assert_refused
from tests.store.waiting import eventually
from tests.vignette_cases import request

# What one search of a server that never ends may have sent: what is read of it, and what the system holds between.
MOST_ON_THE_WAY = BYTES_LIMIT + 16 * 1024 * 1024

# Nothing needs saying of this one.
_SAME = {"order": "Baclocur 10, 1 cp TID", "replaces": "taken-1"}
RENEWAL = request({**SAID, "orders": [_SAME], "taken": [_SAME["order"]], "conditions": ["F10.2"]})

pytestmark = pytest.mark.usefixtures("log")

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
        answer = sign(ehr, fhirServer=other.base)

    assert reasons(answer) == {"not-sent"}
    assert other.seen == ehr.server.seen == []


# --- row 79: a server that fails ---------------------------------------------------------------


@pytest.mark.parametrize("fault", ["delay", "trickle", "trickle-in-the-head", "paged-without-end", "gzip-bomb"])
def test_row_79_the_answer_comes_within_the_budget_with_the_card(usual: Ehr, fault: str) -> None:
    answer = sign(usual, fault)

    assert reasons(answer) >= {"not-arrived"} or reasons(answer) == {"paged"}
    assert "specialist-care" in findings_of(answer.json["cards"])


def test_row_79_the_budget_is_the_clients(ehr: Ehr, usual: Ehr) -> None:
    """150 ms, and the 800 ms of a client that names none, end long before the five seconds of another."""
    with ThreadPoolExecutor(1) as pool:
        patient = pool.submit(sign, ehr, "delay")
        eventually(lambda: ehr.server.seen != [])

        answers = [sign(QUICK, "delay"), sign(usual, "delay")]

        assert not patient.done()
        ehr.server.done.set()
    assert [reasons(answer) for answer in answers] == [{"not-arrived"}] * 2


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
    answer = sign(ehr, fault)

    assert reasons(answer) == {reason}
    assert {"specialist-care", "check-incomplete"} <= set(findings_of(answer.json["cards"]))
    assert len(ehr.server.seen) == 6  # nothing is tried again
    assert ehr.server.sent_bytes < 6 * MOST_ON_THE_WAY


def test_row_79_one_search_that_fails_does_not_hide_the_others(ehr: Ehr) -> None:
    hook = ehr.without_prefetch(HOOK)
    ehr.server.faults = {"Goal": "reset", "Patient": "500"}

    answer = ehr.sign(hook)

    assert "seizure-history" in findings_of(answer.json["cards"])
    assert reasons(answer) == {"not-arrived", "source-failed"}


def test_row_79_after_five_faults_the_server_is_left_alone(ehr: Ehr) -> None:
    for _ in range(5):
        sign(ehr, "500")
    calls = len(ehr.server.seen)

    answer = sign(ehr)

    assert len(ehr.server.seen) == calls == 5 * 6
    assert reasons(answer) == {"not-arrived"}


def test_row_79_retry_after_is_heeded_at_once(ehr: Ehr) -> None:
    sign(ehr, "429")
    sign(ehr)

    assert len(ehr.server.seen) == 6


def test_row_56_another_patients_data_from_the_server_are_dropped_and_said(ehr: Ehr) -> None:
    answer = sign(ehr, "wrong-patient")

    findings = findings_of(answer.json["cards"])
    assert findings["patient-mismatch"] == "critical"
    assert "seizure-history" not in findings


# --- 412 ---------------------------------------------------------------------------------------


def test_412_comes_in_place_of_the_card_where_the_client_shows_errors() -> None:
    hook = SHOWS_ERRORS.without_prefetch(RENEWAL)
    SHOWS_ERRORS.server.faults = {"Patient": "403"}

    said = assert_refused(SHOWS_ERRORS.sign(hook), 412)

    assert "prefetch: lacks data that the check needs: patient" in said


def test_412_never_takes_the_place_of_another_finding() -> None:
    hook = SHOWS_ERRORS.without_prefetch(HOOK)
    SHOWS_ERRORS.server.faults = {"Patient": "403"}

    assert {"specialist-care", "check-incomplete"} <= set(findings_of(SHOWS_ERRORS.sign(hook).json["cards"]))
