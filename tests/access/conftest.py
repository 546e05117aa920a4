"""One service in production mode for all tests of trust, with clients of every kind and a server of key sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from cds_service.access.token_store import TokenStore
from cds_service.store import migrator
from tests.access import key_server as server
from tests.access.deployment import AUDIENCE, Deployment, as_toml, deployed, production
from tests.access.forge import Issuer, Signer, ecdsa, key_set, rsa_key
from tests.access.key_server import KeyServer
from tests.running.client import Answer, assert_refused

ALPHA = "https://alpha.example/fhir"
ALPHA_JKU = "https://alpha.example/jwks.json"
BETA = "https://beta.example/fhir"

# Ways in which a server of key sets fails; each gets a client of its own, so that none disturbs another.
TROUBLES = {
    "error": server.status(500),
    "redirect": server.redirect("https://localhost/elsewhere.json"),
    "html": server.body(b"<html>", "text/html"),
    "text": server.body(b'{"keys": []}', "text/plain"),
    "huge": server.body(b" " * 5_000_000),
    "slow": server.slow(3),
    "trickle": server.trickle,
    "cut": server.cut,
    "nonsense": server.body(b'{"keys": 5}'),
    "deep": server.body(b"[" * 60_000),
}


@dataclass(frozen=True)
class World:
    """The service, the clients that may call it, and where their keys are."""

    deployment: Deployment
    keys: KeyServer
    alpha: Issuer
    alpha_rsa: Issuer
    beta: Issuer
    unknown_kids: Issuer
    few: Issuer
    troubled: Signer


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def key_sets(authority: trustme.CA) -> Iterator[KeyServer]:
    with server.key_server(authority) as running:
        yield running


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def trusted_ca(ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, key_sets: KeyServer, ca_file: Path) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("production")
    ec384, rsa, beta, troubled = ecdsa("384", "k/e+y="), rsa_key(), ecdsa("384", "beta"), ecdsa("384", "troubled")
    key_sets.serve("beta", server.keys(key_set(beta)))
    key_sets.serve("unknown-kids", server.keys(key_set(beta)))
    for name, behaviour in TROUBLES.items():
        key_sets.serve(f"trouble-{name}", behaviour)
    file = folder / "clients.toml"
    file.write_text("\n".join(as_toml(client) for client in clients(key_sets, ec384, rsa, troubled)), "utf-8")
    environment = production(file, f"sqlite:///{folder}/trust.db", SSL_CERT_FILE=str(ca_file))
    tenant = (("tenant", "hospital-b"), ("sub", "app-b"))
    with deployed(folder, environment, workers=4) as deployment:
        yield World(
            deployment,
            key_sets,
            alpha=Issuer(ALPHA, ec384, AUDIENCE),
            alpha_rsa=Issuer(ALPHA, rsa, AUDIENCE),
            beta=Issuer(BETA, beta, AUDIENCE, tenant),
            unknown_kids=Issuer("https://unknown-kids.example", beta, AUDIENCE),
            few=Issuer("https://few.example", ec384, AUDIENCE),
            troubled=troubled,
        )


def clients(key_sets: KeyServer, ec384: Signer, rsa: Signer, troubled: Signer) -> list[dict[str, Any]]:
    alpha = {
        "id": "alpha",
        "issuer": ALPHA,
        "jwks_url": ALPHA_JKU,
        "jwks": key_set(ec384, rsa, troubled),
        "audiences": ["alpha-calls-us-so"],
        "origins": ["https://app.alpha.example"],
        "language": "en",
        "requests_per_minute": 100_000,
        "fhir_servers": [{"base": ALPHA}],
    }
    beta = {
        "id": "beta",
        "issuer": BETA,
        "jwks_url": key_sets.url("beta"),
        "tenants": ["hospital-b"],
        "subject": "app-b",
        "algorithms": ["ES384"],
        "requests_per_minute": 100_000,
        "fhir_servers": [{"base": BETA}],
    }
    others = [
        {
            "id": "unknown-kids",
            "issuer": "https://unknown-kids.example",
            "jwks_url": key_sets.url("unknown-kids"),
            "requests_per_minute": 100_000,
        },
        {"id": "few", "issuer": "https://few.example", "jwks": key_set(ec384), "requests_per_minute": 3},
    ]
    others += [
        {"id": f"trouble-{name}", "issuer": f"https://{name}.trouble", "jwks_url": key_sets.url(f"trouble-{name}")}
        for name in TROUBLES
    ]
    return [alpha, beta, *others]


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    url = f"sqlite:///{tmp_path}/trust.db"
    migrator.migrate(url)
    return TokenStore(url)


def assert_401(world: World, answer: Answer, reason: str) -> None:
    """Refused, with nothing in the answer that says why and the reason in the log."""
    assert_refused(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert world.deployment.reason(answer) == reason
