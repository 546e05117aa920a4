"""What is remembered of a dosage is what would be read of it, whatever was read before."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from cds_service.core.dose.dosage import Instruction, read_instruction
from cds_service.core.model.dose import NotComputable
from cds_service.core.model.medicine import Medicine
from cds_service.core.orders.memory import Memory
from tests.builders import MEDICINES, TABLET_OF_10_MG, TERMINOLOGY, Json, order_of

TABLE = tomllib.loads(Path(__file__).parents[2].joinpath("dosages.toml").read_text(encoding="utf-8"))["dosages"]
MEMORY = Memory(TERMINOLOGY)  # one for all: no dosage is taken for another
PERIODS: list[Json] = [
    {"start": "2026-03-27", "end": "2026-04-23"},
    {"start": "2026-04-24T08:00:00+02:00", "end": "2026-05-21T08:00:00+02:00"},
    {"end": "2026-05-01"},
    {"start": "2026-05-01", "end": "2026-04-01"},
    {"start": 20260501},
]


@pytest.mark.parametrize("period", [None, *PERIODS], ids=str)
def test_a_dosage_is_read_as_without_a_memory(period: Json | None) -> None:
    for row in TABLE:
        medicine = MEDICINES[row.get("medicine", "Baclocur 10 mg")]
        for dosage in order_of(*row["fhir"])["dosageInstruction"]:
            made = with_period(dosage, period)

            for _ in range(2):
                assert remembered(made, medicine) == read_instruction(made, medicine, TERMINOLOGY)


def remembered(dosage: Json, medicine: Medicine) -> Instruction | NotComputable:
    return MEMORY.instruction(dosage, medicine, TERMINOLOGY)


def with_period(dosage: Any, period: Json | None) -> Json:
    timing = dosage.get("timing", {})
    repeat = timing.get("repeat", {})
    if period is None or not isinstance(repeat, dict):
        return dict(dosage)
    return {**dosage, "timing": {**timing, "repeat": {**repeat, "boundsPeriod": period}}}


def test_a_renewal_that_differs_by_its_days_alone_is_not_read_again() -> None:
    memory, [dosage] = Memory(TERMINOLOGY), order_of("dose 2 cp | frequency 3 | period 1 d")["dosageInstruction"]

    read = [memory.instruction(with_period(dosage, it), TABLET_OF_10_MG, TERMINOLOGY) for it in PERIODS[:2]]

    assert len(memory.dosages) == 1
    assert all(isinstance(it, Instruction) for it in read)
    assert read[0] != read[1]


def test_a_number_is_not_taken_for_the_same_digits_as_a_string() -> None:
    [dosage] = order_of("dose 2 cp | frequency 3 | period 1 d")["dosageInstruction"]
    [dose] = dosage["doseAndRate"]
    words = {**dosage, "doseAndRate": [{"doseQuantity": {**dose["doseQuantity"], "value": "2"}}]}

    for made in (dosage, words):
        assert remembered(made, TABLET_OF_10_MG) == read_instruction(made, TABLET_OF_10_MG, TERMINOLOGY)
