"""Judges the patients of one shard: what a process does, again and again, until all shards are done."""

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from multiprocessing import parent_process
from pathlib import Path

from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.knowledge.loading import Knowledge, load_knowledge
from cds_service.replay import tables
from cds_service.replay.faults import UNREADABLE, Faults, faults_of
from cds_service.replay.judging import judged
from cds_service.replay.patient_record import patient_record
from cds_service.replay.pseudonyms import Naming, as_they_are, keyed
from cds_service.replay.resources import decoded
from cds_service.replay.rows import SigningRow

Line = tuple[str, str, str, str]
"""patient, type, file, JSON."""


@dataclass(frozen=True)
class Task:
    """What all shards of a run share: what to judge, and how to name. Without a key identifiers stay as they are."""

    folder: Path
    sent: frozenset[str]
    since: date
    until: date
    today: date
    key: bytes | None

    @property
    def naming(self) -> Naming:
        return as_they_are if self.key is None else keyed(self.key)


_KNOWLEDGE: list[Knowledge] = []
"""Loaded once in each process."""


def begin() -> None:
    """Prepares a process: it ends with the one that started it, however that ends."""
    _KNOWLEDGE[:] = [load_knowledge()]
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
    """The lines of a shard by patient, in an order that does not depend on how it was written."""
    import pyarrow.parquet

    lines: list[Line] = []
    for file in files:
        columns = pyarrow.parquet.read_table(file, columns=["patient", "type", "file", "json"], partitioning=None)
        lines += zip(*(column.to_pylist() for column in columns.columns), strict=True)
    return sorted(lines)


def judged_patient(
    patient: str, lines: Iterable[Line], task: Task, knowledge: Knowledge, faults: Faults
) -> Iterator[SigningRow]:
    """The rows of one patient; what is wrong with their resources is added to the faults."""
    files: dict[int, str] = {}
    resources: list[Resource] = []
    for _, _, file, line in lines:
        resource = decoded(line)
        if resource is None:
            faults.add(UNREADABLE, [(Path(file).name, "?")])
        else:
            resources.append(resource)
            files[id(resource)] = file
    record = patient_record(patient, resources, knowledge)
    ours = {id(order) for orders in (*record.signings.values(), record.undated_signings) for order in orders}
    known: Mapping[str, Resource] = {fhir.local_reference(item) or "": item for item in resources}
    for item in resources:
        for kind in faults_of(item, known, id(item) in ours, knowledge.terminology, task.today):
            faults.add(kind, [(files[id(item)], fhir.local_reference(item) or "")])
    yield from judged(record, task.sent, knowledge, task.since, task.until)
