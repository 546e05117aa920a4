"""What a join of DuckDB keeps in memory: patients and medicines, however many lines the export has."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from cds_service.replay import shards
from cds_service.replay.export_files import find_export


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An export of one order, which DuckDB takes for some forty whatever its size, and more patients than that."""
    order = {"resourceType": "MedicationRequest", "id": "m1", "subject": {"reference": "Patient/p1"}}
    (tmp_path / "MedicationRequest.ndjson").write_text(json.dumps(order) + "\n", "utf-8")
    with duckdb.connect() as connected:
        for query in (
            *(shards._IDENTITY, shards._PATIENT),
            f"CREATE VIEW lines AS {shards._lines(find_export(tmp_path))}",
            shards._RESOURCES,
            "CREATE TABLE medications (id VARCHAR, whole JSON, content VARCHAR)",
            "CREATE TABLE kept AS SELECT 'p' || range AS patient FROM range(100000)",
        ):
            connected.execute(query)
        yield connected


def plan(connection: duckdb.DuckDBPyConnection, folder: Path) -> str:
    query = shards._TO_SHARDS.format(shards=8, folder=folder)
    return "\n".join(line for _, line in connection.execute(f"EXPLAIN {query}").fetchall())


def test_the_lines_of_an_export_are_never_kept_in_memory_to_find_the_patients(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """A join that is turned round ("RIGHT") keeps the lines: at 17.8 million of them a gigabyte was not enough."""
    assert "RIGHT_SEMI" in plan(connection, tmp_path)  # as DuckDB would have it

    connection.execute(shards._JOINED_AS_WRITTEN)

    assert "RIGHT" not in plan(connection, tmp_path)
    assert "SEMI" in plan(connection, tmp_path)
