"""Shared by the tests of the first page: its days, cases and form, and a reader of its HTML."""

import json
import re
from datetime import date
from html import unescape
from typing import Any

from flask.testing import FlaskClient

from tests.known import known

TODAY = date(2026, 11, 22)
KNOWLEDGE = known()
LANGUAGES = ("fr", "en")
PATHS = ("/", "/rules", "/break", "/connect")
FORM = {"sex": "male", "age": "45", "alcohol": "1", "drinks": "80", "tried": "1", "taken": "0", "act": "prescribe"}
FORM |= {"product": "baclocur-20", "tablets": "1", "times": "3", "on": "2026-11-22"}

# The most urgent finding of each ready-made case, taken from the design and not from the program.
WORST = {
    "above-80": ("specialist-care", "warning"),
    "silence": None,
    "start": ("initial-dose-too-high", "warning"),
    "above-300": ("daily-dose-above-recommended", "critical"),
    "stop": ("abrupt-stop", "critical"),
    "taper": ("taper-in-progress", "info"),
    "generic": ("product-not-authorised", "warning"),
    "spasticity": None,
    "sandbox": ("daily-dose-above-recommended", "critical"),
    "in-2012": ("outside-indication", "info"),
    "in-2016": ("daily-dose-above-maximum", "critical"),
    "in-2018": ("daily-dose-above-maximum", "critical"),
    "in-2020": ("product-not-authorised", "warning"),
}


def html(client: FlaskClient, path: str, /, **query: str) -> str:
    return html_of(client, 200, path, query)


def html_of(client: FlaskClient, status: int, path: str, query: dict[str, str], reads: str = "") -> str:
    response = client.get(path, query_string=query, headers={"Accept-Language": reads})
    assert response.status_code == status, response.get_data(as_text=True)[:300]
    assert response.content_type == "text/html; charset=utf-8"
    return response.get_data(as_text=True)


def seen(page: str) -> str:
    """The text as a reader sees it, with entities and no-break spaces converted."""
    return unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ")


def text_of(page: str, identity: str) -> str:
    found = re.search(rf'id="{identity}"[^>]*>(.*?)</(?:pre|textarea)>', page, re.DOTALL)
    assert found, identity
    return unescape(found[1])


def answered(page: str) -> Any:
    return json.loads(text_of(page, "raw-response"))


def post(client: FlaskClient, text: str, **more: str) -> Any:
    return client.post("/", data={"request": text, "lang": "en", **more})
