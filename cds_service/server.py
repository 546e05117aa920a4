"""Runs the application under gunicorn. All gunicorn settings are here; gunicorn.conf.py uses them too."""

import gc
import socket
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from cds_service.base.errors import Fault, SettingsError
from cds_service.http.worker import DeadlineWorker
from cds_service.store.recorder import Recorder
from cds_service.telemetry import metrics
from cds_service.telemetry.logs import ServerLogger


class _Server(BaseApplication):
    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self.app = app
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self.app


def serve(app: Flask, host: str, port: int, workers: int) -> None:
    """Serves until it is stopped. Raises SettingsError if the address cannot be bound."""
    _check_address(host, port)
    named = f"[{host}]" if ":" in host else host
    _Server(app, options(f"{named}:{port}", workers)).run()


def _check_address(host: str, port: int) -> None:
    """Checks the address first: gunicorn would retry five times and name neither the address nor a remedy."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        remedy = "stop what listens there, or give another --port (make run PORT=8080) or --host"
        raise SettingsError(Fault(f"{host}:{port}", f"cannot be served ({error.strerror})", remedy)) from None


def options(bind: str, workers: int) -> dict[str, Any]:
    """The settings of gunicorn, by gunicorn's names."""
    return {
        "bind": bind,
        "workers": workers,
        "worker_class": DeadlineWorker,
        "threads": 16,
        "preload_app": True,
        "keepalive": 5,
        "graceful_timeout": 30,
        "limit_request_field_size": 8190,
        "loglevel": "warning",
        "logger_class": ServerLogger,
        "forwarded_allow_ips": "",  # no header of a caller may change the service's own URL
        "control_socket_disable": True,  # it would write a file in the user's home
        "on_starting": _share_counters,
        "when_ready": _announce,
        "post_worker_init": _begin_to_remember,
        "worker_exit": _bring_in_what_waits,
        "child_exit": _forget_worker,
        "on_exit": _stop_sharing,
    }


# --- hooks of gunicorn ------------------------------------------------------------------------


def _share_counters(_arbiter: Arbiter) -> None:
    metrics.share()


def _announce(arbiter: Arbiter) -> None:
    _settle_memory()
    for address in arbiter.cfg.bind:
        print(f"listening on http://{address}", flush=True)


def _settle_memory() -> None:
    """Excludes all that is loaded from garbage collection: it lives as long as the process."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 50)


def _begin_to_remember(worker: Worker) -> None:
    """Starts the thread of the store in a worker: threads do not survive a fork."""
    if memory := _memory(worker):
        memory.start()


def _bring_in_what_waits(_arbiter: Arbiter, worker: Worker) -> None:
    if memory := _memory(worker):
        memory.stop()


def _memory(worker: Worker) -> Recorder | None:
    app = getattr(worker, "wsgi", None)  # missing if the worker ended before it was initialised
    memory: Recorder | None = app.extensions.get("memory") if app else None
    return memory


def _forget_worker(_arbiter: Arbiter, worker: Worker) -> None:
    metrics.forget_worker(int(worker.pid))  # the type stubs have it as text


def _stop_sharing(_arbiter: Arbiter) -> None:
    metrics.stop_sharing()
