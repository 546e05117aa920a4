"""What release 0.1.0 has left with those who run it and with their systems still holds.

tests/data/release-0.1.0 is as that release made it (its README says how) and is never written again. Where a test
here fails, the product has broken a promise: it is the product that is mended.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Inspector, inspect, text

from cds_service.config.settings import read_settings
from cds_service.store.tables import METADATA
from tests.access.forge import Issuer
from tests.known import openapi
from tests.release.contract_changes import changes
from tests.release.given_out import ISSUER, PUBLIC_URL, environment, key
from tests.release.keep import what_it_says
from tests.running.client import HOOK_PATH, Answer, Service
from tests.running.service import REPOSITORY, started
from tests.store.shown import connected

RELEASE = REPOSITORY / "tests" / "data" / "release-0.1.0"
FEEDBACK = json.loads((RELEASE / "feedback.json").read_text("utf-8"))
LINKS = json.loads((RELEASE / "links.json").read_text("utf-8"))
AUDIENCE = PUBLIC_URL + HOOK_PATH

Tables = dict[str, tuple[list[str], set[tuple[Any, ...]]]]


@dataclass(frozen=True)
class Updated:
    """An installation of 0.1.0 after an update to this release: what was there before, and what it says now."""

    settings: Mapping[str, str]
    before: Tables
    migrated: Tables
    differs_from_the_code: list[Any]
    not_for_the_old_release: list[str]
    plans: list[Answer]
    pages: list[Answer]
    feedback: list[Answer]
    verified: subprocess.CompletedProcess[str]
    insights: list[dict[str, str]]

    @property
    def database(self) -> str:
        return self.settings["CDS_DATABASE_URL"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def updated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Updated:
    folder = tmp_path_factory.mktemp("release") / "installation"
    shutil.copytree(RELEASE, folder)
    settings = environment(folder)
    if request.param == "postgresql":
        settings["CDS_DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
        with connected(settings["CDS_DATABASE_URL"]) as connection:
            connection.exec_driver_sql((folder / "postgresql.sql").read_text("utf-8"))
    return update(folder, settings)


def update(folder: Path, settings: dict[str, str]) -> Updated:
    """As docs/operation.md has it: migrate, then serve."""
    url = settings["CDS_DATABASE_URL"]
    before = tables(url)
    run("migrate", settings)
    with connected(url) as connection:
        differs = compare_metadata(MigrationContext.configure(connection), METADATA)
        refused = list(not_for_the_old_release(inspect(connection), before))
    migrated = tables(url)
    with started(settings, workers=1, stderr=subprocess.DEVNULL) as (service, _):
        plans = [service.get(f"{link['address']}&format=json") for link in LINKS]
        pages = [service.get(link["address"]) for link in LINKS]
        feedback = [send(service, one["body"]) for one in FEEDBACK]
    verified = run("audit", settings, "verify", "--head", str(folder / "heads.jsonl"))
    counted = run("insights", settings, "--csv", "--since", "2026-11-02").stdout
    insights = list(csv.DictReader(counted.splitlines()))
    return Updated(settings, before, migrated, differs, refused, plans, pages, feedback, verified, insights)


def run(command: str, settings: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-m", "cds_service", command, *arguments]
    done = subprocess.run(
        whole, env={**os.environ, **settings}, capture_output=True, encoding="utf-8", cwd=REPOSITORY
    )
    assert done.returncode == 0, done.stderr
    return done


def send(service: Service, body: Any) -> Answer:
    token = Issuer(ISSUER, key(), AUDIENCE, (("sub", "ehr"), ("tenant", "ward"))).token()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return service.call("POST", f"{HOOK_PATH}/feedback", json.dumps(body).encode(), headers)


def tables(url: str) -> Tables:
    """All rows, by table; of what alembic keeps for itself nothing."""
    with connected(url) as connection:
        found = {name: sorted(c["name"] for c in inspect(connection).get_columns(name)) for name in names(url)}
        return {
            name: (columns, {tuple(row) for row in connection.execute(text(selected(name, columns)))})
            for name, columns in found.items()
        }


def names(url: str) -> list[str]:
    with connected(url) as connection:
        return sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})


def selected(table: str, columns: list[str]) -> str:
    return f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608 - names that the database itself gives


def not_for_the_old_release(inspector: Inspector, before: Tables) -> Iterator[str]:
    """Columns that it would have to fill: it may still run beside the new one while machines are updated."""
    for table, (columns, _) in before.items():
        for column in inspector.get_columns(table) if inspector.has_table(table) else ():
            if column["name"] not in columns and not column["nullable"] and column["default"] is None:
                yield f"{table}.{column['name']}"


# --- the database ----------------------------------------------------------------------------


def test_migrations_only_add(updated: Updated) -> None:
    assert updated.before
    assert all(rows for _, rows in updated.before.values())
    for table, (columns, rows) in updated.before.items():
        now, kept = updated.migrated.get(table, ([], set()))
        assert set(columns) <= set(now), table
        assert rows == {tuple(row[now.index(name)] for name in columns) for row in kept}, table
    assert updated.not_for_the_old_release == []


def test_an_old_database_has_the_tables_of_a_new_one(updated: Updated) -> None:
    assert updated.differs_from_the_code == []


def test_the_chain_holds_up_to_the_heads_that_were_exported_and_on(updated: Updated) -> None:
    assert updated.verified.stdout == "17 records, up to 17: the chain holds\n"


def test_what_waited_on_the_disk_has_come_in(updated: Updated) -> None:
    lines = "".join(path.read_text("utf-8") for path in (RELEASE / "spool").iterdir()).splitlines()
    waited = [json.loads(line) for line in lines]
    kept = {
        kind: {row[columns.index("id")] for row in rows}
        for kind, (columns, rows) in ((kind, tables(updated.database)[kind]) for kind in ("answers", "feedback"))
    }

    assert {record["kind"] for record in waited} == {"decision", "feedback"}
    for record in waited:
        assert record["id"] in kept["answers" if record["kind"] == "decision" else "feedback"]
    assert [*Path(updated.settings["CDS_SPOOL"]).glob("*.jsonl")] == []


def test_the_figures_are_those_of_the_release_and_add_up(updated: Updated) -> None:
    wanted = list(csv.DictReader((RELEASE / "insights.csv").read_text("utf-8").splitlines()))

    now = [{name: row.get(name) for name in wanted[0]} for row in updated.insights]
    assert now == wanted
    for row in updated.insights:
        reasons = sum(int(count) for name, count in row.items() if name.startswith("overridden:"))
        assert int(row["overridden"]) == reasons
        assert int(row["shown"]) == int(row["accepted"]) + int(row["overridden"]) + int(row["unanswered"])


# --- what was given out ----------------------------------------------------------------------


def test_settings_and_entries_of_clients_are_still_understood(updated: Updated) -> None:
    settings = read_settings(updated.settings)

    assert (settings.mode, settings.keep_comments, settings.discovery_needs_token) == ("production", True, True)
    assert [client.id for client in settings.clients] == ["hospital-a", "hospital-b"]


def fast_part(levels: list[list[Any]]) -> list[list[Any]]:
    return [level for level in levels if level[1] >= 30]


def test_an_address_on_a_card_still_gives_the_plan_that_it_gave(updated: Updated) -> None:
    assert len(LINKS) == 20
    for link, plan, page in zip(LINKS, updated.plans, updated.pages, strict=True):
        assert (plan.status, page.status) == (200, 200), link["address"]
        now, then = what_it_says(plan.json), link["plan"]
        asked = ("kind", "from_mg_per_day", "wanted_mg_per_day", "begins")
        assert [now[name] for name in asked] == [then[name] for name in asked]
        # Answers of 0.3.0: a way up begins with 15 mg and is slower; a stop goes by 5 mg from 30 on; a target that
        # halves do not make is rounded up; the last level goes on to the visit, for which tablets are counted too.
        assert now["ends"] >= then["ends"]
        if now["kind"] == "taper" and now["to_mg_per_day"] == now["wanted_mg_per_day"]:
            assert now["levels"] == then["levels"]
        if now["kind"] == "stop":
            assert fast_part(now["levels"]) == fast_part(then["levels"])
        assert page.body.decode().count("<tr") > len(now["levels"])


@pytest.mark.parametrize("number", range(5), ids=lambda number: FEEDBACK[number]["what"])
def test_feedback_on_old_cards_is_kept_with_the_reason_it_names(updated: Updated, number: int) -> None:
    """A code of ours that is no longer offered is retired, and still understood."""
    assert updated.feedback[number].status == 200
    with connected(updated.database) as connection:
        rows = connection.execute(text("SELECT card, outcome, reason FROM feedback WHERE client = 'hospital-a'"))
        kept = [[row.card, row.outcome, row.reason or ""] for row in rows]
    for item in FEEDBACK[number]["kept"]:
        assert item in kept


def test_the_contract_takes_nothing_away_and_asks_nothing_new() -> None:
    old = yaml.safe_load((RELEASE / "openapi.yaml").read_text("utf-8"))

    assert changes(old, openapi()) == []
