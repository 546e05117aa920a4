"""`make unit`: installs the service as docs/operation.md says, under a systemd of its own, and tries the unit.

Needs systemd-nspawn, debootstrap (Debian: `apt install systemd-container debootstrap`) and root. It must answer an
order as a user without rights, come back when it is killed, and stop when it is asked to. What this machine cannot
do is said and skipped, never passed. The log is in dist/unit.log, the result in docs/evidence.
"""

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

WORK = ROOT / "dist" / "unit"
SYSTEM = WORK / "root"
LOG = ROOT / "dist" / "unit.log"
PORT = 28001
PACKAGES = "systemd,systemd-sysv,dbus,python3,python3-venv,ca-certificates"
SOURCE = "/srv/source"
UNIT = "/etc/systemd/system/cds-service.service"
INDEX = ("PIP_NO_INDEX=1", "PIP_FIND_LINKS=/srv/wheels")
# Of the machine's own systemd nothing is needed, which may not run.
NSPAWN = ("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", f"--directory={SYSTEM}", "--boot")
SECONDS = 60


def main() -> int:
    try:
        found = _tried()
    except Skipped as why:
        print(f"unit skipped: {why}")
        return 0
    finally:
        shutil.rmtree(WORK, ignore_errors=True)
    keep("unit", counts={"cards": found.pop("cards")}, figures=found)
    print(f"unit: answered as user {found['user']}, came back when killed, stopped; {LOG.relative_to(ROOT)}")
    return 0


def _tried() -> dict[str, Any]:
    missing = [name for name in ("systemd-nspawn", "debootstrap") if shutil.which(name) is None]
    if missing:
        raise Skipped(f"{missing[0]} is not installed (Debian: apt install systemd-container debootstrap)")
    if os.geteuid():
        raise Skipped("a system of its own needs root")
    WORK.mkdir(parents=True, exist_ok=True)
    LOG.write_text("")
    _make_system()
    _install()
    return _answered()


# --- the system ------------------------------------------------------------------------------


def _make_system() -> None:
    """Debian 12 with systemd and Python."""
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(SYSTEM)]
    if logged(command, LOG).returncode:
        raise Skipped("debootstrap cannot reach Debian")
    download_wheels(SYSTEM / "srv" / "wheels", LOG)
    for name in _run("git", "ls-files", "-z").split("\0"):
        if name:
            target = Path(f"{SYSTEM}{SOURCE}", name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)


def _install() -> None:
    """The commands of the document; the system is not running yet, so that the last one only enables the unit."""
    Path(f"{SYSTEM}{SOURCE}", "environment").write_text("CDS_MODE=demo\n")
    for command in _commands():
        _run("chroot", str(SYSTEM), "env", *INDEX, "sh", "-ec", f"cd {SOURCE}; {command.replace(' --now', '')}")
    unit = Path(f"{SYSTEM}{UNIT}")
    unit.write_text(unit.read_text().replace("--port 8000", f"--port {PORT}"))


def _commands() -> list[str]:
    chapter = (ROOT / "docs" / "operation.md").read_text("utf-8").partition("### With systemd")[2]
    return chapter.partition("```sh\n")[2].partition("```")[0].splitlines()


# --- the unit --------------------------------------------------------------------------------


def _answered() -> dict[str, Any]:
    """Starts the system; asks the service, kills it, asks it again; stops the system."""
    with _started() as system:
        master = _wait(system)
        status, answered = status_of(master), cards(PORT)
        os.kill(master, signal.SIGKILL)
        again = _wait(system, but=master)
        system.terminate()  # it stops all units in their order
        system.wait(SECONDS)
    journal = _run("chroot", str(SYSTEM), "journalctl", "--no-pager", "--unit", "cds-service")
    found = {
        "systemd": _run("systemd-nspawn", "--version").splitlines()[0],
        "user": status["Uid"].split()[0],
        "capabilities": status["CapEff"],
        "no new privileges": status["NoNewPrivs"] == "1",
        "filter of system calls": status["Seccomp"] == "2",
        "came back when killed": again != master,
        "stopped": journal.rstrip().endswith("Baclofen in alcohol dependence: CDS Hooks service."),
        "cards": answered,
    }
    if found["user"] == "0" or int(status["CapEff"], 16) or not all(found.values()):
        raise SystemExit(f"unit: {found}")
    return found


@contextmanager
def _started() -> Iterator[subprocess.Popen[bytes]]:
    with LOG.open("ab") as log:
        system = subprocess.Popen(NSPAWN, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603 - our own words
        try:
            yield system
        finally:
            system.kill()
            system.wait()


def _wait(system: subprocess.Popen[bytes], but: int = 0) -> int:
    """Waits until the service answers; gives its first process, another one than `but`."""
    for _ in range(SECONDS):
        if system.poll() is not None:
            raise SystemExit(f"unit: the system ended at its start, see {LOG}")
        found = [pid for pid in below(system.pid) if pid != but and f"--port\0{PORT}" in _words(pid)]
        if found and _answers():
            return found[0]
        time.sleep(1)
    raise SystemExit(f"unit: the service never answers, see {LOG}")


def _words(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:  # it has ended meanwhile
        return ""


def _answers() -> bool:
    try:
        return cards(PORT) > 0
    except OSError:
        return False


def _run(*command: str) -> str:
    done = logged([*command], LOG)
    if done.returncode:
        raise SystemExit(f"unit: {command[0]} failed, see {LOG}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
