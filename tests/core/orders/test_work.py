"""Row 96: a request has a budget of work: what comes after it is not done, and never silence."""

from datetime import date, timedelta
from typing import Any

import pytest

from bench.hostile import KINDS, hostile
from cds_service.core.case import read_case
from cds_service.core.model.case import Case
from cds_service.core.model.known import Known, Unknown
from cds_service.core.orders.work import MOST_CHANGES, MOST_WORK, Work, work_of
from cds_service.core.rules.decide import decide
from cds_service.hook.order_sign import answer
from cds_service.http.json_reader import read_hook
from tests.known import known
from tests.vignette_cases import encode, request
from tests.vignette_orders import PATIENT

KNOWLEDGE = known()
ON = date(2026, 10, 5)
EVERYDAY = "Baclocur 10, 1 cp TID"
ABOVE = "Baclocur 40, 3 cp TID"

Said = dict[str, Any]


def case_of(orders: list[Any], taken: list[Any], conditions: list[Any] | None = None) -> Case:
    hook = request({"id": "work", "on": ON, "orders": orders, "taken": taken})
    if conditions is not None:
        hook["prefetch"]["conditions"] = {"resourceType": "Bundle", "type": "searchset", "entry": conditions}
    return read_case(read_hook(encode(hook), hook["prefetch"].keys()), KNOWLEDGE.terminology, KNOWLEDGE.rules, ON)


def with_dosages(number: int, count: int, **changes: Any) -> Said:
    """An order that repeats its dosage."""
    dosage = {
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "mg", "code": "mg"}}],
    }
    return {"order": EVERYDAY, "id": f"o{number}", "fhir": {"dosageInstruction": [dosage | changes] * count}}


def test_row_96_what_comes_after_the_budget_is_not_done_and_the_card_says_so() -> None:
    case = case_of([{"order": ABOVE, "id": "first"}, *(with_dosages(number, 90) for number in range(4))], [])

    assert [order.reference for order in case.orders][:2] == ["MedicationRequest/first", "MedicationRequest/o0"]
    assert {entry.reason for entry in case.unread} == {"too-much-work"}
    assert len(case.orders) + len(case.unread) == 5
    found = {finding.rule for finding in decide(case, KNOWLEDGE.rules).findings}
    assert {"check-not-done", "daily-dose-above-recommended"} <= found


def test_row_96_the_cards_of_what_is_not_done_name_it_in_both_languages() -> None:
    orders = [with_dosages(number, 90) for number in range(6)]
    body = encode(request({"id": "work", "on": ON, "orders": orders, "taken": []}))

    for language, words in (
        ("fr", "plus de posologies, de dates ou de texte"),
        ("en", "more dosages, dates or words"),
    ):
        cards = answer(body, KNOWLEDGE, on=ON, language=language).cards
        assert any(words in card["detail"] for card in cards)


def test_row_96_orders_of_other_medicines_are_no_work() -> None:
    other = {
        "resourceType": "MedicationRequest",
        "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "N02BE01"}]},
        "note": [{"text": "x" * 5_000}] * 20,
    }
    hook = request({"id": "work", "on": ON, "orders": [EVERYDAY], "taken": []})
    hook["context"]["draftOrders"]["entry"][:0] = [{"resource": other | {"id": f"n{number}"}} for number in range(9)]
    case = read_case(read_hook(encode(hook), hook["prefetch"].keys()), KNOWLEDGE.terminology, KNOWLEDGE.rules, ON)

    assert (len(case.orders), case.unread) == (1, ())


def test_row_96_of_a_record_that_is_too_much_work_the_orders_written_last_are_read() -> None:
    old = [with_dosages(number, 90) | {"written": ON - timedelta(days=300 + number)} for number in range(9)]
    last = {"order": "Baclocur 10, 2 cp TID", "id": "last", "written": ON - timedelta(days=20)}
    fact = case_of([EVERYDAY], [*old, last]).facts.taken_now

    assert isinstance(fact, Known)
    assert fact.gap == "too-many"
    assert "MedicationRequest/last" in {line.reference for line in fact.value.present}


