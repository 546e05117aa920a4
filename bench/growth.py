"""How the CPU of an answer grows with the conditions of the record, with the drafts, and with the orders on record.

An exponent of 1 is CPU in proportion to the number. Measured in this process, the least of some calls.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import date
from math import log
from typing import Any

from bench.bodies import ON, request_body, searchset, signings
from cds_service.hook.order_sign import answer
from cds_service.knowledge.loading import Knowledge, load_knowledge

CALLS = 3


def report() -> None:
    knowledge = load_knowledge()
    print(f"\n{'CPU of an answer, and how it grows':34}{'ms':>9}{'ms':>9}{'exponent':>10}")
    for name, few, many, body in kinds():
        least, most = (milliseconds(body(number), knowledge) for number in (few, many))
        exponent = log(most / least) / log(many / few)
        print(f"{f'{name}, {few:,} to {many:,}':34}{least:9.1f}{most:9.1f}{exponent:10.2f}")


def kinds() -> Iterator[tuple[str, int, int, Callable[[int], bytes]]]:
    yield "conditions", 1_000, 10_000, lambda number: request_body("cards and plans", number, 10)
    yield "drafts", 1, 500, _with_drafts
    yield "orders on record", 1, 500, _with_orders


def milliseconds(body: bytes, knowledge: Knowledge) -> float:
    """The CPU of one answer."""
    return min(_once(body, knowledge) for _ in range(CALLS))


def _once(body: bytes, knowledge: Knowledge) -> float:
    began = time.process_time()
    answer(body, knowledge, on=date.fromisoformat(ON), language="fr")
    return (time.process_time() - began) * 1000


def _with_drafts(number: int) -> bytes:
    request = json.loads(request_body("cards and plans", 20, 10))
    drafts = _copies(signings()["cards and plans"].draft, number)
    request["context"]["draftOrders"]["entry"] = [{"resource": draft} for draft in drafts]
    return json.dumps(request).encode()


def _with_orders(number: int) -> bytes:
    request = json.loads(request_body("cards and plans", 20, 10))
    request["prefetch"]["medications"] = searchset(_copies(signings()["cards and plans"].taken, number))
    return json.dumps(request).encode()


def _copies(order: dict[str, Any], number: int) -> list[dict[str, Any]]:
    return [{**order, "id": f"copy-{copy}"} for copy in range(number)]


if __name__ == "__main__":
    report()
