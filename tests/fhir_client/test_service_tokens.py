"""The token for reading the FHIR server: when it is not used, what its scopes allow, that no log has it; row 80."""

from pathlib import Path
from typing import Any

import pytest

from tests.fhir_client.ehrs import reasons, sign
from tests.fhir_stub import TOKEN, authorization
from tests.hook.card_contract import findings_of
from tests.hook.ehr import Ehr

pytestmark = pytest.mark.usefixtures("log")

# --- row 80: a token that must not be used ----------------------------------------------------


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
    answer = sign(ehr, fhirAuthorization=authorization(**change))

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
    answer = sign(ehr, fhirAuthorization=authorization(**change))

    assert reasons(answer) == set()


def test_fhr_6_what_the_scopes_leave_out_is_not_asked_for(ehr: Ehr) -> None:
    scope = (
        "launch openid patient/Condition.read user/Patient.rs patient/Goal.r patient/Observation.rs?category=social"
    )

    answer = sign(ehr, fhirAuthorization=authorization(scope=scope))

    assert ehr.server.searched == ["Condition", "Observation", "Patient"]
    assert reasons(answer) == {"access-refused"}
    assert "seizure-history" in findings_of(answer.json["cards"])


# --- logs --------------------------------------------------------------------------------------


def test_fhr_3_the_token_and_the_patient_are_in_no_log(log: Path, ehr: Ehr) -> None:
    sign(ehr, "500")
    sign(ehr, "reset")

    written = log.read_text(encoding="utf-8")
    assert TOKEN not in written
    assert "patient=p1" not in written
    assert "Patient/p1" not in written
