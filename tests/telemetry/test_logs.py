"""Log lines have the id of the current request, in every thread that works for it, and never that of another."""

import json
import logging
import threading
from collections.abc import Iterator
from contextvars import copy_context
from typing import Any

import pytest

from cds_service.telemetry import logs
from tests.access.deployment import Deployment
from tests.running.client import SANDBOX_ORDER

ONE, OTHER = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """The log lines, as they would be written."""
    written: list[dict[str, Any]] = []
    formatter = logs.JsonLines()

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(formatter.format(record)))

    handler = Kept()
    ours = logging.getLogger("cds_service")
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield written
    ours.removeHandler(handler)
    logs.belongs_to("")


def test_each_thread_says_which_request_it_works_for(lines: list[dict[str, Any]]) -> None:
    def work(request: str) -> None:
        logs.belongs_to(request)
        barrier.wait()
        logs.log_event("worked")

    barrier = threading.Barrier(2)
    threads = [threading.Thread(target=work, args=(request,)) for request in (ONE, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {line["request"] for line in lines} == {ONE, OTHER}


def test_a_thread_that_is_started_for_a_request_belongs_to_it(lines: list[dict[str, Any]]) -> None:
    logs.belongs_to(ONE)
    thread = threading.Thread(target=copy_context().run, args=(logs.log_alarm, "failed"))
    thread.start()
    thread.join()

    assert [(line["level"], line["event"], line["request"]) for line in lines] == [("error", "failed", ONE)]


def test_what_is_said_after_a_request_belongs_to_none(lines: list[dict[str, Any]]) -> None:
    logs.belongs_to(ONE)
    logs.belongs_to("")
    logs.log_event("later")

    assert "request" not in lines[0]


def test_a_field_of_the_event_goes_before_what_is_bound(lines: list[dict[str, Any]]) -> None:
    logs.belongs_to(ONE)
    logs.log_event("told", request=OTHER, status=200, findings=[], reason="", patient="x")

    assert {name: lines[0][name] for name in lines[0] if name not in ("time", "level")} == {
        "event": "told", "request": OTHER, "status": 200,
    }  # fmt: skip


def test_a_service_logs_the_id_that_it_answers_with(demo: Deployment) -> None:
    answers = [demo.service.sign(SANDBOX_ORDER.read_bytes()) for _ in range(3)]
    refused = demo.service.sign(b"{")

    logged = {line["request"]: line for line in demo.lines() if line["event"] == "request"}
    for answer in (*answers, refused):
        assert logged[answer.headers["X-Request-Id"]]["status"] == answer.status
