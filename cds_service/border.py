"""The border: who may call, how often, from which pages, with which headers, and one line of log for each call.

The web module registers it before its routes; `caller` tells them who calls.
"""

import hashlib
import math
import re
import time

import msgspec
from flask import Flask, Response, current_app, g, request
from flask_cors import CORS

from cds_service import metrics, operator_token
from cds_service.clients import ANONYMOUS, Client
from cds_service.core.findings import Decision
from cds_service.errors import Fault, RequestError
from cds_service.logs import alarm, note
from cds_service.rate import Rate
from cds_service.settings import Settings
from cds_service.store.opening import check_tables
from cds_service.tokens import Refused
from cds_service.trust import Gate, TooEarly, Unproven
from cds_service.trust_store import TrustStore

DISCOVERY = "/cds-services"
FEEDBACK = "/feedback"
UNLIMITED = {"/healthz", "/readyz", "/metrics"}
# What whoever runs the service may see; the value says whether a client may see its own part.
FOR_OPERATORS = {"/metrics": False, "/insights": True, "/insights.csv": True}
TRY_AGAIN_S = 5
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

# One body for every failure: which check it was is in our log only.
NOT_ACCEPTED = Fault(
    "Authorization",
    "is missing or not accepted",
    "Send a token as CDS Hooks 2.0.1 asks; whoever runs this service finds the reason in its log",
)
TOO_OFTEN = Fault("HTTP request", "comes too often", "Wait as long as Retry-After says")
CANNOT_PROVE = Fault("service", "cannot verify a token now", "Try again later; check the order by hand meanwhile")

_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}


def guard(app: Flask, settings: Settings) -> None:
    """Puts the border around an application. In its master process: the workers share what is made here."""
    border = _Border(settings)
    app.extensions["border"] = border
    app.before_request(border.enter)
    app.after_request(border.leave)
    _allow_origins(app, settings)


def caller() -> Client:
    """Who makes the request at hand."""
    client: Client = g.get("client", ANONYMOUS)
    return client


def check_body(body: bytes) -> None:
    """What only the body of a call can tell of who may make it."""
    border: _Border = current_app.extensions["border"]
    border.check_body(body)


def log_id() -> str:
    """The request's id as the log has it: a UUID as it is; another text, which might hold anything, as a digest."""
    given: str = g.get("request_id", "")
    return given if _UUID.fullmatch(given) else "sha256:" + hashlib.sha256(given.encode()).hexdigest()[:16]


