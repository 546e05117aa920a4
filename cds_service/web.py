"""Builds the Flask application: routes, headers and error responses. It makes no clinical decision."""

import logging
import re
import traceback
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from flask import Flask, Response, abort, g, request
from werkzeug.exceptions import HTTPException

from cds_service.access import gate
from cds_service.base.errors import CdsError, Fault, RequestError
from cds_service.base.names import EXTENSION, PREFETCH, SERVICE_ID
from cds_service.config.settings import DEMO, Settings
from cds_service.definitions.pages import add_definitions
from cds_service.hook.feedback import read_feedback
from cds_service.hook.order_sign import Answered, answer
from cds_service.hook.own_shapes import refuse_invalid_shapes
from cds_service.http.body import end_if_unread, read_body
from cds_service.http.operation_outcome import outcome_body
from cds_service.knowledge.loading import Knowledge
from cds_service.operation.routes import add_operation
from cds_service.pages.demo.routes import add_demo
from cds_service.pages.documents.browser import show_in_browsers
from cds_service.pages.documents.routes import add_documents
from cds_service.pages.html_page import preferred
from cds_service.pages.insights.routes import add_insights
from cds_service.pages.plan.routes import add_pages
from cds_service.store.kept import SentAnswer
from cds_service.store.opening import open_recorder
from cds_service.store.recorder import NotRecorded, Recorder
from cds_service.telemetry import logs, metrics

# Room for 5,000 resources, judged in two seconds at worst: a refusal would look like "all clear" in some clients.
BODY_LIMIT = 8 * 1024 * 1024
MEDIA_TYPES = {"application/json", "application/fhir+json"}
UTF_8 = {"utf-8", "utf8", "us-ascii"}  # ASCII is UTF-8 too; any other byte is judged as it is decoded
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
LOG = logging.getLogger("cds_service")

SHADOW_BODY = b'{"cards":[]}'

UNKNOWN_PATH = Fault("URL", "is not served here", "See GET /cds-services for the services and their ids")
WRONG_METHOD = Fault("HTTP method", "is not taken at this URL", "Use one that the header Allow names")
NOT_UNDERSTOOD = Fault("HTTP request", "is refused", "Send it as openapi.yaml describes it")
DEFECT = Fault("service", "has failed: a defect of ours", "Nothing was judged: check the order by hand")
TOO_LARGE = Fault("body", "is larger than 8 MiB", "Send less data, such as fewer prefetched resources")
NOT_KEPT = Fault("service", "cannot keep feedback now", "Send it again later")
MEDIA_TYPE = Fault("Content-Type", "is not JSON in UTF-8", "Send application/json, in UTF-8")
COMPRESSED = Fault("Content-Encoding", "is not supported", "Send the body uncompressed")


def create_app(
    knowledge: Knowledge, today: Callable[[], date], on: date | None = None, settings: Settings = DEMO
) -> Flask:
    """Builds the application. `today` is called at each request, unless `on` fixes the day."""
    app = Flask(__name__, static_folder=None)
    # No redirects: a client may not send its token again.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    memory = _memory(settings)
    app.extensions["memory"] = memory
    _add_services(app, knowledge, today, on, settings, memory)
    _add_feedback(app, knowledge, settings, memory)
    add_operation(app, knowledge, settings, today, memory)
    add_insights(app, knowledge, today, settings.database_url)
    add_pages(app, knowledge, today, on)
    add_demo(app, knowledge, today, on, settings, memory)
    add_definitions(app, settings.public_url)
    add_documents(app, knowledge, today)
    _answer_errors_in_json(app)
    app.before_request(_begin)
    app.teardown_request(lambda _error: logs.belongs_to(""))
    gate.register_gate(app, settings)
    app.after_request(_finish)
    show_in_browsers(app, knowledge.texts)  # before the gate adds its headers: the last one added runs first
    refuse_invalid_shapes(knowledge)
    return app


def _memory(settings: Settings) -> Recorder | None:
    """The store; None without a database, as in some tests."""
    if not settings.database_url:
        return None
    return open_recorder(settings.database_url, settings.spool, settings.digest_key, migrates=settings.is_demo)


def _add_services(
    app: Flask,
    knowledge: Knowledge,
    today: Callable[[], date],
    on: date | None,
    settings: Settings,
    memory: Recorder | None,
) -> None:
    discovery = _json({"services": [_service(knowledge, on, settings)]})

    @app.get("/cds-services")
    def discover() -> Response:
        return _response(discovery)

    @app.post(f"/cds-services/{SERVICE_ID}")
    def sign_order() -> Response:
        client, shadow = gate.caller(), gate.in_shadow()
        language = preferred(client.language or "fr")
        asked = _read_body()
        gate.check_body(asked)
        answered = answer(
            asked,
            knowledge,
            on=on or today(),
            language=language,
            # A refusal for missing data would be seen, and in shadow mode nothing is.
            client=replace(client, on_missing="card") if shadow else client,
            public_url=settings.public_url,
            names_day=on is not None,
        )
        gate.remember_findings(answered.decision)
        metrics.count_decision(answered.decision, answered.cards)
        if memory:
            _remember(memory, answered, asked, language)
        response = _response(SHADOW_BODY if shadow else answered.body)
        response.content_language.add(language)
        response.vary.add("Accept-Language")
        return response


