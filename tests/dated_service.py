"""The service behind a real socket, in this process, on any day."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from werkzeug.serving import make_server

from cds_service.config.settings import DEMO, Settings
from cds_service.knowledge.loading import Knowledge
from cds_service.web import create_app
from tests.running.client import Answer, Service
from tests.vignette_cases import Vignette


@dataclass
class Clock:
    """The current day, as the service sees it."""

    day: date = date(2026, 11, 22)


@dataclass(frozen=True)
class DatedService:
    """Answers a vignette by the rules of its day."""

    service: Service
    clock: Clock

    def answer(self, vignette: Vignette, language: str = "fr") -> Answer:
        self.clock.day = vignette.on
        answer = self.service.sign(vignette.body(), **{"Accept-Language": language})
        assert answer.status == 200, answer
        assert answer.headers["Content-Language"] == language
        return answer

    def cards(self, vignette: Vignette, language: str = "fr") -> list[dict[str, Any]]:
        cards: list[dict[str, Any]] = self.answer(vignette, language).json["cards"]
        return cards


@contextmanager
def serving(knowledge: Knowledge, settings: Settings = DEMO) -> Iterator[DatedService]:
    clock = Clock()
    app = create_app(knowledge, today=lambda: clock.day, settings=settings)
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield DatedService(Service(server.server_port), clock)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        if app.extensions["memory"]:
            app.extensions["memory"].stop()
