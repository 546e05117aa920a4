"""Spark and one machine give the same rows: `make spark-test`, with a real local[2], in an environment of its own."""

import json
import os
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.parquet

from bench import evidence, exports
from cds_service.knowledge.loading import load_knowledge
from cds_service.replay import run, spark, tables
from cds_service.replay.run_folder import Options

PATIENTS = 60
SEED = 26
TODAY = date(2026, 11, 30)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exports.write(folder / "export", PATIENTS, others=500, seed=SEED)
        options = Options(folder / "export", folder / "here", 2, date.min, date.max, TODAY, "fr")
        run.replay(options, load_knowledge())
        _as_parquet(folder / "export", folder / "resources.parquet")
        _in_spark(folder)
        counts = {table: _compared(folder, table) for table in tables.COLUMNS}
    evidence.keep("spark-test", counts={"patients": PATIENTS, **counts}, figures={"rows": "equal"}, seed=SEED)
    print(f"The rows of Spark are those of one machine: {counts}")


def _as_parquet(export: Path, file: Path) -> None:
    lines = [line for path in sorted(export.glob("*.ndjson")) for line in path.read_text("utf-8").splitlines()]
    read = [json.loads(line) for line in lines]
    owners = [it.get("subject", {}).get("reference", f"Patient/{it['id']}").removeprefix("Patient/") for it in read]
    columns = {"patient": owners, "type": [it["resourceType"] for it in read], "json": lines}
    pyarrow.parquet.write_table(pyarrow.table(columns), file)


def _in_spark(folder: Path) -> None:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = str(Path.cwd())
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.shuffle.partitions", "4").getOrCreate()
    key = (folder / "here" / "key").read_bytes().strip()
    spark.replay(session, str(folder / "resources.parquet"), str(folder / "there"), key, TODAY)
    session.stop()


def _compared(folder: Path, table: str) -> int:
    """How many rows there are. Raises if one machine has a row that Spark has not, or the reverse."""
    here, there = (_rows(folder / place / table, list(tables.COLUMNS[table])) for place in ("here", "there"))
    assert here == there, f"{table} differ"
    assert here
    return len(here)


def _rows(files: Path, columns: list[str]) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        read = connection.read_parquet(f"{files}/*.parquet")
        return sorted(read.select(*columns).fetchall(), key=repr)


if __name__ == "__main__":
    main()
