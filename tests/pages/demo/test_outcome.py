"""A card of the first page is accepted or overridden with a button, and /insights counts it; nothing else is kept."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds_service.config.clock import today
from cds_service.config.settings import Settings
from cds_service.store import migrator
from cds_service.store.tables import ANSWERS, FEEDBACK
from cds_service.web import create_app
from tests.pages.demo.first_page import FORM, KNOWLEDGE, seen
from tests.store.shown import count
from tests.store.waiting import eventually

START = FORM | {"tablets": "2", "lang": "en"}  # 120 mg a day, as a first prescription


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    url = f"sqlite:///{tmp_path}/store.db"
    migrator.migrate(url)
    return Settings(anonymous_per_minute=0, database_url=url, spool=tmp_path / "spool")


@pytest.fixture
def client(settings: Settings) -> FlaskClient:
    app: Flask = create_app(KNOWLEDGE, today, settings=settings)
    return app.test_client()


def counted(client: FlaskClient) -> list[str]:
    """How often the rule was shown, accepted and overridden."""
    lines = client.get("/insights.csv").get_data(as_text=True).splitlines()
    return next((line.split(",")[3:6] for line in lines if ",initial-dose-too-high," in line), [])


def test_what_was_done_with_a_card_arrives_in_the_insights(client: FlaskClient) -> None:
    accepted = client.post("/", data=START | {"card": "0", "accepted": "0"}).get_data(as_text=True)
    reason = re.findall(r'name="overridden" value="([^"]+)"', accepted)[0]
    overridden = client.post("/", data=START | {"card": "0", "overridden": reason}).get_data(as_text=True)

    assert "Counted: suggestion accepted." in seen(accepted)
    assert "Counted: card overridden, with its reason." in seen(overridden)
    assert 'href="insights?lang=en"' in accepted
    eventually(lambda: counted(client) == ["2", "1", "1"])


@pytest.mark.parametrize(
    "choice",
    [
        {"card": "7", "accepted": "0"},
        {"card": "0", "accepted": "99"},
        {"card": "0", "overridden": "x"},
        {"card": "²"},
    ],
)
def test_a_choice_that_is_not_on_the_card_is_not_counted(client: FlaskClient, choice: dict[str, str]) -> None:
    page = client.post("/", data=START | choice).get_data(as_text=True)

    assert "Nothing was counted" in seen(page)
    assert counted(client) == []


@pytest.mark.parametrize("where", [{"mode": "production"}, {"shadow": True}], ids=["production", "shadow mode"])
def test_only_a_demonstration_that_shows_its_cards_counts_its_visitors(
    settings: Settings, where: dict[str, Any]
) -> None:
    app: Flask = create_app(KNOWLEDGE, today, settings=replace(settings, **where))

    page = app.test_client().post("/", data=START | {"card": "0", "accepted": "0"}).get_data(as_text=True)
    app.extensions["memory"].stop()

    assert "Counted:" not in seen(page)
    assert count(settings.database_url, ANSWERS) == count(settings.database_url, FEEDBACK) == 0
