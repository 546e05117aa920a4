"""What Spark hands to each partition gives the rows of one machine, whatever batches it comes in.

Here without Spark: `make spark-test` runs a real one.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow
import pytest

from bench.histories import patients
from cds_service.base.names import PREFETCH_KEYS
from cds_service.knowledge.loading import load_knowledge
from cds_service.replay import tables
from cds_service.replay.faults import Faults
from cds_service.replay.patient_lines import Line
from cds_service.replay.shard_work import Task, judged_patient
from cds_service.replay.spark import SCHEMA, JudgedBatches, WithOurs
from tests.replay.by_hand import order

DAY = date(2026, 11, 30)
TASK = Task(Path(), frozenset(PREFETCH_KEYS), date.min, DAY, DAY, key=b"k" * 32)


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    made = [(it.identity, resource) for it in patients(2) for resource in (it.resource, *(h.today for h in it.held))]
    return sorted((patient, str(it["resourceType"]), "", json.dumps(it)) for patient, it in made)


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_the_rows_are_the_same_whatever_batches_they_come_in(lines: list[Line], size: int) -> None:
    knowledge = load_knowledge()
    expected: list[tables.Values] = []
    for patient in dict.fromkeys(line[0] for line in lines):
        of_one = [line for line in lines if line[0] == patient]
        made = tables.rows_of(judged_patient(patient, of_one, TASK, knowledge, Faults()), TASK.naming)
        expected += [{"table": table, **row} for table, rows in made.items() for row in rows]

    found = [row for batch in JudgedBatches(TASK)(batches(lines, size)) for row in batch.to_pylist()]

    assert [present(row) for row in found] == [present(row) for row in expected]


def present(row: tables.Values) -> tables.Values:
    return {name: value for name, value in row.items() if value is not None}


def batches(lines: list[Line], size: int) -> list[Any]:
    return [
        pyarrow.RecordBatch.from_pylist(
            [{"patient": patient, "type": kind, "json": line} for patient, kind, _, line in lines[at : at + size]]
        )
        for at in range(0, len(lines), size)
    ]


def test_who_may_have_been_prescribed_baclofen_is_kept_before_anything_is_judged() -> None:
    """By its code, or by a Medication that only the record has; not by another medicine, nor without a patient."""
    other = {"medicationCodeableConcept": {"text": "paracétamol"}}
    orders = [
        ("a", json.dumps(order("a", "Patient/a"))),
        ("b", json.dumps(order("b", "Patient/b", **other))),
        ("c", json.dumps(order("c", "Patient/c", medicationReference={"reference": "Medication/m"}))),
        ("d", "{broken"),
        (None, json.dumps(order("e", "Patient/e"))),
    ]
    columns = {"patient": [it for it, _ in orders], "json": [it for _, it in orders]}

    found = [
        row["patient"]
        for batch in WithOurs(None)([pyarrow.RecordBatch.from_pydict(columns)])
        for row in batch.to_pylist()
    ]

    assert found == ["a", "c"]


def test_the_schema_has_each_column_once() -> None:
    columns = [part.split("`")[1] for part in SCHEMA.split(", ")]

    assert len(columns) == len(set(columns))
    assert set(columns) == {"table", *tables.COLUMNS["findings"], *tables.COLUMNS["signings"]}
