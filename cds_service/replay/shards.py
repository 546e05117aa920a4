"""DuckDB goes through an export: who may have been prescribed baclofen, and their resources in shards by patient.

The core is asked once for each distinct medicine. Whoever has an order that may be baclofen is kept; such orders
without a patient are counted.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cds_service.base.errors import Fault, SettingsError
from cds_service.core.orders.drafts import oral_baclofen
from cds_service.core.orders.medicines import Medicines
from cds_service.core.record.terminology import Terminology
from cds_service.knowledge.loading import Knowledge
from cds_service.replay.export_files import TYPES, Export
from cds_service.replay.faults import MOST_PLACES, Place
from cds_service.replay.progress import say
from cds_service.replay.resources import decoded

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "1GB"
_ROWS_HELD = 20_000  # of a thread before it writes them to their shards: JSON rows are long
_SHARD_BYTES = 24 * 1024 * 1024
_GZIP_FACTOR = 8
_MOST_SHARDS = 2_000
_LONGEST_LINE = 32 * 1024 * 1024
_MEDICINES_AT_ONCE = 10_000

_IDENTITY = r"""
CREATE OR REPLACE MACRO identity_in(reference, kind) AS CASE
    WHEN starts_with(reference, 'urn:uuid:') THEN substr(reference, 10)
    ELSE nullif(regexp_extract(reference, '(?:^|/)' || kind || '/([A-Za-z0-9.-]{1,64})(?:/_history/[^/]*)?$', 1), '')
END
"""

# A join keeps in memory what stands on its right: patients and medicines, never the lines of the export. DuckDB would
# turn joins round by what it thinks of the size of NDJSON, which is some forty lines whatever it has.
_JOINED_AS_WRITTEN = "SET disabled_optimizers = 'join_order,build_side_probe_side'"

# Medicines by their content: an export may have a Medication for each order. A row an order: words that are gathered
# by group stay in memory, however many they are.
_ORDERS = """
CREATE TABLE ordered AS
SELECT *, md5_number(concat_ws('|', coalesce(concept, ''), coalesce(display, ''), coalesce(contained, ''),
          CASE WHEN reference LIKE '#%' THEN reference ELSE coalesce(medication, '') END)) AS medicine
FROM (
    SELECT o.*, m.content AS medication
    FROM (
        SELECT patient, CASE WHEN patient IS NULL THEN [file, 'MedicationRequest/' || (json->>'$.id')] END AS lost,
               CAST(json->'$.medicationCodeableConcept' AS VARCHAR) AS concept,
               json->>'$.medicationReference.display' AS display, CAST(json->'$.contained' AS VARCHAR) AS contained,
               json->>'$.medicationReference.reference' AS reference
        FROM resources WHERE type = 'MedicationRequest'
    ) o LEFT JOIN medications m ON identity_in(o.reference, 'Medication') = m.id
)
"""

_MEDICINES = """
SELECT medicine, concept, display, contained, reference, medication FROM ordered
WHERE rowid IN (SELECT min(rowid) FROM ordered GROUP BY medicine)
"""

_KEPT = """
CREATE TABLE kept AS
SELECT DISTINCT patient FROM ordered WHERE patient IS NOT NULL AND medicine IN (SELECT medicine FROM ours)
"""

_SHARE = "SELECT count(*) FILTER (patient IN (SELECT patient FROM kept)), count(*) FROM ordered"
_LOST = "FROM ordered WHERE patient IS NULL AND medicine IN (SELECT medicine FROM ours)"

_FROM_NDJSON = """
SELECT filename AS file, '{kind}' AS type, NULL::VARCHAR AS patient, json
FROM read_json_objects([{files}], format = 'newline_delimited', ignore_errors = true, filename = true,
                       maximum_object_size = {longest})
"""

_FROM_PARQUET = """
SELECT file, coalesce(type, json->>'$.resourceType') AS type, patient, json
FROM (SELECT filename AS file, type, patient, CASE WHEN json_valid(json) THEN json::JSON END AS json
      FROM read_parquet([{files}], filename = true))
WHERE coalesce(type, json->>'$.resourceType') IN {kinds} OR (type IS NULL AND json IS NULL)
"""

# Which Medication resources a patient needs: those that the orders name, and below those that are their ingredients.
_TO_SHARDS = """
COPY (
    WITH named AS (
        SELECT DISTINCT patient, identity_in(json->>'$.medicationReference.reference', 'Medication') AS id
        FROM resources
        WHERE type IN ('MedicationRequest', 'MedicationStatement') AND patient IN (SELECT patient FROM kept)
    )
    SELECT hash(patient) % {shards} AS shard, patient, type, file, CAST(json AS VARCHAR) AS json
    FROM resources WHERE type <> 'Medication' AND patient IN (SELECT patient FROM kept)
    UNION ALL
    SELECT hash(patient) % {shards}, patient, 'Medication', '', CAST(whole AS VARCHAR)
    FROM medications JOIN (
        SELECT patient, id FROM named UNION
        SELECT patient, identity_in(unnest(whole->>'$.ingredient[*].itemReference.reference'), 'Medication')
        FROM medications JOIN named USING (id)
    ) USING (id)
) TO '{folder}' (FORMAT parquet, PARTITION_BY (shard), COMPRESSION zstd)
"""


_FILES = """
SELECT file, coalesce(type, ''), count(*), count(*) FILTER (json IS NULL OR json_type(json) <> 'OBJECT'),
       count(*) FILTER (json_type(json) = 'OBJECT' AND json->>'$.resourceType' IS DISTINCT FROM type),
       count(*) FILTER (json->>'$.resourceType' = type AND type <> 'Medication'
                        AND coalesce(patient, patient_of(type, json)) IS NULL)
