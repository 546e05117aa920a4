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
from cds_service.replay.faults import Faults
from cds_service.replay.progress import Progress, say
from cds_service.replay.pseudonyms import key_in
from cds_service.replay.shard_work import Task
from cds_service.replay.shards import Survey, make_shards, shard_files


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


def replay(options: Options, knowledge: Knowledge) -> None:
    """Judges all signings of an export. Raises SettingsError if it cannot begin."""
    from cds_service.replay.report import write_report  # needs DuckDB

    export = find_export(options.export)
    partial = options.out.with_name(f"{options.out.name}.partial")
    _begin(options, export, partial, knowledge)
    survey = _sharded(options, export, partial, knowledge)
    sent = keys_sent(kind for _, kind, *_ in survey.files)
    key = None if options.keep_ids else key_in(partial, options.key_file)
    until = min(options.until, options.today)  # what bears a later day was not signed; it is a fault of the export
    task = Task(partial, sent, options.since, until, options.today, key)
    _judge_all(task, options.workers, knowledge)
    write_report(partial, _faults(partial, export, survey), survey.files, knowledge, options.language)
    for folder in ("shards", "tallies"):
        shutil.rmtree(partial / folder)
    (partial / "survey.json").unlink()
    partial.rename(options.out)
    say(f"Done: {options.out / 'summary.html'}")


def _begin(options: Options, export: Export, partial: Path, knowledge: Knowledge) -> None:
    """Makes the folder of the run, or makes sure that what is there is the same run."""
    if options.out.exists():
        raise SettingsError(Fault("OUT", "is there already", "name a folder that is not, or remove it"))
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
    files = tuple(
        (str(path), str(kind), int(all_), int(bad), int(other)) for path, kind, all_, bad, other in read["files"]
    )
    survey = Survey(files, read["patients"], read["medicines"], read["shards"])
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
    with ProcessPoolExecutor(workers, spawned, initializer=shard_work.begin) as pool:
        tasks = [pool.submit(shard_work.judge_shard_here, number, files, task) for number, files in left]
        for finished in as_completed(tasks):
            progress.add(**finished.result())


def _faults(partial: Path, export: Export, survey: Survey) -> Faults:
    """What was found by DuckDB, and by the processes, with line numbers in place of identifiers."""
    found = Faults()
    there = {kind for _, kind, *_ in survey.files} | set(export.ndjson)
    for kind in TYPES:
        if kind not in there:
            found.add(wrong.NOT_SENT, [(kind, "")])
    for path, _, _, unreadable, other_type in survey.files:
        if unreadable:
            count, places = wrong.unreadable_lines(Path(path))
            found.add(wrong.UNREADABLE, places or [(Path(path).name, "")], max(count, unreadable))
        if other_type:
            found.add(wrong.OTHER_TYPE, [(Path(path).name, "")], other_type)
    judged = Faults()
    for tally in _tallies(partial):
        judged.add_all(tally["counts"], tally["places"])
    found.add_all(judged.counts, _with_lines(judged.places))
    return found


def _with_lines(places: dict[str, list[wrong.Place]]) -> dict[str, list[wrong.Place]]:
    """The places with the number of the line instead of the identifier of the resource."""
    wanted: dict[str, set[str]] = {}
    for file, name in (place for several in places.values() for place in several):
        wanted.setdefault(file, set()).add(name)
    lines = {file: wrong.line_numbers(Path(file), names) for file, names in wanted.items() if file}
    return {
        kind: [(Path(file).name, str(lines.get(file, {}).get(name, ""))) for file, name in several]
        for kind, several in places.items()
    }


def _tallies(partial: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((partial / "tallies").glob("*.json")):
        yield json.loads(path.read_text("utf-8"))
