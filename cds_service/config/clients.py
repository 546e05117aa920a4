"""Reads the clients file: one `[[client]]` TOML table for each system that may call, with its capabilities.

Unknown keys are faults, and all faults are reported at once. An entry may say how answers are written, when
`check-incomplete` is shown and whether each renewal repeats known disorders. It cannot set a threshold or hide any
other finding.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

from cds_service.base.errors import Fault
from cds_service.base.names import LANGUAGES, PREFETCH_KEYS
from cds_service.config.client_fields import NO_DEFAULT, ClientTable
from cds_service.config.keys import holds_secret, read_keys
from cds_service.config.toml_tables import Table, read_toml
from cds_service.http.addresses import is_never_called, read_base_url

# Asymmetric algorithms only: no file can allow `none` or HMAC.
ALGORITHMS = ("ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA")
DEFAULT_ALGORITHMS = ("ES384", "RS384")

SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
# A host, optionally a port and a path; no user info, query or fragment.
HTTPS = r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~%+-]+)*/?"
ORIGIN = r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?"
TEXT = r"[\x21-\x7e]([\x20-\x7e]{0,510}[\x21-\x7e])?"

PORTS = (("https://", ":443"), ("http://", ":80"))
NEVER_CALLED = ("is an address that is never called: a machine's own credentials may be there", "name its own server")

NO_NAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class FhirServer:
    """A FHIR server that may be read for a client. `base` is its exact base URL, without a trailing slash.

    `allow_private` permits http and addresses of private networks.
    """

    base: str
    allow_private: bool = False


@dataclass(frozen=True)
class Client:
    """One system that may call: how its tokens are verified, its limits, and how its answers are written."""

    id: str
    issuer: str = ""
    jwks_url: str = ""
    jwks: Mapping[str, Any] | None = field(default=None, hash=False)
    """Its public keys, where they are written here; `jwks_url` is then the only `jku` accepted, and never fetched."""
    algorithms: tuple[str, ...] = DEFAULT_ALGORITHMS
    audiences: tuple[str, ...] = ()
    subject: str = ""
    tenants: tuple[str, ...] = ()
    max_lifetime_s: int = 600
    origins: tuple[str, ...] = ()
    requests_per_minute: int = 600
    language: Literal["fr", "en"] | None = None
    fhir_servers: tuple[FhirServer, ...] = ()
    read_fhir: bool = False
    budget_ms: int = 800
    on_missing: Literal["card", "412"] = "card"
    shows_errors: bool = False
    prefetch: Mapping[str, str] = field(default_factory=lambda: NO_NAMES, hash=False)
    """Our key of the prefetch and the client's name for it; an empty name means that it never sends it."""
    incomplete: Literal["always", "on-change"] = "always"
    repeat_disorders: bool = False
    specialised_service: bool = False
    suggestions: Literal["update", "create", "off"] = "update"
    one_action: bool = False
    detail: Literal["markdown", "plain"] = "markdown"


ANONYMOUS = Client(id="anonymous")
"""Whoever calls without a token, in demo mode only."""


def read_clients(path: Path, faults: list[Fault]) -> tuple[Client, ...]:
    """Reads the clients file. Problems are added to `faults`; if there are any, the result must not be used."""
    return clients_in(read_toml(path, faults), faults)


def clients_in(file: Table, faults: list[Fault]) -> tuple[Client, ...]:
    """Like `read_clients`, for a TOML document that is already parsed."""
    clients = tuple(_client(table, faults) for table in file.tables("client"))
    file.finish()
    for name in ("id", "issuer"):
        values = [value for client in clients if (value := getattr(client, name))]
        if len(set(values)) < len(values):
            faults.append(Fault(f"{file.where}, {name}", "is the same for two clients", "give each its own"))
    return clients


def _client(table: Table, faults: list[Fault]) -> Client:
    fields = ClientTable(table)
    client = Client(
        **_identity(fields),
        **_token(fields),
        **_answers(fields),
        **_reading(fields, faults),
        origins=fields.texts("origins", ORIGIN, "an origin such as https://ehr.example, without a path"),
        requests_per_minute=fields.number("requests_per_minute", 600, 1, 1_000_000),
    )
    table.finish()
    _check_whole(client, table)
    return client


