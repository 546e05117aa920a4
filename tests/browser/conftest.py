"""Starts the service and a real Chromium, as a reader has them.

CDS_NO_BROWSER=1 leaves these tests out, on a machine that cannot have a browser.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.http.client import Service
from tests.http.conftest import REPOSITORY, free_port, wait_for_health

NAMES = ("chromium", "chromium-browser", "google-chrome")
# A browser that calls nobody by itself; a sandbox of its own it cannot have as root in a container.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

expect.set_options(timeout=30_000)  # ms; a machine with much else to do is slow, and not wrong


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if os.environ.get("CDS_NO_BROWSER"):
        pytest.skip("CDS_NO_BROWSER is set")
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail(
            "no Chromium: install it (Debian: apt-get install chromium), or set CDS_NO_BROWSER=1 to go without"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "cds_service",
        "serve",
        "--port",
        str(port),
        "--on",
        "2026-11-22",
        "--workers",
        "1",
    ]
    process = subprocess.Popen(command, cwd=REPOSITORY, env=_environment(tmp_path_factory.mktemp("home")))
    try:
        wait_for_health(process, port)
        assert Service(port).get("/healthz").status == 200
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _environment(home: Path) -> dict[str, str]:
    """Without limits of calls, for all come from one address."""
    return {**os.environ, "HOME": str(home), "CDS_MODE": "demo", "CDS_ANONYMOUS_PER_MINUTE": "0"}
