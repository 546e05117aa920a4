"""The store of used tokens on PostgreSQL, where there is one to start; else skipped."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cds_service.trust_store import StoreDown, TrustStore
from tests.http.conftest import free_port

pytest.importorskip("psycopg", reason="the driver is not installed")
if shutil.which("initdb") is None:
    pytest.skip("PostgreSQL is not installed", allow_module_level=True)


def other_user() -> int | None:
    """PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else None


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    user, port = other_user(), free_port()
    with TemporaryDirectory(dir="/tmp") as folder:  # where the path of its socket is short
        if user is not None:
            os.chown(folder, user, -1)
        data = Path(folder) / "data"
        subprocess.run(
            ["initdb", "-D", str(data), "-U", "cds", "-A", "trust"],
            user=user, cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        server = subprocess.Popen(
            ["postgres", "-D", str(data), "-p", str(port), "-k", folder, "-c", "fsync=off"],
            user=user, cwd=folder, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield f"postgresql+psycopg://cds@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            server.wait(timeout=30)


@pytest.fixture(scope="module")
def store(url: str) -> Iterator[TrustStore]:
    store = TrustStore(url)
    deadline = time.monotonic() + 20
    while True:
        try:
            store.prepare()
        except StoreDown:
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.2)
        else:
            break
    yield store
    store.close()


def test_row_17_one_of_many_is_first(store: TrustStore) -> None:
    with ThreadPoolExecutor(16) as pool:
        first = list(pool.map(lambda _: store.use("ehr", "once", 1_300.0, 1_000.0), range(64)))

    assert first.count(True) == 1


def test_row_20_what_has_ended_is_forgotten(store: TrustStore) -> None:
    assert store.use("ehr", "ends", 2_000.0, 1_900.0)
    assert store.use("ehr", "later", 9_000.0, 8_000.0)
    assert store.use("ehr", "ends", 9_000.0, 8_000.0)


def test_row_22_one_may_fetch(store: TrustStore, url: str) -> None:
    stores = [store, TrustStore(url)]

    claims = [one.claim_refresh("beta", now, 60.0) for now in (1_000.0, 1_030.0, 1_061.0) for one in stores]

    assert claims == [True, False, False, False, True, False]
    store.save_keys("beta", 1_061.0, b"{}")
    assert stores[1].keys("beta").document == b"{}"
    stores[1].close()
