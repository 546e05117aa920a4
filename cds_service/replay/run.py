"""One run on one machine, start to end: find, shard, judge, sum up; in OUT.partial, which is renamed at the end.

What is done is not done again: a run that was killed at any moment goes on with `--resume`.
"""

import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cds_service.knowledge.loading import Knowledge
from cds_service.replay import faults as wrong
from cds_service.replay import shard_work
from cds_service.replay.export_files import TYPES, Export, find_export, keys_sent
from cds_service.replay.fault_lines import lines_with, with_lines
from cds_service.replay.faults import Faults
from cds_service.replay.progress import Progress, say
from cds_service.replay.run_folder import Options, RunFolder, begin, refuse_changed, write_whole
from cds_service.replay.shard_work import Task
from cds_service.replay.shards import SeenFile, Survey, make_shards, shard_files


def replay(options: Options, knowledge: Knowledge) -> None:
    """Judges all signings of an export. Raises SettingsError if it cannot begin."""
    export = find_export(options.export)
    folder = begin(options, export, knowledge)
    if not folder.is_done:
        _judge(options, export, folder, knowledge)
    folder.finish(options.out)
    say(f"Done: {options.out / 'summary.html'}")


def _judge(options: Options, export: Export, folder: RunFolder, knowledge: Knowledge) -> None:
    from cds_service.replay.report import write_report  # needs DuckDB

    partial = folder.path
    survey = _sharded(options, export, folder, knowledge)
    sent = keys_sent(_types_sent(export, survey))
    until = min(options.until, folder.today)  # what bears a later day was not signed; it is a fault of the export
    task = Task(partial, sent, options.since, until, folder.today, folder.key, options.products)
    _judge_all(task, options.workers, knowledge)
    write_report(partial, _faults(partial, export, survey), _files(export, survey), knowledge, options.language)
    folder.mark_done()


def _sharded(options: Options, export: Export, folder: RunFolder, knowledge: Knowledge) -> Survey:
    """The shards, made once: what was seen on the way is written when they are whole."""
    file = folder.survey
    if not file.exists():
        say(f"Reading {len(export.files)} files")
        survey = make_shards(export, folder.path, knowledge, options.workers)
        refuse_changed(export, folder)
        write_whole(file, json.dumps(asdict(survey)))
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
