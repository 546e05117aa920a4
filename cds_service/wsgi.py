"""Builds the WSGI application from the environment.

For `cds-service serve`, and for gunicorn itself: `gunicorn "cds_service.wsgi:app()"` beside gunicorn.conf.py.
"""

import os
from datetime import date

from flask import Flask

from cds_service.config.clock import today
from cds_service.config.settings import read_settings
from cds_service.knowledge.loading import load_knowledge
from cds_service.telemetry import logs
from cds_service.web import create_app


def app(on: date | None = None) -> Flask:
    """`on` fixes the day by which orders are judged. Raises SettingsError or KnowledgeError with all faults."""
    settings = read_settings(os.environ)
    logs.configure()
    if settings.shadow_of:
        logs.log_alarm("shadow-mode", reason=settings.shadow_of)
    knowledge = load_knowledge(products_file=settings.products)
    made = create_app(knowledge, today, on, settings)
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        _trace(made, knowledge.rules_version)
    return made


def _trace(made: Flask, rules_version: str) -> None:
    """Starts tracing. Without the extra `opentelemetry` it logs an alarm, and the service runs without tracing."""
    try:
        from cds_service.telemetry.tracing import instrument
    except ImportError:
        logs.log_alarm("tracing-not-installed", reason="install the extra opentelemetry")
        return
    instrument(made, rules_version)
