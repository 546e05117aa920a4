"""The log: one JSON object a line on the standard error, of fields that are named here and of no others.

Nothing that came with a request is written, so that no health datum and no token can be. A message of a
library is written as its template without the values; one without a template is withheld. structlog turns
records into lines, and puts to each what is bound to the request at hand: its id.
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

FIELDS = ("request", "client", "route", "status", "ms", "findings", "reason")
_OURS = "cds_service"
_EVENTS = logging.getLogger(f"{_OURS}.events")


def note(event: str, **fields: Any) -> None:
    """Something that is as it should be."""
    _EVENTS.info(event, extra={"fields": fields})


def alarm(event: str, **fields: Any) -> None:
    """Something that whoever runs the service must look at."""
    _EVENTS.error(event, extra={"fields": fields})


def belongs_to(request: str) -> None:
    """All that this thread says from now on is of one request, its id as the log may have it; or of none: empty."""
    clear_contextvars()
    if request:
        bind_contextvars(request=request)


def begin() -> None:
    """Writes all logs of this process as lines of JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(_OURS).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)


def _allowed(_logger: object, _level: str, said: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The line of a record: who said it decides what may be kept of it."""
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
    """Where it was said and in which words, without the values; and the type of what went wrong."""
    line = {"event": "library", "logger": record.name, "place": f"{Path(record.pathname).name}:{record.lineno}"}
    if values and isinstance(record.msg, str):
        line["message"] = record.msg
    if record.exc_info and record.exc_info[0] is not None:
        line["exception"] = record.exc_info[0].__name__
    return line | get_contextvars()


def _time_and_level_first(_logger: object, level: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {"time": line.pop("time"), "level": level, **line}


class JsonLines(structlog.stdlib.ProcessorFormatter):
    """A record as one line of JSON."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=[_allowed],
            processors=[
                structlog.processors.TimeStamper(fmt="iso", key="time"),
                _time_and_level_first,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            pass_foreign_args=True,
            use_get_message=False,  # values of a library are not even put into its words
            keep_exc_info=False,
            keep_stack_info=False,
        )


class ServerLogger(Logger):
    """gunicorn's own log, in the same form."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())
