"""The command line prints the answers of the service, byte for byte, or a clear line if there is none."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cds_service.config.settings import read_settings
from cds_service.hook.order_sign import answer
from tests.access.deployment import as_toml, production
from tests.access.forge import ecdsa, key_set
from tests.cli.running import run, start
from tests.known import known
from tests.running.client import SANDBOX_ORDER, Service

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_evaluate_prints_what_http_answers(service: Service, language: str) -> None:
    order = SANDBOX_ORDER.read_bytes()
    options = ["--on", "2026-11-22", "--language", language]
    answered = service.sign(order, **{"Accept-Language": language}).body.decode()

    assert run("evaluate", SANDBOX_ORDER, *options).stdout == answered
    assert run("evaluate", "-", *options, body=order).stdout == answered


def test_evaluate_prints_what_a_client_of_the_service_gets(tmp_path: Path) -> None:
    file = tmp_path / "clients.toml"
    entry = {"id": "csapa", "issuer": "https://ehr.example", "jwks": key_set(ecdsa()), "specialised_service": True}
    file.write_text(as_toml({**entry, "prefetch": {"conditions": "problems"}}), "utf-8")
    settings: dict[str, Any] = production(file, f"sqlite:///{tmp_path}/store.db", CDS_SPOOL=str(tmp_path))
    [client] = read_settings(settings).clients
    order, options = SANDBOX_ORDER.read_bytes(), ["--on", "2026-11-22"]

    done = run("evaluate", SANDBOX_ORDER, *options, "--client", "csapa", **settings)

    day, url = date(2026, 11, 22), settings["CDS_PUBLIC_URL"]
    theirs = answer(order, known(), on=day, language="fr", client=client, public_url=url, names_day=True)
    assert done.stdout == theirs.body.decode() != run("evaluate", SANDBOX_ORDER, *options, **settings).stdout
    assert run("evaluate", SANDBOX_ORDER, "--client", "nobody", **settings).stderr.startswith("--client: ")


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


def test_a_wrong_mode_is_said_with_the_other_faults() -> None:
    done = start("serve", CDS_MODE="prod", CDS_SHADOW="yes")

    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["CDS_MODE", "CDS_SHADOW"]
