"""Of two elements that contradict each other the smaller reading never wins in silence: every pair of elements.

A dosage of 20 mg three times a day is written with each pair of elements that can say how much or how often. One of
the two is changed, in every way below. The simulator, which is not our code, tells the smallest dose that the other
elements allow: what is judged is never below it, unless it is asked about, or no dose is computed.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.dose.order_dose import read_dose
from cds_service.core.model.dose import DoseReading, NotComputable
from tests.builders import TABLET_OF_10_MG, TERMINOLOGY, Json
from tests.core import strategies as shapes
from tests.core.dose.oracle import simulate

ON = date(2026, 3, 27)
_DAY = {"value": 1, "code": "d", "system": shapes.UCUM}


def mg(value: str) -> Json:
    return {"value": Decimal(value), "code": "mg", "system": shapes.UCUM}


def cap(value: str) -> Json:
    return {"numerator": mg(value), "denominator": _DAY}


# Each element of 20 mg three times a day, and what it is changed to. The path is that in the Dosage.
ELEMENTS: dict[tuple[str, ...], tuple[Any, list[Any]]] = {
    ("doseAndRate",): (
        [{"doseQuantity": mg("20")}],
        [[{"doseQuantity": mg(size)}] for size in ("5", "40", "0.02", "2000")],
    ),
    ("doseQuantity",): (mg("20"), [mg(size) for size in ("5", "40", "0.02")]),
    ("timing", "repeat", "frequency"): (3, [1, 2, 4, 30]),
    ("timing", "repeat", "when"): (
        ["MORN", "NOON", "EVE"],
        [["MORN"], ["HS"], ["MORN", "EVE"], ["C"], ["MORN", "NOON", "AFT", "EVE"]],
    ),
    ("timing", "repeat", "timeOfDay"): (
        ["08:00:00", "12:00:00", "20:00:00"],
        [["08:00:00"], ["03:00:00"], ["16:00:00", "17:00:00"], ["08:00:00", "12:00:00", "16:00:00", "20:00:00"]],
    ),
    ("timing", "code"): (
        {"coding": [{"system": shapes.GTS, "code": "TID"}]},
        [{"coding": [{"system": shapes.GTS, "code": code}]} for code in ("QD", "BID", "QID", "Q4H")],
    ),
    ("timing", "repeat", "count"): (90, [1, 2, 3]),
    ("maxDosePerPeriod",): (cap("60"), [cap(size) for size in ("0.06", "6", "19", "59", "600")]),
    ("maxDosePerAdministration",): (mg("20"), [mg(size) for size in ("0.02", "2", "19", "200")]),
    ("maxDosePerLifetime",): (mg("9000"), [mg("2"), mg("50")]),
    ("text",): (
        "2 cp 3 fois par jour",
        ["1 cp 3 fois par jour", "4 cp 3 fois par jour", "8cpx3/j", "2 cp le soir", "un jour sur deux", "à doubler"],
    ),
}  # fmt: skip
_DOSES = [("doseAndRate",), ("doseQuantity",)]
_RHYTHMS = [path for path in ELEMENTS if path[0] == "timing" and path[-1] != "count"]
_PERIOD = {"period": 1, "periodUnit": "d"}


def written(values: dict[tuple[str, ...], Any]) -> Json:
    """A Dosage with these elements; a frequency with its period."""
    dosage: Json = {}
    for path, value in values.items():
        at = dosage
        for key in path[:-1]:
            at = at.setdefault(key, {})
        at[path[-1]] = value
        if path[-1] == "frequency":
            at.update(_PERIOD)
    return dosage


def completed(pair: tuple[tuple[str, ...], ...]) -> dict[tuple[str, ...], Any]:
    """The pair, with a dose and a rhythm if it has none."""
    paths = [*pair]
    paths += [] if any(path in _DOSES for path in pair) else [_DOSES[0]]
    paths += [] if any(path in _RHYTHMS for path in pair) else [_RHYTHMS[0]]
    return {path: ELEMENTS[path][0] for path in paths}


def changes() -> Iterator[object]:
    for pair in permutations(ELEMENTS, 2):
        for place, value in enumerate(ELEMENTS[pair[0]][1]):
            yield pytest.param(pair, value, id=f"{'.'.join(pair[0])} {place} beside {'.'.join(pair[1])}")


def read(dosage: Json) -> DoseReading:
    order = {"resourceType": "MedicationRequest", "dosageInstruction": [dosage]}
    return read_dose(order, TABLET_OF_10_MG, TERMINOLOGY, ON)


def is_said(reading: DoseReading) -> bool:
    return isinstance(reading.dose, NotComputable) or bool(reading.questions)


def judged(reading: DoseReading) -> Fraction:
    assert not isinstance(reading.dose, NotComputable)
    return max(step.mg_per_day.high for step in reading.dose)


def least_allowed(values: dict[tuple[str, ...], Any]) -> Fraction:
    """The smallest dose of a day that the simulator finds in the elements; 0 if they give no dose or no rhythm.

    The words are 60 mg a day; they are no element that the simulator reads.
    """
    structure = {path: value for path, value in values.items() if path != ("text",)}
    doses, rhythms = (any(path in structure for path in paths) for paths in (_DOSES, _RHYTHMS))
    said = [Fraction(60)] if values.get(("text",)) == ELEMENTS["text",][0] else []
    if not (doses and rhythms):
        return min(said, default=Fraction(0))
    days = simulate({"dosageInstruction": [written(structure)]}, Fraction(10), ON, 20)
    return min([low for low, _ in days.values()] + said)


@pytest.mark.parametrize(("pair", "value"), list(changes()))
def test_a_changed_element_never_lowers_the_dose_below_the_others_in_silence(
    pair: tuple[tuple[str, ...], ...], value: Any
) -> None:
    whole = completed(pair)
    reading = read(written({**whole, pair[0]: value}))

    others = {path: element for path, element in whole.items() if path != pair[0]}
    assert is_said(reading) or judged(reading) >= least_allowed(others)


def test_the_unchanged_pairs_are_60_mg_and_not_asked_about() -> None:
    for pair in permutations(ELEMENTS, 2):
        reading = read(written(completed(pair)))

        assert not is_said(reading), pair
        assert judged(reading) == 60, pair


@given(data=st.data())
def test_nor_does_any_value_of_any_element_beside_any_others(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(list(ELEMENTS)), min_size=2, max_size=6, unique=True))
    whole = completed(tuple(chosen))
    path = data.draw(st.sampled_from(chosen))
    value = data.draw(st.one_of(st.sampled_from(ELEMENTS[path][1]), shapes.GARBAGE))
    reading = read(written({**whole, path: value}))

    others = {other: element for other, element in whole.items() if other != path}
    assert is_said(reading) or judged(reading) >= least_allowed(others)
