"""The answers to the sandbox and to French orders keep the rules of Inferno's CRD test kit; each rule can fail."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cds_service.hook.order_sign import answer
from tests.clients.crd_rules import RULES, broken
from tests.known import known
from tests.running.client import SANDBOX_ORDER, sandbox_order

ORDERS = [SANDBOX_ORDER, *sorted((Path(__file__).parents[1] / "data" / "orders").glob("*.json"))]


def answered(body: bytes) -> dict[str, Any]:
    given: dict[str, Any] = json.loads(answer(body, known(), on=date(2026, 11, 22), language="en").body)
    return given


@pytest.mark.parametrize("file", ORDERS, ids=lambda file: file.stem)
def test_no_rule_is_broken(file: Path) -> None:
    body = file.read_bytes()

    assert list(broken(json.loads(body), answered(body))) == []


BREAK: dict[str, Callable[[dict[str, Any], dict[str, Any]], object]] = {
    "CRD-2": lambda _, card: card.update(source="ANSM"),
    "CRD-3": lambda _, card: card.update(summary="a" * 140),
    "CRD-4": lambda _, card: card.update(indicator="hard-stop"),
    "CRD-5": lambda _, card: card["source"].pop("topic"),
    "CRD-6": lambda _, card: card.update(uuid=5),
    "CRD-7": lambda _, card: card.pop("selectionBehavior"),
    "CRD-8": lambda _, card: card["overrideReasons"][0].pop("display"),
    "CRD-9": lambda _, card: card["links"][0].pop("label"),
    "CRD-10": lambda _, card: card["links"][0].update(appContext="x"),
    "CRD-11": lambda _, card: card["suggestions"][0].update(actions=[]),
    "CRD-12": lambda _, card: card["suggestions"][0]["actions"][0].pop("description"),
    "CRD-13": lambda _, card: card["suggestions"][0]["actions"][0]["resource"].update(resourceType=""),
    "CRD-14": lambda request, _: request["context"]["draftOrders"].update(entry=[]),
}


@pytest.fixture(scope="module")
def exchange() -> tuple[dict[str, Any], dict[str, Any]]:
    return sandbox_order(), answered(SANDBOX_ORDER.read_bytes())


@pytest.mark.parametrize("rule", BREAK)
def test_what_breaks_a_rule_is_seen(exchange: tuple[dict[str, Any], dict[str, Any]], rule: str) -> None:
    request, given = deepcopy(exchange)
    BREAK[rule](request, next(card for card in given["cards"] if "suggestions" in card))

    assert rule in broken(request, given)


def test_each_rule_can_fail() -> None:
    assert {rule.id for rule in RULES} | {"CRD-14"} == {*BREAK, "CRD-1"}
