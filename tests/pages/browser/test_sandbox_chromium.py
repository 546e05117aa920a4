"""From the link to a card in seven steps, counted in a build of the CDS Hooks sandbox.

docs/sandbox.md says how the build is made; CDS_SANDBOX is its folder. Without it the test is skipped: the build takes
minutes and a network.
"""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from cds_service.pages.demo.parts import SANDBOX, SANDBOX_FHIR, sandbox
from docs.sandbox_fhir import BASE, server

BUILD = os.environ.get("CDS_SANDBOX", "")
STEPS = 7


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Logs nothing."""


@contextmanager
def serving(running: ThreadingHTTPServer) -> Iterator[str]:
    with running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


class Counted:
    """A person at the page: each move is one step."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.steps = 0

    def open(self, url: str) -> None:
        self.steps += 1
        self.page.goto(url)

    def write(self, name: str, text: str) -> None:
        self.steps += 1
        self.page.locator(f"input[name={name}]").fill(text)

    def choose(self, role: str, name: str) -> None:
        self.steps += 1
        self.page.get_by_role(role, name=re.compile(f"^{name}$")).click()  # type: ignore[arg-type]  # a role of ARIA


def test_the_link_is_that_of_the_page_and_names_all_that_is_to_be_chosen() -> None:
    chosen = dict(parse_qsl(urlsplit(sandbox("https://cds.example/cds-services")).query))

    assert chosen.pop("serviceDiscoveryURL") == "https://cds.example/cds-services"
    assert chosen == {
        "fhirServiceUrl": SANDBOX_FHIR,
        "patientId": "pat-alcohol-epilepsy",
        "hook": "order-sign",
        "screen": "rx-sign",
    }


@pytest.mark.skipif(not BUILD, reason="CDS_SANDBOX names no build of the sandbox")
def test_seven_steps_lead_from_the_link_to_a_card(chromium: Browser, base_url: str) -> None:
    files = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=BUILD))
    with serving(server(0, "4.0.1")) as fhir, serving(files) as site:
        query = dict(parse_qsl(urlsplit(sandbox(f"{base_url}/cds-services")).query))
        link = f"{SANDBOX}?{urlencode({**query, 'fhirServiceUrl': f'{fhir}{BASE}'})}".replace(SANDBOX, f"{site}/")
        page = chromium.new_page(locale="en-US")
        person = Counted(page)

        person.open(link)
        person.write("medication-input", "Baclofen")
        person.choose("button", "Baclofen 10 MG Oral Tablet")
        person.write("dosage-amount", "4")
        person.choose("combobox", "Frequency.*")
        person.choose("option", "three times daily")
        person.choose("button", "Sign Order")

        expect(page.get_by_text("Baclofen 120 mg/day, first prescription").first).to_be_visible()
        assert person.steps == STEPS
        page.close()
