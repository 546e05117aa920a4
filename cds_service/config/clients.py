"""Reads the clients file: one `[[client]]` TOML table for each system that may call, with its capabilities.

Unknown keys are faults, and all faults are reported at once. The keys are those of client_keys.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

from cds_service.base.errors import Fault
from cds_service.config.client_fields import ClientTable
from cds_service.config.client_keys import DEFAULT_ALGORITHMS, DEFAULT_LIFETIME_S, KEYS
from cds_service.config.fhir_servers import NEVER_CALLED, FhirServer
from cds_service.config.keys import holds_secret, read_keys
from cds_service.config.toml_tables import Table, read_toml
from cds_service.http.addresses import is_never_called

PORTS = (("https://", ":443"), ("http://", ":80"))
NO_NAMES: Mapping[str, str] = MappingProxyType({})


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
    max_lifetime_s: int = DEFAULT_LIFETIME_S
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
    suggestions: Literal["update", "create", "product", "off"] = "update"
    one_action: bool = False
    detail: Literal["markdown", "plain"] = "markdown"
    shadow: bool = False


ANONYMOUS = Client(id="anonymous")
"""Whoever calls without a token, in demo mode only."""


def read_clients(path: Path, faults: list[Fault]) -> tuple[Client, ...]:
    """Reads the clients file. Problems are added to `faults`; if there are any, the result must not be used."""
    return clients_in(read_toml(path, faults), faults)


def clients_in(file: Table, faults: list[Fault]) -> tuple[Client, ...]:
    """Like `read_clients`, for a TOML document that is already parsed."""
    clients = tuple(_client(table) for table in file.tables("client"))
    file.finish()
    for name in ("id", "issuer"):
        values = [value for client in clients if (value := getattr(client, name))]
        if len(set(values)) < len(values):
            faults.append(Fault(f"{file.where}, {name}", "is the same for two clients", "give each its own"))
    return clients


def _client(table: Table) -> Client:
    fields = ClientTable(table)
    client = Client(**{key.name: key.read(fields, key.name) for key in KEYS})
    table.finish()
    _check_whole(client, table)
    return client


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
        if not client.jwks_url and not {"jwks_url", "jwks"} & table.faulty():
            table.fault("jwks_url", "and jwks are both missing", "say where its public keys are, or write them here")
    elif holds_secret(client.jwks):
        remedy = (
            "write its public keys only; whoever has read this file can sign with the others, so let it make new ones"
        )
        table.fault("jwks", "holds a private or a shared key", remedy)
    elif not any(set(key.algorithms) & set(client.algorithms) for key in read_keys(client.jwks).values()):
        remedy = "write a public key with a kid that is strong enough for one of its algorithms, or leave jwks out"
        table.fault("jwks", "holds no key with which a token could be verified", remedy)
