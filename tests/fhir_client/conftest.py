"""Records every connection that Python makes, and starts one service with many kinds of EHR."""

import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.fhir_client.ehrs import EHRS, NOT_READING, QUICK, SHOWS_ERRORS, WITH_THE_BUDGET_OF_ALL
from tests.hook.ehr import Ehr, running

_NEXT, _NEXT_USUAL = count(), count()

_connected: list[Any] = []
_is_recording = False


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    if _is_recording and event == "socket.connect":
        _connected.append(arguments[1])


sys.addaudithook(_record)  # permanent: an audit hook cannot be removed


@pytest.fixture
def connected() -> Iterator[list[Any]]:
    """Every address that a socket of this process connects to while the test runs."""
    global _is_recording
    _connected.clear()
    _is_recording = True
    yield _connected
    _is_recording = False


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("border")
    with running(folder, *EHRS, *WITH_THE_BUDGET_OF_ALL, SHOWS_ERRORS, QUICK, NOT_READING):
        yield folder / "log"


@pytest.fixture
def ehr() -> Ehr:
    """An EHR with a time budget longer than any of these tests needs, on any machine."""
    return EHRS[next(_NEXT)]


@pytest.fixture
def usual() -> Ehr:
    """An EHR with the default budget of a client whose entry sets none: 800 ms."""
    return WITH_THE_BUDGET_OF_ALL[next(_NEXT_USUAL)]
