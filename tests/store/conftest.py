"""A memory on each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_service.store.recorder import Recorder
from tests.store.shown import opened


@pytest.fixture
def memory(database: str, tmp_path: Path) -> Iterator[Recorder]:
    memory = opened(database, tmp_path)
    yield memory
    memory.stop()
