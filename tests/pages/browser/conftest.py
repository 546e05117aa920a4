"""Starts the service and a real Chromium for the tests of pages.

CDS_NO_BROWSER=1 skips these tests on a machine that cannot have a browser.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types of its own
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.running.service import started

# The first is Chromium without windows of its own: the same pages in half the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Flags: no background network calls; no sandbox, because Chromium cannot use its own as root in a container.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

expect.set_options(timeout=30_000)  # ms; a busy machine is slow, and that is no failure


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
    """Without rate limits, because all calls come from one address."""
    home = tmp_path_factory.mktemp("home")
    with started({"HOME": str(home), "CDS_MODE": "demo", "CDS_ANONYMOUS_PER_MINUTE": "0"}, workers=1) as (service, _):
        yield f"http://127.0.0.1:{service.port}"


@contextmanager
def watched(browser: Browser, url: str, width: int, height: int) -> Iterator[Page]:
    """A page that fails the test if it reports an error or calls any host but the service at this URL."""
    context = browser.new_context(base_url=url, locale="fr-FR", viewport={"width": width, "height": height})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "400" not in message.text else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith((url, "data:")) else None)
    yield page
    context.close()
    assert said == []


def faults_of(page: Page) -> list[tuple[str, str, str]]:
    """What axe finds: the rule, how bad it is, and the element."""
    found = Axe().run(
        page,
        options={
            "resultTypes": ["violations"],
            "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        },
    )

    assert found.response["passes"]
    return [(fault["id"], fault["impact"], fault["nodes"][0]["html"][:200]) for fault in found.response["violations"]]
