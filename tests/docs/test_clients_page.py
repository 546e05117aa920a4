"""docs/clients.md is complete and right: every key, its default and example, and entries that are accepted."""

import tomllib
from dataclasses import fields, replace
from typing import Any

import pytest

from cds_service.base.errors import Fault
from cds_service.config.client_keys import KEYS, ClientKey
from cds_service.config.clients import ANONYMOUS, Client, clients_in
from cds_service.config.settings import SANDBOX_HOST
from cds_service.config.toml_tables import Table
from docs.clients_page import FOLDER, REQUIRED, TITLES
from tests.access.forge import ecdsa, key_set

LEAST: dict[str, Any] = {"id": "ehr", "issuer": "https://ehr.example", "jwks_url": "https://ehr.example/jwks.json"}
# What a key needs beside it, to make sense.
BESIDE: dict[str, dict[str, Any]] = {
    "on_missing": {"shows_errors": True},
    "read_fhir": {"fhir_servers": [{"base": "https://ehr.example/fhir"}]},
}


def read(entry: dict[str, Any]) -> tuple[Client, list[str]]:
    faults: list[Fault] = []
    (client,) = clients_in(Table("clients.toml", {"client": [entry]}, faults), faults)
    return client, [str(fault) for fault in faults]


def test_the_table_has_every_key_of_a_client_once() -> None:
    assert sorted(key.name for key in KEYS) == sorted(field.name for field in fields(Client))


def test_a_key_that_is_left_out_has_the_default_of_the_table() -> None:
    client, faults = read(LEAST)

    assert faults == []
    assert client == replace(ANONYMOUS, **LEAST)
    assert {"id", "issuer"} == set(REQUIRED)


@pytest.mark.parametrize("key", [key for key in KEYS if key.name != "jwks"], ids=lambda key: key.name)
def test_the_example_of_a_key_is_accepted_and_is_not_its_default(key: ClientKey) -> None:
    value = tomllib.loads(f"value = {key.example}")["value"]

    client, faults = read({**LEAST, **BESIDE.get(key.name, {}), key.name: value})

    assert faults == []
    if key.name != "language":  # its default is the language of the service
        assert getattr(client, key.name) != getattr(ANONYMOUS, key.name)


def test_the_example_of_written_keys_has_the_members_of_a_key() -> None:
    (example,) = (key.example for key in KEYS if key.name == "jwks")
    (written,) = tomllib.loads(f"value = {example}")["value"]["keys"]

    real = key_set(ecdsa())["keys"][0]
    assert {"kty", "crv", "kid", "x", "y"} == set(written) <= set(real)
    assert (written["kty"], written["crv"]) == (real["kty"], real["crv"])


@pytest.mark.parametrize("name", TITLES)
def test_a_ready_entry_is_accepted_as_it_is(name: str) -> None:
    entry = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))

    (table,) = entry["client"]
    client, faults = read(table)

    assert faults == []
    assert client.shadow is (name != "sandbox")
    assert (SANDBOX_HOST in client.issuer) is (name == "sandbox")


def test_no_entry_is_without_a_title() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(TITLES)
