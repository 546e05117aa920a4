"""Which order another one refers to: by its fullUrl in the Bundle, by its id, by its business identifier."""

from functools import cache

import pytest

from cds_service.core.case import read_case
from cds_service.core.model.case import Case
from cds_service.core.model.known import Known
from cds_service.knowledge.loading import Knowledge
from tests.core.strategies import ON, Json
from tests.known import known
from tests.vignette_cases import request

UUID = "11111111-2222-4333-8444-555555555555"
IDENTIFIER = {"system": "https://ehr.example/order", "value": "A1"}
OTHER_SYSTEM = {**IDENTIFIER, "system": "https://other.example/order"}


@cache
def knowledge() -> Knowledge:
    return known()


def case_of(
    *taken: Json, link: Json, element: str = "priorPrescription", full_url: str = "", drafts: tuple[Json, ...] = ()
) -> Case:
    """An order of Zentiva 10 with a link; another entry has this fullUrl: the other draft, else one on record."""
    ordered = {"order": "Zentiva 10, 1 cp QD", "fhir": {element: link}}
    hook = request({"id": "link", "on": ON, "orders": [ordered, *drafts], "taken": list(taken)})
    entries = hook["context"]["draftOrders"]["entry"][1:] or hook["prefetch"]["medications"]["entry"]
    entries[0] |= {"fullUrl": full_url} if full_url else {}
    return read_case(hook, knowledge().terminology, knowledge().rules, ON)


def replaced(case: Case) -> set[str]:
    [order] = [order for order in case.orders if order.place == 1]
    return set(order.replaces - {order.reference})


def order(**fhir: object) -> Json:
    return {"order": "Baclocur 40, 1 cp BID", "fhir": fhir}


@pytest.mark.parametrize("element", ["priorPrescription", "basedOn"])
@pytest.mark.parametrize(
    ("link", "full_url", "taken"),
    [
        ({"identifier": IDENTIFIER}, "", order(identifier=[IDENTIFIER])),
        ({"identifier": IDENTIFIER}, "", order(identifier=[OTHER_SYSTEM, IDENTIFIER])),
        ({"identifier": IDENTIFIER}, "", order(identifier=IDENTIFIER)),
        ({"reference": f"urn:uuid:{UUID}"}, f"urn:uuid:{UUID}", order()),
        ({"reference": "https://ehr.example/orders?n=7"}, "https://ehr.example/orders?n=7", order()),
        ({"reference": "https://ehr.example/MedicationRequest/taken-1/_history/2"}, "", order()),
        ({"reference": "MedicationRequest/gone", "identifier": IDENTIFIER}, "", order(identifier=[IDENTIFIER])),
    ],
)
def test_an_order_of_the_record_is_found_by_every_name_that_it_bears(
    element: str, link: Json, full_url: str, taken: Json
) -> None:
    assert replaced(case_of(taken, link=link, element=element, full_url=full_url)) == {"MedicationRequest/taken-1"}


def test_an_order_is_found_by_its_id_as_a_uuid() -> None:
    case = case_of({"order": "Baclocur 40, 1 cp BID", "id": UUID}, link={"reference": f"urn:uuid:{UUID}"})

    assert replaced(case) == {f"MedicationRequest/{UUID}"}


def test_an_address_goes_before_an_identifier() -> None:
    link = {"reference": "MedicationRequest/taken-2", "identifier": IDENTIFIER}

    assert replaced(case_of(order(identifier=[IDENTIFIER]), order(), link=link)) == {"MedicationRequest/taken-2"}


@pytest.mark.parametrize(
    "link",
    [
        {"identifier": OTHER_SYSTEM},
        {"identifier": {"value": "A1"}},
        {"identifier": {"system": "https://ehr.example/order"}},
        {"identifier": "A1"},
        {"reference": f"urn:uuid:{UUID}"},
        {"reference": ""},
        {"display": "Baclocur 40"},
    ],
)
def test_what_names_no_order_takes_the_place_of_none(link: Json) -> None:
    assert replaced(case_of(order(identifier=[IDENTIFIER, {"value": "A1"}]), link=link)) == set()


def test_an_identifier_that_two_orders_bear_names_neither() -> None:
    twice = order(identifier=[IDENTIFIER])

    assert replaced(case_of(twice, twice, link={"identifier": IDENTIFIER})) == set()


def test_an_order_of_another_patient_is_not_found() -> None:
    stranger = {**order(identifier=[IDENTIFIER]), "patient": "p2"}

    assert replaced(case_of(stranger, link={"identifier": IDENTIFIER})) == set()


def test_a_draft_is_found_by_its_fullurl() -> None:
    link = {"reference": f"urn:uuid:{UUID}"}
    case = case_of(link=link, drafts=(order(),), full_url=f"urn:uuid:{UUID}")

    assert replaced(case) == {"MedicationRequest/draft-2"}


def test_a_relative_fullurl_is_no_name() -> None:
    """A relative reference is how we name an order of the record in a suggestion: it must mean that order alone."""
    link = {"reference": "MedicationRequest/elsewhere"}
    case = case_of(link=link, drafts=(order(),), full_url="MedicationRequest/elsewhere")

    assert replaced(case) == {"MedicationRequest/elsewhere"}


def test_an_order_of_the_record_that_another_one_replaces_by_identifier_is_not_taken_now() -> None:
    revised = order(priorPrescription={"identifier": IDENTIFIER})
    case = case_of(order(identifier=[IDENTIFIER]), revised, link={})

    assert isinstance(case.facts.taken_now, Known)
    assert [taken.reference for taken in case.facts.taken_now.value.lines] == ["MedicationRequest/taken-2"]


# --- the same line twice ---------------------------------------------------------------------


def references_of(*drafts: Json) -> list[str]:
    hook = request({"id": "twice", "on": ON, "orders": list(drafts)})
    return [order.reference for order in read_case(hook, knowledge().terminology, knowledge().rules, ON).orders]


@pytest.mark.parametrize("element", [{"identifier": [IDENTIFIER]}, {"groupIdentifier": IDENTIFIER}])
def test_one_line_sent_twice_under_two_ids_is_one_order(element: Json) -> None:
    line = order(**element)

    assert references_of(line, line) == ["MedicationRequest/draft-1"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (order(), order()),
        (order(identifier=[IDENTIFIER]), order(identifier=[OTHER_SYSTEM])),
        (order(identifier=[IDENTIFIER]), order(identifier=[IDENTIFIER, OTHER_SYSTEM])),
        (order(identifier=[{"value": "A1"}]), order(identifier=[{"value": "A1"}])),
        (order(identifier=[IDENTIFIER]), {**order(identifier=[IDENTIFIER]), "written": ON.replace(day=1)}),
        (order(groupIdentifier={"value": "P1"}), order(groupIdentifier={"value": "P1"})),
        (
            order(groupIdentifier=IDENTIFIER, identifier=[IDENTIFIER]),
            order(groupIdentifier=IDENTIFIER, identifier=[OTHER_SYSTEM]),
        ),
    ],
)
def test_lines_that_may_be_two_are_two_orders(one: Json, other: Json) -> None:
    assert references_of(one, other) == ["MedicationRequest/draft-1", "MedicationRequest/draft-2"]


def test_a_line_at_another_time_of_day_is_another_line() -> None:
    morning, evening = (
        {"order": f"Baclocur 10, 1 cp {moment}", "fhir": {"identifier": [IDENTIFIER]}} for moment in ("MORN", "EVE")
    )

    assert len(references_of(morning, evening)) == 2
