"""Who the patient is: read from the Patient, whatever a search has included beside it."""

from datetime import date

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import read_case
from cds_service.core.facts.histories import Histories
from cds_service.core.model.known import Known, Sex
from cds_service.http.json_reader import read_hook
from tests.hook.broken_parts import broken
from tests.known import known
from tests.vignette_cases import encode, request
from tests.vignette_record import searchset


def test_the_practitioner_who_is_included_is_not_the_patient() -> None:
    hook = request({"id": "included", "on": date(2026, 10, 5), "age": 30, "orders": ["Baclocur 10, 1 cp BID"]})
    doctor = {"resourceType": "Practitioner", "id": "dr1", "gender": "female", "birthDate": "1960-01-01"}
    hook["prefetch"]["patient"] = searchset([doctor, hook["prefetch"]["patient"]])

    read = read_hook(encode(hook), PREFETCH_KEYS)
    facts = read_case(read, known().terminology, known().rules, date(2026, 10, 5)).facts
    assert (facts.sex, facts.age_years) == (Known(Sex.MALE, "patient"), Known(30, "patient"))


def test_what_a_defect_of_ours_hides_of_the_problem_list_is_not_taken_to_be_on_it() -> None:
    """As where the list was not sent: no order is set apart for a cause of spasticity that nobody has read."""
    hook = request(
        {
            "id": "defect",
            "on": date(2026, 10, 5),
            "taken": ["Liorésal 10, 1 cp TID"],
            "orders": ["Baclocur 10, 1 cp TID"],
        }
    )
    read = read_hook(encode(hook), PREFETCH_KEYS)

    with broken(Histories, "of"):
        taken = read_case(read, known().terminology, known().rules, date(2026, 10, 5)).facts.taken_now
    assert isinstance(taken, Known)
    assert not taken.value.both_on_list
