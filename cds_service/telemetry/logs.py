"""Writes the log: one JSON object per line on standard error, with a fixed list of fields.

Of a request nothing is logged but an X-Request-Id that is a UUID, so that the log holds no health data and no token.
Of a library's message only the template is written, without its values; a message without a template is withheld.
structlog formats the lines and adds the request id.
"""

import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog
from gunicorn.config import Config
from gunicorn.glogging import Logger
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

FIELDS = ("request", "shadow", "client", "route", "status", "ms", "findings", "reason")
_OURS = "cds_service"
_EVENTS = logging.getLogger(f"{_OURS}.events")


def log_event(event: str, **fields: Any) -> None:
    """Logs a normal event at level info."""
    _EVENTS.info(event, extra={"fields": fields})


def log_alarm(event: str, **fields: Any) -> None:
    """Logs an event that the operator must look at, at level error."""
    _EVENTS.error(event, extra={"fields": fields})


def belongs_to(request: str) -> None:
    """Binds a request id, in the form for the log, to further log lines of this thread; an empty one unbinds it."""
    clear_contextvars()
    if request:
        bind_contextvars(request=request)


def in_shadow() -> None:
    """Marks further log lines of this thread, until the request ends: no card goes out."""
    bind_contextvars(shadow=True)


def configure() -> None:
    """Configures logging: all loggers of this process write JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(_OURS).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)


def _allowed(_logger: object, _level: str, said: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The fields of a log line. What is kept depends on the logger: our events, our messages, or a library."""
    record: logging.LogRecord = said["_record"]
    if record.name == _EVENTS.name:
        fields = get_contextvars() | record.__dict__.get("fields", {})
        kept = {name: fields[name] for name in FIELDS if fields.get(name) not in (None, [], "")}
        return {"event": said["event"], **kept}
    values = said["positional_args"]
    if record.name.partition(".")[0] == _OURS:
        return {
            "event": "message",
            "message": said["event"] % values if values else said["event"],
            **get_contextvars(),
        }
    return _of_library(record, values)


def _of_library(record: logging.LogRecord, values: object) -> dict[str, Any]:
    """The record of a library: its place, its template without the values, and the type of the exception."""
    line = {"event": "library", "logger": record.name, "place": f"{Path(record.pathname).name}:{record.lineno}"}
    if values and isinstance(record.msg, str):
        line["message"] = record.msg
    if record.exc_info and record.exc_info[0] is not None:
        line["exception"] = record.exc_info[0].__name__
    return line | get_contextvars()


def _time_and_level_first(_logger: object, level: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {"time": line.pop("time"), "level": level, **line}


class JsonLines(structlog.stdlib.ProcessorFormatter):
    """Formats a log record as one line of JSON."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=[_allowed],
            processors=[
                structlog.processors.TimeStamper(fmt="iso", key="time"),
                _time_and_level_first,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            pass_foreign_args=True,
            use_get_message=False,  # the values in a library's message are never formatted
            keep_exc_info=False,
            keep_stack_info=False,
        )


class ServerLogger(Logger):
    """gunicorn's own log, in the same form."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())
