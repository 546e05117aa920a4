"""Spans are sent to a real collector, over HTTP, from every worker, and contain no patient data."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.access.deployment import deployed
from tests.running.client import HOOK_PATH, SANDBOX_ORDER
from tests.running.loaded import loaded_at_start

CANARY = "Canary7f3a"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@dataclass
class Collector:
    """What the collector received: the bytes, and the spans in them."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)

    def spans(self) -> list[Span]:
        return [
            span
            for body in self.bodies
            for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for of_scope in of_resource.scope_spans
            for span in of_scope.spans
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    known = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            known.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield known
    server.shutdown()
    server.server_close()


def attributes(span: Span) -> dict[str, object]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_spans_hold_route_method_status_and_nothing_of_a_patient(collector: Collector, tmp_path: Path) -> None:
    environment = {
        "CDS_MODE": "demo",
        "CDS_DATABASE_URL": f"sqlite:///{tmp_path}/cds.db",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}",
    }
    order = json.loads(SANDBOX_ORDER.read_bytes())
    order["context"]["patientId"] = CANARY
    order["prefetch"]["patient"]["id"] = CANARY
    told = {
        "User-Agent": CANARY,
        "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
        "tracestate": f"vendor={CANARY}",
        "baggage": f"patient={CANARY}",
    }
    with deployed(tmp_path, environment, workers=2) as running:
        assert running.service.sign(json.dumps(order).encode(), **told).status == 200
        assert running.service.get(f"/taper?from=300&to=80&name={CANARY}", **told).status == 200
        assert running.service.get(f"/{CANARY}?{CANARY}", **told).status == 404
        assert running.service.call(CANARY.upper(), f"/{CANARY}", None, told).status in {404, 405}
        running.service.sign(f'{{"hook": "{CANARY}"}}'.encode(), **told)
        assert running.service.get("/healthz").status == 200

    spans = collector.spans()  # a worker that stops sends its remaining spans
    assert {span.name for span in spans} >= {f"POST {HOOK_PATH}", "GET /taper", "GET none"}
    assert {key for span in spans for key in attributes(span)} == {
        "http.request.method", "http.route", "http.response.status_code",
    }  # fmt: skip
    assert {attributes(span)["http.response.status_code"] for span in spans} >= {200, 400, 404}
    assert {span.trace_id.hex() for span in spans} == {TRACE}
    assert not any(CANARY.lower().encode() in body.lower() for body in collector.bodies)
    assert not any(span.events or span.links or span.trace_state or span.status.message for span in spans)
    assert "/healthz" not in {attributes(span)["http.route"] for span in spans}


def test_without_an_endpoint_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    loaded = loaded_at_start(tmp_path)

    assert "cds_service.web" in loaded
    assert not [name for name in loaded if "opentelemetry" in name]


def test_a_machine_without_the_extra_serves_and_says_so(tmp_path: Path) -> None:
    """The libraries are missing if Python finds no package of that name."""
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['opentelemetry'] = None\n", "utf-8")
    environment = {
        "CDS_DATABASE_URL": f"sqlite:///{tmp_path}/cds.db",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        "PYTHONPATH": str(tmp_path),
    }
    with deployed(tmp_path, environment) as running:
        assert running.service.sign(SANDBOX_ORDER.read_bytes()).status == 200
        assert [line["reason"] for line in running.lines() if line["event"] == "tracing-not-installed"]
