"""A defect of ours in one signing or one record: it is counted, and neither hides another nor ends the run."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

from cds_service.base.names import PREFETCH_KEYS
from cds_service.replay.faults import DEFECT, Faults
from cds_service.replay.judging import judged
from cds_service.replay.patient_record import patient_record
from cds_service.replay.rows import INTERNAL_FAULT
from cds_service.replay.shard_work import Task, judged_patient
from tests.replay.by_hand import knowledge, order, patient

DAY = date(2026, 11, 30)
TASK = Task(Path(), frozenset(PREFETCH_KEYS), date.min, DAY, DAY, key=None)


RESOURCES = [patient("a"), order("x", "Patient/a"), order("y", "Patient/a", authoredOn="2022-04-01")]


def test_a_signing_that_could_not_be_judged_has_a_row_that_says_so() -> None:
    broken = replace(knowledge(), rules=replace(knowledge().rules, rules=cast("Any", None)))

    found = list(judged(patient_record("a", RESOURCES, knowledge()), PREFETCH_KEYS, broken))

    assert [row.outcome for row in found] == [INTERNAL_FAULT, INTERNAL_FAULT]
    assert [row.orders for row in found] == [("MedicationRequest/x",), ("MedicationRequest/y",)]


def test_a_record_that_could_not_be_read_is_counted() -> None:
    lines = [("a", str(it["resourceType"]), "", json.dumps(it)) for it in RESOURCES]
    broken, faults = replace(knowledge(), terminology=cast("Any", None)), Faults()

    assert not list(judged_patient("a", lines, TASK, broken, faults))
    assert faults.counts == {DEFECT: 1}
