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

from bench.evidence import keep
from deploy.trial import ROOT, Skipped, below, cards, download_wheels, logged, status_of

WORK = ROOT / "dist" / "container"
LOG = ROOT / "dist" / "container.log"
BASE = "python:3.11-slim"
IMAGE = "localhost/baclofen-cds"
PORT = 28000
PACKAGES = "python3,python3-venv,python-is-python3,ca-certificates"
BUILDAH = ("buildah", "--root", f"{WORK}/storage", "--runroot", f"{WORK}/run", "--storage-driver", "vfs")


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
    if logged(command, LOG).returncode:
        raise Skipped("no registry is reachable, and debootstrap cannot reach Debian")
    return str(folder)


def _build() -> None:
    """Builds the image from wheels that this machine downloads by the lock: the build itself needs no index."""
    wheels = WORK / "wheels"
    download_wheels(wheels, LOG)
    arguments = ["--build-arg", "PIP_FIND_LINKS=/wheels", "--build-arg", "PIP_NO_INDEX=1"]
    # The format of Docker: that of OCI has no HEALTHCHECK.
    _run("bud", "--format", "docker", "--isolation", "chroot", "--volume", f"{wheels}:/wheels:ro", *arguments,
         "--tag", IMAGE, ".")  # fmt: skip


# --- the container ---------------------------------------------------------------------------


def _answered(config: dict[str, Any]) -> dict[str, Any]:
    """Starts what the image starts, on another port; asks it; stops it."""
    command = [*config["Entrypoint"], *(word.replace("8000", str(PORT)) for word in config["Cmd"])]
    check = [word.replace("8000", str(PORT)) for word in config["Healthcheck"]["Test"][1:]]
    with _started(command) as process:
        _wait(process, check)
        master = _master(process.pid, command)
        status = status_of(master)
        answered = cards(PORT)
        os.kill(master, signal.SIGTERM)
        stopped = process.wait(timeout=60)
    user = status["Uid"].split()[0]
    if user == "0" or int(status["CapEff"], 16) or stopped or not answered:
        raise SystemExit(
            f"container: user {user}, capabilities {status['CapEff']}, status {stopped}, {answered} cards"
        )
    return {
        "user": user,
        "capabilities": status["CapEff"],
        "health check": "passed",
        "stopped with": stopped,
        "cards": answered,
    }


@contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    with LOG.open("ab") as log:
        words = [*BUILDAH, "run", "--isolation", "chroot", "cds", "--", *command]
        process = subprocess.Popen(words, stdout=log, stderr=log)  # noqa: S603 - the image's own words
        try:
            yield process
        finally:
            for pid in reversed(below(process.pid) if process.poll() is None else []):
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
    for pid in below(ancestor):
        line = Path(f"/proc/{pid}/cmdline").read_text()
        if words in line and "buildah" not in line:
            return pid
    raise SystemExit("container: its process is not found")


# --- commands --------------------------------------------------------------------------------


def _run(*arguments: str) -> str:
    done = logged([*BUILDAH, *arguments], LOG)
    if done.returncode:
        raise SystemExit(f"container: buildah {arguments[0]} failed, see {LOG}")
    return done.stdout


def _can(*arguments: str) -> bool:
    return logged([*BUILDAH, *arguments], LOG).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
