"""Who the patient is: read from the Patient, whatever a search has included beside it."""

from datetime import date

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import read_case
from cds_service.core.model.known import Known, Sex
from cds_service.http.json_reader import read_hook
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
