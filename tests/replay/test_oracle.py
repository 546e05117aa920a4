"""The replay and the oracle agree on all rows: 20 patients in `make test`, 2,000 in `make thorough`."""

import json
from collections.abc import Iterator

import pytest

from bench.histories import Patient, patients
from cds_service.base.names import PREFETCH_KEYS
from cds_service.knowledge.loading import Knowledge, load_knowledge
from cds_service.replay.judging import judged
from cds_service.replay.patient_record import patient_record
from cds_service.replay.resources import decoded
from tests.replay import oracle
from tests.sampling import THOROUGH

COUNT = 2_000 if THOROUGH else 20


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


@pytest.mark.sampled
def test_all_rows_are_those_of_the_oracle(knowledge: Knowledge) -> None:
    for patient in patients(COUNT):
        assert list(replayed(patient, knowledge)) == list(oracle.rows(patient, knowledge)), patient.identity


def test_the_histories_have_what_the_record_of_a_day_is_about(knowledge: Knowledge) -> None:
    undated = {held.undated for patient in patients(60) for held in patient.held}
    findings = {row[3] for patient in patients(8) for row in replayed(patient, knowledge)}

    assert {"", "undated-stop", "undated-resolution", "undated-cancellation"} <= undated
    assert {"", "specialist-care", "psychiatric-history", "product-not-authorised"} <= findings


def replayed(patient: Patient, knowledge: Knowledge) -> Iterator[oracle.Row]:
    exported = [decoded(json.dumps(it)) for it in (patient.resource, *(held.today for held in patient.held))]
    record = patient_record(patient.identity, filter(None, exported), knowledge)
    for row in judged(record, PREFETCH_KEYS, knowledge):
        about = (row.patient, row.day, row.orders)
        for said in row.findings:
            yield (*about, said.rule, said.case, said.indicator, row.undated)
        if not row.findings:
            yield (*about, "", "", "", row.undated)
