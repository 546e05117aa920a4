"""Requests the page /taper and reads it."""

import re
from datetime import date
from html import unescape
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient

from cds_service.core.plans.plan_request import PlanMade
from cds_service.pages.plan.query import plan_of
from cds_service.pages.sentences import Sentences
from tests.known import known

TODAY = date(2026, 11, 22)
KNOWLEDGE = known()
PUBLIC_URL = "https://cds.example.org/baclofen"
TAPER = "/taper?from=300&to=80&product=baclocur-40&on=2026-11-22"
START = "/taper?from=0&to=60&on=2026-11-22"


def page(client: FlaskClient, path: str, status: int = 200, **headers: str) -> str:
    """The text as a reader sees it, with entities and no-break spaces converted."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.content_type == "text/html; charset=utf-8"
    return unescape(answer.get_data(as_text=True)).replace("\u00a0", " ")


def plan(path: str) -> PlanMade:
    return plan_of(parse_qs(urlsplit(path).query), KNOWLEDGE, TODAY, Sentences(KNOWLEDGE.texts, "en"))


def rows(html: str) -> list[list[str]]:
    table = html.partition("<tbody")[2].partition("</tbody>")[0]
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in table.split("<tr")[1:]]
