"""Headers of every answer in production: row 47 by exact origin, security headers, the language of the entry."""

import re
from pathlib import Path

import pytest

from cds_service.base.errors import Fault
from cds_service.config.clients import read_clients
from tests.access.conftest import World
from tests.access.deployment import BODY
from tests.running.client import HOOK_PATH, Answer

ROOT = Path(__file__).parents[2]
ORIGIN = "https://app.alpha.example"


def preflight(world: World, origin: str, path: str = HOOK_PATH) -> Answer:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return world.deployment.service.call("OPTIONS", path, headers=asked)


@pytest.mark.parametrize("path", [HOOK_PATH, "/cds-services"])
def test_row_47_a_preflight_of_a_clients_page_is_answered_without_a_token(world: World, path: str) -> None:
    answer = preflight(world, ORIGIN, path)

    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Headers"].lower() == "authorization, content-type"
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://app.alpha.example.evil.example",
        "https://appXalpha.example",
        "http://app.alpha.example",
        "https://app.alpha.example:444",
        "null",
        "*",
    ],
)
def test_row_47_another_page_gets_no_leave(world: World, origin: str) -> None:
    for answer in (preflight(world, origin), world.deployment.sign(world.alpha.token(), Origin=origin)):
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_row_47_a_call_without_an_origin_is_not_told_whose_pages_may_call(world: World) -> None:
    for answer in (world.deployment.sign(None), world.deployment.service.get("/cds-services")):
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_row_47_refusals_can_be_read_from_the_clients_page_too(world: World) -> None:
    refused = world.deployment.sign(None, Origin=ORIGIN)

    assert refused.status == 401
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize("path", ["/cds-services", "/healthz", "/openapi.yaml", "/nowhere", HOOK_PATH])
def test_every_answer_has_the_security_headers(world: World, path: str) -> None:
    headers = world.deployment.service.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_discovery_health_and_contract_are_open_and_unknown_paths_ask_for_nothing(world: World) -> None:
    statuses = {path: world.deployment.service.get(path).status for path in ("/cds-services", "/healthz", "/readyz")}

    assert set(statuses.values()) == {200}
    assert world.deployment.service.call("POST", "/cds-services/other", b"{}").status == 404


def test_the_language_is_the_callers_and_then_the_entrys(world: World) -> None:
    def language(token: str, **headers: str) -> str:
        return world.deployment.sign(token, BODY, **headers).headers["Content-Language"]

    assert language(world.alpha.token()) == "en"
    assert language(world.alpha.token(), **{"Accept-Language": "fr"}) == "fr"
    assert language(world.alpha.token(), **{"Accept-Language": "*"}) == "en"
    assert language(world.beta.token()) == "fr"


def rows_of_the_table() -> dict[int, list[str]]:
    """The files that SECURITY.md names for each row."""
    rows: dict[int, list[str]] = {}
    for first, last, files in re.findall(r"^\| (\d+)(?:–(\d+))? \|.*\| ([^|]+) \|$", security(), re.MULTILINE):
        for row in range(int(first), int(last or first) + 1):
            rows[row] = re.findall(r"`([^`]+)`", files)
    return rows


def security() -> str:
    return (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_the_table_of_security_md_names_a_test_of_each_row_that_is_there() -> None:
    rows = rows_of_the_table()

    assert set(rows) == {*range(1, 61), 78, 79, 80, 81, 82, 83, *range(85, 99)}
    for row, files in rows.items():
        paths = [ROOT / file if "/" in file else ROOT / "tests" / "access" / file for file in files]
        assert all(path.exists() for path in paths), row
        named = [re.findall(r"def test_row_(\d+(?:_\d+)*)_", path.read_text(encoding="utf-8")) for path in paths]
        assert any(row in map(int, name.split("_")) for names in named for name in names), row


def test_the_client_of_security_md_is_one(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", security(), re.DOTALL)
    (tmp_path / "clients.toml").write_text(example, "utf-8")
    faults: list[Fault] = []

    assert read_clients(tmp_path / "clients.toml", faults)
    assert not faults
