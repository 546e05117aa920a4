"""The gate: access checks, rate limits, CORS and security headers, and one log line for each request.

`register_gate` registers it on the Flask application; `caller` gives the client of the current request.
"""

import hashlib
import math
import re
import time

import msgspec
from flask import Flask, Response, current_app, g, request
from flask_cors import CORS

from cds_service.access.authenticate import CannotVerify, RateLimited, TokenGate
from cds_service.access.rate import Rate
from cds_service.access.token_store import TokenStore
from cds_service.access.tokens import Refused
from cds_service.base.errors import Fault, RequestError
from cds_service.config.clients import ANONYMOUS, Client
from cds_service.config.settings import Settings
from cds_service.core.model.findings import Decision
from cds_service.http.json_reader import read_call
from cds_service.store.opening import check_tables
from cds_service.telemetry import logs, metrics, operator_token
from cds_service.telemetry.logs import log_alarm, log_event

DISCOVERY = "/cds-services"
FEEDBACK = "/feedback"
UNLIMITED = {"/healthz", "/readyz", "/metrics"}
# Paths for operators; True if a client may see its own part of the data.
FOR_OPERATORS = {"/metrics": False, "/insights": True, "/insights.csv": True}
TRY_AGAIN_S = 5
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

# The same body for every failure: only our log says which check failed.
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


def register_gate(app: Flask, settings: Settings) -> None:
    """Registers the access checks on the Flask application. In the master process: workers share the rate limits."""
    gate = _RequestGate(settings)
    app.extensions["border"] = gate
    app.before_request(gate.enter)
    app.after_request(gate.leave)
    _allow_origins(app, settings)


def caller() -> Client:
    """The client that makes the current request; ANONYMOUS without a token."""
    client: Client = g.get("client", ANONYMOUS)
    return client


def in_shadow() -> bool:
    """Whether the caller gets no card, because the service or its entry is in shadow mode."""
    gate: _RequestGate = current_app.extensions["border"]
    return gate.in_shadow()


def check_body(body: bytes) -> None:
    """The access check that needs the body. Raises RequestError 401 if `fhirServer` is another client's."""
    gate: _RequestGate = current_app.extensions["border"]
    gate.check_body(body)


def log_id() -> str:
    """The request id for the log: a UUID unchanged, any other text as a digest, since it might hold personal data."""
    given: str = g.get("request_id", "")
    return given if _UUID.fullmatch(given) else "sha256:" + hashlib.sha256(given.encode()).hexdigest()[:16]


class _RequestGate:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rate = Rate(settings.clients)
        self._gate = _token_gate(settings, self._rate)

    def enter(self) -> None:
        g.began = time.perf_counter()
        if request.method != "OPTIONS":
            self._check_who_asks()
        if self.in_shadow():
            logs.in_shadow()
        if caller() is ANONYMOUS and request.path not in UNLIMITED:
            seconds = self._rate.of_address(request.remote_addr or "", self._settings.anonymous_per_minute)
            if seconds > 0:
                raise _too_often(seconds)

    def in_shadow(self) -> bool:
        return self._settings.shadow or caller().shadow

    def _check_who_asks(self) -> None:
        if _route() in FOR_OPERATORS:
            self._admit_operator(clients_too=FOR_OPERATORS[_route()])
        elif self._needs_token():
            g.client = self._admit()

    def _admit_operator(self, *, clients_too: bool) -> None:
        """Admits the operator and, with `clients_too`, clients; anybody in demo mode without an operator token."""
        token, shown = self._settings.operator_token, request.headers.get("Authorization")
        if operator_token.is_shown(shown, token) or (self._settings.is_demo and not token):
            return
        g.challenge = 'Basic realm="operator", charset="UTF-8"'  # makes a browser ask for the token
        if clients_too and shown:
            g.client = self._admit()
        if caller() is ANONYMOUS:
            g.reason = "operator-token"
            metrics.count_refused_token(g.reason)
            raise RequestError(NOT_ACCEPTED, status=401)

    def _needs_token(self) -> bool:
        """True for every existing path below /cds-services, and for discovery if the settings say so."""
        path = _route()
        return path.startswith(f"{DISCOVERY}/") or (path == DISCOVERY and self._settings.discovery_needs_token)

    def _admit(self) -> Client:
        if self._gate is None:
            return ANONYMOUS
        try:
            return self._gate.admit(request.headers.get("Authorization"), *self._audiences())
        except Refused as refused:
            g.reason = refused.reason
            metrics.count_refused_token(refused.reason)
            raise RequestError(NOT_ACCEPTED, status=401) from None
        except RateLimited as early:
            g.client = early.client
            raise _too_often(early.seconds) from None
        except CannotVerify as unproven:
            g.reason, g.retry_after = unproven.reason, TRY_AGAIN_S
            log_alarm("cannot-verify-tokens", reason=unproven.reason)
            raise RequestError(CANNOT_PROVE, status=503) from None

    def _audiences(self) -> list[str]:
        """The accepted `aud`: the URL called; for feedback also the service's URL, which some clients send."""
        called = self._settings.public_url + _route()
        return [called, called.removesuffix(FEEDBACK)] if called.endswith(FEEDBACK) else [called]

    def check_body(self, body: bytes) -> None:
        """Refuses a hook call whose `fhirServer` belongs to another client."""
        if self._gate is None or caller() is ANONYMOUS:
            return
        named = _fhir_server(body)
        try:
            self._gate.check_server(caller(), named)
        except Refused as refused:
            g.reason = refused.reason
            metrics.count_refused_token(refused.reason)
            raise RequestError(NOT_ACCEPTED, status=401) from None

    def leave(self, response: Response) -> Response:
        for name, value in _SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if self._settings.public_url.startswith("https://"):
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if not self._settings.is_demo:
            response.vary.add("Origin")  # the CORS headers depend on the origin
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = g.get("challenge", "Bearer")
        if "retry_after" in g:
            response.headers["Retry-After"] = str(g.retry_after)
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        metrics.count_request(_route(), response.status_code, caller().id, seconds)
        if request.path not in UNLIMITED or response.status_code != 200:
            _note(response, seconds)
        return response


