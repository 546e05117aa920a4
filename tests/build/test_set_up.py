"""The set-up of .venv by make: a failure prints the remedy; a .venv that is incomplete, moved or of another Python is
created again.

A script replaces Python and everything that is installed: it is fast, and fails or hangs where a test says.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.build.test_lock import ROOT, bare

FILES = ("Makefile", "pyproject.toml", "requirements.txt", "requirements-dev.txt", "tests/pip-22.3.txt")
REMEDY = "the same command begins anew"
STEPS = ["-m venv", " requirements.txt", "--editable", "-check check", "requirements-dev.txt", "tests/pip-22.3.txt"]
SCRIPT = """#!/bin/sh
echo "$*" >> "$SAID"
case "$*" in
    *"$FAILS"*) exit 1 ;;
    *"$HANGS"*) touch "$SAID.hangs"; exec sleep 60 ;;
    --version) echo "Python VERSION" ;;
    "-m venv --clear "*) rm -rf "$4"; mkdir -p "$4/bin"; for tool in TOOLS; do cp "$0" "$4/bin/$tool"; done ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the files that the set-up reads; beside it the script, as two versions of Python."""
    for file in FILES:
        (tmp_path / "project" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / "project" / file)
    tools = sorted({"python", *re.findall(r"\$\(BIN\)/([\w-]+)", (ROOT / "Makefile").read_text())})
    for name, version in (("python3", "3.11.7"), ("python3.12", "3.12.1")):
        script = tmp_path / "bin" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(SCRIPT.replace("TOOLS", " ".join(tools)).replace("VERSION", version))
        script.chmod(0o755)
    return tmp_path / "project"


def start(project: Path, *words: str, fails: str = "nothing", hangs: str = "nothing") -> subprocess.Popen[str]:
    beside = project.parent
    environment = bare(
        PATH=f"{beside / 'bin'}:{os.environ['PATH']}", SAID=str(beside / "said"), FAILS=fails, HANGS=hangs
    )
    (beside / "said").write_text("")
    return subprocess.Popen(
        ["make", *words], cwd=project, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def make(project: Path, *words: str, fails: str = "nothing") -> tuple[int, str]:
    """The exit status and the whole output."""
    made = start(project, *words, fails=fails)
    printed = "".join(made.communicate(timeout=60))
    return made.returncode, printed


def is_made_anew(project: Path, *words: str) -> bool:
    """Whether the next set-up, which must succeed, creates .venv again."""
    left_behind = project / ".venv" / "left-behind"
    left_behind.parent.mkdir(exist_ok=True)
    left_behind.touch()
    status, printed = make(project, "check", *words)
    assert status == 0, printed
    return not left_behind.exists()


def said(project: Path) -> str:
    """The commands that the last make passed to Python."""
    return (project.parent / "said").read_text()


@pytest.mark.parametrize("step", STEPS)
def test_a_set_up_that_fails_says_what_to_do_and_is_begun_anew(project: Path, step: str) -> None:
    status, printed = make(project, "check", fails=step)

    assert status != 0
    assert REMEDY in printed
    assert is_made_anew(project)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("step", [" requirements.txt", "requirements-dev.txt"])
def test_a_set_up_that_was_interrupted_is_begun_anew(project: Path, step: str, sent: signal.Signals) -> None:
    made = start(project, "check", hangs=step)
    hangs = project.parent / "said.hangs"
    until = time.monotonic() + 60
    while not hangs.exists():
        assert time.monotonic() < until
        time.sleep(0.01)

    os.killpg(made.pid, sent)
    made.communicate(timeout=60)

    assert is_made_anew(project)


@pytest.mark.parametrize("step", [" {}", "-check check"])
@pytest.mark.parametrize("renewed", ["requirements.txt", "requirements-dev.txt"])
def test_so_is_one_that_fails_to_renew_what_was_whole(project: Path, renewed: str, step: str) -> None:
    make(project, "check")
    (project / renewed).touch()

    status, _ = make(project, "check", fails=step.format(renewed))

    assert status != 0
    assert is_made_anew(project)


def test_a_whole_one_is_kept_and_what_changed_is_installed_into_it(project: Path) -> None:
    assert is_made_anew(project)
    assert not is_made_anew(project)
    assert "install" not in said(project)

    (project / "requirements-dev.txt").touch()

    assert not is_made_anew(project)
    assert "--requirement requirements-dev.txt" in said(project)
    assert "--requirement requirements.txt" not in said(project)

    (project / "requirements.txt").touch()

    assert not is_made_anew(project)
    assert "--requirement requirements.txt" in said(project)


def test_one_of_another_python_is_made_anew_only_where_another_is_named(project: Path) -> None:
    make(project, "check", "PYTHON=python3.12")

    assert not is_made_anew(project)
    assert not is_made_anew(project, "PYTHON=python3.12")
    assert is_made_anew(project, "PYTHON=python3")


def without_python(project: Path) -> Path:
    (project / ".venv" / "bin" / "python").unlink()
    return project


def moved(project: Path) -> Path:
    return project.rename(project.parent / "elsewhere")


def of_an_older_makefile(project: Path) -> Path:
    (project / ".venv" / "run.stamp").write_text("")
    return project


@pytest.mark.parametrize("changed", [without_python, moved, of_an_older_makefile])
def test_one_that_is_no_longer_what_the_stamp_says_is_made_anew(
    project: Path, changed: Callable[[Path], Path]
) -> None:
    make(project, "check")

    assert is_made_anew(changed(project))


def test_without_an_index_the_real_pip_says_why_and_make_what_to_do(project: Path) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0"}

    done = subprocess.run(
        ["make", "run", f"PYTHON={sys.executable}"], cwd=project, env=bare(**nowhere), capture_output=True, text=True
    )

    assert done.returncode != 0
    assert "No matching distribution found" in done.stderr
    assert REMEDY in done.stderr
    assert not (project / ".venv" / "run.stamp").exists()


def test_row_87_a_known_hole_is_said_by_make_check_and_fails_make_audit_alone(project: Path) -> None:
    status, printed = make(project, "check", fails="deploy/audit.py")

    assert status == 0
    assert "deploy/audit.py" in said(project)
    assert "fails make audit" in printed
    assert make(project, "audit", fails="deploy/audit.py")[0] != 0
    assert make(project, "audit")[0] == 0
