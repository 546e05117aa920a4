"""The routes for operation: /healthz, /readyz, /metrics and /openapi.yaml."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

import msgspec
from flask import Flask, Response

from cds_service.config.settings import Settings
from cds_service.hook import contract
from cds_service.knowledge.loading import Knowledge
from cds_service.operation.readiness import Readiness, clock, database, memory_of, readiness, review
from cds_service.store.recorder import Recorder, State
from cds_service.telemetry import metrics
from cds_service.telemetry.metrics import Reading


def add_operation(
    app: Flask, knowledge: Knowledge, settings: Settings, today: Callable[[], date], memory: Recorder | None
) -> None:
    """Adds the routes. `today` gives the real date, even if orders are judged by another day."""

    def current_state() -> tuple[Readiness, State | None]:
        state = memory.state() if memory else None
        return _readiness(knowledge, today(), state, needs_tokens=bool(settings.clients)), state

    @app.get("/healthz")
    def health() -> Response:
        return _json({"status": "ok"})

    @app.get("/readyz")
    def ready() -> Response:
        found, _ = current_state()
        oldest = min(rule.reviewed for rule in knowledge.rules.rules)
        said: dict[str, object] = {"status": found.status, "rules_version": knowledge.rules_version}
        said |= {"shadow": settings.shadow_of} if settings.shadow_of else {}
        return _json(said | {"checks": found.checks, "oldest_review": oldest.isoformat()}, found.http_status)

    @app.get("/metrics")
    def counted() -> Response:
        shadow = {settings.shadow_of: 1} if settings.shadow_of else {}
        readings = [
            Reading("cds_shadow", "1 for which clients get no card", shadow, label="clients"),
            *_of_rules(knowledge, today()),
            *_of_state(*current_state()),
        ]
        return Response(metrics.exposition(readings), content_type=metrics.CONTENT_TYPE)

    @app.get("/openapi.yaml")
    def openapi() -> Response:
        return Response(contract.text(), content_type="application/yaml")


def _readiness(knowledge: Knowledge, today: date, state: State | None, *, needs_tokens: bool) -> Readiness:
    rules = knowledge.rules
    checks = [clock(rules, today), review(rules, today)]
    if state:
        checks += [database(state, needs_tokens=needs_tokens), memory_of(state)]
    return readiness(checks)


def _of_rules(knowledge: Knowledge, today: date) -> Iterator[Reading]:
    ages = {rule.id: float((today - rule.reviewed).days) for rule in knowledge.rules.rules}
    yield Reading("cds_build", "1, with the rules that are used", {knowledge.rules_version: 1}, label="rules_version")
    yield Reading("cds_rule_review_age_days", "Days since a rule was held against its source", ages, label="rule")


def _of_state(ready: Readiness, state: State | None) -> Iterator[Reading]:
    yield Reading("cds_ready", "1 for what /readyz says", {ready.status: 1}, label="status")
    if state:
        yield Reading("cds_database_up", "1 while the database answers", {"": state.reachable})
        yield Reading("cds_records_waiting", "Records that wait on the disk for the database", {"": state.spooled})
        yield Reading("cds_records_lost", "Records that nothing kept, since the start", {"": state.lost})


def _json(content: Mapping[str, object], status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status=status, content_type="application/json")
