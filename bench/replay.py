"""Measures a replay: `python -m bench.replay [--orders 1000000] [--keep]`.

Mixed orders of which two in a hundred are of baclofen; the floor in the same run: counting the lines, and DuckDB
reading the columns. `--keep` saves the figures in docs/evidence.
"""

import os
import resource
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import evidence, exports
from bench.histories import patients
from cds_service.base.names import PREFETCH_KEYS
from cds_service.knowledge.loading import Knowledge, load_knowledge
from cds_service.replay import run
from cds_service.replay.export_files import find_export, lines_of
from cds_service.replay.judging import judged
from cds_service.replay.patient_record import patient_record
from cds_service.replay.resources import decoded
from cds_service.replay.run_folder import Options
from cds_service.replay.shards import make_shards

SEED = 26
_SIZES = (10_000, 100_000, 1_000_000)
_SIGNINGS_A_PATIENT = 12.6
_SHARE = 0.02
_MEGABYTE = 1_000_000
_WORKERS = 2
TODAY = date(2026, 11, 30)

_COLUMNS = """
SELECT count(*), count(DISTINCT json->>'$.subject.reference'), max(json->>'$.authoredOn')
FROM read_json_objects(?, format = 'newline_delimited', ignore_errors = true)
"""


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--orders", type=int, default=_SIZES[-1])
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    knowledge = load_knowledge()
    figures = {f"{orders}": _of_an_export(orders, knowledge) for orders in _SIZES if orders <= asked.orders}
    figures["one process"] = _of_one_process(knowledge)
    _tell(figures)
    if asked.keep:
        evidence.keep("bench-replay", counts={"orders": asked.orders}, figures=figures, seed=SEED)


def _of_an_export(orders: int, knowledge: Knowledge) -> Mapping[str, float]:
    """Seconds of a run with two processes, of its first part and of the floors; the most memory of any process."""
    with TemporaryDirectory() as folder:
        export = Path(folder) / "export"
        ours = int(orders * _SHARE)
        exports.write(export, int(ours / _SIGNINGS_A_PATIENT) or 1, orders - ours, SEED)
        file = export / "MedicationRequest.ndjson"
        figures = {"count lines, s": _seconds(lambda: sum(1 for _ in lines_of(file)))}
        figures["DuckDB reads columns, s"] = _seconds(lambda: _read_columns(file))
        figures["find and shard, s"] = _seconds(lambda: _find(export, Path(folder) / "found", knowledge))
        options = Options(export, Path(folder) / "out", _WORKERS, date.min, date.max, TODAY, "fr")
        before = os.times()
        figures["replay, s"] = _seconds(lambda: run.replay(options, knowledge))
        figures["replay, s of CPU"] = _cpu_between(before, os.times())
    figures["most memory of a process, MB"] = round(_most_memory_mb())
    return figures


def _find(export: Path, folder: Path, knowledge: Knowledge) -> None:
    folder.mkdir()
    make_shards(find_export(export), folder, knowledge, _WORKERS)


def _cpu_between(before: os.times_result, after: os.times_result) -> float:
    """Of this process and of those that it has waited for."""
    return round(sum(after[:4]) - sum(before[:4]), 2)


def _read_columns(file: Path) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(_COLUMNS, [str(file)]).fetchall()


def _of_one_process(knowledge: Knowledge, count: int = 200) -> Mapping[str, float]:
    """Milliseconds of CPU a signing: to decode, to go through the record, to judge."""
    lines = [_lines_of_patient(patient) for patient in patients(count, SEED)]
    with _cpu() as decoding:
        resources = [[decoded(line) for line in of_one] for of_one in lines]
    with _cpu() as reading:
        records = [patient_record("", filter(None, of_one), knowledge) for of_one in resources]
    with _cpu() as judging:
        signings = sum(1 for record in records for _ in judged(record, PREFETCH_KEYS, knowledge))
    parts = {"decode": decoding, "read": reading, "judge": judging}
    told = {f"{name}, ms a signing": round(took[0] * 1000 / signings, 3) for name, took in parts.items()}
    whole = sum(took[0] for took in parts.values())
    return {**told, "signings a second and core": round(signings / whole)}


def _lines_of_patient(patient: Any) -> list[bytes]:
    return [exports.line(it) for it in (patient.resource, *(held.today for held in patient.held))]


@contextmanager
def _cpu() -> Iterator[list[float]]:
    """Holds how much CPU the block has taken, when it has ended."""
    took: list[float] = []
    began = time.process_time()
    yield took
    took.append(time.process_time() - began)


def _seconds(done: Callable[[], object]) -> float:
    began = time.monotonic()
    done()
    return round(time.monotonic() - began, 2)


def _most_memory_mb() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) * 1024 / _MEGABYTE


def _tell(figures: Mapping[str, Mapping[str, float]]) -> None:
    for name, values in figures.items():
        print(f"{name}: " + ", ".join(f"{what} {value:g}" for what, value in values.items()), file=sys.stdout)


if __name__ == "__main__":  # the processes of a run import this module too
    main()
