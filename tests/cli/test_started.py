"""Each command once as a process, at a terminal that knows ASCII alone: it prints what it prints in this process.

That is what lets all other tests of commands run in this process.
"""

from pathlib import Path
from typing import Any

import click
import pytest

from cds_service.cli import commands
from tests.cli.running import SANDBOX_ORDER, run, start

ON = ("--on", "2026-11-22")
CALLS: dict[str, tuple[object, ...]] = {
    "audit": ("audit", "verify"),
    "check": ("check",),
    "effects": ("effects",),
    "evaluate": ("evaluate", SANDBOX_ORDER, "--explain", *ON),
    "insights": ("insights",),
    "migrate": ("migrate",),
    "products": ("products", *ON),
    "profiles": ("profiles", "--package", "{folder}/package.tgz"),
    "purge": ("purge",),
    "replay": ("replay", "--help"),
    "rules": ("rules", *ON),
    "serve": ("serve", "--port", "0"),
    "sheet": ("sheet", *ON),
    "taper": ("taper", "--from", "120", "--to", "80", *ON),
}
ASCII: dict[str, Any] = {
    "LC_ALL": "C",
    "PYTHONIOENCODING": "ascii:strict",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
}


def test_every_command_is_started_here() -> None:
    assert isinstance(commands, click.Group)
    assert set(CALLS) == set(commands.list_commands(click.Context(commands)))


@pytest.mark.parametrize("name", CALLS)
def test_a_command_prints_the_same_as_a_process_and_in_this_one(name: str, tmp_path: Path) -> None:
    arguments = [str(argument).format(folder=tmp_path) for argument in CALLS[name]]
    environment: dict[str, Any] = {
        "CDS_DATABASE_URL": f"sqlite:///{tmp_path}/cds.db",
        "CDS_SPOOL": str(tmp_path / "spool"),
    }
    assert run("migrate", **environment).returncode == 0

    here, started = run(*arguments, **environment), start(*arguments, **environment, **ASCII)

    assert (started.returncode, started.stdout, started.stderr) == (here.returncode, here.stdout, here.stderr)
    assert here.returncode == (2 if name == "serve" else 0)
