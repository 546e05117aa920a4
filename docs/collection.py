"""Writes the Postman collection: every request with its expected status and finding.

    python -m docs.collection > docs/baclofen-cds.postman_collection.json

The requests are those of the demonstration page, for one day. Start the service with `--on 2026-11-22` to get the
expected answers.
"""

import json
import sys
from dataclasses import dataclass
from datetime import date
from typing import Any

from cds_service.base.names import SERVICE_ID
from cds_service.knowledge.loading import Knowledge, load_knowledge
from cds_service.pages.demo import damage, fields
from cds_service.pages.demo.cases import case_named
from cds_service.pages.demo.hook_request import request_of

DAY = date(2026, 11, 22)
HOOK = f"cds-services/{SERVICE_ID}"
JSON = "application/json"

READY = {
    "120 mg/day and epilepsy": ("above-80", "specialist-care"),
    "A first prescription of 60 mg/day": ("start", "initial-dose-too-high"),
    "320 mg/day": ("above-300", "daily-dose-above-recommended"),
    "An abrupt stop at 120 mg/day": ("stop", "abrupt-stop"),
    "A taper from 120 to 80 mg/day": ("taper", "taper-in-progress"),
    "A product that is not authorised": ("generic", "product-not-authorised"),
    "The request of the CDS Hooks sandbox: 500 mg/day": ("sandbox", "daily-dose-above-recommended"),
    "60 mg/day, complete data: no card": ("silence", ""),
    "Spasticity: out of scope, no card": ("spasticity", ""),
}
BROKEN = {
    "The problem list was not sent": (damage.read(["conditions"], [], []), "check-incomplete"),
    "The medicines came as an OperationOutcome": (damage.read([], ["medications"], []), "check-incomplete"),
    "A dosage in words": (damage.read([], [], ["words"]), "dose-not-computable"),
    "The order of another patient": (damage.read([], [], ["other-patient"]), "patient-mismatch"),
    "A product that cannot be read": (damage.read([], [], ["no-product"]), "check-not-done"),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `finding` is the id expected in the answer; empty: no card expected; None: not checked."""

    name: str
    method: str
    path: str
    body: bytes = b""
    content_type: str = ""
    status: int = 200
    finding: str | None = None


def collection(knowledge: Knowledge) -> dict[str, Any]:
    return {
        "info": {
            "name": "baclofen-cds",
            "description": (
                "A demonstration, not a medical device; the patients are invented. Start the service with "
                f"`cds-service serve --on {DAY}`, for the requests are of that day."
            ),
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "variable": [{"key": "base_url", "value": "http://127.0.0.1:8000"}],
        "item": [
            {"name": "Orders", "item": [_item(call) for call in _orders(knowledge)]},
            {"name": "What cannot be read", "item": [_item(call) for call in _damaged(knowledge)]},
            {"name": "Around it", "item": [_item(call) for call in _around()]},
        ],
    }


def _orders(knowledge: Knowledge) -> list[Call]:
    return [
        Call(name, "POST", HOOK, _body(case, knowledge), JSON, finding=finding)
        for name, (case, finding) in READY.items()
    ]


def _damaged(knowledge: Knowledge) -> list[Call]:
    whole = _body("above-80", knowledge)
    calls = [
        Call(name, "POST", HOOK, damage.broken(whole, breakage), JSON, finding=finding)
        for name, (breakage, finding) in BROKEN.items()
    ]
    cut = whole[: len(whole) // 2]
    return [
        *calls,
        Call("A body that is not JSON", "POST", HOOK, cut, JSON, status=400),
        Call("A body that does not say that it is JSON", "POST", HOOK, whole, "text/plain", status=415),
    ]


def _around() -> list[Call]:
    return [
        Call("Discovery", "GET", "cds-services"),
        Call("The contract", "GET", "openapi.yaml"),
        Call("A plan as JSON", "GET", f"taper?from=120&to=80&on={DAY}&format=json"),
        Call("Alive", "GET", "healthz"),
        Call("An unknown service", "POST", "cds-services/other", b"{}", JSON, status=404),
    ]


def _body(case: str, knowledge: Knowledge) -> bytes:
    ready = case_named(case)
    if ready is None:
        raise LookupError(case)
    read, _ = fields.read(ready.fields(DAY), DAY)
    if ready.request is not None or read is None:
        return ready.request or b""
    return request_of(read, knowledge)


def _item(call: Call) -> dict[str, Any]:
    path, _, query = call.path.partition("?")
    url: dict[str, Any] = {"raw": f"{{{{base_url}}}}/{call.path}", "host": ["{{base_url}}"], "path": path.split("/")}
    if query:
        pairs = [pair.split("=") for pair in query.split("&")]
        url["query"] = [{"key": key, "value": value} for key, value in pairs]
    request: dict[str, Any] = {"method": call.method, "header": [], "url": url}
    if call.content_type:
        request["header"].append({"key": "Content-Type", "value": call.content_type})
        request["header"].append({"key": "Accept-Language", "value": "en"})
        request["body"] = {"mode": "raw", "raw": call.body.decode("utf-8")}
    script = {"type": "text/javascript", "exec": _tests(call)}
    return {"name": call.name, "request": request, "event": [{"listen": "test", "script": script}]}


def _tests(call: Call) -> list[str]:
    """What Postman checks; tests/docs/test_collection.py reads the same lines."""
    lines = [f'pm.test("status {call.status}", () => pm.response.to.have.status({call.status}));']
    if call.finding == "":
        lines.append('pm.test("no card", () => pm.expect(pm.response.json().cards).to.eql([]));')
    elif call.finding:
        findings = 'pm.response.json().cards.flatMap((card) => card.extension["org.baclofen-cds"].findings)'
        found = f"{findings}.map((finding) => finding.id)"
        lines.append(f'pm.test("finding {call.finding}", () => pm.expect({found}).to.include("{call.finding}"));')
    return lines


if __name__ == "__main__":
    json.dump(collection(load_knowledge()), sys.stdout, ensure_ascii=False, indent=1)
    print()