def _remember(memory: Recorder, answered: Answered, asked: bytes, language: str) -> None:
    """Keeps what was shown; a call that is not about baclofen is only counted."""
    client, shadow = gate.caller().id, gate.in_shadow()
    if answered.other:
        memory.count_other_call(client, answered.other, shadow=shadow)
        return
    shown = SentAnswer(client, language, asked, answered.hook_instance, answered.decision, answered.cards, shadow)
    memory.remember_answer(shown)


def _add_feedback(app: Flask, knowledge: Knowledge, settings: Settings, memory: Recorder | None) -> None:
    our_reasons = knowledge.texts.rules_by_reason()

    @app.post(f"/cds-services/{SERVICE_ID}/feedback")
    def give_feedback() -> Response:
        feedback = read_feedback(_read_body(), our_reasons, with_comments=settings.keep_comments)
        try:
            if memory is None:
                raise NotRecorded
            memory.remember_feedback(feedback.told, gate.caller().id)
        except NotRecorded:
            g.retry_after, g.reason = gate.TRY_AGAIN_S, "feedback-not-kept"
            raise RequestError(NOT_KEPT, status=503) from None
        if feedback.faults:
            logs.log_event("feedback-items-refused", reason=", ".join(fault.where for fault in feedback.faults[:10]))
        response = Response(status=200)
        del response.headers["Content-Type"]  # there is no content
        return response


_SHADOW_SAID = {
    "all": " SHADOW MODE: no card is sent, whatever is found.",
    "some": " SHADOW MODE for some clients: no card is sent to them, whatever is found.",
}


# The specification that is kept to, and the published version of the hook (its page has it in its first table).
_VERSIONS = {"version": "2.0.1", "hookVersion": "1.0"}


def _service(knowledge: Knowledge, on: date | None, settings: Settings) -> dict[str, Any]:
    shadow = settings.shadow_of
    extension = {"rules_version": knowledge.rules_version} | ({"on": on.isoformat()} if on else {})
    extension |= {"shadow": shadow} if shadow else {}
    return {
        "hook": "order-sign",
        "id": SERVICE_ID,
        **(_VERSIONS if settings.discovery_versions else {}),
        "title": "Baclofène et alcoolodépendance",
        "description": (
            "Contrôle les prescriptions de baclofène dans l'alcoolodépendance selon les règles de l'ANSM en "
            "vigueur. / Checks orders of baclofen in alcohol dependence against the ANSM rules in force."
        ),
        "usageRequirements": (
            "Requires only context.userId, context.patientId and context.draftOrders. Every prefetch key is "
            "optional: what is missing is said on a card. A demonstration, not a medical device."
            + _SHADOW_SAID.get(shadow, "")
        ),
        "prefetch": dict(PREFETCH),
        "extension": {EXTENSION: extension},
    }


def _read_body() -> bytes:
    _check_declared()
    return read_body(BODY_LIMIT, TOO_LARGE)


def _check_declared() -> None:
    """Checks Content-Type and Content-Encoding before the body is read. Raises RequestError 415."""
    charset = request.mimetype_params.get("charset", "utf-8")
    if request.mimetype not in MEDIA_TYPES or charset.lower() not in UTF_8:
        raise RequestError(MEDIA_TYPE, status=415)
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise RequestError(COMPRESSED, status=415)


def _answer_errors_in_json(app: Flask) -> None:
    @app.errorhandler(RequestError)
    def request_error(error: RequestError) -> Response:
        return _error_response(error.status, error)

    @app.errorhandler(HTTPException)
    def refuse_route(error: HTTPException) -> Response:
        status = error.code or 500
        fault = {404: UNKNOWN_PATH, 405: WRONG_METHOD}.get(status, NOT_UNDERSTOOD)
        response = _error_response(status, CdsError(fault))
        response.allow.update(getattr(error, "valid_methods", None) or [])
        return response

    @app.errorhandler(Exception)
    def internal_error(error: Exception) -> Response:
        _log_defect(error)
        return _error_response(500, CdsError(DEFECT))


def _log_defect(error: Exception) -> None:
    """Logs type and place only: the message of an exception may hold patient data."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames)]
    LOG.error("defect: %s at %s", type(error).__name__, " < ".join(places))


def _error_response(status: int, error: CdsError) -> Response:
    response = _response(outcome_body(status, error.faults), status=status)
    response.content_language.add("en")
    return response


def _begin() -> None:
    asked = request.headers.get("X-Request-Id", "")
    g.request_id = asked if REQUEST_ID.fullmatch(asked) else str(uuid.uuid4())
    logs.belongs_to(gate.log_id())
    if request.environ["PATH_INFO"].startswith("//"):  # the routing would treat it as one slash
        abort(404)


def _finish(response: Response) -> Response:
    end_if_unread()
    if request.method == "OPTIONS" and response.status_code == 200:
        response.status_code = 204
        response.headers.remove("Content-Type")
    response.headers["X-Request-Id"] = g.request_id
    response.headers["Cache-Control"] = "no-store"
    return response


def _json(content: dict[str, Any]) -> bytes:
    return msgspec.json.encode(content)


def _response(body: bytes, status: int = 200, content_type: str = "application/json") -> Response:
    return Response(body, status=status, content_type=content_type)
