"""Runs the commands, in this process or as a person does: what they print must be UTF-8 and hold no traceback."""

import io
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cds_service.cli import main

ROOT = Path(__file__).parents[2]
SANDBOX_ORDER = ROOT / "tests" / "data" / "sandbox-order-sign.json"

Done = subprocess.CompletedProcess[str]


def run(*arguments: object, body: bytes = b"", **environment: str) -> Done:
    """In this process, for to start Python takes longer than most commands.

    Standard output takes ASCII alone: what is beyond must be written in UTF-8, whatever the terminal says.
    """
    words, printed, said = [str(argument) for argument in arguments], io.BytesIO(), io.BytesIO()
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        patched.setattr(sys, "argv", ["cds-service", *words])
        patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
        patched.setattr(sys, "stdout", io.TextIOWrapper(printed, "ascii", write_through=True))
        patched.setattr(sys, "stderr", io.TextIOWrapper(said, "utf-8", write_through=True))
        with pytest.raises(SystemExit) as ended:  # a defect goes through, and fails the test
            main()
        return _done(words, int(ended.value.code or 0), printed.getvalue(), said.getvalue())


def start(*arguments: object, body: bytes = b"", folder: Path = ROOT, **environment: str) -> Done:
    """As a process, in a folder that holds the package."""
    words = [str(argument) for argument in arguments]
    done = subprocess.run(
        [sys.executable, "-m", "cds_service", *words],
        cwd=folder,
        input=body,
        env={**os.environ, **environment},
        capture_output=True,
        timeout=60,
    )
    return _done(words, done.returncode, done.stdout, done.stderr)


def _done(words: list[str], code: int, printed: bytes, said: bytes) -> Done:
    assert b"Traceback" not in said, said.decode()
    return subprocess.CompletedProcess(words, code, printed.decode(), said.decode())


@cache
def page(*arguments: object, **options: Any) -> str:
    """The output of a command that must succeed."""
    done = run(*arguments, **options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def entry(text: str, rule: str) -> str:
    """The entry of one rule on a page, from its name to the next empty line, joined into one line."""
    found = re.search(rf"^ *{rule} — .*?(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{rule} is not on the page"
    return " ".join(found[0].split())
