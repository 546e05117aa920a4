"""A command called wrongly prints one clear line; each command describes itself, in UTF-8."""

import socket

import pytest

from tests.cli.running import SANDBOX_ORDER, page, run, start


@pytest.mark.parametrize("command", [["rules"], ["evaluate", SANDBOX_ORDER, "--explain"]])
@pytest.mark.parametrize("day", ["yesterday", "22/11/2026", "2026-02-30", "2026-13-01", ""])
def test_a_day_that_is_none_is_refused(command: list[object], day: str) -> None:
    done = run(*command, "--on", day)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Invalid value for '--on'" in done.stderr


@pytest.mark.parametrize("explained", [[], ["--explain"]])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"\xff", "body: is not UTF-8"),
        (b'{"hook": "patient-view"}', "hook"),
    ],
)
def test_a_body_that_is_no_order_sign_request_is_refused(explained: list[str], body: bytes, said: str) -> None:
    done = run("evaluate", "-", *explained, body=body)

    assert (done.returncode, done.stdout) == (2, "")
    assert [line for line in done.stderr.splitlines() if line.startswith(said)]


def test_a_file_that_is_not_there_is_named() -> None:
    done = run("evaluate", "nowhere.json", "--explain")

    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere.json" in done.stderr


def test_a_language_that_no_card_speaks_is_refused() -> None:
    done = run("rules", "--language", "de")

    assert (done.returncode, done.stdout) == (2, "")
    assert "'fr', 'en'" in done.stderr


def test_a_port_that_is_taken_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = start("serve", "--port", str(port), CDS_DATABASE_URL="")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"127.0.0.1:{port}: cannot be served (Address already in use). Stop what listens")
    assert len(done.stderr.splitlines()) == 1


def test_a_host_that_is_none_is_named() -> None:
    done = start("serve", "--host", "nowhere.invalid", CDS_DATABASE_URL="")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nowhere.invalid:8000: cannot be served")


@pytest.mark.parametrize("arguments", [["--help"], ["rules", "--help"], ["evaluate", "--help"], ["check", "--help"]])
def test_every_command_says_what_it_does(arguments: list[str]) -> None:
    assert page(*arguments).startswith("Usage: cds-service")
