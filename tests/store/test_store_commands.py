"""`audit` and `purge` as operators use them, on records that the service has written."""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from cds_service.cli import main
from cds_service.store import timestamps
from cds_service.store.database import open_engine, writing
from cds_service.store.insert import write
from cds_service.store.kept import Record, of_answer, of_feedback
from cds_service.store.spool import Spool
from cds_service.store.tables import ANSWERS, AUDIT, CARDS, CHOSEN, FEEDBACK, FINDINGS, SUGGESTIONS
from tests.store.shown import KEY, count, decisions, execute, rows, shown, told

TODAY = datetime.now(UTC)
SUGGESTION = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


class Run(Protocol):
    def __call__(self, *arguments: str, **environment: str) -> Done: ...


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def run(
    request: pytest.FixtureRequest, spool: Spool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run the command line in this process: starting Python takes longer than the command itself."""
    used = "empty_database" if "empty_database" in request.fixturenames else "database"
    settings = {"CDS_DATABASE_URL": request.getfixturevalue(used), "CDS_SPOOL": str(spool.folder)}

    def started(*arguments: str, **environment: str) -> Done:
        for name, value in (settings | environment).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["cds-service", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Done(int(ended.value.code or 0), printed.out, printed.err)

    return started


def keep(url: str, records: list[Record], at: datetime = TODAY) -> None:
    engine = open_engine(url)
    with writing(engine) as connection:
        write(connection, records, at.timestamp)
    engine.dispose()


def test_row_82_the_command_tells_what_holds_and_names_what_does_not(
    database: str, spool: Spool, run: Run, tmp_path: Path
) -> None:
    heads = tmp_path / "heads.jsonl"
    keep(database, decisions(5))

    holds = run("audit", "verify")
    heads.write_text(run("audit", "head").stdout)
    keep(database, decisions(1), TODAY - timedelta(hours=1))
    spool.append(decisions(2))
    later = run("audit", "verify", "--head", str(heads))
    execute(database, "UPDATE audit SET content = replace(content, 'critical', 'info') WHERE seq = 3")
    broken = run("audit", "verify", "--head", str(heads))

    assert (holds.returncode, holds.stdout) == (0, "5 records, up to 5: the chain holds\n")
    assert json.loads(heads.read_text())["seq"] == 5
    assert later.returncode == 0
    assert later.stdout.splitlines() == [
        "record 6: sealed earlier than the record before it: a clock was set back",
        "2 records wait on this machine and are not in the chain yet",
        "6 records, up to 6: the chain holds",
    ]
    assert broken.returncode == 1
    assert broken.stderr == "record 3: its content is not what was sealed\n"


def test_row_82_a_tail_that_was_cut_with_care_is_named_by_the_heads_of_each_day(
    database: str, run: Run, tmp_path: Path
) -> None:
    heads = tmp_path / "heads.jsonl"
    with heads.open("w") as file:
        for _ in range(2):
            keep(database, decisions(2))
            file.write(run("audit", "head").stdout)
    execute(database, "DELETE FROM audit WHERE seq > 3")
    execute(database, "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit WHERE seq = 3)")

    assert run("audit", "verify").returncode == 0
    broken = run("audit", "verify", "--head", str(heads))
    assert broken.returncode == 1
    assert broken.stderr == "record 4: it is missing: the chain went on to record 4\n"


def test_a_file_that_holds_no_heads_is_refused(database: str, run: Run, tmp_path: Path) -> None:
    del database  # used through `run`
    file = tmp_path / "heads.jsonl"
    file.write_text('{"seq": 5}\n')

    refused = run("audit", "verify", "--head", str(file))

    assert refused.returncode == 2
    assert refused.stderr.startswith("--head: has a line that is not the head of a chain.")


def test_a_decision_is_found_by_the_card_that_it_gave_long_after_its_answer_was_purged(
    database: str, run: Run
) -> None:
    old = TODAY - timedelta(days=400)
    answer = of_answer(shown(), old, KEY)
    keep(database, [answer, *decisions(2)], old)
    run("purge")

    found = run("audit", "show", answer["cards"][0]["uuid"])
    missing = run("audit", "show", SUGGESTION)

    assert [json.loads(line) for line in found.stdout.splitlines()] == [answer]
    assert (missing.returncode, missing.stderr) == (1, "no decision in the chain gave this card\n")


@pytest.fixture
def aged(database: str) -> str:
    """An answer and its feedback of each age in days; 600 of the oldest, more than are removed in one transaction."""
    for days, many in ((4000, 600), (400, 3), (100, 2), (0, 1)):
        at = TODAY - timedelta(days=days)
        answers = [record | {"at": timestamps.written(at)} for record in decisions(many)]
        card = answers[0]["cards"][0]["uuid"]
        tells = [told(card, "accepted", at, suggestions=[SUGGESTION])]
        keep(database, [*answers, *(of_feedback(item, "ehr", at, KEY) for item in tells)], at)
    return database


@pytest.mark.parametrize(
    ("settings", "kept", "links"),
    [
        ({}, 3, 7),  # 365 and 3650 days; the purge itself adds a link
        ({"CDS_RETENTION_DAYS": "50", "CDS_AUDIT_RETENTION_DAYS": "200"}, 1, 4),
        ({"CDS_RETENTION_DAYS": "9999", "CDS_AUDIT_RETENTION_DAYS": "9999"}, 606, 606),
    ],
)
def test_what_is_kept_long_enough_goes_with_all_that_belongs_to_it(
    aged: str, run: Run, settings: dict[str, str], kept: int, links: int
) -> None:
    done = run("purge", **settings)

    assert (done.returncode, done.stderr) == (0, "")
    assert count(aged, ANSWERS) == kept
    assert count(aged, AUDIT) == links
    answers = {row.id for row in rows(aged, ANSWERS, "id")}
    for table in (CARDS, FINDINGS, SUGGESTIONS):
        assert {row.answer for row in rows(aged, table, "answer")} == answers
    assert {row.id for row in rows(aged, FEEDBACK)} == {row.feedback for row in rows(aged, CHOSEN)}
    assert count(aged, FEEDBACK) == {3: 2, 1: 1, 606: 4}[kept]
    assert run("audit", "verify").returncode == 0


def test_the_commands_ask_for_the_tables_first(empty_database: str, run: Run) -> None:
    execute(empty_database, "CREATE TABLE of_somebody_else (id INTEGER)")  # SQLite makes the file
    for command in (["audit", "verify"], ["audit", "head"], ["purge"]):
        done = run(*command)

        assert done.returncode == 2
        assert "Run `cds-service migrate` first" in done.stderr


@pytest.mark.parametrize("command", [("audit", "head"), ("audit", "verify"), ("purge",)], ids=" ".join)
def test_in_the_wrong_folder_no_empty_database_is_made(
    run: Run, database: str, command: tuple[str, ...], tmp_path: Path
) -> None:
    del database  # used through `run`
    done = run(*command, CDS_DATABASE_URL=f"sqlite:///{tmp_path}/none.db")

    assert "names no database that is there" in done.stderr
    assert not (tmp_path / "none.db").exists()
