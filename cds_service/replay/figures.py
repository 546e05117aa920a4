"""The figures of a run, as tables: counted by DuckDB from the Parquet files that anybody else can count too."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cds_service.core.course.signed import Standing
from cds_service.core.model.ruleset import RuleSet
from cds_service.replay.record_of_day import UNDATED
from cds_service.replay.rows import OUTCOMES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LIMITS_MG = (80, 300)
WORST = ("critical", "warning", "info", "silent")
STANDINGS = tuple(standing.name.lower().replace("_", "-") for standing in Standing)


_VIEW = "CREATE VIEW {name} AS SELECT *, year(day) AS year FROM read_parquet('{files}')"
_TOTALS = """
SELECT count(*), count(DISTINCT patient), coalesce(sum(cards), 0)::BIGINT,
       (SELECT max(n) FROM (SELECT sum(cards)::BIGINT AS n FROM signings GROUP BY day)), min(day), max(day),
       min(day) FILTER (indicator <> '')
FROM signings
"""
_YEARS = "SELECT DISTINCT year FROM signings ORDER BY year"
_MONTHS = """
SELECT strftime(day, '%Y-%m'), coalesce(nullif(indicator, ''), 'silent'), count(*) FROM signings GROUP BY ALL
"""


@dataclass(frozen=True)
class Share:
    """A part of a whole, to be written in percent."""

    part: int
    whole: int


Cell = int | str | Share


@dataclass(frozen=True)
class Table:
    """A table of figures: its key and those of its columns, and for each row its label and a value a column.

    Labels are keys of texts, years, months, days or ids of rules.
    """

    key: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class Totals:
    """Of all signings. `spoken` is the first day with a card: a slip of a century ago would lower the mean."""

    signings: int
    patients: int
    cards: int
    busiest: int
    first: date
    last: date
    spoken: date | None

    @property
    def cards_a_day(self) -> float:
        return self.cards / ((self.last - self.spoken).days + 1) if self.spoken else 0.0


@dataclass(frozen=True)
class Figures:
    """All figures of a run; `totals` is None if there is no signing."""

    totals: Totals | None
    tables: tuple[Table, ...]


def figures_of(folder: Path, rules: RuleSet, not_judged: Mapping[str, int]) -> Figures:
    """Counts what a run has written. `not_judged` are the orders that are no signing, by the fault that they have."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '512MB'; SET enable_progress_bar = false")
        for name in ("findings", "signings"):
            files = str(folder / name / "*.parquet").replace("'", "''")
            connection.execute(_VIEW.format(name=name, files=files))
        totals = _totals(connection)
        if totals is None:
            return Figures(None, ())
        years = tuple(str(year) for (year,) in connection.execute(_YEARS).fetchall())
        made = (
            _changes(rules, totals),
            _rules(connection, years),
            _doses(connection),
            _standings(connection),
            _outcomes(connection, not_judged),
            _undated(connection),
            _months(connection),
        )
    return Figures(totals, made)


def _totals(connection: "DuckDBPyConnection") -> Totals | None:
    row = connection.execute(_TOTALS).fetchone()
    return Totals(*row) if row and row[0] else None


def _months(connection: "DuckDBPyConnection") -> Table:
    found = _counted(connection, _MONTHS)
    months = sorted({month for month, _ in found})
    return Table("months", tuple(f"column-{name}" for name in WORST), _crossed(found, WORST, months))


def _changes(rules: RuleSet, totals: Totals) -> Table:
    """The days between the first and the last signing on which rules changed, with these rules."""
    days: dict[date, list[str]] = {}
    for rule in rules.rules:
        for change in rule.changes:
            if totals.first <= change.since <= totals.last:
                days.setdefault(change.since, []).append(rule.id)
    rows = tuple((day.isoformat(), (",".join(names),)) for day, names in sorted(days.items()))
    return Table("changes", ("column-rules",), rows)


def _rules(connection: "DuckDBPyConnection", years: tuple[str, ...]) -> Table:
    found = _counted(connection, "SELECT rule, year::VARCHAR, count(*) FROM findings GROUP BY ALL")
    sums: dict[str, int] = {}
    for (rule, _), count in found.items():
        sums[rule] = sums.get(rule, 0) + count
    return Table("rules", years, _crossed(found, years, sorted(sums, key=lambda rule: (-sums[rule], rule))))


def _doses(connection: "DuckDBPyConnection") -> Table:
    """Of signings in scope whose dose is computed, how many are above the limits."""
    low, high = LIMITS_MG
    rows = connection.execute(
        "SELECT year::VARCHAR, count(*), count(*) FILTER (dose_high > ?), count(*) FILTER (dose_high > ?) "
        "FROM signings WHERE dose_high IS NOT NULL AND scope <> 'out' GROUP BY ALL ORDER BY ALL",
        [low, high],
    ).fetchall()
    columns = ("column-computed", *(f"column-above-{mg}{part}" for mg in LIMITS_MG for part in ("", "-share")))
    made = tuple((year, (all_, above, Share(above, all_), far, Share(far, all_))) for year, all_, above, far in rows)
    return Table("doses", columns, made)


def _standings(connection: "DuckDBPyConnection") -> Table:
    found = _counted(
        connection, "SELECT year::VARCHAR, standing, count(*) FROM signings WHERE scope <> 'out' GROUP BY ALL"
    )
    columns = tuple(f"standing-{name}" for name in STANDINGS)
    return Table("standings", columns, _crossed(found, STANDINGS, sorted({row for row, _ in found})))


def _outcomes(connection: "DuckDBPyConnection", not_judged: Mapping[str, int]) -> Table:
    found = _counted(connection, "SELECT outcome, 'all', count(*) FROM signings GROUP BY ALL")
    rows = [(f"outcome-{name}", (found.get((name, "all"), 0),)) for name in OUTCOMES]
    return Table("outcomes", ("column-number",), (*rows, *((fault, (count,)) for fault, count in not_judged.items())))


def _undated(connection: "DuckDBPyConnection") -> Table:
    found = _counted(
        connection, "SELECT why, 'all', count(*) FROM (SELECT unnest(undated) AS why FROM signings) GROUP BY ALL"
    )
    return Table("undated", ("column-signings",), tuple((why, (found.get((why, "all"), 0),)) for why in UNDATED))


def _counted(connection: "DuckDBPyConnection", query: str) -> dict[tuple[str, str], int]:
    rows: Iterable[tuple[Any, ...]] = connection.execute(query).fetchall()
    return {(row, column): count for row, column, count in rows}


def _crossed(
    found: Mapping[tuple[str, str], int], columns: Iterable[str], labels: Iterable[str]
) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
    return tuple((label, tuple(found.get((label, column), 0) for column in columns)) for label in labels)
