"""Only migrations create the tables, once, even if several processes start together; production waits for them."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from cds_service.base.errors import SettingsError
from cds_service.store import migrator
from cds_service.store.database import StoreDown
from cds_service.store.opening import check_tables
from cds_service.store.tables import AUDIT_HEAD, METADATA, USED_TOKENS
from tests.access.deployment import as_toml, production
from tests.access.forge import ecdsa, key_set
from tests.cli.running import run, start
from tests.running.service import REPOSITORY
from tests.store.shown import connected, execute, rows


def test_the_migrations_make_the_tables_that_the_code_writes(database: str) -> None:
    with connected(database) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert migrator.is_at_head(connection)


def test_the_newest_version_is_that_of_the_last_migration() -> None:
    migrations = Path(migrator.__file__).parent / "migrations"

    assert migrator.head() == ScriptDirectory(migrations).get_current_head()


def test_an_empty_database_is_not_at_head(empty_database: str) -> None:
    with connected(empty_database) as connection:
        assert not migrator.is_at_head(connection)


def test_of_many_that_migrate_at_once_each_finds_the_tables_made(empty_database: str) -> None:
    """Workers of one machine and of several: processes, and threads of one process."""
    code = f"from cds_service.store import migrator; migrator.migrate({empty_database!r})"
    others = [subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: migrator.migrate(empty_database), range(4)))

    assert [other.wait(timeout=60) for other in others] == [0] * 4
    assert rows(empty_database, AUDIT_HEAD) == [(1, 0, "0" * 64)]


def test_what_the_service_kept_before_the_first_version_stays(empty_database: str) -> None:
    with connected(empty_database) as connection:
        USED_TOKENS.create(connection)
        connection.execute(USED_TOKENS.insert(), {"client": "ehr", "jti": "x", "until": 5.0})

    migrator.migrate(empty_database)

    assert rows(empty_database, USED_TOKENS, "client") == [("ehr",)]


def test_migrating_again_changes_nothing(database: str) -> None:
    execute(database, "UPDATE audit_head SET seq = 7")

    migrator.migrate(database)

    assert [row.seq for row in rows(database, AUDIT_HEAD)] == [7]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreDown):
        migrator.migrate(f"sqlite:///{tmp_path}/no/such/folder/store.db")


def test_tables_of_an_earlier_release_are_refused(database: str) -> None:
    check_tables(database)
    execute(database, "UPDATE alembic_version SET version_num = '0001'")

    with pytest.raises(SettingsError, match="Run `cds-service migrate` first"):
        check_tables(database)


def test_tables_of_a_later_release_are_refused(database: str) -> None:
    execute(database, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SettingsError, match="has the tables of a newer release"):
        check_tables(database)


def test_a_database_of_a_later_release_is_left_alone(database: str) -> None:
    execute(database, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreDown, match="of a newer release"):
        migrator.migrate(database)
    assert "restore the backup" in run("migrate", CDS_DATABASE_URL=database).stderr


def test_production_waits_for_the_command_that_makes_the_tables(empty_database: str, tmp_path: Path) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(as_toml({"id": "ehr", "issuer": "https://ehr.example", "jwks": key_set(ecdsa())}), "utf-8")
    environment: dict[str, Any] = {**production(file, empty_database, CDS_SPOOL=str(tmp_path / "spool"))}

    refused = start("serve", **environment)
    migrated = run("migrate", **environment)

    assert refused.returncode == 2
    assert "Run `cds-service migrate` first" in refused.stderr
    assert (migrated.returncode, migrated.stderr) == (0, "")
    assert migrated.stdout == f"the tables are at version {migrator.head()}\n"
    check_tables(empty_database)


def test_the_command_needs_a_database() -> None:
    done = run("migrate", CDS_DATABASE_URL="")

    assert (done.returncode, "names no database that is there" in done.stderr) == (2, True)


def test_the_command_says_that_a_database_is_down(tmp_path: Path) -> None:
    done = run("migrate", CDS_DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder/store.db")

    assert done.returncode == 2
    assert "CDS_DATABASE_URL: cannot be used" in done.stderr
