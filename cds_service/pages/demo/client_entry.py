"""Makes the TOML entry of a client from a form, and lists the faults that the reader of client files finds in it."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from cds_service.base.errors import Fault
from cds_service.config.client_keys import ALGORITHMS
from cds_service.config.clients import clients_in
from cds_service.config.toml_tables import Table

TEXTS = ("id", "issuer", "jwks_url", "origin", "fhir_base")
CHOICES = {
    "algorithm": ("", *ALGORITHMS),
    "language": ("", "fr", "en"),
    "suggestions": ("update", "create", "product", "off"),
    "detail": ("markdown", "plain"),
    "incomplete": ("always", "on-change"),
    "on_missing": ("card", "412"),
}
BOXES = ("one_action", "repeat_disorders", "specialised_service", "shows_errors")
NAMES = (*TEXTS, *CHOICES, *BOXES)
MOST = 200

EXAMPLE = {
    "id": "hospital-a",
    "issuer": "https://ehr.hospital-a.example/fhir",
    "jwks_url": "https://ehr.hospital-a.example/jwks",
    "suggestions": "update",
    "detail": "markdown",
    "incomplete": "always",
    "on_missing": "card",
}
"""What the form holds before anything was written."""

# How each of these fields is written. The form has one value for a key that may have several.
_LINES = {
    "id": "id = {}",
    "issuer": "issuer = {}",
    "jwks_url": "jwks_url = {}",
    "algorithm": "algorithms = [{}]",
    "origin": "origins = [{}]",
    "language": "language = {}",
}

# Default choices, which are not written into the entry.
_DEFAULTS = {"suggestions": "update", "detail": "markdown", "incomplete": "always", "on_missing": "card"}


@dataclass(frozen=True, slots=True)
class ClientEntry:
    """The TOML of an entry, valid or not, and the faults that the service would report for it."""

    toml: str
    faults: tuple[Fault, ...]


def entry_of(given: Mapping[str, str]) -> ClientEntry:
    toml = "\n".join(_lines(given)) + "\n"
    return ClientEntry(toml, tuple(_judged(toml)))


def _lines(given: Mapping[str, str]) -> list[str]:
    lines = ["[[client]]"]
    lines += [line.format(_quoted(given[name])) for name, line in _LINES.items() if given.get(name)]
    lines += [
        f"{name} = {_quoted(given[name])}" for name, usual in _DEFAULTS.items() if given.get(name, usual) != usual
    ]
    lines += [f"{name} = true" for name in BOXES if given.get(name)]
    if given.get("fhir_base"):
        lines += ["read_fhir = true", "", "[[client.fhir_servers]]", f"base = {_quoted(given['fhir_base'])}"]
    return lines


def _quoted(text: str) -> str:
    """Quotes a TOML basic string. JSON has the same escapes but leaves DEL unescaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _judged(toml: str) -> list[Fault]:
    """The faults that the reader of client files reports for the entry."""
    faults: list[Fault] = []
    clients_in(Table("clients.toml", tomllib.loads(toml), faults), faults)
    return [Fault(fault.where.rpartition(", ")[2], fault.problem, fault.remedy) for fault in faults]
