"""Calls a running service over real sockets: as a client, or byte by byte."""

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SANDBOX_ORDER = Path(__file__).parents[1] / "data" / "sandbox-order-sign.json"
PATIENCE_S = 60
"""How long a machine with much else to do may take; a test that comes to it has failed."""

HOOK_PATH = "/cds-services/baclofen-order-sign"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Service:
    port: int

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, dict(headers or {}))
            return read_answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, headers=headers)

    def sign(self, body: bytes, content_type: str = "application/json", **headers: str) -> Answer:
        return self.call("POST", HOOK_PATH, body, {"Content-Type": content_type, **headers})

    def sign_order(self, hook: Mapping[str, Any]) -> Answer:
        return self.sign(json.dumps(hook).encode())

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def exchange(self, request: bytes) -> Answer:
        """Send exactly these bytes."""
        with self.connect() as connection:
            connection.sendall(request)
            return receive(connection)

    def announce(self, path: str, length: int, **headers: str) -> Answer:
        """Send only the head of a POST, with the length of its body."""
        told = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": str(length)} | headers
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
        return self.exchange("\r\n".join(lines).encode())


def receive(connection: socket.socket) -> Answer:
    response = http.client.HTTPResponse(connection)
    try:
        response.begin()
        return read_answer(response)
    finally:
        response.close()


def read_answer(response: http.client.HTTPResponse) -> Answer:
    return Answer(response.status, dict(response.getheaders()), response.read())


def sandbox_order() -> dict[str, Any]:
    """The order that the public CDS Hooks sandbox sends."""
    order: dict[str, Any] = json.loads(SANDBOX_ORDER.read_bytes())
    return order


def assert_refused(answer: Answer, status: int) -> str:
    """Check that the answer is an OperationOutcome in JSON, and return its diagnostics."""
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json["resourceType"] == "OperationOutcome"
    return "\n".join(issue["diagnostics"] for issue in answer.json["issue"])
