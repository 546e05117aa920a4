"""A negative amount, or one that is only "less than" something, never lowers the dose of the other orders (E48)."""

from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.case import read_case
from cds_service.core.course.readings import courses
from cds_service.core.model.case import Case
from cds_service.core.model.dose import NotComputable
from cds_service.knowledge.loading import Knowledge
from tests.core import strategies as shapes
from tests.core.strategies import ON, Json
from tests.known import known
from tests.vignette_cases import request

# 120 mg a day without an end, ordered together with the damaged order.
CERTAIN_MG = 120
LIMITS = ("maxDosePerPeriod", "maxDosePerAdministration")
ATC = "http://www.whocc.no/atc"
TEN_MG_A_TABLET = {"numerator": {"value": 10, "unit": "mg"}, "denominator": {"value": 1, "unit": "cp"}}


@cache
def knowledge() -> Knowledge:
    return known()


def order_of(dosage: Json, strength: Json) -> Json:
    """A draft of baclofen whose strength is given only by the ratio of its ingredient."""
    code = {"coding": [{"system": ATC, "code": "M03BX01"}]}
    tablet = {"resourceType": "Medication", "id": "m", "code": code, "ingredient": [{"strength": strength}]}
    return {
        "resourceType": "MedicationRequest",
        "id": "damaged",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "medicationReference": {"reference": "#m"},
        "contained": [tablet],
        "dosageInstruction": [dosage],
    }


def case_with(order: Json) -> Case:
    hook = request({"id": "negative", "on": ON, "orders": ["Baclocur 40, 1 cp TID", {"resource": order}]})
    return read_case(hook, knowledge().terminology, knowledge().rules, ON)


def numbers(value: Any) -> list[shapes.Path]:
    return [path for path in shapes.places(value) if _is_number(shapes.at(value, path))]


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def quantities(value: Any) -> list[shapes.Path]:
    """The quantities in an order: these can have the comparators "less than" and "more than"."""
    return [path for path in shapes.objects(value) if "value" in shapes.at(value, path)]


@given(dosage=shapes.dosages(), data=st.data())
def test_a_number_below_nothing_never_lowers_a_sum(dosage: Json, data: st.DataObject) -> None:
    order = order_of(dosage, deepcopy(TEN_MG_A_TABLET))
    path = data.draw(st.sampled_from(numbers(order)))
    negative = shapes.changed(order, path, -shapes.at(order, path))

    read = list(courses(case_with(negative)))
    assert read
    for course in read:
        assert course.steps
        assert all(step.mg_per_day.low >= CERTAIN_MG for step in course.steps)
        assert course.peak.high >= CERTAIN_MG


@given(dosage=shapes.dosages(), comparator=st.sampled_from(["<", "<=", ">=", ">"]), data=st.data())
def test_a_quantity_that_is_only_less_or_more_than_something_gives_no_dose_and_no_limit(
    dosage: Json, comparator: str, data: st.DataObject
) -> None:
    order = order_of(dosage, deepcopy(TEN_MG_A_TABLET))
    path = data.draw(st.sampled_from(quantities(order)))
    limit = next((element for element in LIMITS if element in path), None)

    vague = dose_of(shapes.changed(order, (*path, "comparator"), comparator))

    assert vague == (dose_of(order_of(left_out(dosage, limit), TEN_MG_A_TABLET)) if limit else None)


def left_out(dosage: Json, element: str) -> Json:
    return {key: value for key, value in dosage.items() if key != element}


def dose_of(order: Json) -> Fraction | None:
    """The highest daily dose of the damaged order; None if it is not computable."""
    dose = next(read.dose for read in case_with(order).orders if read.reference == "MedicationRequest/damaged")
    return None if isinstance(dose, NotComputable) else max(step.mg_per_day.high for step in dose)


@pytest.mark.parametrize(
    ("end", "wrong", "possible"),
    [
        ("numerator", {"value": -10}, None),
        ("denominator", {"value": -1}, None),
        ("numerator", {"comparator": "<"}, 60),
        ("numerator", {"comparator": ">"}, 60),
        ("denominator", {"comparator": ">"}, 60),
    ],
)
def test_a_strength_that_cannot_be_is_a_conflict(end: str, wrong: Json, possible: int | None) -> None:
    strength = {**TEN_MG_A_TABLET, end: {**TEN_MG_A_TABLET[end], **wrong}}
    two_tablets = {
        "doseAndRate": [{"doseQuantity": {"value": 2, "unit": "cp"}}],
        "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
    }

    [read] = [item for item in case_with(order_of(two_tablets, strength)).orders if item.place == 2]

    assert read.dose == NotComputable("strength-conflict", "medication", Fraction(possible) if possible else None)
