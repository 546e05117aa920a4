"""Reads the environment, once, and the clients that it names. All faults are reported at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from cds_service.clients import Client, read_clients
from cds_service.errors import Fault, SettingsError
from cds_service.keys import is_public_test_key, read_keys

SANDBOX_HOST = "sandbox.cds-hooks.org"
PUBLIC_URL = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*")
DATABASES = ("sqlite", "postgresql")
DEMO_DATABASE = "sqlite:///cds-service.db"
DEMO_REQUESTS_PER_MINUTE = 6000

TEST_KEY = Fault(
    "CDS_CLIENTS",
    "names the public CDS Hooks sandbox, or a key whose private half is public",
    "remove that client: anybody can sign as it. For a demonstration use CDS_MODE=demo",
)


@dataclass(frozen=True)
class Settings:
    """How this process runs. Without clients nobody is known and nothing is stored."""

    mode: Literal["demo", "production"] = "demo"
    public_url: str = ""
    database_url: str = ""
    clients: tuple[Client, ...] = ()
    discovery_needs_token: bool = False
    anonymous_per_minute: int = DEMO_REQUESTS_PER_MINUTE

    @property
    def is_demo(self) -> bool:
        return self.mode == "demo"


DEMO = Settings()


def read_settings(environment: Mapping[str, str]) -> Settings:
    faults: list[Fault] = []
    mode = environment.get("CDS_MODE", "demo")
    if mode not in ("demo", "production"):
        raise SettingsError(Fault("CDS_MODE", "is not a mode of this service", "Set it to demo or production"))
    clients = _clients(environment, faults)
    settings = Settings(
        mode="production" if mode == "production" else "demo",
        public_url=_public_url(environment, faults),
        database_url=_database_url(environment, bool(clients), faults),
        clients=clients,
        discovery_needs_token=_discovery(environment, faults),
        anonymous_per_minute=_per_minute(environment, faults),
    )
    if mode == "production":
        faults += _missing_in_production(settings, environment)
    elif clients and not settings.public_url:
        faults.append(Fault("CDS_PUBLIC_URL", "is missing", "Set it: the `aud` of each token is computed from it"))
    if faults:
        raise SettingsError(*dict.fromkeys(faults))
    return settings


def read_public_url(environment: Mapping[str, str]) -> str:
    """The address at which the service is reached; empty where none is set."""
    faults: list[Fault] = []
    url = _public_url(environment, faults)
    if faults:
        raise SettingsError(*faults)
    return url


def _clients(environment: Mapping[str, str], faults: list[Fault]) -> tuple[Client, ...]:
    path = environment.get("CDS_CLIENTS", "")
    return read_clients(Path(path), faults) if path else ()


def _public_url(environment: Mapping[str, str], faults: list[Fault]) -> str:
    url = environment.get("CDS_PUBLIC_URL", "").rstrip("/")
    if url and not PUBLIC_URL.fullmatch(url):
        faults.append(Fault("CDS_PUBLIC_URL", "is not a base URL", "Write it as https://cds.example.org"))
        return ""
    return url


def _database_url(environment: Mapping[str, str], needed: bool, faults: list[Fault]) -> str:
    url = environment.get("CDS_DATABASE_URL", DEMO_DATABASE if needed else "")
    if url and not _is_database(url):
        remedy = "Write it as sqlite:////var/lib/cds/trust.db or postgresql+psycopg://user@host/name"
        faults.append(Fault("CDS_DATABASE_URL", "is not the URL of a database that this service can use", remedy))
    return url


def _is_database(url: str) -> bool:
    """A file or a server. A database in memory would be one for each worker."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return False
    kind = parsed.get_backend_name()
    return kind in DATABASES and (kind != "sqlite" or parsed.database not in (None, "", ":memory:"))


def _discovery(environment: Mapping[str, str], faults: list[Fault]) -> bool:
    asked = environment.get("CDS_DISCOVERY", "open")
    if asked not in ("open", "token"):
        faults.append(Fault("CDS_DISCOVERY", "is not one of its choices", "Set it to open or token"))
    return asked == "token"


def _per_minute(environment: Mapping[str, str], faults: list[Fault]) -> int:
    """Of one address without a token; 0 is no limit."""
    asked = environment.get("CDS_ANONYMOUS_PER_MINUTE", str(DEMO_REQUESTS_PER_MINUTE))
    if not re.fullmatch(r"[0-9]{1,7}", asked):
        faults.append(Fault("CDS_ANONYMOUS_PER_MINUTE", "is not a number", "Set it to a number; 0 is no limit"))
        return DEMO_REQUESTS_PER_MINUTE
    return int(asked)


def _missing_in_production(settings: Settings, environment: Mapping[str, str]) -> list[Fault]:
    """What a service that judges real orders must have."""
    faults = []
    if not environment.get("CDS_CLIENTS"):
        faults.append(Fault("CDS_CLIENTS", "is missing", "Set it to a file of [[client]] tables: who may call"))
    if not settings.public_url.startswith("https://"):
        remedy = "Set it to the https URL at which clients call: the `aud` of each token is computed from it"
        faults.append(Fault("CDS_PUBLIC_URL", "is missing or not https", remedy))
    if not environment.get("CDS_DATABASE_URL"):
        remedy = "Set it, such as to sqlite:////var/lib/cds/trust.db: all workers must know which tokens were used"
        faults.append(Fault("CDS_DATABASE_URL", "is missing", remedy))
    if any(_is_test_client(client) for client in settings.clients):
        faults.append(TEST_KEY)
    return faults


def _is_test_client(client: Client) -> bool:
    named = SANDBOX_HOST in client.issuer or SANDBOX_HOST in client.jwks_url
    return named or any(is_public_test_key(key) for key in read_keys(client.jwks).values())
