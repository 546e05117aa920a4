"""Lets the application end a connection with its answer. gunicorn drops the header `Connection` of an application."""

from contextvars import ContextVar
from typing import Any

_served: ContextVar[Any] = ContextVar("served", default=None)


def serves(gunicorn_request: Any) -> None:
    """Notes the request that this thread serves. Only gunicorn's own object can end its connection."""
    _served.set(gunicorn_request)


def end_with_answer() -> None:
    """The answer says `Connection: close`, and the connection ends with it. Without gunicorn, does nothing."""
    if (served := _served.get()) is not None:
        served.force_close()
