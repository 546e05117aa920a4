"""DuckDB goes through an export: who may have been prescribed baclofen, and their resources in shards by patient.

The core is asked once for each distinct medicine. Whoever has an order that may be baclofen is kept.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cds_service.core.orders.drafts import oral_baclofen
from cds_service.knowledge.loading import Knowledge
from cds_service.replay.export_files import TYPES, Export
from cds_service.replay.resources import decoded

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "1GB"
_SHARD_BYTES = 24 * 1024 * 1024
_GZIP_FACTOR = 8
_MOST_SHARDS = 2_000
_LONGEST_LINE = 32 * 1024 * 1024

_PATIENT = r"""
CREATE OR REPLACE MACRO identity_in(reference, kind) AS CASE
    WHEN starts_with(reference, 'urn:uuid:') THEN substr(reference, 10)
    ELSE nullif(regexp_extract(reference, '(?:^|/)' || kind || '/([A-Za-z0-9.-]{1,64})(?:/_history/[^/]*)?$', 1), '')
END
"""

# Medicines by their content: an export may have a Medication for each order.
_MEDICINES = """
CREATE TABLE ordered AS
SELECT patient, md5(concat_ws('|', coalesce(concept, ''), coalesce(display, ''), coalesce(contained, ''),
       CASE WHEN reference LIKE '#%' THEN reference ELSE coalesce(medication, '') END)) AS medicine,
       any_value(concept) AS concept, any_value(display) AS display, any_value(contained) AS contained,
       any_value(reference) AS reference, any_value(medication) AS medication, count(*) AS orders
FROM (
    SELECT o.patient, o.concept, o.display, o.contained, o.reference, m.content AS medication
    FROM (
        SELECT patient, CAST(json->'$.medicationCodeableConcept' AS VARCHAR) AS concept,
               json->>'$.medicationReference.display' AS display, CAST(json->'$.contained' AS VARCHAR) AS contained,
               json->>'$.medicationReference.reference' AS reference
        FROM resources WHERE type = 'MedicationRequest' AND patient IS NOT NULL
    ) o LEFT JOIN medications m ON identity_in(o.reference, 'Medication') = m.id
) GROUP BY ALL
"""


_FROM_NDJSON = """
SELECT filename AS file, '{kind}' AS type, NULL::VARCHAR AS patient, json
FROM read_json_objects([{files}], format = 'newline_delimited', ignore_errors = true, filename = true,
                       maximum_object_size = {longest})
