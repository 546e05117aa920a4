"""Records for the spool, who receives them, and another process that holds the same folder."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cds_service.store.database import StoreDown
from cds_service.store.kept import Record
from cds_service.store.spool import Spool
from tests.running.service import REPOSITORY


def numbered(*numbers: int, words: str = "") -> list[Record]:
    return [{"id": number, "words": words} for number in numbers]


class Taken:
    """The receiver of records; while `down` it accepts none."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.down = False

    def __call__(self, records: Sequence[Record]) -> None:
        if self.down:
            raise StoreDown("down")
        self.numbers += [record["id"] for record in records]


def files(spool: Spool) -> list[str]:
    return sorted(path.name for path in spool.folder.iterdir())


@contextmanager
def another(folder: Path, code: str) -> Iterator[subprocess.Popen[str]]:
    """Another process, which has opened the spool of this folder and waits to be killed."""
    begin = "import os, sys; from pathlib import Path; from cds_service.store.spool import Spool\n"
    program = f"{begin}spool = Spool(Path({str(folder)!r}))\n{code}\nprint('ready', flush=True)\nsys.stdin.read()"
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, **pipes) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()
