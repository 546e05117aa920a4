"""Runs the commands as a user would: their output must be UTF-8 and contain no traceback."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SANDBOX_ORDER = ROOT / "tests" / "data" / "sandbox-order-sign.json"


def run(
    *arguments: object, body: bytes = b"", folder: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder that contains the package; its output must be UTF-8 and contain no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "cds_service", *(str(argument) for argument in arguments)],
        cwd=folder,
        input=body,
        env={**os.environ, **environment},
        capture_output=True,
        timeout=60,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


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
