"""The Postman collection is up to date, and every request in it gets the answer that it promises."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docs.collection import collection
from tests.hook.card_contract import findings_of
from tests.known import known
from tests.running.client import Service
from tests.running.service import demo

FILE = Path(__file__).parents[2] / "docs" / "baclofen-cds.postman_collection.json"
COLLECTION = json.loads(FILE.read_text("utf-8"))
ITEMS = [item for folder in COLLECTION["item"] for item in folder["item"]]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with demo(CDS_ANONYMOUS_PER_MINUTE="0") as (service, _):
        yield service


def test_the_file_is_the_one_that_is_written() -> None:
    assert json.loads(json.dumps(collection(known()))) == COLLECTION, "python -m docs.collection"


def test_it_is_a_collection_of_version_2_1_with_one_variable() -> None:
    assert COLLECTION["info"]["schema"].endswith("/v2.1.0/collection.json")
    assert [variable["key"] for variable in COLLECTION["variable"]] == ["base_url"]
    assert len(ITEMS) > 15


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["name"])
def test_every_request_gets_what_it_promises(service: Service, item: dict[str, Any]) -> None:
    asked, promised = item["request"], "\n".join(item["event"][0]["script"]["exec"])
    headers = {header["key"]: header["value"] for header in asked["header"]}
    body = asked["body"]["raw"].encode() if "body" in asked else None
    path = asked["url"]["raw"].removeprefix("{{base_url}}")

    answer = service.call(asked["method"], path, body, headers)

    assert answer.status == int(re.findall(r"have\.status\((\d+)\)", promised)[0])
    for finding in re.findall(r'to\.include\("([\w-]+)"\)', promised):
        assert finding in findings_of(answer.json["cards"])
    if "to.eql([])" in promised:
        assert answer.json == {"cards": []}


def test_the_service_gives_it_to_whoever_asks(service: Service) -> None:
    answer = service.get(f"/{FILE.name}")

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == COLLECTION
