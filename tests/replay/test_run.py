"""A whole run: export in, Parquet and pages out; killed and resumed; what is wrong with an export."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.parquet
import pytest

from bench import exports
from bench.histories import patients
from cds_service.base.errors import SettingsError
from cds_service.knowledge.loading import Knowledge, load_knowledge
from cds_service.replay import run
from cds_service.replay.run_folder import Options
from tests.cli.running import run as command

PATIENTS = 6
TODAY = date(2026, 11, 30)
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "export"
    exports.write(folder, PATIENTS, others=40, dirt=True)
    return folder


@pytest.fixture(scope="module")
def out(export: Path) -> Path:
    """What a run wrote; with one process, which is judging enough."""
    folder = export.with_name("out")
    replay(export, folder)
    return folder


@pytest.fixture
def key(out: Path) -> Path:
    """The key of that run, for the same pseudonyms in another."""
    return out / "key"


def replay(export: Path, out: Path, **options: Any) -> None:
    asked_for = {"workers": 1, "since": date.min, "until": date.max, "today": TODAY, "language": "fr", **options}
    run.replay(Options(export, out, **asked_for), knowledge())


@cache
def knowledge() -> Knowledge:
    return load_knowledge()


def rows(out: Path, table: str) -> Rows:
    return asked("FROM read_parquet(?) ORDER BY ALL", f"{out}/{table}/*.parquet")


def asked(query: str, files: str) -> Rows:
    with duckdb.connect() as connection:
        return connection.execute(query, [files]).fetchall()


def test_each_signing_has_one_row(out: Path) -> None:
    made = list(patients(PATIENTS))
    dated = sum(len(patient.baclofen) for patient in made)

    signings = asked("SELECT patient, day, count(*) FROM read_parquet(?) GROUP BY ALL", f"{out}/signings/*.parquet")

    assert [count for *_, count in signings] == [1] * (dated + 1)  # one of the dirt bears a day that has come


def test_what_is_wrong_is_counted_with_its_place(out: Path, export: Path) -> None:
    lines = (export / "MedicationRequest.ndjson").read_text().splitlines()
    written = (out / "quality.csv").read_text()

    needles = {"unreadable": "cut-o", "order-in-future": "far", "no-target": "far", "no-unit": "unit"}
    for kind, needle in needles.items():
        [number] = [number for number, line in enumerate(lines, start=1) if f'"id":"{needle}' in line]
        assert f"quality,fault-{kind},number,1\n" in written.replace("\r", "")
        assert f"quality,fault-{kind},places,MedicationRequest.ndjson : {number}\n" in written.replace("\r", "")
    assert "quality,fault-other-type,number,1" in written
    assert "quality,fault-order-no-day,number,1" in written
    assert "quality,fault-not-sent,places,MedicationStatement; Medication" in written


def test_no_identifier_and_no_name_leaves_the_export(out: Path) -> None:
    patients = {row[0] for row in rows(out, "signings")}

    assert all(len(name) == 24 for name in patients)
    for file in out.rglob("*"):
        assert file.is_dir() or b"p1-0-0" not in file.read_bytes()


def test_other_layouts_give_the_same_rows(out: Path, export: Path, key: Path, tmp_path: Path) -> None:
    """Several files, gzip and Parquet; with the key of the first run its pseudonyms too."""
    other = tmp_path / "other"
    shutil.copytree(export, other)
    orders = other / "MedicationRequest.ndjson"
    lines = orders.read_bytes().splitlines(keepends=True)
    orders.unlink()
    (other / "MedicationRequest.1.ndjson").write_bytes(b"".join(lines[:50]))
    (other / "MedicationRequest.2.ndjson.gz").write_bytes(gzip.compress(b"".join(lines[50:])))
    conditions = [json.loads(line) for line in (other / "Condition.ndjson").read_text().splitlines()]
    table = pyarrow.table(
        {
            "patient": [item["subject"]["reference"].removeprefix("Patient/") for item in conditions],
            "type": ["Condition"] * len(conditions),
            "json": [json.dumps(item) for item in conditions],
        }
    )
    pyarrow.parquet.write_table(table, other / "part.parquet")
    (other / "Condition.ndjson").unlink()

    replay(other, tmp_path / "out", key_file=key)

    for table in ("findings", "signings"):
        assert rows(tmp_path / "out", table) == rows(out, table)


def test_a_run_that_was_killed_goes_on_and_writes_each_row_once(
    out: Path, export: Path, key: Path, tmp_path: Path
) -> None:
    """The command as a process, with processes of its own; it is killed when one part of four is done."""
    again, partial = tmp_path / "out", tmp_path / "out.partial"
    asked_for = ["replay", str(export), str(again), "--workers", "2", "--key-file", str(key)]
    with subprocess.Popen([sys.executable, "-m", "cds_service", *asked_for], stderr=subprocess.DEVNULL) as started:
        while not any(partial.glob("tallies/*.json")) and started.poll() is None:
            time.sleep(0.01)
        os.kill(started.pid, signal.SIGKILL)
    assert not again.exists()

    with pytest.raises(SettingsError, match="is there from a run that did not end"):
        replay(export, again, key_file=key)
    replay(export, again, key_file=key, resume=True)

    assert not partial.exists()
    for table in ("findings", "signings"):
        assert rows(again, table) == rows(out, table)


@pytest.fixture
def killed(export: Path, key: Path, tmp_path: Path) -> Path:
    """A run that has judged everything; it was killed while it cleared away."""
    shutil.copytree(export, tmp_path / "export")
    replay(tmp_path / "export", tmp_path / "out", key_file=key)
    (tmp_path / "out").rename(tmp_path / "out.partial")
    (tmp_path / "out.partial" / "done").touch()
    return tmp_path / "export"


def test_a_run_that_was_killed_while_it_cleared_away_is_only_ended(killed: Path, out: Path, key: Path) -> None:
    again = killed.with_name("out")

    replay(killed, again, key_file=key, resume=True, workers=3)

    assert sorted(it.name for it in again.iterdir()) == sorted(it.name for it in out.iterdir() if it.name != "key")
    assert rows(again, "findings") == rows(out, "findings")


def test_another_run_does_not_go_on_in_the_folder_of_one(killed: Path, key: Path) -> None:
    """Of another export, with another key or other days: rows of two runs would be mixed."""
    other = killed.with_name("key")
    other.write_text("k" * 40)

    with pytest.raises(SettingsError, match=r"asks for another run \(identifiers\)"):
        replay(killed, killed.with_name("out"), key_file=other, resume=True)
    with pytest.raises(SettingsError, match=r"asks for another run \(from\)"):
        replay(killed, killed.with_name("out"), key_file=key, resume=True, since=TODAY)
    with (killed / "Goal.ndjson").open("a") as file:
        file.write("\n")
    with pytest.raises(SettingsError, match="has changed since the run began"):
        replay(killed, killed.with_name("out"), key_file=key, resume=True)


def test_days_are_chosen_and_identifiers_kept(export: Path, tmp_path: Path) -> None:
    days = ("--from", "2020-05-05", "--to", "2020-05-05")

    done = command("replay", export, tmp_path / "out", "--workers", "1", "--keep-ids", *days)

    assert done.returncode == 0, done.stderr
    [signing] = [row for row in rows(tmp_path / "out", "signings") if "MedicationRequest/unit" in row[2]]
    assert signing[0] == "p0"
    assert not (tmp_path / "out" / "key").exists()


def test_a_file_that_is_missing_was_not_sent(export: Path, tmp_path: Path) -> None:
    copied = tmp_path / "export"
    shutil.copytree(export, copied)
    (copied / "Condition.ndjson").unlink()

    replay(copied, tmp_path / "out")

    rules = {rule for (rule,) in asked("SELECT rule FROM read_parquet(?)", f"{tmp_path}/out/findings/*.parquet")}
    assert "check-incomplete" in rules
    assert "psychiatric-history" not in rules


def test_the_summary_is_french_self_contained_and_tells_no_small_number(out: Path) -> None:
    page = (out / "summary.html").read_text()
    figures = (out / "summary.csv").read_text().split()

    assert "http" not in page.replace("http-equiv", "")
    assert "&lt; 6" in page
    assert not [line for line in figures if line.rpartition(",")[2] in {"1", "2", "3", "4", "5"}]
    assert '<html lang="fr">' in page
