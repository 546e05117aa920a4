"""The first page stores nothing of a request, and has the rate limit of any caller."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Engine, create_engine, select

from cds_service.config.settings import Settings
from cds_service.store.tables import ANSWERS
from cds_service.web import create_app
from tests.access.deployment import deployed
from tests.pages.demo.first_page import KNOWLEDGE, TODAY, text_of
from tests.running.client import HOOK_PATH
from tests.store.waiting import eventually


def test_the_page_is_limited_as_any_anonymous_caller_is() -> None:
    client = create_app(KNOWLEDGE, lambda: TODAY, settings=Settings(anonymous_per_minute=3)).test_client()

    statuses = [client.get("/connect").status_code for _ in range(4)]

    assert statuses == [200, 200, 200, 429]


def test_nothing_that_the_page_is_asked_is_stored_or_logged(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    with deployed(tmp_path, {"CDS_MODE": "demo", "CDS_DATABASE_URL": url}) as running:
        body = text_of(running.service.get("/?case=in-2018&tablets=2").body.decode(), "raw-request")
        form = urlencode({"request": body, "on": "2018-05-10"}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        assert running.service.call("POST", "/?note=secret", form, kind).status == 200
        assert running.sign(None).status == 200
        engine = create_engine(url)
        eventually(lambda: _rows(engine) != [])  # the store writes behind the answer
        kept = _rows(engine)
        engine.dispose()
        routes = [line["route"] for line in running.lines() if line["event"] == "request"]

    assert len(kept) == 1
    assert routes == ["/", "/", HOOK_PATH]
    assert not re.findall(r"secret|invented|in-2018|MedicationRequest|tablets", running.log.read_text("utf-8"))


def _rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(ANSWERS)))
