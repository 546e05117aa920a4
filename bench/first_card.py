"""Times the commands of README and docs/clients/python.md, from a clone to a first card with a generated client.

    python -m bench.first_card

It clones this repository, with what is committed, into a folder of its own. The aim is five minutes, with packages
from the usual registry and nothing installed before but Python, pip, make and git.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parent.parent
AIM_S = 300
PORT = "8077"

T = TypeVar("T")


def main() -> int:
    with TemporaryDirectory(prefix="first-card-") as folder:
        began = time.monotonic()
        clone = Path(folder, "clone")
        _timed("git clone", lambda: _run(f"git clone --quiet {ROOT} {clone}", Path(folder)))
        make_run = ["make", "run", f"PORT={PORT}"]
        serving = subprocess.Popen(make_run, cwd=clone, stdout=subprocess.DEVNULL)
        try:
            _timed("make run", _wait_until_alive)
            said = _with_a_generated_client(clone)
        finally:
            _end(serving)
    seconds = time.monotonic() - began
    print(said.splitlines()[0])
    print(f"first card after {seconds:.0f} s, aim {AIM_S} s")
    return 0 if seconds <= AIM_S else 1


def _with_a_generated_client(clone: Path) -> str:
    """What the second program of the page prints, after the commands before it."""
    page = (clone / "docs" / "clients" / "python.md").read_text("utf-8")
    (commands,) = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    program = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[1]
    for command in commands.splitlines():
        _timed(command, partial(_run, command, clone))
    (clone / "page.py").write_text(program.replace(":8000", f":{PORT}"), "utf-8")
    return _timed("the program", lambda: _run("client/bin/python page.py", clone))


def _timed(name: str, work: Callable[[], T]) -> T:
    began = time.monotonic()
    done = work()
    print(f"{time.monotonic() - began:6.1f} s  {name}", flush=True)
    return done


def _run(command: str, folder: Path) -> str:
    shell = ["sh", "-c", command]
    return subprocess.run(shell, cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout


def _wait_until_alive() -> None:
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)


def _end(serving: subprocess.Popen[bytes]) -> None:
    """Ends the service that make has started, by its process id."""
    children = Path(f"/proc/{serving.pid}/task/{serving.pid}/children")
    for child in children.read_text("utf-8").split() if children.exists() else ():
        os.kill(int(child), 15)
    serving.terminate()
    serving.wait(timeout=60)


if __name__ == "__main__":
    sys.exit(main())
