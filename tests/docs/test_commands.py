"""Each command in the documents runs, and each request gets its answer."""

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import run as run_here
from tests.docs.pages import PAGES, ROOT, run, shell_lines, text_of
from tests.running.client import SANDBOX_ORDER, Service
from tests.running.service import free_port, wait_for_health

# Commands that cannot run on a test machine, with the reason. Our own files that they name must exist.
NOT_RUN_HERE = {
    "docker": "a container engine",
    "systemctl": "root and systemd",
    "systemd-run": "root and systemd",
    "install": "root",
    "cp": "root",
    "python3": "a folder that belongs to root",
    "/opt/cds/bin/pip": "a folder that belongs to root",
    "export": "nothing by itself: it is for the command after it",
    "git": "a network",
    "npm": "a network, and Node",
    "pip": "a network",
    "client/bin/openapi-python-client": "a network; make validate runs it",
    "npx": "a network, and Node; make validate runs it",
    "node": "Node; make validate runs it",
    "spark-submit": "Spark, which make spark-test has",
    "python -m http.server": "a folder that the commands before it make",
}

SHIM = '#!/bin/sh\nexec "{python}" -m cds_service "$@"\n'
SUBSTITUTES = {
    "REQUEST.json": "tests/data/sandbox-order-sign.json",
    "DATE": "2026-11-22",
    "DAY": "2026-11-22",
    "COMMAND": "",
    "ID": "specialist-care",
    "EXPORT": "--help",  # tests/replay has whole runs
    "OUT": "",
}


def quoted(page: Path) -> Iterator[str]:
    """Each command of ours that is quoted in a line."""
    for word in re.findall(r"`([^`\n]+)`", text_of(page)):
        if re.match(r"(cds-service|make|python -m docs\.\w+)( |$)", word):
            yield word


COMMANDS = sorted({command for page in PAGES for command in (*shell_lines(page), *quoted(page))})
OURS = [command for command in COMMANDS if command.startswith("cds-service ")]
CURLS = [command for command in COMMANDS if command.startswith("curl ")]
MAKES = [command for command in COMMANDS if command.split()[0] == "make"]
MODULES = [command for command in COMMANDS if command.startswith("python -m docs.")]
GUNICORNS = [command for command in COMMANDS if command.startswith("gunicorn ")]


def test_every_command_is_tried_or_is_of_a_kind_that_cannot_be() -> None:
    tried = {*OURS, *CURLS, *MAKES, *MODULES, *GUNICORNS}
    others = [command for command in COMMANDS if command not in tried]

    assert len(OURS) > 5
    assert CURLS
    assert not [command for command in others if not any(command.startswith(f"{kind} ") for kind in NOT_RUN_HERE)]


def test_the_files_that_commands_name_are_there() -> None:
    named = {
        word for command in COMMANDS for word in re.findall(r"(?<![\w/.:-])(?:deploy|tests|docs)/[\w./-]+", command)
    }

    assert named
    assert not [file for file in named if not (ROOT / file).is_file()]


@pytest.mark.parametrize("command", MAKES)
def test_every_make_target_is_there(command: str) -> None:
    done = subprocess.run(
        [*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", MODULES)
def test_every_module_of_the_documents_is_there(command: str) -> None:
    """Only that they exist: they write files that other tests check, run until they are stopped, or print."""
    assert importlib.util.find_spec(command.split()[2])


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment after one `make run`: the command is on the path, the tables exist."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "cds-service").write_text(SHIM.format(python=sys.executable), encoding="utf-8")
    (folder / "cds-service").chmod(0o755)
    (folder / "tests").symlink_to(ROOT / "tests")
    environment = {
        **os.environ,
        "PATH": f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "CDS_MODE": "demo",
        "CDS_DATABASE_URL": f"sqlite:///{folder}/docs.sqlite3",
    }
    environment["HERE"] = str(folder)  # files that a command writes stay outside the repository
    assert run("cds-service migrate && cds-service audit head > heads.jsonl", environment).returncode == 0
    return environment


def filled(command: str) -> str:
    for place, value in SUBSTITUTES.items():
        command = re.sub(rf"\b{re.escape(place)}", value, command)
    return command


# Commands that run until they are stopped, write into the repository, or are quoted without required arguments.
NOT_ENDING, WRITING, NEEDING_MORE = {"serve"}, {"profiles"}, {"evaluate", "taper", "audit", "replay"}


def help_alone(command: str) -> bool:
    """Whether to run only `--help`: it shows that the command exists and accepts the options in the document."""
    name, *others = command.split()[1:]
    return name in NOT_ENDING or (name in WRITING | NEEDING_MORE and not others)


@pytest.mark.parametrize("command", OURS)
def test_every_command_of_ours_runs(
    command: str, shell: dict[str, str], remembered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process: tests/cli/test_started.py starts each command once."""
    monkeypatch.chdir(shell["HERE"])
    said = filled(command).replace("UUID", remembered).partition(" >> ")[0]
    of_service: dict[str, Any] = {name: value for name, value in shell.items() if name.startswith("CDS_")}

    done = run_here(*shlex.split(said)[1:], *["--help"] * help_alone(command), **of_service)

    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("command", GUNICORNS)
def test_gunicorn_takes_the_application_and_the_options_that_are_named(command: str, shell: dict[str, str]) -> None:
    done = run(f"{command} --check-config", shell)

    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def address(shell: dict[str, str]) -> Iterator[str]:
    """A running service, started as `make run` does."""
    port = free_port()
    command = [sys.executable, "-m", "cds_service", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=shell)
    try:
        wait_for_health(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=40)


@pytest.fixture(scope="module")
def remembered(shell: dict[str, str], address: str) -> str:
    """The service has answered the sandbox's order, and the record is in the chain: the uuid of its first card."""
    answer = Service(int(address.rpartition(":")[2])).sign(SANDBOX_ORDER.read_bytes())
    assert answer.status == 200
    deadline = time.monotonic() + 60
    while '"seq": 0' in run("cds-service audit head", shell).stdout:
        assert time.monotonic() < deadline, "the record did not arrive"
        time.sleep(0.5)
    uuid: str = answer.json["cards"][0]["uuid"]
    return uuid


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
@pytest.mark.parametrize("command", CURLS)
def test_every_curl_line_gets_an_answer(command: str, shell: dict[str, str], address: str) -> None:
    done = run(command.replace("curl ", "curl --fail --silent ").replace("http://127.0.0.1:8000", address), shell)

    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_the_first_card_is_the_one_that_the_readme_promises(shell: dict[str, str], address: str) -> None:
    (command,) = [line for line in shell_lines(ROOT / "README.md") if line.startswith("curl ")]
    (promised,) = re.findall(r'begins with\s+"([^"]+)"', text_of(ROOT / "README.md"))

    answered = json.loads(run(command.replace("http://127.0.0.1:8000", address), shell).stdout)

    assert answered["cards"][0]["summary"].replace("\u00a0", " ") == promised
