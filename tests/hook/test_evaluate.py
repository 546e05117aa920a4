"""The command line prints the answers of the service, byte for byte, or a clear line if there is none."""

from pathlib import Path

import pytest

from tests.cli.running import run, start
from tests.running.client import SANDBOX_ORDER, Service

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_evaluate_prints_what_http_answers(service: Service, language: str) -> None:
    order = SANDBOX_ORDER.read_bytes()
    options = ["--on", "2026-11-22", "--language", language]
    answered = service.sign(order, **{"Accept-Language": language}).body.decode()

    assert run("evaluate", SANDBOX_ORDER, *options).stdout == answered
    assert run("evaluate", "-", *options, body=order).stdout == answered


def test_faults_of_the_request_are_lines_on_the_error_output() -> None:
    done = run("evaluate", "-", body=b'{"hook":"patient-view"}')

    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == ["hookInstance", "context", "hook"]


@pytest.mark.parametrize(
    "arguments",
    [["evaluate", "missing.json"], ["evaluate", "-", "--on", "yesterday"], ["serve", "--port", "0"]],
)
def test_a_wrong_call_ends_with_a_line_and_not_with_a_traceback(arguments: list[str]) -> None:
    done = run(*arguments)

    assert done.returncode == 2
    assert "Error: Invalid value" in done.stderr


def test_a_mode_that_nobody_knows_is_refused() -> None:
    done = start("serve", CDS_MODE="other")

    assert done.returncode == 2
    assert done.stderr.startswith("CDS_MODE: ")


def test_check_counts_what_it_read() -> None:
    done = run("check")

    assert done.returncode == 0, done.stderr
    assert "no fault" in done.stdout