FROM lines GROUP BY ALL ORDER BY ALL
"""

_PATIENT = """
CREATE OR REPLACE MACRO patient_of(type, json) AS CASE WHEN type = 'Patient' THEN json->>'$.id' ELSE coalesce(
    identity_in(json->>'$.subject.reference', 'Patient'), identity_in(json->>'$.patient.reference', 'Patient')) END
"""

_RESOURCES = """
CREATE VIEW resources AS SELECT * REPLACE (coalesce(patient, patient_of(type, json)) AS patient)
FROM lines WHERE json->>'$.resourceType' = type
"""


@dataclass(frozen=True)
class SeenFile:
    """The rows of one type in a file: all; the unreadable; those of another type; those without a patient."""

    file: str
    type: str
    lines: int
    unreadable: int
    other_type: int
    no_subject: int


@dataclass(frozen=True)
class Survey:
    """What was seen on the way. `lost` orders may be of baclofen, and name no patient; `where` some of them are."""

    files: tuple[SeenFile, ...]
    patients: int
    medicines: int
    lost: int
    where: tuple[Place, ...]


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
        connection.execute(f"SET enable_progress_bar = false; SET partitioned_write_flush_threshold = {_ROWS_HELD}")
        connection.execute(_JOINED_AS_WRITTEN)
        try:
            survey = _surveyed(connection, export, folder, knowledge, workers)
        except duckdb.OutOfMemoryException as error:
            problem = f"is divided by patient, for which {MEMORY_LIMIT} of memory are not enough"
            raise SettingsError(Fault("EXPORT", problem, "replay it in parts, each with whole patients")) from error
        except duckdb.Error as error:
            problem = f"cannot be read ({str(error).partition(chr(10))[0]})"
            raise SettingsError(Fault("EXPORT", problem, "mend or remove that file, then begin anew")) from error
    database.unlink()
    shutil.rmtree(folder / "spill", ignore_errors=True)
    return survey


def _surveyed(
    connection: "DuckDBPyConnection", export: Export, folder: Path, knowledge: Knowledge, workers: int
) -> Survey:
    for query in (_IDENTITY, _PATIENT, f"CREATE VIEW lines AS {_lines(export)}", _RESOURCES):
        connection.execute(query)
    files = connection.execute(_FILES).fetchall()
    say(f"{sum(seen[2] for seen in files)} lines; going through the orders")
    connection.execute(
        "CREATE TABLE medications AS SELECT json->>'$.id' AS id, json AS whole, "
        "CAST(json_object('code', json->'$.code', 'ingredient', json->'$.ingredient', "
        "'contained', json->'$.contained') AS VARCHAR) AS content FROM resources WHERE type = 'Medication'"
    )
    connection.execute(_ORDERS)
    medicines = _keep_patients(connection, knowledge)
    (patients,) = _one(connection, "SELECT count(*) FROM kept")
    theirs, orders = _one(connection, _SHARE)
    _write(connection, folder, _number_of_shards(export, theirs / max(orders, 1), workers))
    (lost,) = _one(connection, f"SELECT count(*) {_LOST}")
    where = connection.execute(f"SELECT lost {_LOST} ORDER BY lost LIMIT {MOST_PLACES}").fetchall()
    places = tuple((str(file), str(name or "")) for ((file, name),) in where)
    return Survey(tuple(SeenFile(*each) for each in files), patients, medicines, lost, places)


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
    terminology, count = knowledge.of_any_day.terminology, 0
    connection.execute("CREATE TABLE ours (medicine UHUGEINT)")
    asked = connection.cursor().execute(_MEDICINES)
    while rows := asked.fetchmany(_MEDICINES_AT_ONCE):
        ours = [str(medicine) for medicine, *named in rows if _may_be_ours(named, terminology)]
        connection.execute("INSERT INTO ours SELECT unnest(?::VARCHAR[])::UHUGEINT", [ours])
        count += len(rows)
    connection.execute(_KEPT)
    return count


def _may_be_ours(medicine: Sequence[str | None], terminology: Terminology) -> bool:
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
    return oral_baclofen(order, Medicines(index, terminology)) is not None


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
