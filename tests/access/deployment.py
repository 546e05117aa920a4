"""Starts the service in production mode: real processes, real sockets, a clients' file, and a log to read."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds_service.store import migrator
from tests.running.client import HOOK_PATH, SANDBOX_ORDER, Answer, Service
from tests.running.service import started

PUBLIC_URL = "https://cds.example"
AUDIENCE = PUBLIC_URL + HOOK_PATH
BODY = SANDBOX_ORDER.read_bytes()


@dataclass(frozen=True)
class Deployment:
    """A running service and its log."""

    service: Service
    log: Path

    def sign(self, token: str | None, body: bytes = BODY, **headers: str) -> Answer:
        shown = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return self.service.sign(body, **shown, **headers)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def reason(self, answer: Answer) -> str:
        """The reason of an answer in our log; the caller cannot see it."""
        asked = answer.headers["X-Request-Id"]
        (line,) = (line for line in self.lines() if line.get("request") == asked and line["event"] == "request")
        reason: str = line.get("reason", "")
        return reason


@contextmanager
def deployed(folder: Path, environment: Mapping[str, str], workers: int = 1) -> Iterator[Deployment]:
    migrator.migrate(environment["CDS_DATABASE_URL"])
    log = folder / "service.log"
    with log.open("wb") as stderr, started(environment, workers=workers, stderr=stderr) as (service, _):
        yield Deployment(service, log)


def production(clients: Path, database: str, **more: str) -> dict[str, str]:
    return {
        "CDS_MODE": "production",
        "CDS_CLIENTS": str(clients),
        "CDS_PUBLIC_URL": PUBLIC_URL,
        "CDS_DATABASE_URL": database,
        **more,
    }


def as_toml(client: dict[str, Any]) -> str:
    """A [[client]] table. JSON strings, lists, numbers and booleans are also TOML; tables are written inline."""
    return "[[client]]\n" + "".join(f"{name} = {_value(value)}\n" for name, value in client.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {_value(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(value)
