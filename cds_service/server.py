"""Runs the application under gunicorn, configured here and nowhere else."""

import gc
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from cds_service.body_deadline import DeadlineWorker
from cds_service.logs import ServerLogger


class _Server(BaseApplication):
    def __init__(self, app_factory: Callable[[], Flask], options: dict[str, Any]) -> None:
        self.app_factory = app_factory
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self.app_factory()


def serve(app_factory: Callable[[], Flask], host: str, port: int, workers: int) -> None:
    def announce(_arbiter: object) -> None:
        _settle_memory()
        print(f"listening on http://{host}:{port}", flush=True)

    _Server(app_factory, _options(host, port, workers) | {"when_ready": announce}).run()


def _settle_memory() -> None:
    """What is loaded now lives as long as the process: the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _options(host: str, port: int, workers: int) -> dict[str, Any]:
    return {
        "bind": f"{host}:{port}",
        "workers": workers,
        "worker_class": DeadlineWorker,
        "threads": 16,
        "preload_app": True,
        "keepalive": 5,
        "graceful_timeout": 30,
        "limit_request_field_size": 8190,
        "loglevel": "warning",
        "logger_class": ServerLogger,
        "forwarded_allow_ips": "",  # no header of a caller may change where the service thinks it is
        "control_socket_disable": True,  # it would write a file in the user's home
    }
