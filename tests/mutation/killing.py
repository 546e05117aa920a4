"""Runs tests on one mutant, in a process of its own: the change is in its memory only, whatever happens to it.

Processes that a test starts have it too: in_children/sitecustomize.py.

The parent has imported the libraries, so that a fork of it has only our own modules to read; that is half a second.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from tests.mutation.operators import mutated

ROOT = Path(__file__).parents[2]
CHANGED = "CHANGED_FOR_A_TEST"
"""The setting that names the change: file, node and variant. Nothing is changed where it is empty."""

MOST_MEMORY = 4 * 1024**3
WALL_TIMES_CPU = 10
"""A mutant that waits for ever uses no CPU; on a busy machine one that works waits too."""

LIBRARIES = (
    "alembic.command", "babel.dates", "babel.numbers", "click", "cryptography.hazmat.primitives.asymmetric.rsa",
    "flask", "flask_cors", "hypothesis", "icalendar", "jinja2", "joserfc.jwt", "jsonschema", "markdown_it", "msgspec",
    "openapi_spec_validator", "prometheus_client", "psycopg", "pytest", "requests", "sqlalchemy", "structlog",
    "werkzeug.serving", "yaml", "fhir.resources.R4B.medicationrequest", "fhir.resources.R4B.servicerequest",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """`by` is the test that noticed, or why the process ended; empty where nobody noticed."""

    by: str
    cpu_seconds: float
    out_of_time: bool = False


def import_libraries() -> None:
    """Never our own modules: those are read anew in each fork."""
    for name in LIBRARIES:
        importlib.import_module(name)
    assert not [name for name in sys.modules if name.startswith("cds_service")]


class Running:
    """One process on its way."""

    def __init__(self, changed: str, tests: Sequence[str], seconds: float) -> None:
        self._reads, writes = os.pipe()
        self._ends = time.monotonic() + seconds * WALL_TIMES_CPU
        self.process = os.fork()
        if not self.process:
            os.close(self._reads)
            _in_the_fork(writes, changed, tests, seconds)
        os.close(writes)

    def outcome(self) -> Outcome | None:
        """None while it runs."""
        process, status, used = os.wait4(self.process, os.WNOHANG)
        if not process and time.monotonic() < self._ends:
            return None
        if not process:
            os.killpg(self.process, signal.SIGKILL)
            _, status, used = os.wait4(self.process, 0)
        with os.fdopen(self._reads) as pipe:
            said = pipe.read()
        by = json.loads(said) if said and os.WIFEXITED(status) else f"ended by signal {os.WTERMSIG(status)}"
        out_of_time = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL)
        return Outcome(by, used.ru_utime + used.ru_stime, out_of_time)


def _in_the_fork(pipe: int, changed: str, tests: Sequence[str], seconds: float) -> None:
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nothing, number)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        os.chdir(ROOT)
        by = _first_to_notice(changed, tests)
    except BaseException as error:  # noqa: BLE001 - whatever ends it has noticed
        by = f"{type(error).__name__} before the tests"
    os.write(pipe, json.dumps(by).encode())
    os._exit(0)


def _first_to_notice(changed: str, tests: Sequence[str]) -> str:
    import pytest

    os.environ |= {CHANGED: changed, "PYTHONPATH": str(Path(__file__).parent / "in_children")}
    change(changed)
    noticed = _FirstFailure()
    options = ["-x", "-q", "--tb=no", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:faulthandler"]
    for one in tests:  # most mutants are noticed by the first, and the others are then not even collected
        ended = pytest.main([*options, one], plugins=[noticed])
        if noticed.test or ended != pytest.ExitCode.OK:
            return noticed.test or f"pytest: {ended!r}"
    return ""


def change(changed: str) -> None:
    """From now on the module is read in its changed form."""
    if changed:
        file, node, variant = changed.split()
        tree = mutated((ROOT / file).read_text("utf-8"), int(node), int(variant))
        sys.meta_path.insert(0, _Changed(file, compile(tree, str(ROOT / file), "exec")))


class _FirstFailure:
    test = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.test:
            self.test = report.nodeid

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and not self.test:
            self.test = f"import of {report.nodeid}"


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module in its changed form."""

    def __init__(self, file: str, code: CodeType) -> None:
        self._name = file.removesuffix(".py").replace("/", ".")
        self._file = str(ROOT / file)
        self._code = code

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> Any:
        del path, target
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._file, loader=self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        del spec

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)  # noqa: S102 - our own module, with one change