def _fhir_server(body: bytes) -> str:
    """The FHIR server that a hook call names; empty if none. Raises RequestError if the call is broken."""
    try:
        return msgspec.json.decode(body, type=_FhirServerOnly).fhirServer
    except msgspec.MsgspecError:  # it may be broken only inside its prefetch, which nobody may need to open
        named = read_call(body).members.get("fhirServer")
    return named if isinstance(named, str) else ""  # the contract reports another type later


class _FhirServerOnly(msgspec.Struct):
    fhirServer: str = ""  # noqa: N815 - the protocol's name


def _token_gate(settings: Settings, rate: Rate) -> TokenGate | None:
    """None if no clients are configured: then nobody can have a token."""
    if not settings.clients:
        return None
    check_tables(settings.database_url)  # it holds used tokens and fetched keys
    return TokenGate(
        settings.clients, TokenStore(settings.database_url), anonymous=settings.is_demo, wait=rate.of_client
    )


def _route() -> str:
    """The URL rule of the matched route, not the path as sent; empty if no route matched."""
    return request.url_rule.rule if request.url_rule else ""


def _too_often(seconds: float) -> RequestError:
    g.retry_after = math.ceil(seconds)
    return RequestError(TOO_OFTEN, status=429)


def _note(response: Response, seconds: float) -> None:
    log_event(
        "request",
        client=caller().id,
        route=_route(),
        status=response.status_code,
        ms=round(seconds * 1000, 1) if "began" in g else None,
        findings=g.get("findings"),
        reason=g.get("reason"),
    )


def remember_findings(decision: Decision) -> None:
    """Notes the rule ids and indicators of the findings for the log line. No patient data."""
    g.findings = [f"{found.rule}:{found.indicator.code}" for found in decision.findings]


def _allow_origins(app: Flask, settings: Settings) -> None:
    """Sets up CORS: any origin in demo mode, else the origins of the clients; never with credentials."""
    named = sorted({origin for client in settings.clients for origin in client.origins})
    if not named and not settings.is_demo:
        return
    CORS(
        app,
        origins="*" if settings.is_demo else named,
        send_wildcard=settings.is_demo,
        always_send=False,  # without an Origin the clients' origins are not disclosed
        supports_credentials=False,
        methods=["GET", "POST", "OPTIONS"],
        # Named explicitly: `*` does not cover Authorization.
        allow_headers=["Authorization", "Content-Type"],
        allow_private_network=settings.is_demo,  # a public page, such as the sandbox, may try a service at home
        max_age=600,
    )
