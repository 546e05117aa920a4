"""The Parquet tables of a run: findings and signings, their columns, and how rows become them."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from cds_service.replay.pseudonyms import Naming
from cds_service.replay.rows import SigningRow

FINDINGS, SIGNINGS = "findings", "signings"

_SHARED = {
    "patient": "string",
    "day": "date32",
    "orders": "list",
    "dose_low": "float64",
    "dose_high": "float64",
    "before_low": "float64",
    "before_high": "float64",
    "product": "string",
    "scope": "string",
    "rules_version": "string",
}
COLUMNS: dict[str, dict[str, str]] = {
    FINDINGS: {**_SHARED, "rule": "string", "case": "string", "indicator": "string"},
    SIGNINGS: {
        **_SHARED,
        "outcome": "string",
        "indicator": "string",
        "cards": "int32",
        "standing": "string",
        "undated": "list",
    },
}
"""Each column with its type; a list is one of strings."""

Values = dict[str, Any]


@cache
def schema(table: str) -> Any:
    import pyarrow

    types = {
        "string": pyarrow.string(),
        "date32": pyarrow.date32(),
        "float64": pyarrow.float64(),
        "int32": pyarrow.int32(),
        "list": pyarrow.list_(pyarrow.string()),
    }
    return pyarrow.schema([(name, types[kind]) for name, kind in COLUMNS[table].items()])


def rows_of(signings: Iterable[SigningRow], named: Naming) -> dict[str, list[Values]]:
    """The rows of both tables, with each identifier as it may leave the export."""
    tables: dict[str, list[Values]] = {FINDINGS: [], SIGNINGS: []}
    for row in signings:
        shared = _shared(row, named)
        tables[SIGNINGS].append(
            {
                **shared,
                "outcome": row.outcome,
                "indicator": row.indicator,
                "cards": row.cards,
                "standing": row.standing,
                "undated": list(row.undated),
            }
        )
        tables[FINDINGS] += [
            {**shared, "rule": it.rule, "case": it.case, "indicator": it.indicator} for it in row.findings
        ]
    return tables


def _shared(row: SigningRow, named: Naming) -> Values:
    doses = row.doses
    return {
        "patient": named(row.patient),
        "day": row.day,
        "orders": [named(order) for order in row.orders],
        "dose_low": doses.dose_low,
        "dose_high": doses.dose_high,
        "before_low": doses.before_low,
        "before_high": doses.before_high,
        "product": row.product,
        "scope": row.scope,
        "rules_version": row.rules_version,
    }


def write(folder: Path, number: int, tables: dict[str, list[Values]]) -> None:
    """Writes the rows of a shard; a file is whole or not there."""
    import pyarrow
    import pyarrow.parquet

    for table, rows in tables.items():
        whole = folder / table / f"{number:05}.parquet"
        half = whole.with_suffix(".half")
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema(table)), half, compression="zstd")
        half.replace(whole)
