"""A memory on each kind of database, and a spool."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_service.store.recorder import Recorder
from cds_service.store.spool import Spool
from tests.store.shown import opened


@pytest.fixture
def memory(database: str, tmp_path: Path) -> Iterator[Recorder]:
    memory = opened(database, tmp_path)
    yield memory
    memory.stop()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")
