"""`make container`: builds the image without a daemon, starts it as its user, lets it answer an order, and stops it.

Needs buildah (Debian: `apt install buildah`) and root. The base image is pulled; where no registry is reachable, it
is made of the folder that CONTAINER_BASE names (a root file system with Python 3.11), or by debootstrap. What this
machine cannot do is said and skipped, never passed. The log is in dist/container.log, the result in docs/evidence.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from bench.evidence import keep

ROOT = Path(__file__).parent.parent
WORK = ROOT / "dist" / "container"
LOG = ROOT / "dist" / "container.log"
BASE = "python:3.11-slim"
IMAGE = "localhost/baclofen-cds"
PORT = "28000"
PACKAGES = "python3,python3-venv,python-is-python3,ca-certificates"
BUILDAH = ("buildah", "--root", f"{WORK}/storage", "--runroot", f"{WORK}/run", "--storage-driver", "vfs")
ORDER = ROOT / "tests" / "data" / "sandbox-order-sign.json"


class Skipped(Exception):  # noqa: N818 - it is no error
    """This machine cannot do it."""


def main() -> int:
    try:
        found = _tried()
    except Skipped as why:
        print(f"container skipped: {why}")
        return 0
    finally:
        shutil.rmtree(WORK, ignore_errors=True)
    keep("container", counts={"cards": found.pop("cards")}, figures=found)
    print(
        f"container: built from {found['base']}, answered as user {found['user']}, stopped; {LOG.relative_to(ROOT)}"
    )
    return 0


def _tried() -> dict[str, Any]:
    if shutil.which("buildah") is None:
        raise Skipped("buildah is not installed (Debian: apt install buildah)")
    if os.geteuid():
        raise Skipped("without a daemon it needs root")
    WORK.mkdir(parents=True, exist_ok=True)
    LOG.write_text("")
    base = _base()
    _build()
    _run("from", "--name", "cds", IMAGE)
    config = json.loads(_run("inspect", "--type", "image", IMAGE))["Docker"]["config"]
    return {"base": base, "buildah": _run("--version").strip(), **_answered(config)}


# --- the image -------------------------------------------------------------------------------


def _base() -> str:
    """Where the base image comes from, now that it is here."""
    folder = os.environ.get("CONTAINER_BASE", "")
    if not folder and _can("pull", f"docker.io/library/{BASE}"):
        return f"docker.io/library/{BASE}"
    if not folder:
        folder = _debootstrapped()
    container = _run("from", "scratch").strip()
    _run("add", "--quiet", container, folder, "/")
    _run("commit", "--quiet", "--rm", container, f"localhost/{BASE}")
    return "a root file system of this machine" if "CONTAINER_BASE" in os.environ else "debootstrap, Debian 12"


def _debootstrapped() -> str:
    if shutil.which("debootstrap") is None:
        raise Skipped("no registry is reachable, there is no debootstrap, and CONTAINER_BASE names no folder")
    folder = WORK / "base"
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(folder)]
    if _logged(command).returncode:
        raise Skipped("no registry is reachable, and debootstrap cannot reach Debian")
    return str(folder)


def _build() -> None:
    """Builds the image from wheels that this machine downloads by the lock: the build itself needs no index."""
    wheels = WORK / "wheels"
    lock = ["--no-deps", "--require-hashes", "--requirement", "deploy/requirements.txt"]
    fit = ["--only-binary", ":all:", "--python-version", "3.11", "--dest", str(wheels)]
    if _logged([sys.executable, "-m", "pip", "download", "--quiet", *lock, *fit]).returncode:
        raise Skipped("the wheels of the lock cannot be downloaded")
    arguments = ["--build-arg", "PIP_FIND_LINKS=/wheels", "--build-arg", "PIP_NO_INDEX=1"]
    # The format of Docker: that of OCI has no HEALTHCHECK.
    _run("bud", "--format", "docker", "--isolation", "chroot", "--volume", f"{wheels}:/wheels:ro", *arguments,
         "--tag", IMAGE, ".")  # fmt: skip


# --- the container ---------------------------------------------------------------------------


def _answered(config: dict[str, Any]) -> dict[str, Any]:
    """Starts what the image starts, on another port; asks it; stops it."""
    command = [*config["Entrypoint"], *(word.replace("8000", PORT) for word in config["Cmd"])]
    check = [word.replace("8000", PORT) for word in config["Healthcheck"]["Test"][1:]]
    with _started(command) as process:
        _wait(process, check)
        master = _master(process.pid, command)
        status = _status(master)
        cards = _cards()
        os.kill(master, signal.SIGTERM)
        stopped = process.wait(timeout=60)
    user = status["Uid"].split()[0]
    if user == "0" or int(status["CapEff"], 16) or stopped or not cards:
        raise SystemExit(f"container: user {user}, capabilities {status['CapEff']}, status {stopped}, {cards} cards")
    return {
        "user": user,
        "capabilities": status["CapEff"],
        "health check": "passed",
        "stopped with": stopped,
        "cards": cards,
    }


@contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    with LOG.open("ab") as log:
        words = [*BUILDAH, "run", "--isolation", "chroot", "cds", "--", *command]
        process = subprocess.Popen(words, stdout=log, stderr=log)  # noqa: S603 - the image's own words
        try:
            yield process
        finally:
            for pid in reversed(_below(process.pid) if process.poll() is None else []):
                os.kill(pid, signal.SIGKILL)
            process.wait()


def _wait(process: subprocess.Popen[bytes], check: list[str]) -> None:
    """Waits until the health check of the image passes."""
    for _ in range(60):
        if process.poll() is not None:
            raise SystemExit(f"container: it ended at its start, see {LOG}")
        if _can("run", "--isolation", "chroot", "cds", "--", *check):
            return
        time.sleep(1)
    raise SystemExit(f"container: its health check never passes, see {LOG}")


def _master(ancestor: int, command: list[str]) -> int:
    """The first process below `ancestor` that is the command itself, and no part of buildah."""
    words = "\0".join(command[1:])
    for pid in _below(ancestor):
        line = Path(f"/proc/{pid}/cmdline").read_text()
        if words in line and "buildah" not in line:
            return pid
    raise SystemExit("container: its process is not found")


def _below(ancestor: int) -> list[int]:
    """A process and all that came of it, parents first."""
    found = [ancestor]
    for pid in found:  # it grows
        for thread in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(child) for child in thread.read_text().split()]
    return found


def _status(pid: int) -> dict[str, str]:
    lines = (line.partition(":") for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: value.strip() for name, _, value in lines}


def _cards() -> int:
    """How many cards the order of the sandbox gets."""
    url = f"http://127.0.0.1:{PORT}/cds-services/baclofen-order-sign"
    request = Request(url, ORDER.read_bytes(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
        return len(json.load(answer)["cards"])


# --- commands --------------------------------------------------------------------------------


def _run(*arguments: str) -> str:
    done = _logged([*BUILDAH, *arguments])
    if done.returncode:
        raise SystemExit(f"container: buildah {arguments[0]} failed, see {LOG}")
    return done.stdout


def _can(*arguments: str) -> bool:
    return _logged([*BUILDAH, *arguments]).returncode == 0


def _logged(command: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")  # noqa: S603 - our own words
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done


if __name__ == "__main__":
    sys.exit(main())
