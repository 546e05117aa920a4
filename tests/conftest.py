"""Databases of both kinds and a running service for all tests; how many examples the properties take in each loop.

`make quick` and `make test` take the same examples each time; `make thorough` looks further.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cds_service.store import migrator
from tests.access.deployment import Deployment, deployed
from tests.databases import PostgreSQL, postgresql
from tests.running.client import Service
from tests.running.service import started

settings.register_profile("quick", max_examples=10, derandomize=True, deadline=None, database=None)
settings.register_profile("test", settings.get_profile("quick"), max_examples=60)
settings.register_profile(
    "thorough",
    max_examples=10_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "test"))


@pytest.fixture(scope="session", autouse=True)
def database_of_services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What services and commands that tests start keep, where a test does not say: not in the working folder."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CDS_DATABASE_URL", f"sqlite:///{tmp_path_factory.mktemp('services')}/cds-service.db")
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgreSQL]:
    with postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the tables, to be copied: migrations take time, and have tests of their own."""
    file = tmp_path_factory.mktemp("tables") / "tables.db"
    migrator.migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new database without tables. A test that asks for it runs on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    server: PostgreSQL = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same with its tables."""
    if request.param == "sqlite":
        copied = shutil.copy(request.getfixturevalue("sqlite_file"), tmp_path / "store.db")
        return f"sqlite:///{copied}"
    server: PostgreSQL = request.getfixturevalue("postgres")
    return server.new_database(with_tables=True)


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """A demonstration, for tests that only call it."""
    with started({"CDS_MODE": "demo"}) as (service, _):
        yield service


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A demonstration as `make run` starts it, with its log."""
    folder = tmp_path_factory.mktemp("demo")
    with deployed(folder, {"CDS_MODE": "demo", "CDS_DATABASE_URL": f"sqlite:///{folder}/cds.db"}) as running:
        yield running
