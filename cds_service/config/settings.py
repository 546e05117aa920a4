"""Reads the settings from the environment, and the clients file. All faults are reported at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from cds_service.base.errors import Fault, SettingsError
from cds_service.config.clients import Client, read_clients
from cds_service.config.keys import is_public_test_key, read_keys

SANDBOX_HOST = "sandbox.cds-hooks.org"
PUBLIC_URL = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*")
DATABASES = ("sqlite", "postgresql")
DEMO_DATABASE = "sqlite:///cds-service.db"
DEMO_REQUESTS_PER_MINUTE = 6000
RETENTION_DAYS = 365
AUDIT_RETENTION_DAYS = 3650
SECRET = re.compile(r"[\x21-\x7e]{32,256}")

TEST_KEY = Fault(
    "CDS_CLIENTS",
    "names the public CDS Hooks sandbox, or a key whose private half is public",
    "remove that client: anybody can sign as it. For a demonstration use CDS_MODE=demo",
)
FHIR_WITHOUT_TLS = Fault(
    "CDS_CLIENTS",
    "names a FHIR server by http",
    "Name it by https: its token and the record must not travel in clear",
)


@dataclass(frozen=True)
class Settings:
    """The settings of the process. The defaults are demo mode, no clients, nothing stored."""

    mode: Literal["demo", "production"] = "demo"
    public_url: str = ""
    database_url: str = field(default="", repr=False)  # it may hold a password
    clients: tuple[Client, ...] = ()
    discovery_needs_token: bool = False
    discovery_versions: bool = False
    """Whether discovery says the versions of the specification and of the hook, members of CDS Hooks 3.0."""
    shadow: bool = False
    """Whether no client gets a card: every order is judged, kept and counted."""
    anonymous_per_minute: int = DEMO_REQUESTS_PER_MINUTE
    operator_token: str = field(default="", repr=False)
    spool: Path = Path()
    products: Path | None = None
    """The product codes of the site."""
    digest_key: str = field(default="", repr=False)
    keep_comments: bool = False
    by_hand: bool = True
    """Whether the first page judges a request that anybody pastes into its form."""
    retention_days: int = RETENTION_DAYS
    audit_retention_days: int = AUDIT_RETENTION_DAYS

    @property
    def shadow_of(self) -> str:
        """Which clients are in shadow mode: `all`, `some`, or none (empty)."""
        return "all" if self.shadow else "some" if any(client.shadow for client in self.clients) else ""

    @property
    def is_demo(self) -> bool:
        return self.mode == "demo"


DEMO = Settings()


def read_settings(environment: Mapping[str, str]) -> Settings:
    faults: list[Fault] = []
    mode = _mode(environment, faults)
    clients = _clients(environment, faults)
    keeps_by_itself = mode == "demo" and (bool(clients) or _is_writable(Path()))
    database_url = _database_url(environment, DEMO_DATABASE if keeps_by_itself else "", faults)
    settings = Settings(
        mode=mode,
        public_url=_public_url(environment, faults),
        database_url=database_url,
        clients=clients,
        shadow=_shadow(environment, faults),
        discovery_needs_token=_discovery(environment, faults),
        discovery_versions=_yes(environment, "CDS_DISCOVERY_VERSIONS", faults),
        anonymous_per_minute=_per_minute(environment, faults),
        operator_token=_secret(environment, "CDS_OPERATOR_TOKEN", faults),
        products=read_products_file(environment),
        spool=_spool(environment, database_url),
        digest_key=_secret(environment, "CDS_DIGEST_KEY", faults),
        keep_comments=_yes(environment, "CDS_KEEP_COMMENTS", faults),
        by_hand=_yes(environment, "CDS_PAGE_FORM", faults, "no" if mode == "production" else "yes"),
        retention_days=_days(environment, "CDS_RETENTION_DAYS", RETENTION_DAYS, faults),
        audit_retention_days=_days(environment, "CDS_AUDIT_RETENTION_DAYS", AUDIT_RETENTION_DAYS, faults),
    )
    if mode == "production":
        faults += _missing_in_production(settings, environment)
    elif clients and not settings.public_url:
        faults.append(Fault("CDS_PUBLIC_URL", "is missing", "Set it: the `aud` of each token is computed from it"))
    if faults:
        raise SettingsError(*dict.fromkeys(faults))
    return settings


def _mode(environment: Mapping[str, str], faults: list[Fault]) -> Literal["demo", "production"]:
    asked = environment.get("CDS_MODE", "demo")
    if asked not in ("demo", "production"):
        faults.append(Fault("CDS_MODE", "is not a mode of this service", "Set it to demo or production"))
    return "production" if asked == "production" else "demo"


def read_public_url(environment: Mapping[str, str]) -> str:
    """CDS_PUBLIC_URL without a trailing slash; empty if it is not set. Raises SettingsError."""
    faults: list[Fault] = []
    url = _public_url(environment, faults)
    if faults:
        raise SettingsError(*faults)
    return url


def read_products_file(environment: Mapping[str, str]) -> Path | None:
    path = environment.get("CDS_PRODUCTS", "")
    return Path(path) if path else None


def _clients(environment: Mapping[str, str], faults: list[Fault]) -> tuple[Client, ...]:
    path = environment.get("CDS_CLIENTS", "")
    return read_clients(Path(path), faults) if path else ()


def _public_url(environment: Mapping[str, str], faults: list[Fault]) -> str:
    url = environment.get("CDS_PUBLIC_URL", "").rstrip("/")
    if url and not PUBLIC_URL.fullmatch(url):
        faults.append(Fault("CDS_PUBLIC_URL", "is not a base URL", "Write it as https://cds.example.org"))
        return ""
    return url


def _is_writable(folder: Path) -> bool:
    """Whether files can be created in a folder. If not, a demonstration runs without a database."""
    try:
        with TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _database_url(environment: Mapping[str, str], default: str, faults: list[Fault]) -> str:
    url = environment.get("CDS_DATABASE_URL", default)
    if url and not _is_database(url):
        remedy = "Write it as sqlite:////var/lib/cds/cds.db or postgresql+psycopg://user@host/name"
        faults.append(Fault("CDS_DATABASE_URL", "is not the URL of a database that this service can use", remedy))
        return ""
    return url


def _is_database(url: str) -> bool:
    """Whether a URL names SQLite in a file or PostgreSQL. Each worker would have its own in-memory database."""
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


def _shadow(environment: Mapping[str, str], faults: list[Fault]) -> bool:
    """Only `1` is shadow mode: a service without cards must not come about by a word that was meant otherwise."""
    asked = environment.get("CDS_SHADOW", "0")
    if asked not in ("0", "1"):
        faults.append(Fault("CDS_SHADOW", "is not one of its choices", "Set it to 1, or leave it out"))
    return asked == "1"


def _per_minute(environment: Mapping[str, str], faults: list[Fault]) -> int:
    """The rate limit of an IP address without a token, in requests per minute; 0 means no limit."""
    asked = environment.get("CDS_ANONYMOUS_PER_MINUTE", str(DEMO_REQUESTS_PER_MINUTE))
    if not re.fullmatch(r"[0-9]{1,7}", asked):
        faults.append(Fault("CDS_ANONYMOUS_PER_MINUTE", "is not a number", "Set it to a number; 0 is no limit"))
        return DEMO_REQUESTS_PER_MINUTE
    return int(asked)


def _secret(environment: Mapping[str, str], name: str, faults: list[Fault]) -> str:
    """Reads a secret. CDS_OPERATOR_TOKEN opens /metrics and /insights; without it they are open in demo mode only.

    CDS_DIGEST_KEY is the HMAC key for digests; without it, a key file beside the spool is used.
    """
    secret = environment.get(name, "")
    if secret and not SECRET.fullmatch(secret):
        remedy = "Set it to 32 characters or more, such as openssl rand -hex 32 prints"
        faults.append(Fault(name, "is too short, or is not of visible ASCII characters", remedy))
        return ""
    return secret


def _spool(environment: Mapping[str, str], database_url: str) -> Path:
    """The folder where records wait for the database; by default beside the database file."""
    folder = environment.get("CDS_SPOOL", "")
    return Path(folder) if folder or not database_url else _default_spool(database_url)


def _default_spool(url: str) -> Path:
    """The default spool folder: beside the SQLite file; for PostgreSQL, in the working folder."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Path(f"{parsed.database}.spool")
    return Path("cds-service.spool")


