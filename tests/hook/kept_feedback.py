"""Sends feedback to a service, and looks at what its database keeps of it."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from cds_service.store.tables import FEEDBACK
from tests.running.client import HOOK_PATH, Answer, Service
from tests.store.shown import rows
from tests.store.waiting import eventually

PATH = f"{HOOK_PATH}/feedback"
MOMENT = "2026-11-22T08:15:30Z"


class Kept:
    """A service and the feedback in its database."""

    def __init__(self, service: Service, folder: Path) -> None:
        self.service = service
        self.folder = folder
        self.url = f"sqlite:///{folder}/store.db"

    def send(self, *items: Any, **more: Any) -> Answer:
        return self.send_body(json.dumps({"feedback": items, **more}).encode())

    def send_body(self, body: bytes, content_type: str = "application/json") -> Answer:
        return self.service.call("POST", PATH, body, {"Content-Type": content_type})

    def of(self, card: str, many: int = 1) -> Any:
        """The stored feedback about a card, as soon as there are that many items."""
        eventually(lambda: len(self.rows(card)) == many)
        return self.rows(card)[0]

    def rows(self, card: str) -> list[Any]:
        return [row for row in rows(self.url, FEEDBACK) if row.card == card]

    def everything(self) -> bytes:
        """All content on the disk, including that of earlier tests."""
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


def overridden(card: str = "", **more: Any) -> dict[str, Any]:
    return {"card": card or str(uuid4()), "outcome": "overridden", "outcomeTimestamp": MOMENT, **more}


def accepted(card: str = "", **more: Any) -> dict[str, Any]:
    chosen = [{"id": str(uuid4())}]
    return overridden(card) | {"outcome": "accepted", "acceptedSuggestions": chosen, **more}


def assert_kept(answer: Answer) -> None:
    assert (answer.status, answer.body) == (200, b""), answer
    assert "Content-Type" not in answer.headers
