"""Row 96: a Medication is read once, and what is too much to be a name is not read, and never silence."""

from datetime import date
from typing import Any

import pytest

from cds_service.core.model.medicine import Medicine
from cds_service.core.orders.medication import UNREADABLE
from cds_service.core.orders.medicines import MOST_NAMES, MOST_OF_A_NAME, Medicines, units_of
from cds_service.core.orders.order import Context
from tests.builders import TERMINOLOGY
from tests.core.orders.medicines import ATC, CIS, Json, by_concept, concept, identified, medicine_of
from tests.known import known

BACLOCUR = {"resourceType": "Medication", "id": "m", "code": concept((CIS, "69038793"))}
REFERRING = {"medicationReference": {"reference": "Medication/m"}}


def medication(**parts: Any) -> dict[str, Json]:
    return {"Medication/m": {"resourceType": "Medication", "id": "m", **parts}}


def of_units(count: int) -> Json:
    """A name of so many units, which is no baclofen."""
    return {"coding": [{"system": ATC, "code": f"A{number}"} for number in range(count - 1)]}


def test_a_code_of_baclofen_in_lower_case_is_baclofen() -> None:
    """ATC knows no difference of case, and an unknown code of it would be another medicine: silence."""
    assert medicine_of(by_concept((ATC, "m03bx01"))) == medicine_of(by_concept((ATC, "M03BX01")))


def test_units_are_codings_and_words() -> None:
    assert units_of({}) == units_of(None) == 1
    assert units_of({"text": "Baclocur 10 mg, comprimé", "coding": [{"display": "Baclocur"}, {"code": "1"}]}) == 6


@pytest.mark.parametrize(
    "parts",
    [
        {"code": {"text": f"{'x' * 10 * MOST_OF_A_NAME} baclofène"}},
        {"code": {"coding": [*of_units(MOST_OF_A_NAME)["coding"], {"display": "baclofène"}]}},
        {"ingredient": [{"itemCodeableConcept": {"text": "baclofène"}}] * MOST_OF_A_NAME},
        {"ingredient": [{"itemReference": {"reference": "Medication/m"}}] * MOST_OF_A_NAME},
    ],
    ids=["a long text", "many codings", "many ingredients", "an ingredient named again and again"],
)
def test_row_97_what_is_too_much_for_a_name_is_not_read_and_may_be_baclofen(parts: Json) -> None:
    assert identified(REFERRING, medication(**parts)) == UNREADABLE


@pytest.mark.parametrize("concept_of", [of_units, lambda units: {"text": "x" * 10 * (units - 1)}])
def test_the_longest_name_is_read_whole(concept_of: Any) -> None:
    longest, longer = concept_of(MOST_OF_A_NAME), concept_of(MOST_OF_A_NAME + 1)

    assert identified({"medicationCodeableConcept": longest}) is None
    assert identified({"medicationCodeableConcept": longer}) == UNREADABLE
    assert identified(REFERRING, medication(code=of_units(MOST_OF_A_NAME - 1))) is None  # the order's own is one unit


def test_row_97_a_medication_that_all_orders_name_is_read_once() -> None:
    medicines = Medicines({"Medication/m": BACLOCUR}, TERMINOLOGY)

    found = {medicines.identify({**REFERRING, "id": str(number)}) for number in range(MOST_NAMES + 1)}
    named = {medicines.names({**REFERRING, "id": str(number)}) for number in range(MOST_NAMES + 1)}

    assert [medicine_of(one).strength_mg for one in found] == [40]
    assert named == {(((CIS, "69038793"),), "")}


def test_what_an_order_adds_to_its_medication_is_read_of_each_order() -> None:
    medicines = Medicines(medication(code={"text": "comprimé"}), TERMINOLOGY)
    said = [{}, {"display": "baclofène"}, {"display": "paracétamol"}]
    orders: list[Json] = [{"medicationReference": {"reference": "Medication/m"} | more} for more in said]
    orders.append({**REFERRING, "medicationCodeableConcept": {"text": "baclofène"}})

    assert [isinstance(medicines.identify(order), Medicine) for order in orders] == [False, True, False, True]
    assert [medicines.names(order)[1].strip() for order in orders] == [
        "comprimé", "comprimé baclofène", "comprimé paracétamol", "baclofène comprimé",
    ]  # fmt: skip


def test_row_97_after_the_names_of_a_long_record_nothing_more_is_read() -> None:
    """The names that are too much are paid for only as far as they are looked at."""
    many = {f"Medication/{n}": {"resourceType": "Medication", "code": of_units(101)} for n in range(120)}
    medicines = Medicines({**many, "Medication/m": BACLOCUR}, TERMINOLOGY)

    def identify(name: object) -> Medicine | str | None:
        return medicines.identify({"medicationReference": {"reference": f"Medication/{name}"}})

    found = [identify(number) for number in range(120)]
    read = found.index(UNREADABLE)

    assert set(found[:read]) == {None}
    assert MOST_NAMES - 204 < read * 102 <= MOST_NAMES
    assert identify("m") == UNREADABLE
    assert medicines.names(REFERRING) == ((), "")


def test_row_97_a_record_takes_nothing_away_from_the_drafts() -> None:
    """Both have a budget of their own: a dose cannot be hidden behind a long record."""
    records = {**medication(code=of_units(MOST_OF_A_NAME + 1)), "Medication/ours": BACLOCUR}
    context = Context(TERMINOLOGY, known().rules, date(2026, 10, 5), records=records)
    ours = {"medicationReference": {"reference": "Medication/ours"}, "contained": []}

    for _ in range(MOST_NAMES):
        context.recorded.identify({**REFERRING, "contained": []})

    assert context.recorded.identify(ours) == UNREADABLE
    assert medicine_of(context.drafted.identify(ours)).strength_mg == 40
