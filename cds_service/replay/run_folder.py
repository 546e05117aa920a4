"""The folder of a run while it is built, OUT.partial: what was asked for, so that only the same run goes on in it.

A run may be killed between any two lines: each file is whole or not there.
"""

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cds_service.base.errors import Fault, SettingsError
from cds_service.knowledge.loading import Knowledge
from cds_service.replay import tables
from cds_service.replay.export_files import Export, find_export
from cds_service.replay.pseudonyms import digest_of, key_in

_SCRATCH = ("shards", "tallies")


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    export: Path
    out: Path
    workers: int
    since: date
    until: date
    today: date
    language: str
    resume: bool = False
    keep_ids: bool = False
    key_file: Path | None = None
    products: Path | None = None


@dataclass(frozen=True)
class RunFolder:
    """OUT.partial, the key of its pseudonyms (None: identifiers are kept), and the day on which the run began."""

    path: Path
    key: bytes | None
    today: date
    export: str

    @property
    def survey(self) -> Path:
        return self.path / "survey.json"

    @property
    def _done(self) -> Path:
        return self.path / "done"

    @property
    def is_done(self) -> bool:
        """Whether all is judged and written; what is left is to clear away and to rename."""
        return self._done.exists()

    def mark_done(self) -> None:
        self._done.touch()

    def finish(self, out: Path) -> None:
        """Clears away what only the run needed, and gives the folder its name."""
        for name in _SCRATCH:
            shutil.rmtree(self.path / name, ignore_errors=True)
        self.survey.unlink(missing_ok=True)
        self.path.rename(out)
        (out / self._done.name).unlink()


def begin(options: Options, export: Export, knowledge: Knowledge) -> RunFolder:
    """Makes the folder of the run, or makes sure that what is there is the same run."""
    partial = options.out.with_name(f"{options.out.name}.partial")
    _refuse_place(options, export, partial)
    key = None if options.keep_ids else key_in(partial, options.key_file)
    for name in (tables.FINDINGS, tables.SIGNINGS, "tallies"):
        (partial / name).mkdir(parents=True, exist_ok=True)
    file, about = partial / "run.json", _about(options, export, knowledge, key)
    if file.exists():
        before: dict[str, Any] = json.loads(file.read_text("utf-8"))
        _refuse_other(before, about)
        return RunFolder(partial, key, date.fromisoformat(before["on"]), about["export"])
    write_whole(file, json.dumps({**about, "on": options.today.isoformat()}, indent=2))
    return RunFolder(partial, key, options.today, about["export"])


def _refuse_place(options: Options, export: Export, partial: Path) -> None:
    if options.out.exists():
        raise SettingsError(Fault("OUT", "is there already", "name a folder that is not, or remove it"))
    if options.out.resolve().is_relative_to(export.folder):
        raise SettingsError(Fault("OUT", "lies in EXPORT", "name a folder elsewhere"))
    if partial.exists() and not options.resume:
        remedy = "go on with it by --resume, or remove it"
        raise SettingsError(Fault("OUT.partial", "is there from a run that did not end", remedy))


def _about(options: Options, export: Export, knowledge: Knowledge, key: bytes | None) -> dict[str, str]:
    return {
        "export": export.fingerprint(),
        "rules": knowledge.rules_version,
        "from": options.since.isoformat(),
        "to": options.until.isoformat(),
        "identifiers": f"keyed by {digest_of(key)}" if key else "kept",
    }


def _refuse_other(before: dict[str, Any], now: dict[str, str]) -> None:
    other = [name for name, value in now.items() if before.get(name) != value]
    if "export" in other:
        raise _changed()
    if other:
        words = ", ".join(other)
        raise SettingsError(Fault("--resume", f"asks for another run ({words})", "ask for the same, or begin anew"))


def refuse_changed(export: Export, folder: RunFolder) -> None:
    """Refuses an export that has changed while it was read."""
    if find_export(export.folder).fingerprint() != folder.export:
        raise _changed()


def _changed() -> SettingsError:
    return SettingsError(Fault("EXPORT", "has changed since the run began", "remove OUT.partial and begin anew"))


def write_whole(file: Path, text: str) -> None:
    half = file.with_suffix(".half")
    half.write_text(text, "utf-8")
    half.replace(file)
