"""OpenTelemetry spans, if the extra is installed and OTEL_EXPORTER_OTLP_ENDPOINT is set.

The instrumentation of Flask puts full URLs, headers and exception messages into its spans. Each span is therefore
rebuilt before export, with allowed attributes only: route, method, status and times.
"""

from collections.abc import Sequence
from http import HTTPMethod

from flask import Flask
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanContext, Status

SERVICE_NAME = "baclofen-cds"
_METHODS = {method.value for method in HTTPMethod}


def instrument(app: Flask, rules_version: str) -> None:
    """Records a span for each request that the gate admits. In the master process; each worker exports its own."""
    named = Resource.create({"service.name": SERVICE_NAME, "cds.rules_version": rules_version})
    provider = TracerProvider(resource=named)
    provider.add_span_processor(BatchSpanProcessor(AllowlistExporter(OTLPSpanExporter())))
    FlaskInstrumentor.instrument_app(app, tracer_provider=provider, excluded_urls="healthz,readyz,metrics")


class AllowlistExporter(SpanExporter):
    """Exports spans with the allowed attributes only."""

    def __init__(self, to: SpanExporter) -> None:
        self._to = to

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._to.export([_bare(span) for span in spans])

    def shutdown(self) -> None:
        self._to.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._to.force_flush(timeout_millis)


def _bare(span: ReadableSpan) -> ReadableSpan:
    """The span without events, links, status description and the caller's `tracestate`: they may hold any text."""
    method, route, status = _said(span)
    return ReadableSpan(
        name=f"{method} {route}",
        context=_bare_context(span.context),
        parent=_bare_context(span.parent),
        resource=span.resource,
        attributes={"http.request.method": method, "http.route": route, "http.response.status_code": status},
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _said(span: ReadableSpan) -> tuple[str, str, int]:
    """Method, route and status of a span, by the current or the older names of the semantic conventions."""
    said = span.attributes or {}
    method = str(said.get("http.request.method") or said.get("http.method"))
    status = str(said.get("http.response.status_code") or said.get("http.status_code") or 0)
    return method if method in _METHODS else "_OTHER", str(said.get("http.route", "none")), int(status)


def _bare_context(context: SpanContext | None) -> SpanContext | None:
    if context is None:
        return None
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)