def _identity(fields: ClientTable) -> dict[str, Any]:
    jwks = fields.mapping("jwks")
    return {
        "id": fields.text("id", SLUG, "lower-case letters, digits and hyphens", NO_DEFAULT),
        "issuer": fields.text("issuer", TEXT, "the exact `iss` of its tokens", NO_DEFAULT),
        "jwks_url": fields.text("jwks_url", HTTPS, "an https URL without user or query"),
        "jwks": jwks,
    }


def _token(fields: ClientTable) -> dict[str, Any]:
    return {
        "algorithms": fields.choices("algorithms", ALGORITHMS, DEFAULT_ALGORITHMS),
        "audiences": fields.texts("audiences", TEXT, "the exact `aud` that the client sends"),
        "subject": fields.text("subject", TEXT, "the exact `sub` of its tokens"),
        "tenants": fields.texts("tenants", TEXT, "the exact `tenant` of its tokens"),
        "max_lifetime_s": fields.number("max_lifetime_s", 600, 30, 3600),
    }


def _answers(fields: ClientTable) -> dict[str, Any]:
    return {
        "language": fields.choice("language", LANGUAGES, None),
        "incomplete": fields.choice("incomplete", ("always", "on-change"), "always"),
        "repeat_disorders": fields.flag("repeat_disorders"),
        "specialised_service": fields.flag("specialised_service"),
        "suggestions": fields.choice("suggestions", ("update", "create", "off"), "update"),
        "one_action": fields.flag("one_action"),
        "detail": fields.choice("detail", ("markdown", "plain"), "markdown"),
        "on_missing": fields.choice("on_missing", ("card", "412"), "card"),
        "shows_errors": fields.flag("shows_errors"),
        "prefetch": fields.names("prefetch", PREFETCH_KEYS),
    }


def _reading(fields: ClientTable, faults: list[Fault]) -> dict[str, Any]:
    return {
        "fhir_servers": tuple(_fhir_server(table) for table in fields.tables("fhir_servers", faults)),
        "read_fhir": fields.flag("read_fhir"),
        "budget_ms": fields.number("budget_ms", 800, 50, 5000),
    }


def _fhir_server(table: Table) -> FhirServer:
    fields = ClientTable(table)
    private = fields.flag("allow_private")
    # http only with `allow_private`: for tests and demonstrations.
    form = HTTPS.replace("https", "https?") if private else HTTPS
    base = fields.text("base", form, "an https URL without user or query", NO_DEFAULT)
    server = FhirServer(base.rstrip("/"), private)
    if base and (read := read_base_url(base)) is None:
        table.fault("base", "is not an address that the service reads", "leave out %, empty segments, . and ..")
    elif base and read and is_never_called(read.host):
        table.fault("base", *NEVER_CALLED)
    table.finish()
    return server


def _check_whole(client: Client, table: Table) -> None:
    """Checks that involve more than one key, or more of it than its form."""
    _check_keys(client, table)
    if any(
        origin.startswith(scheme) and origin.endswith(port) for origin in client.origins for scheme, port in PORTS
    ):
        table.fault("origins", "names a default port, which no browser sends", "leave :443 and :80 out")
    if client.on_missing == "412" and not client.shows_errors:
        table.fault(
            "on_missing",
            "is 412 for a client that is not known to show errors",
            'check that the prescriber sees them, then write shows_errors = true; else on_missing = "card"',
        )
    if client.read_fhir and not client.fhir_servers:
        table.fault("read_fhir", "is true without a server to read", "name it in [[client.fhir_servers]]")


def _check_keys(client: Client, table: Table) -> None:
    """Refuses keys with which no token could ever be verified, or with which anybody could sign one."""
    if client.jwks_url and is_never_called(urlsplit(client.jwks_url).hostname or ""):
        table.fault("jwks_url", *NEVER_CALLED)
    if client.jwks is None:
        if not client.jwks_url and not {"jwks_url", "jwks"} & table.missing():
            table.fault("jwks_url", "and jwks are both missing", "say where its public keys are, or write them here")
    elif holds_secret(client.jwks):
        remedy = (
            "write its public keys only; whoever has read this file can sign with the others, so let it make new ones"
        )
        table.fault("jwks", "holds a private or a shared key", remedy)
    elif not any(set(key.algorithms) & set(client.algorithms) for key in read_keys(client.jwks).values()):
        remedy = "write a public key with a kid that is strong enough for one of its algorithms, or leave jwks out"
        table.fault("jwks", "holds no key with which a token could be verified", remedy)