def test_row_96_all_orders_of_a_request_share_one_bound_on_steps_and_terms() -> None:
    def since(number: int) -> str:
        return f"Baclocur 10, 1 cp QD from {ON + timedelta(days=number)} until {ON + timedelta(days=number + 200)}"

    case = case_of([{"order": since(number), "id": f"o{number}"} for number in range(100)], [])

    assert {entry.reason for entry in case.unread} == {"too-much-work"}
    assert len(case.orders) ** 2 <= MOST_CHANGES < (len(case.orders) + 1) ** 2


def test_row_96_names_of_disorders_without_end_leave_the_disorder_unknown() -> None:
    def named(words: str) -> Said:
        code = {"coding": [{"system": "http://snomed.info/sct", "code": "64572001"}], "text": words}
        return {
            "resource": {"resourceType": "Condition", "subject": {"reference": f"Patient/{PATIENT}"}, "code": code}
        }

    few, many = (case_of([EVERYDAY], [], [named("manioc " * count)]).facts.seizures for count in (10, 10_000))

    assert getattr(few, "gap", None) != "too-much-text"
    assert getattr(many, "reason", None) == "too-much-text"


def test_row_96_a_code_that_is_too_long_to_look_up_leaves_the_disorder_unknown() -> None:
    def coded(code: str) -> Said:
        coding = {"system": "http://hl7.org/fhir/sid/icd-10", "code": code}
        resource = {"resourceType": "Condition", "subject": {"reference": f"Patient/{PATIENT}"}}
        return {"resource": resource | {"code": {"coding": [coding]}}}

    known, unknown = (case_of([EVERYDAY], [], [coded(f"G40.{9:0{figures}}")]).facts.seizures for figures in (1, 99))

    assert isinstance(known, Known)
    assert isinstance(unknown, Unknown)


def test_row_96_an_everyday_order_is_a_small_part_of_the_budget() -> None:
    drafts = request({"id": "work", "on": ON, "orders": [EVERYDAY], "taken": []})["context"]["draftOrders"]["entry"]

    assert work_of(drafts[0]["resource"]) * 50 < MOST_WORK


def test_row_98_orders_without_a_dose_are_added_up_too_and_have_a_bound() -> None:
    """Each may stand in for another on its day, so that many of them are more than so many times the work of one."""
    words = [{"order": "Zentiva 10, « comme avant »", "id": f"taken-{number}"} for number in range(100)]
    few, many = (case_of([EVERYDAY], lines).facts.taken_now for lines in (words[:60], words))

    assert isinstance(few, Known)
    assert isinstance(many, Known)
    assert (few.gap, many.gap) == (None, "too-many")
    assert "MedicationRequest/taken-99" in {
        line.reference for line in many.value.lines
    }  # those written last are kept


def test_row_96_what_is_used_up_stays_used_up() -> None:
    work = Work()

    assert work.allows({})
    assert not work.allows({"dosageInstruction": [{}] * MOST_WORK})
    assert not work.allows({})


def test_row_96_doses_beyond_the_first_of_a_dosage_are_work_and_a_dosage_too_many_is_not_looked_into() -> None:
    one, many = (work_of({"dosageInstruction": [{"doseAndRate": [{}] * count}]}) for count in (1, 101))

    assert many - one == 100
    assert work_of({"dosageInstruction": [{"text": "10 mg"}] * MOST_WORK}) == work_of(
        {"dosageInstruction": [{}] * MOST_WORK}
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.startswith("form")])
def test_row_96_a_hostile_request_gets_an_answer_that_says_what_was_not_done(kind: str) -> None:
    """What it costs is measured by `make choke`; here it is answered, with a card, or is not about baclofen."""
    body = hostile(kind, 60_000)
    said = answer(body, KNOWLEDGE, on=ON, language="fr")

    assert said.cards or kind.startswith("name of a medicine")