def _yes(environment: Mapping[str, str], name: str, faults: list[Fault], default: str = "no") -> bool:
    asked = environment.get(name, default)
    if asked not in ("yes", "no"):
        faults.append(Fault(name, "is not one of its choices", "Set it to yes or no"))
    return asked == "yes"


def _days(environment: Mapping[str, str], name: str, default: int, faults: list[Fault]) -> int:
    asked = environment.get(name, str(default))
    if not re.fullmatch(r"[1-9][0-9]{0,4}", asked):
        faults.append(Fault(name, "is not a number of days", "Set it to a number from 1 to 99999"))
        return default
    return int(asked)


def _missing_in_production(settings: Settings, environment: Mapping[str, str]) -> list[Fault]:
    """The faults of settings that are not fit for production."""
    faults = []
    if not environment.get("CDS_CLIENTS"):
        faults.append(Fault("CDS_CLIENTS", "is missing", "Set it to a file of [[client]] tables: who may call"))
    if not settings.public_url.startswith("https://"):
        remedy = "Set it to the https URL at which clients call: the `aud` of each token is computed from it"
        faults.append(Fault("CDS_PUBLIC_URL", "is missing or not https", remedy))
    if not environment.get("CDS_DATABASE_URL"):
        remedy = "Set it, such as to sqlite:////var/lib/cds/cds.db: what was shown, and used tokens, are kept there"
        faults.append(Fault("CDS_DATABASE_URL", "is missing", remedy))
    if any(_is_test_client(client) for client in settings.clients):
        faults.append(TEST_KEY)
    if any(server.base.startswith("http://") for client in settings.clients for server in client.fhir_servers):
        faults.append(FHIR_WITHOUT_TLS)
    return faults


def _is_test_client(client: Client) -> bool:
    named = any(SANDBOX_HOST in address.lower() for address in (client.issuer, client.jwks_url))
    return named or any(is_public_test_key(key) for key in read_keys(client.jwks).values())
