"""The clients' file and the settings: strict, all faults reported at once, no value repeated."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cds_service.base.errors import Fault, SettingsError
from cds_service.config.client_keys import ALGORITHMS
from cds_service.config.clients import Client, read_clients
from cds_service.config.fhir_servers import FhirServer
from cds_service.config.settings import DEMO, read_settings
from tests.access.deployment import as_toml
from tests.access.forge import ecdsa, key_set

JWKS = key_set(ecdsa())
LEAST: dict[str, Any] = {"id": "ehr", "issuer": "https://ehr.example", "jwks_url": "https://ehr.example/jwks.json"}


def read(tmp_path: Path, *clients: dict[str, Any]) -> tuple[tuple[Client, ...], list[Fault]]:
    file = tmp_path / "clients.toml"
    file.write_text("\n".join(as_toml(client) for client in clients), "utf-8")
    faults: list[Fault] = []
    return read_clients(file, faults), faults


def test_the_least_that_a_client_needs_and_what_it_gets_by_default(tmp_path: Path) -> None:
    (client,), faults = read(tmp_path, LEAST)

    assert not faults
    assert client == Client(**LEAST)
    assert client.algorithms == ("ES384", "RS384")
    assert (client.max_lifetime_s, client.budget_ms, client.on_missing) == (900, 800, "card")


def test_everything_that_a_client_may_have(tmp_path: Path) -> None:
    whole = LEAST | {
        "jwks": JWKS,
        "algorithms": list(ALGORITHMS),
        "audiences": ["sand_man"],
        "subject": "app",
        "tenants": ["a", "b"],
        "max_lifetime_s": 3600,
        "origins": ["https://ehr.example", "http://localhost:8080"],
        "requests_per_minute": 60,
        "language": "en",
        "fhir_servers": [{"base": "https://ehr.example/fhir/", "allow_private": True}],
        "read_fhir": True,
        "budget_ms": 5000,
        "on_missing": "412",
        "shows_errors": True,
        "prefetch": {"patient": "pat", "goals": ""},
        "incomplete": "on-change",
        "repeat_disorders": True,
        "specialised_service": True,
        "suggestions": "create",
        "one_action": True,
        "detail": "plain",
        "shadow": True,
    }

    (client,), faults = read(tmp_path, whole)

    assert not faults
    assert client.fhir_servers == (FhirServer("https://ehr.example/fhir", allow_private=True),)
    assert client.prefetch["patient"] == "pat"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"colour": "red"}, "colour"),
        ({"id": "Has Spaces"}, "id"),
        ({"id": None}, "id"),
        ({"issuer": None}, "issuer"),
        ({"issuer": ""}, "issuer"),
        ({"jwks_url": None}, "jwks_url"),
        ({"jwks_url": "http://ehr.example/jwks.json"}, "jwks_url"),
        ({"jwks_url": "https://u:p@ehr.example/jwks.json"}, "jwks_url"),
        ({"jwks_url": "file:///etc/passwd"}, "jwks_url"),
        ({"jwks": "here"}, "jwks"),
        ({"algorithms": ["none"]}, "algorithms"),
        ({"algorithms": ["HS256"]}, "algorithms"),
        ({"algorithms": []}, "algorithms"),
        ({"algorithms": "ES384"}, "algorithms"),
        ({"max_lifetime_s": 86_400}, "max_lifetime_s"),
        ({"max_lifetime_s": True}, "max_lifetime_s"),
        ({"requests_per_minute": 0}, "requests_per_minute"),
        ({"origins": ["*"]}, "origins"),
        ({"origins": ["https://ehr.example/"]}, "origins"),
        ({"origins": ["null"]}, "origins"),
        ({"language": "de"}, "language"),
        ({"fhir_servers": [{"base": "http://ehr.example/fhir"}]}, "base"),
        ({"fhir_servers": [{"base": "https://ehr.example/fhir", "x": 1}]}, "x"),
        ({"fhir_servers": ["https://ehr.example/fhir"]}, "fhir_servers"),
        ({"read_fhir": True}, "read_fhir"),
        ({"budget_ms": 6000}, "budget_ms"),
        ({"on_missing": "412"}, "on_missing"),
        ({"prefetch": {"patients": "x"}}, "prefetch"),
        ({"prefetch": {"patient": 5}}, "prefetch"),
        ({"suggestions": "delete"}, "suggestions"),
        ({"repeat_disorders": "yes"}, "repeat_disorders"),
        ({"specialised_service": "yes"}, "specialised_service"),
        ({"shadow": "yes"}, "shadow"),
        ({"max_dose": 400}, "max_dose"),
    ],
)
def test_a_wrong_key_is_named_and_its_value_is_not_repeated(
    tmp_path: Path, changes: dict[str, Any], where: str
) -> None:
    entry = {name: value for name, value in (LEAST | changes).items() if value is not None}

    _, faults = read(tmp_path, entry)

    assert [fault.where.rpartition(", ")[2] for fault in faults] == [where]
    written = [str(value) for value in changes.values() if len(str(value)) > len("https")]
    assert not [value for value in written if any(value in str(fault) for fault in faults)]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"jwks": {}}, "jwks"),
        ({"jwks": {"keys": []}}, "jwks"),
        ({"jwks": {"keys": [{"kty": "oct", "kid": "shared", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}]}}, "jwks"),
        ({"jwks": {"keys": [*JWKS["keys"], {"kty": "EC", "kid": "p", "crv": "P-256", "d": "c2VjcmV0"}]}}, "jwks"),
        ({"jwks": {"keys": [{"kty": "EC", "kid": "no point", "crv": "P-384"}]}}, "jwks"),
        ({"jwks": JWKS, "algorithms": ["RS512"]}, "jwks"),
        ({"jwks_url": "https://169.254.169.254/jwks.json"}, "jwks_url"),
        ({"jwks_url": "https://100.100.100.200/jwks.json"}, "jwks_url"),
        ({"origins": ["https://ehr.example:443"]}, "origins"),
        ({"origins": ["http://ehr.example:80"]}, "origins"),
        ({"fhir_servers": [{"base": "https://ehr.example/a/../fhir"}]}, "base"),
        ({"fhir_servers": [{"base": "https://ehr.example/%66hir"}]}, "base"),
        ({"fhir_servers": [{"base": "https://169.254.169.254/fhir"}]}, "base"),
        ({"fhir_servers": [{"base": "http://192.0.0.192/fhir", "allow_private": True}]}, "base"),
    ],
)
def test_row_94_keys_and_addresses_that_can_never_work_are_refused(
    tmp_path: Path, changes: dict[str, Any], where: str
) -> None:
    test_a_wrong_key_is_named_and_its_value_is_not_repeated(tmp_path, changes, where)


def test_all_faults_come_at_once_and_two_clients_cannot_be_one(tmp_path: Path) -> None:
    _, faults = read(tmp_path, LEAST | {"language": "de", "detail": "html"}, LEAST)

    assert {fault.where.rpartition(", ")[2] for fault in faults} == {"language", "detail", "id", "issuer"}


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings({"CDS_CLIENTS": str(tmp_path / "none.toml"), "CDS_PUBLIC_URL": "https://cds.example"})


def test_without_an_environment_it_is_a_demonstration_that_keeps_what_it_shows_in_the_working_folder() -> None:
    expected = replace(DEMO, database_url="sqlite:///cds-service.db", spool=Path("cds-service.db.spool"))

    assert read_settings({}) == expected
    assert not DEMO.database_url


def test_a_demonstration_runs_from_a_folder_that_it_may_not_write_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/proc")  # nobody can create a file there, not even root

    assert read_settings({}) == DEMO


def test_what_is_kept_and_where_is_read() -> None:
    given = {
        "CDS_DATABASE_URL": "postgresql+psycopg://cds@db.example/cds",
        "CDS_DIGEST_KEY": "k" * 32,
        "CDS_KEEP_COMMENTS": "yes",
        "CDS_RETENTION_DAYS": "30",
        "CDS_AUDIT_RETENTION_DAYS": "7300",
    }

    settings = read_settings(given)

    assert settings.spool == Path("cds-service.spool")
    assert read_settings(given | {"CDS_SPOOL": "/var/spool/cds"}).spool == Path("/var/spool/cds")
    assert settings.keep_comments
    assert (settings.digest_key, settings.retention_days, settings.audit_retention_days) == ("k" * 32, 30, 7300)
    assert "kkk" not in str(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CDS_DIGEST_KEY", "short"),
        ("CDS_DIGEST_KEY", "é" * 40),
        ("CDS_KEEP_COMMENTS", "true"),
        ("CDS_RETENTION_DAYS", "0"),
        ("CDS_RETENTION_DAYS", "-1"),
        ("CDS_AUDIT_RETENTION_DAYS", "ten years"),
    ],
)
def test_a_setting_of_what_is_kept_that_cannot_be_meant_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: "):
        read_settings({name: value})


def environment(tmp_path: Path, **changes: str | None) -> dict[str, str]:
    file = tmp_path / "clients.toml"
    file.write_text(as_toml(LEAST), "utf-8")
    whole = {
        "CDS_MODE": "production",
        "CDS_CLIENTS": str(file),
        "CDS_PUBLIC_URL": "https://cds.example/base/",
        "CDS_DATABASE_URL": f"sqlite:///{tmp_path}/trust.db",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def test_production_starts_with_clients_https_and_a_database(tmp_path: Path) -> None:
    settings = read_settings(environment(tmp_path))

    assert settings.public_url == "https://cds.example/base"
    assert not settings.is_demo


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CDS_CLIENTS", None),
        ("CDS_PUBLIC_URL", None),
        ("CDS_PUBLIC_URL", "http://cds.example"),
        ("CDS_PUBLIC_URL", "https://user@cds.example"),
        ("CDS_PUBLIC_URL", "https://cds.example/?x"),
        ("CDS_DATABASE_URL", None),
        ("CDS_DATABASE_URL", "sqlite://"),
        ("CDS_DATABASE_URL", "sqlite:///:memory:"),
        ("CDS_DATABASE_URL", "mysql://x/y"),
        ("CDS_DATABASE_URL", "nonsense"),
        ("CDS_DISCOVERY", "closed"),
        ("CDS_ANONYMOUS_PER_MINUTE", "-1"),
    ],
)
def test_production_refuses_to_start_and_names_the_setting(tmp_path: Path, name: str, value: str | None) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(environment(tmp_path, **{name: value}))

    assert {fault.where for fault in refused.value.faults} == {name}


def test_production_refuses_a_fhir_server_without_tls(tmp_path: Path) -> None:
    servers = {"fhir_servers": [{"base": "http://10.0.0.5/fhir", "allow_private": True}]}
    settings = environment(tmp_path)
    Path(settings["CDS_CLIENTS"]).write_text(as_toml(LEAST | servers), "utf-8")

    with pytest.raises(SettingsError, match="FHIR server by http"):
        read_settings(settings)
    assert read_settings(settings | {"CDS_MODE": "demo"}).clients


def test_demo_with_clients_needs_to_know_its_own_url(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="CDS_PUBLIC_URL"):
        read_settings(environment(tmp_path, CDS_MODE="demo", CDS_PUBLIC_URL=None))

    settings = read_settings(environment(tmp_path, CDS_MODE="demo", CDS_DATABASE_URL=None))
    assert settings.database_url == "sqlite:///cds-service.db"
