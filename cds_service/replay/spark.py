"""The same on several machines: `spark-submit spark.py RESOURCES OUT`, Parquet in and Parquet out.

RESOURCES has a row a resource (patient, type, json); docs/replay.md says how to lay it out for a nation. Whoever has
no order that may be baclofen is left out by a semi-join; then each patient is judged by the same function as on one
machine.
"""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from cds_service.config.clock import today
from cds_service.core.orders.drafts import may_concern
from cds_service.core.record.terminology import Terminology
from cds_service.knowledge.loading import Knowledge, load_knowledge
from cds_service.replay import tables
from cds_service.replay.export_files import keys_sent
from cds_service.replay.faults import Faults
from cds_service.replay.patient_lines import Line
from cds_service.replay.pseudonyms import read_key
from cds_service.replay.resources import decoded
from cds_service.replay.shard_work import Task, judged_patient

_SPARK_TYPES = {"string": "string", "date32": "date", "float64": "double", "int32": "int", "list": "array<string>"}
_COLUMNS = {"table": "string", **tables.COLUMNS[tables.FINDINGS], **tables.COLUMNS[tables.SIGNINGS]}
SCHEMA = ", ".join(f"`{name}` {_SPARK_TYPES[kind]}" for name, kind in _COLUMNS.items())

# Rows that a partition hands over at once.
_BATCH = 2_000


def main() -> None:
    from pyspark.sql import SparkSession

    parser = ArgumentParser()
    parser.add_argument("resources")
    parser.add_argument("out")
    ids = parser.add_mutually_exclusive_group(required=True)
    ids.add_argument("--key-file", type=Path, help="the key of the pseudonyms, 32 to 64 random bytes")
    ids.add_argument("--keep-ids", action="store_true", help="identifiers stay as they are")
    parser.add_argument("--products", type=Path, help="the product codes of the site, at this path on each machine")
    asked = parser.parse_args()
    spark = SparkSession.builder.appName("cds-service replay").getOrCreate()
    key = read_key(asked.key_file) if asked.key_file else None
    replay(spark, asked.resources, asked.out, key, products=asked.products)


def replay(
    spark: Any, resources: str, out: str, key: bytes | None, on: date | None = None, products: Path | None = None
) -> None:
    """Judges all signings and writes OUT/findings and OUT/signings."""
    frame = spark.read.parquet(resources).select("patient", "type", "json")
    sent = keys_sent(row["type"] for row in frame.select("type").distinct().collect())
    last = on or today()
    task = Task(Path(), sent, date.min, last, last, key, products)
    orders = frame.where("type = 'MedicationRequest'").select("patient", "json")
    kept = orders.mapInArrow(WithOurs(products), "patient string").distinct()
    theirs = frame.join(kept, "patient", "left_semi").repartition("patient")
    rows = theirs.sortWithinPartitions("patient", "type", "json").mapInArrow(JudgedBatches(task), SCHEMA).persist()
    for table, columns in tables.COLUMNS.items():
        chosen = rows.where(f"table = '{table}'").select(*columns)
        chosen.write.mode("errorifexists").parquet(f"{out}/{table}")
    rows.unpersist()


@cache
def _knowledge(products: Path | None) -> Knowledge:
    """Once in each Python process of Spark."""
    return load_knowledge(products_file=products)


@dataclass(frozen=True)
class WithOurs:
    """The patients with an order that may be baclofen, as far as the order itself tells."""

    products: Path | None

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow

        terminology = _knowledge(self.products).of_any_day.terminology
        for batch in batches:
            patients, orders = (column.to_pylist() for column in batch.columns)
            ours = {
                patient for patient, order in zip(patients, orders, strict=True) if _may_be_ours(order, terminology)
            }
            yield pyarrow.RecordBatch.from_pylist([{"patient": patient} for patient in sorted(ours - {None})])


def _may_be_ours(line: str, terminology: Terminology) -> bool:
    order = decoded(line)
    return order is not None and may_concern({"entry": [{"resource": order}]}, terminology)


@dataclass(frozen=True)
class JudgedBatches:
    """Judges the patients of a partition, sorted by patient, type and JSON, whatever batches they come in."""

    task: Task

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow

        schema, knowledge = _arrow_schema(), _knowledge(self.task.products)
        rows: list[tables.Values] = []
        for patient, lines in groupby(_lines(batches), key=lambda line: line[0]):
            signings = judged_patient(patient, lines, self.task, knowledge, Faults())
            for table, made in tables.rows_of(signings, self.task.naming).items():
                rows += [{"table": table, **row} for row in made]
            if len(rows) >= _BATCH:
                yield pyarrow.RecordBatch.from_pylist(rows, schema)
                rows = []
        yield pyarrow.RecordBatch.from_pylist(rows, schema)


def _arrow_schema() -> Any:
    import pyarrow

    parts = (tables.schema(tables.FINDINGS), tables.schema(tables.SIGNINGS))
    fields = {field.name: field for part in parts for field in part}
    return pyarrow.schema([("table", pyarrow.string()), *((name, fields[name].type) for name in list(_COLUMNS)[1:])])


def _lines(batches: Iterable[Any]) -> Iterator[Line]:
    for batch in batches:
        patients, types, lines = (column.to_pylist() for column in batch.columns)
        for patient, kind, line in zip(patients, types, lines, strict=True):
            yield patient, kind, "", line


if __name__ == "__main__":
    main()
