"""One run on one machine, start to end: find, shard, judge, sum up; in OUT.partial, which is renamed at the end.

What is done is not done again: a run that was killed at any moment goes on with `--resume`.
"""

import json
import multiprocessing
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cds_service.base.errors import Fault, SettingsError
from cds_service.knowledge.loading import Knowledge
from cds_service.replay import faults as wrong
from cds_service.replay import shard_work, tables
from cds_service.replay.export_files import TYPES, Export, find_export, keys_sent
from cds_service.replay.fault_lines import lines_with, with_lines
from cds_service.replay.faults import Faults
from cds_service.replay.progress import Progress, say
from cds_service.replay.pseudonyms import key_in
from cds_service.replay.shard_work import Task
from cds_service.replay.shards import SeenFile, Survey, make_shards, shard_files


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


def replay(options: Options, knowledge: Knowledge) -> None:
    """Judges all signings of an export. Raises SettingsError if it cannot begin."""
    from cds_service.replay.report import write_report  # needs DuckDB

    export = find_export(options.export)
    partial = options.out.with_name(f"{options.out.name}.partial")
    _begin(options, export, partial, knowledge)
    survey = _sharded(options, export, partial, knowledge)
    sent = keys_sent(_types_sent(export, survey))
    key = None if options.keep_ids else key_in(partial, options.key_file)
    until = min(options.until, options.today)  # what bears a later day was not signed; it is a fault of the export
    task = Task(partial, sent, options.since, until, options.today, key, options.products)
    _judge_all(task, options.workers, knowledge)
    write_report(partial, _faults(partial, export, survey), _files(export, survey), knowledge, options.language)
    for folder in ("shards", "tallies"):
        shutil.rmtree(partial / folder)
    (partial / "survey.json").unlink()
    partial.rename(options.out)
    say(f"Done: {options.out / 'summary.html'}")


def _begin(options: Options, export: Export, partial: Path, knowledge: Knowledge) -> None:
    """Makes the folder of the run, or makes sure that what is there is the same run."""
    if options.out.exists():
        raise SettingsError(Fault("OUT", "is there already", "name a folder that is not, or remove it"))
    if options.out.resolve().is_relative_to(export.folder):
        raise SettingsError(Fault("OUT", "lies in EXPORT", "name a folder elsewhere"))
    file, about = partial / "run.json", _about(options, export, knowledge)
    if partial.exists() and not options.resume:
        remedy = "go on with it by --resume, or remove it"
        raise SettingsError(Fault("OUT.partial", "is there from a run that did not end", remedy))
    if file.exists():
        _refuse_other(json.loads(file.read_text("utf-8")), about)
        return
    partial.mkdir(parents=True, exist_ok=True)
    for folder in (tables.FINDINGS, tables.SIGNINGS, "tallies"):
        (partial / folder).mkdir(exist_ok=True)
    half = file.with_suffix(".half")
    half.write_text(json.dumps(about, indent=2), "utf-8")
    half.replace(file)


def _about(options: Options, export: Export, knowledge: Knowledge) -> dict[str, str]:
    return {
        "export": export.fingerprint(),
        "rules": knowledge.rules_version,
        "from": options.since.isoformat(),
        "to": options.until.isoformat(),
        "identifiers": "kept" if options.keep_ids else "keyed",
    }


def _refuse_other(before: dict[str, str], now: dict[str, str]) -> None:
    other = [name for name, value in now.items() if before.get(name) != value]
    if "export" in other:
        raise SettingsError(Fault("EXPORT", "has changed since the run began", "remove OUT.partial and begin anew"))
    if other:
        words = ", ".join(other)
        raise SettingsError(Fault("--resume", f"asks for another run ({words})", "ask for the same, or begin anew"))


def _sharded(options: Options, export: Export, partial: Path, knowledge: Knowledge) -> Survey:
    """The shards, made once: what was seen on the way is written when they are whole."""
    file = partial / "survey.json"
    if not file.exists():
        say(f"Reading {len(export.files)} files")
        survey = make_shards(export, partial, knowledge, options.workers)
        half = file.with_suffix(".half")
        half.write_text(json.dumps(asdict(survey)), "utf-8")
        half.replace(file)
    read: dict[str, Any] = json.loads(file.read_text("utf-8"))
    files, where = (SeenFile(**each) for each in read.pop("files")), read.pop("where")
    survey = Survey(files=tuple(files), where=tuple((file, name) for file, name in where), **read)
    say(f"{survey.medicines} medicines, {survey.patients} patients who may have been prescribed baclofen")
    return survey


def _judge_all(task: Task, workers: int, knowledge: Knowledge) -> None:
    """Judges the shards that have no tally yet, in as many processes as asked for."""
    done = {path.stem for path in (task.folder / "tallies").glob("*.json")}
    left = [(number, files) for number, files in shard_files(task.folder) if f"{number:05}" not in done]
    progress = Progress(len(left))
    if workers == 1:
        for number, files in left:
            progress.add(**shard_work.judge_shard(number, files, task, knowledge))
        return
    spawned = multiprocessing.get_context("spawn")  # a fork would copy the threads of DuckDB
    with ProcessPoolExecutor(workers, spawned, initializer=shard_work.begin, initargs=(task.products,)) as pool:
        tasks = [pool.submit(shard_work.judge_shard_here, number, files, task) for number, files in left]
        for finished in as_completed(tasks):
            progress.add(**finished.result())


def _faults(partial: Path, export: Export, survey: Survey) -> Faults:
    """What was found by DuckDB, and by the processes, each with its file as it is named and its line."""
    found = Faults()
    for kind in TYPES:
        if kind not in _types_sent(export, survey):
            found.add(wrong.NOT_SENT, [(kind, "")])
    for path in export.others:
        found.add(wrong.NOT_READ, [(str(path), "")])
    for seen in survey.files:
        counts = {
            wrong.UNREADABLE: seen.unreadable, wrong.OTHER_TYPE: seen.other_type, wrong.NO_SUBJECT: seen.no_subject
        }  # fmt: skip
        for kind, count in counts.items():
            if count:
                found.add(kind, lines_with(kind, Path(seen.file), seen.type), count)
    by_resource = Faults()
    by_resource.add(wrong.ORDER_NO_SUBJECT, survey.where, survey.lost)
    for tally in _tallies(partial):
        by_resource.add_all(tally["counts"], tally["places"])
    found.add_all(by_resource.counts, with_lines(by_resource.places))
    return found.named(export.name)


def _files(export: Export, survey: Survey) -> dict[str, tuple[int, int]]:
    """How many lines each file has, by its name, and how many of them are unreadable."""
    lines = {export.name(path): (0, 0) for path in export.files}
    for seen in survey.files:
        name = export.name(Path(seen.file))
        before, unreadable = lines[name]
        lines[name] = before + seen.lines, unreadable + seen.unreadable
    return lines


def _types_sent(export: Export, survey: Survey) -> set[str]:
    """The types of resource that the export has a file for, be it an empty one."""
    return {seen.type for seen in survey.files} | set(export.ndjson)


def _tallies(partial: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((partial / "tallies").glob("*.json")):
        yield json.loads(path.read_text("utf-8"))
