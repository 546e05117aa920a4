"""One service with many kinds of EHR, each with a FHIR server that may fail."""

from datetime import date
from typing import Any

from tests.hook.ehr import Ehr
from tests.running.client import Answer
from tests.vignette_cases import request

# Above 80 mg a day, with a history of seizures: one warning from the dose, one from the record.
SAID = {"id": "-", "on": date(2026, 11, 22), "orders": ["Baclocur 40, 1 cp TID"], "conditions": ["F10.2", "G40.9"]}
HOOK = request(SAID)

# A separate EHR for each test, because the circuit breaker remembers a server.
EHRS = [Ehr(f"ehr-{number}", "read_fhir = true\nbudget_ms = 5000") for number in range(60)]
WITH_THE_BUDGET_OF_ALL = [Ehr(f"usual-{number}") for number in range(6)]
SHOWS_ERRORS = Ehr("shows-errors", 'read_fhir = true\nbudget_ms = 5000\non_missing = "412"\nshows_errors = true')
QUICK = Ehr("quick", "read_fhir = true\nbudget_ms = 150")
NOT_READING = Ehr("not-reading", "read_fhir = false")


def reasons(answer: Answer) -> set[str]:
    """Why facts are unknown, as the card says it."""
    assert answer.status == 200, answer
    findings = [f for card in answer.json["cards"] for f in card["extension"]["org.baclofen-cds"]["findings"]]
    return {reason for f in findings if f["id"] == "check-incomplete" for reason in f["facts"]["reasons"]}


def sign(ehr: Ehr, fault: str = "", **changes: Any) -> Answer:
    """The answer to a call without prefetch, of an EHR whose server fails so."""
    hook = ehr.without_prefetch(HOOK, **changes)
    ehr.server.faults = {"*": fault}
    return ehr.sign(hook)
