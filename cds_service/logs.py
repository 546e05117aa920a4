"""The log: one JSON object a line on the standard error, of fields that are named here and of no others.

Nothing that came with a request is written, so that no health datum and no token can be. A message of a
library is written as its template without the values; one without a template is withheld.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

FIELDS = ("request", "client", "route", "status", "ms", "findings", "reason")
_OURS = "cds_service"
_EVENTS = logging.getLogger(f"{_OURS}.events")


def note(event: str, **fields: Any) -> None:
    """Something that is as it should be."""
    _EVENTS.info(event, extra={"fields": fields})


def alarm(event: str, **fields: Any) -> None:
    """Something that whoever runs the service must look at."""
    _EVENTS.error(event, extra={"fields": fields})


def begin() -> None:
    """Writes all logs of this process as lines of JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(_OURS).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": when, "level": record.levelname.lower()}
        if record.name == _EVENTS.name:
            line["event"] = record.getMessage()
            fields = record.__dict__.get("fields", {})
            line |= {name: fields[name] for name in FIELDS if fields.get(name) not in (None, [], "")}
        elif record.name.partition(".")[0] == _OURS:
            line |= {"event": "message", "message": record.getMessage()}
        else:
            line |= _of_library(record)
        return json.dumps(line, ensure_ascii=False)


def _of_library(record: logging.LogRecord) -> dict[str, Any]:
    """Where it was said and in which words, without the values; and the type of what went wrong."""
    line = {"event": "library", "logger": record.name, "place": f"{Path(record.pathname).name}:{record.lineno}"}
    if record.args and isinstance(record.msg, str):
        line["message"] = record.msg
    if record.exc_info and record.exc_info[0] is not None:
        line["exception"] = record.exc_info[0].__name__
    return line


class ServerLogger(Logger):
    """gunicorn's own log, in the same form."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())