class _Border:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rate = Rate(settings.clients)
        self._gate = _gate(settings, self._rate)

    def enter(self) -> None:
        g.began = time.perf_counter()
        if request.method != "OPTIONS":
            self._check_who_asks()
        if caller() is ANONYMOUS and request.path not in UNLIMITED:
            seconds = self._rate.of_address(request.remote_addr or "", self._settings.anonymous_per_minute)
            if seconds > 0:
                raise _too_often(seconds)

    def _check_who_asks(self) -> None:
        if _route() in FOR_OPERATORS:
            self._admit_operator(clients_too=FOR_OPERATORS[_route()])
        elif self._needs_token():
            g.client = self._admit()

    def _admit_operator(self, *, clients_too: bool) -> None:
        """Anybody in demo mode, unless a token is set."""
        token, shown = self._settings.operator_token, request.headers.get("Authorization")
        if operator_token.is_shown(shown, token) or (self._settings.is_demo and not token):
            return
        g.challenge = 'Basic realm="operator", charset="UTF-8"'  # for a browser, which then asks for it
        if clients_too and shown:
            g.client = self._admit()
        if caller() is ANONYMOUS:
            g.reason = "operator-token"
            metrics.token_refused(g.reason)
            raise RequestError(NOT_ACCEPTED, status=401)

    def _needs_token(self) -> bool:
        """Every path of the services that exists, and discovery where the settings say so."""
        path = _route()
        return path.startswith(f"{DISCOVERY}/") or (path == DISCOVERY and self._settings.discovery_needs_token)

    def _admit(self) -> Client:
        if self._gate is None:
            return ANONYMOUS
        try:
            return self._gate.admit(request.headers.get("Authorization"), *self._audiences())
        except Refused as refused:
            g.reason = refused.reason
            metrics.token_refused(refused.reason)
            raise RequestError(NOT_ACCEPTED, status=401) from None
        except TooEarly as early:
            g.client = early.client
            raise _too_often(early.seconds) from None
        except Unproven as unproven:
            g.reason, g.retry_after = unproven.reason, TRY_AGAIN_S
            alarm("cannot-verify-tokens", reason=unproven.reason)
            raise RequestError(CANNOT_PROVE, status=503) from None

    def _audiences(self) -> list[str]:
        """The URL that is called. Of feedback also the service's, which some clients send; never the reverse."""
        called = self._settings.public_url + _route()
        return [called, called.removesuffix(FEEDBACK)] if called.endswith(FEEDBACK) else [called]

    def check_body(self, body: bytes) -> None:
        """Refuses a call that names the FHIR server of another client as its own."""
        if self._gate is None or caller() is ANONYMOUS:
            return
        try:
            named = msgspec.json.decode(body, type=_Named).fhirServer
        except msgspec.MsgspecError:
            return  # the reader of the body says what is wrong with it
        try:
            self._gate.check_server(caller(), named)
        except Refused as refused:
            g.reason = refused.reason
            metrics.token_refused(refused.reason)
            raise RequestError(NOT_ACCEPTED, status=401) from None

    def leave(self, response: Response) -> Response:
        for name, value in _SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if self._settings.public_url.startswith("https://"):
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if not self._settings.is_demo:
            response.vary.add("Origin")  # one origin may read it and another not
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = g.get("challenge", "Bearer")
        if "retry_after" in g:
            response.headers["Retry-After"] = str(g.retry_after)
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        metrics.request_answered(_route(), response.status_code, caller().id, seconds)
        if request.path not in UNLIMITED or response.status_code != 200:
            _note(response, seconds)
        return response


class _Named(msgspec.Struct):
    fhirServer: str = ""  # noqa: N815 - the protocol's name


def _gate(settings: Settings, rate: Rate) -> Gate | None:
    """None where nobody has a token to show."""
    if not settings.clients:
        return None
    check_tables(settings.database_url)  # who calls is proven by what is in there
    return Gate(settings.clients, TrustStore(settings.database_url), anonymous=settings.is_demo, wait=rate.of_client)


def _route() -> str:
    """The path of the route as we have it, not as it was sent; empty where there is none."""
    return request.url_rule.rule if request.url_rule else ""


def _too_often(seconds: float) -> RequestError:
    g.retry_after = math.ceil(seconds)
    return RequestError(TOO_OFTEN, status=429)


def _note(response: Response, seconds: float) -> None:
    note(
        "request",
        client=caller().id,
        route=_route(),
        status=response.status_code,
        ms=round(seconds * 1000, 1) if "began" in g else None,
        findings=g.get("findings"),
        reason=g.get("reason"),
    )


def remember_findings(decision: Decision) -> None:
    """Which findings there are, for the log: ids of rules and how urgent, nothing of the patient."""
    g.findings = [f"{found.rule}:{found.indicator.code}" for found in decision.findings]


def _allow_origins(app: Flask, settings: Settings) -> None:
    """Any page in demo mode, else the pages of our clients; never with credentials."""
    named = sorted({origin for client in settings.clients for origin in client.origins})
    if not named and not settings.is_demo:
        return
    CORS(
        app,
        origins="*" if settings.is_demo else named,
        send_wildcard=settings.is_demo,
        always_send=False,  # who sends no Origin is not told whose pages may call
        supports_credentials=False,
        methods=["GET", "POST", "OPTIONS"],
        # Named, for `*` does not cover Authorization.
        allow_headers=["Authorization", "Content-Type"],
        max_age=600,
    )
