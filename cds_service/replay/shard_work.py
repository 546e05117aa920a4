"""Judges the patients of one shard: what a process does, again and again, until all shards are done."""

import gc
import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from multiprocessing import parent_process
from operator import itemgetter
from pathlib import Path

from cds_service.core.record import fhir
from cds_service.knowledge.loading import Knowledge, load_knowledge
from cds_service.replay import tables
from cds_service.replay.faults import DEFECT, NO_PATIENT, Faults, faults_of
from cds_service.replay.judging import judged
from cds_service.replay.patient_lines import Line, Source, read_lines
from cds_service.replay.patient_record import PatientRecord, patient_record
from cds_service.replay.pseudonyms import Naming, as_they_are, keyed
from cds_service.replay.rows import SigningRow


@dataclass(frozen=True)
class Task:
    """What all shards of a run share: what to judge, and how to name. Without a key identifiers stay as they are.

    `products` is the file of the product codes of the site.
    """

    folder: Path
    sent: frozenset[str]
    since: date
    until: date
    today: date
    key: bytes | None
    products: Path | None = None

    @property
    def naming(self) -> Naming:
        return as_they_are if self.key is None else keyed(self.key)


_KNOWLEDGE: list[Knowledge] = []
"""Loaded once in each process."""


def begin(products: Path | None) -> None:
    """Prepares a process: it ends with the one that started it, however that ends."""
    _KNOWLEDGE[:] = [load_knowledge(products_file=products)]
    gc.freeze()  # what is loaded by now stays: the collector need not go through it with each patient
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def judge_shard_here(number: int, files: list[Path], task: Task) -> dict[str, int]:
    """Judges a shard in a process that was prepared for it."""
    return judge_shard(number, files, task, _KNOWLEDGE[0])


def judge_shard(number: int, files: list[Path], task: Task, knowledge: Knowledge) -> dict[str, int]:
    """Judges a shard and writes its rows, then its tally: a shard with a tally is done."""
    faults, patients = Faults(), 0
    signings: list[SigningRow] = []
    for patient, lines in groupby(_sorted_lines(files), key=lambda line: line[0]):
        signings += judged_patient(patient, lines, task, knowledge, faults)
        patients += 1
    tables.write(task.folder, number, tables.rows_of(signings, task.naming))
    tally = {"patients": patients, "signings": len(signings)}
    whole = task.folder / "tallies" / f"{number:05}.json"
    half = whole.with_suffix(".half")
    half.write_text(json.dumps({**tally, "counts": faults.counts, "places": faults.places}), "utf-8")
    half.replace(whole)
    return tally


def _sorted_lines(files: Iterable[Path]) -> list[Line]:
    """The lines of a shard by patient."""
    import pyarrow.parquet

    lines: list[Line] = []
    for file in files:
        columns = pyarrow.parquet.read_table(file, columns=["patient", "type", "file", "json"], partitioning=None)
        lines += zip(*(column.to_pylist() for column in columns.columns), strict=True)
    return sorted(lines, key=itemgetter(0))


def judged_patient(
    patient: str, lines: Iterable[Line], task: Task, knowledge: Knowledge, faults: Faults
) -> Iterator[SigningRow]:
    """The rows of one patient; what is wrong with their resources is added to the faults."""
    sources = read_lines(lines, faults)
    try:
        record = patient_record(patient, [source.resource for source in sources], knowledge)
        _add_faults(record, sources, task, knowledge, faults)
    except Exception:  # noqa: BLE001 - a defect in reading one patient must not end the run
        faults.add(DEFECT, [_place(source) for source in sources[:1]])
        return
    yield from judged(record, task.sent, knowledge, task.since, task.until)


def _add_faults(
    record: PatientRecord, sources: Iterable[Source], task: Task, knowledge: Knowledge, faults: Faults
) -> None:
    known = {fhir.local_reference(source.resource) or "": source.resource for source in sources}
    ours = {id(order) for orders in (*record.signings.values(), record.undated_signings) for order in orders}
    is_lone = "patient" in task.sent and not record.by_key["patient"]
    for source in sources:
        is_ours = id(source.resource) in ours
        kinds = faults_of(source.resource, known, is_ours, knowledge.terminology, task.today)
        for kind in (*kinds, *([NO_PATIENT] if is_ours and is_lone else ())):
            faults.add(kind, [_place(source)])


def _place(source: Source) -> tuple[str, str]:
    return source.file, fhir.local_reference(source.resource) or ""
