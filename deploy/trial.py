"""What the trials of image and unit share: commands with a log, processes, and the order that is answered."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

ROOT = Path(__file__).parent.parent
ORDER = ROOT / "tests" / "data" / "sandbox-order-sign.json"


class Skipped(Exception):  # noqa: N818 - it is no error
    """This machine cannot do it."""


def logged(command: list[str], log: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command in the repository, and adds it and what it printed to the log."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")  # noqa: S603 - our own words
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done


def download_wheels(folder: Path, log: Path) -> None:
    """The wheels of the lock of what we ship, for Python 3.11. Raises Skipped where no index is reachable."""
    lock = ["--no-deps", "--require-hashes", "--requirement", "deploy/requirements.txt"]
    fit = ["--only-binary", ":all:", "--python-version", "3.11", "--dest", str(folder)]
    if logged([sys.executable, "-m", "pip", "download", "--quiet", *lock, *fit], log).returncode:
        raise Skipped("the wheels of the lock cannot be downloaded")


def below(ancestor: int) -> list[int]:
    """A process and all that came of it, parents first."""
    found = [ancestor]
    for pid in found:  # it grows
        for thread in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(child) for child in thread.read_text().split()]
    return found


def status_of(pid: int) -> dict[str, str]:
    """What the kernel says of a process, by the names of proc(5): Uid, CapEff and others."""
    lines = (line.partition(":") for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: value.strip() for name, _, value in lines}


def cards(port: int) -> int:
    """How many cards the order of the sandbox gets."""
    url = f"http://127.0.0.1:{port}/cds-services/baclofen-order-sign"
    request = Request(url, ORDER.read_bytes(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
        return len(json.load(answer)["cards"])
