"""Writes the summary and the quality of a run, each as a page and as a table."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cds_service.knowledge.loading import Knowledge
from cds_service.replay import plot
from cds_service.replay.faults import KINDS, NOT_JUDGED, Faults
from cds_service.replay.figures import WORST, Figures, Table, figures_of
from cds_service.replay.view import Words, csv_of

_HERE = Path(__file__).parent

Files = Mapping[str, tuple[int, int]]
"""How many lines each file has, by its name, and how many of them are unreadable."""


def write_report(folder: Path, faults: Faults, files: Files, knowledge: Knowledge, language: str) -> None:
    """Writes summary.html, summary.csv, quality.html and quality.csv into the folder of a run."""
    say = Words(knowledge.texts, language)
    figures = figures_of(folder, knowledge.rules, {fault: faults.counts.get(fault, 0) for fault in NOT_JUDGED})
    quality = (_faults_table(faults), _files_table(files))
    _write(folder / "summary.csv", csv_of(figures.tables))
    _write(folder / "quality.csv", csv_of(quality))
    version = knowledge.rules_version
    _write(folder / "summary.html", _page("replay-title", figures.tables, say, version, figures))
    _write(folder / "quality.html", _page("replay-quality-title", quality, say, version))


def _page(title: str, tables: Iterable[Table], say: Words, version: str, figures: Figures | None = None) -> str:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    values: dict[str, Any] = {"title": title, "tables": tables, "say": say, "version": version, "worst": WORST}
    return environment.get_template("page.html").render(
        **values, figures=figures, plot=_plot_of(figures), width=plot.WIDTH, height=plot.HEIGHT
    )


def _plot_of(figures: Figures | None) -> plot.Plot | None:
    if figures is None or figures.totals is None:
        return None
    by_key = {table.key: table for table in figures.tables}
    return plot.plot_of(by_key["months"], by_key["changes"])


def _faults_table(faults: Faults) -> Table:
    """Each kind of fault with its number and the first places. Its numbers are of lines: they stay as they are."""
    rows = ((kind, (str(faults.counts.get(kind, 0)), _places(faults, kind))) for kind in KINDS)
    return Table("quality", ("column-number", "column-places"), tuple(rows))


def _places(faults: Faults, kind: str) -> str:
    places = faults.places.get(kind, ())
    return "; ".join(f"{file} : {line}" if line else file for file, line in places)


def _files_table(files: Files) -> Table:
    columns = ("column-lines", "column-unreadable")
    return Table("files", columns, tuple((name, (str(all_), str(bad))) for name, (all_, bad) in files.items()))


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
