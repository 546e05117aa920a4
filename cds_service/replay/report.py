"""Writes the summary and the quality of a run, as pages and as tables."""

from pathlib import Path

from cds_service.knowledge.loading import Knowledge
from cds_service.replay.faults import Faults


def write_report(folder: Path, faults: Faults, knowledge: Knowledge, language: str) -> None:
    """Writes summary.html, summary.csv, quality.html and quality.csv into the folder of a run."""
    del folder, faults, knowledge, language
