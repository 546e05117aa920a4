"""The parts of hostile requests: a call about baclofen, its drafts, and what makes it as long as asked."""

import json
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

from bench import bodies
from bench.bodies import Resource

SIGNED = "cards and plans"

Kind = Callable[[int], bytes]


def request(drafts: list[Resource], **record: list[Resource]) -> bytes:
    """The small calm request with other drafts, and with these resources for keys of its prefetch."""
    hook = json.loads(bodies.request_body(SIGNED, 2, 1))
    hook["context"]["draftOrders"]["entry"] = [{"resource": draft} for draft in drafts]
    hook["prefetch"] |= {key: bodies.searchset(resources) for key, resources in record.items()}
    return json.dumps(hook, separators=(",", ":")).encode()


def calm(size: int) -> bytes:
    """Conditions and medicines as a record has them, 5 conditions to 2 medicines."""
    return of_size(size, lambda count: bodies.request_body(SIGNED, 5 * count, 2 * count), least=1)


def of_size(size: int, make: Callable[[int], bytes], least: int = 0) -> bytes:
    """What `make` gives for the count that brings it nearest to the size from below."""
    most = least + 1
    while len(make(most)) <= size:
        most *= 2
    return make(max(least, bisect_right(range(most), size, lo=least, key=lambda count: len(make(count))) - 1))


def dosage(**changes: Any) -> Resource:
    timing = {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}}
    return {"timing": timing, "doseAndRate": [{"doseQuantity": bodies.milligrams(10)}], **changes}


def draft(number: int, dosages: list[Resource], **changes: Any) -> Resource:
    return {**bodies.signings()[SIGNED].draft, "id": f"draft-{number}", "dosageInstruction": dosages, **changes}