"""

_FROM_PARQUET = """
SELECT filename AS file, type, patient, CASE WHEN json_valid(json) THEN json::JSON END AS json
FROM read_parquet([{files}], filename = true) WHERE type IN {kinds}
"""

_TO_SHARDS = """
COPY (
    SELECT hash(patient) % {shards} AS shard, patient, type, file, CAST(json AS VARCHAR) AS json
    FROM resources WHERE type <> 'Medication' AND patient IN (SELECT patient FROM kept)
    UNION ALL
    SELECT DISTINCT hash(o.patient) % {shards}, o.patient, 'Medication', '', CAST(m.whole AS VARCHAR)
    FROM (SELECT patient, identity_in(json->>'$.medicationReference.reference', 'Medication') AS id
          FROM resources WHERE type IN ('MedicationRequest', 'MedicationStatement')) o
    JOIN medications m USING (id) WHERE o.patient IN (SELECT patient FROM kept)
) TO '{folder}' (FORMAT parquet, PARTITION_BY (shard), COMPRESSION zstd)
"""


@dataclass(frozen=True)
class Survey:
    """What was seen on the way: rows by file and type, and how many of them are unreadable or of another type."""

    files: tuple[tuple[str, str, int, int, int], ...]
    patients: int
    medicines: int
    shards: int


def make_shards(export: Export, folder: Path, knowledge: Knowledge, workers: int) -> Survey:
    """Writes the resources of all patients who are kept as shards/shard=N/*.parquet into a folder."""
    import duckdb

    database = folder / "work.duckdb"
    for left in (database, folder / "work.duckdb.wal"):
        left.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'; SET threads = {workers}")
        connection.execute(
            f"SET temp_directory = '{_quoted(folder / 'spill')}'; SET preserve_insertion_order = false"
        )
        connection.execute("SET enable_progress_bar = false")
        survey = _surveyed(connection, export, folder, knowledge, workers)
    database.unlink()
    shutil.rmtree(folder / "spill", ignore_errors=True)
    return survey


def _surveyed(
    connection: "DuckDBPyConnection", export: Export, folder: Path, knowledge: Knowledge, workers: int
) -> Survey:
    connection.execute(_PATIENT)
    connection.execute(f"CREATE VIEW lines AS {_lines(export)}")
    connection.execute(
        "CREATE VIEW resources AS SELECT * REPLACE (coalesce(patient, CASE WHEN type = 'Patient' THEN json->>'$.id' "
        "ELSE coalesce(identity_in(json->>'$.subject.reference', 'Patient'), "
        "identity_in(json->>'$.patient.reference', 'Patient')) END) AS patient) "
        "FROM lines WHERE json IS NOT NULL AND json->>'$.resourceType' = type"
    )
    files = connection.execute(
        "SELECT file, type, count(*), count(*) FILTER (json IS NULL), "
        "count(*) FILTER (json IS NOT NULL AND json->>'$.resourceType' IS DISTINCT FROM type) "
        "FROM lines GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    connection.execute(
        "CREATE TABLE medications AS SELECT json->>'$.id' AS id, json AS whole, "
        "CAST(json_object('code', json->'$.code', 'ingredient', json->'$.ingredient', "
        "'contained', json->'$.contained') AS VARCHAR) AS content FROM resources WHERE type = 'Medication'"
    )
    connection.execute(_MEDICINES)
    medicines = _keep_patients(connection, knowledge)
    patients, share = _one(connection, "SELECT count(*), coalesce(sum(orders), 0) FROM kept")
    (orders,) = _one(connection, "SELECT coalesce(sum(orders), 1) FROM ordered")
    shards = _number_of_shards(export, share / max(orders, 1), workers)
    _write(connection, folder, shards)
    return Survey(tuple(files), patients, medicines, shards)


def _lines(export: Export) -> str:
    """A row a line: its file, type, JSON (NULL if it is unreadable), and patient where the export names it."""
    parts = [
        _FROM_NDJSON.format(kind=kind, files=_listed(paths), longest=_LONGEST_LINE)
        for kind, paths in export.ndjson.items()
    ]
    if export.parquet:
        parts.append(_FROM_PARQUET.format(files=_listed(export.parquet), kinds=str(TYPES)))
    return " UNION ALL ".join(parts)


def _listed(paths: list[Path]) -> str:
    return ", ".join(f"'{_quoted(path)}'" for path in paths)


def _keep_patients(connection: "DuckDBPyConnection", knowledge: Knowledge) -> int:
    """Asks the core for each distinct medicine whether it may be baclofen; how many there are."""
    distinct = connection.execute(
        "SELECT medicine, any_value(concept), any_value(display), any_value(contained), any_value(reference), "
        "any_value(medication) FROM ordered GROUP BY medicine"
    ).fetchall()
    ours = [(row[0],) for row in distinct if _may_be_ours(row[1:], knowledge)]
    connection.execute("CREATE TABLE ours (medicine VARCHAR)")
    if ours:
        connection.executemany("INSERT INTO ours VALUES (?)", ours)
    connection.execute(
        "CREATE TABLE kept AS SELECT patient, sum(orders) AS orders FROM ordered "
        "WHERE patient IN (SELECT patient FROM ordered JOIN ours USING (medicine)) GROUP BY patient"
    )
    return len(distinct)


def _may_be_ours(medicine: tuple[str | None, ...], knowledge: Knowledge) -> bool:
    concept, display, contained, reference, content = medicine
    order: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "medicationCodeableConcept": _json(concept),
        "medicationReference": {"reference": reference or "", "display": display},
        "contained": _json(contained),
    }
    named = {**(_json(content) or {}), "resourceType": "Medication"} if content else None
    index: Mapping[str, Any] = {}
    if named and reference:
        order["medicationReference"]["reference"] = "Medication/named"
        index = {"Medication/named": named}
    return oral_baclofen(order, index, knowledge.terminology) is not None


def _json(written: str | None) -> Any:
    if written is None:
        return None
    whole = decoded(f'{{"value": {written}}}')
    return whole["value"] if whole else None


def _number_of_shards(export: Export, share: float, workers: int) -> int:
    sizes = ((path.stat().st_size, path.suffix == ".gz") for path in export.files)
    whole = sum(size * (_GZIP_FACTOR if packed else 1) for size, packed in sizes)
    return min(max(int(whole * share / _SHARD_BYTES) + 1, 2 * workers), _MOST_SHARDS)


def _write(connection: "DuckDBPyConnection", folder: Path, shards: int) -> None:
    """The resources of the patients who are kept, and the Medication resources that their orders name."""
    shutil.rmtree(folder / "shards", ignore_errors=True)
    connection.execute(_TO_SHARDS.format(shards=shards, folder=_quoted(folder / "shards")))


def shard_files(folder: Path) -> Iterator[tuple[int, list[Path]]]:
    """(number, files) of each shard that has any."""
    for path in sorted((folder / "shards").glob("shard=*"), key=lambda path: int(path.name.partition("=")[2])):
        yield int(path.name.partition("=")[2]), sorted(path.glob("*.parquet"))


def _one(connection: "DuckDBPyConnection", query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(query).fetchone()
    return row or ()


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("'", "''")
