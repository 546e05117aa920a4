"""What the token of a call allows the service to read: token, scopes, patient."""

import pytest

from cds_service.fhir_client.grant import read_grant, read_scopes
from tests.fhir_client.reading import LISTED, hook, reading
from tests.fhir_stub import TOKEN


def test_row_83_the_token_is_in_no_representation() -> None:
    grant = read_grant(hook(LISTED), reading(LISTED))

    assert grant is not None
    assert grant.token == TOKEN
    assert TOKEN not in repr(grant)


@pytest.mark.parametrize(
    ("scope", "searched", "complete"),
    [
        ("patient/*.read", True, True),
        ("user/Condition.read", True, True),
        ("patient/Condition.*", True, True),
        ("patient/Condition.rs", True, True),
        ("system/*.cruds", True, True),
        ("patient/Condition.s", True, True),
        ("patient/Condition.r", False, False),
        ("patient/Condition.write", False, False),
        ("patient/Goal.read", False, False),
        ("patient/Condition.rs?category=problem-list-item", True, False),
        ("patient/Condition.rs?category=problem-list-item patient/*.rs", True, True),
        ("launch openid fhirUser offline_access patient/Condition.rs", True, True),
        ("Condition.Search (Problems) (R4)", True, True),
        ("patient/Goal.read Condition.Search", True, True),
        ("openid launch/patient", True, True),
        ("", True, True),
    ],
)
def test_fhr_6_scopes_of_smart_are_read_and_others_are_tried(scope: str, searched: bool, complete: bool) -> None:
    grant = read_grant(hook(LISTED, scope=scope), reading(LISTED))

    assert grant is not None
    assert grant.may_search("Condition") == searched
    assert grant.sees_all("Condition") == complete


@pytest.mark.parametrize("scope", [None, 42, ["patient/*.read"]])
def test_scopes_of_an_odd_shape_are_none_that_we_can_read(scope: object) -> None:
    assert read_scopes(scope) is None


@pytest.mark.parametrize("patient", ["p1/../p2", "p1?x=1", "a" * 65, "p 1", ""])
def test_row_52_an_id_that_fhir_does_not_allow_is_never_put_in_a_url(patient: str) -> None:
    asked = hook(LISTED, patient=None)
    asked["context"]["patientId"] = patient

    assert read_grant(asked, reading(LISTED)) is None
