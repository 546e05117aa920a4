"""How much the patient drinks, from one Observation or several: in grams a day, or unknown."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from cds_service.core.facts.consumption import read_consumption
from cds_service.core.model.dose import Span
from cds_service.core.model.known import Fact, Known, Unknown
from cds_service.core.record.prefetch import Records
from tests.known import known
from tests.vignette_orders import LOINC, SNOMED, UCUM, Resource, concept

ON = date(2026, 10, 5)
WINDOW = 183

GRAMS = concept(SNOMED, "897148007")
DRINKS_A_DAY = concept(LOINC, "74013-4")
DRINKS_A_WEEK = concept(LOINC, "44940-5")
A_DRINKING_DAY = concept(LOINC, "11287-0")


def observed(code: Resource, value: int, unit: str, **elements: Any) -> Resource:
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "effectiveDateTime": (ON - timedelta(days=30)).isoformat(),
        "valueQuantity": quantity,
    } | elements


def read(*observations: Resource) -> Fact[Span]:
    return read_consumption(Records("observations", observations), known().terminology, ON, WINDOW)


def grams(low: int | Fraction, high: int | Fraction | None = None) -> Fact[Span]:
    return Known(Span(Fraction(low), Fraction(low if high is None else high)), "observations")


NOTHING: Fact[Span] = Unknown("none-on-record", "observations")
A_DAY = {"value": 80, "unit": "g/d"}


@pytest.mark.parametrize(
    ("observation", "expected"),
    [
        # grams, by the unit
        (observed(GRAMS, 80, "g/d"), grams(80)),
        (observed(GRAMS, 80, "g/(24.h)"), grams(80)),
        (observed(GRAMS, 420, "g/wk"), grams(60)),
        (observed(GRAMS, 0, "g/d"), grams(0)),
        (observed(GRAMS, -1, "g/d"), NOTHING),
        (observed(GRAMS, 80, "", valueQuantity=A_DAY), grams(80)),
        (observed(GRAMS, 80, "g/d", valueQuantity=A_DAY | {"comparator": "<"}), NOTHING),
        (observed(GRAMS, 80, "mg/d"), NOTHING),
        (observed(GRAMS, 80, "g/d", valueQuantity={"unit": "g/d"}), NOTHING),
        # drinks, by the code: 10 g in France, 14 g in the text of the code
        (observed(DRINKS_A_DAY, 5, "{drinks}/d"), grams(50, 70)),
        (observed(DRINKS_A_DAY, 5, "1/d"), grams(50, 70)),
        (observed(DRINKS_A_DAY, 5, "verres"), grams(50, 70)),
        (observed(DRINKS_A_WEEK, 35, "{drinks}/wk"), grams(50, 70)),
        # where code and unit differ, nobody knows which is right; a drinking day is no mean
        (observed(DRINKS_A_DAY, 35, "/wk"), NOTHING),
        (observed(DRINKS_A_DAY, 35, "1/wk"), NOTHING),
        (observed(DRINKS_A_WEEK, 5, "/d"), NOTHING),
        (observed(A_DRINKING_DAY, 5, "{drinks}/d"), NOTHING),
        (observed({"coding": [*DRINKS_A_DAY["coding"], *DRINKS_A_WEEK["coding"]]}, 5, "{drinks}"), NOTHING),
        # about alcohol by its words, or about something else
        (observed({"text": "Consommation d’alcool"}, 80, "g/d"), grams(80)),
        (observed({"text": "Consommation de sel"}, 80, "g/d"), NOTHING),
        (observed(GRAMS, 80, "g/d", resourceType="Condition"), NOTHING),
    ],
)
def test_what_an_observation_says(observation: Resource, expected: Fact[Span]) -> None:
    assert read(observation) == expected


def days_ago(days: int) -> str:
    return (ON - timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("elements", "counts"),
    [
        ({"effectiveDateTime": days_ago(WINDOW)}, True),
        ({"effectiveDateTime": days_ago(WINDOW + 1)}, False),
        ({"effectiveDateTime": days_ago(0)}, True),
        ({"effectiveDateTime": days_ago(-1)}, False),
        ({"effectiveDateTime": None}, False),
        ({"effectiveDateTime": None, "effectivePeriod": {"start": days_ago(400), "end": days_ago(10)}}, True),
        ({"effectiveDateTime": None, "effectivePeriod": {"start": days_ago(10)}}, True),
        *(({"status": status}, True) for status in ("final", "amended", "corrected", "preliminary")),
        ({"status": "entered-in-error"}, False),
        ({"status": "cancelled"}, False),
    ],
)
def test_which_observations_count(elements: dict[str, Any], counts: bool) -> None:
    assert read(observed(GRAMS, 80, "g/d", **elements)) == (grams(80) if counts else NOTHING)


def test_one_without_a_status_counts() -> None:
    """Tolerant readers: FHIR requires the element, and EHRs leave it out."""
    without = {name: value for name, value in observed(GRAMS, 80, "g/d").items() if name != "status"}

    assert read(without) == grams(80)


def test_of_several_the_highest_counts() -> None:
    several = [observed(GRAMS, 50, "g/d"), observed(DRINKS_A_DAY, 4, "{drinks}/d"), observed(GRAMS, 30, "g/d")]

    assert read(*several) == read(*reversed(several)) == grams(40, 56)
    assert read(observed(GRAMS, 56, "g/d"), *several) == grams(56)
