"""Which reason is named where several hold: data of somebody else before all others."""

from cds_service.core.record.prefetch import Records, of_patient, read_records
from cds_service.core.record.subject import Person
from tests.vignette_record import searchset

PATIENT = Person("p1")
OURS = {"resourceType": "Goal", "id": "ours", "subject": {"reference": "Patient/p1"}}
THEIRS = {"resourceType": "Goal", "id": "theirs", "subject": {"reference": "Patient/p2"}}
NEXT_PAGE = {"link": [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]}


def test_a_list_in_part_that_holds_data_of_another_patient_is_said_to_hold_them() -> None:
    part = searchset([OURS, THEIRS]) | NEXT_PAGE

    read = of_patient(read_records("goals", part), PATIENT)
    assert read == Records("goals", (OURS,), "other-patient", stranger=True)


def test_a_list_in_part_is_said_to_be_one_and_what_it_holds_still_counts() -> None:
    part = searchset([OURS]) | NEXT_PAGE

    assert of_patient(read_records("goals", part), PATIENT) == Records("goals", (OURS,), "paged")
