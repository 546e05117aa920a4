"""Reads the keys of a client's TOML table, with a type, bounds and a default for each."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from cds_service.base.errors import Fault
from cds_service.config.toml_tables import Table

NO_DEFAULT: Final = "\0"
"""Stands where a key must be written."""


class ClientTable:
    """The keys of one table. A wrong value is reported as a fault and replaced, so that reading continues."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def text(self, key: str, pattern: str, wanted: str, default: str = "") -> str:
        """A text that matches the regular expression `pattern`. With the default NO_DEFAULT the key is required."""
        if key not in self.table.names():
            if default == NO_DEFAULT:
                self.table.fault(key, "is missing", f"add {key} = {wanted}")
            return default.strip(NO_DEFAULT)
        return self._formed(key, self.table.any(key), pattern, wanted)

    def texts(self, key: str, pattern: str, wanted: str) -> tuple[str, ...]:
        values = self._list(key)
        return tuple(self._formed(key, value, pattern, wanted) for value in values)

    def choice(self, key: str, choices: tuple[str, ...], default: Any) -> Any:
        if key not in self.table.names():
            return default
        return self._chosen(key, self.table.any(key), choices)

    def choices(self, key: str, choices: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        if key not in self.table.names():
            return default
        chosen = tuple(self._chosen(key, value, choices) for value in self._list(key))
        if not chosen and key not in self.table.faulty():
            self.table.fault(key, "is empty", f"name one or more of {', '.join(choices)}, or leave it out")
        return chosen

    def number(self, key: str, default: int, least: int, most: int) -> int:
        if key not in self.table.names():
            return default
        value = self.table.any(key)
        if type(value) is not int or not least <= value <= most:
            self.table.fault(key, "is not a whole number in its range", f"give one from {least} to {most}")
            return default
        return value

    def flag(self, key: str) -> bool:
        return self.table.boolean(key)

    def mapping(self, key: str) -> Mapping[str, Any] | None:
        """A nested table that is checked elsewhere, such as a JWKS; None if absent."""
        if key not in self.table.names():
            return None
        value = self.table.any(key)
        if not isinstance(value, dict):
            self.table.fault(key, "is not a table", f"write it as [client.{key}]")
            return None
        return MappingProxyType(value)

    def names(self, key: str, known: tuple[str, ...]) -> Mapping[str, str]:
        """A mapping from our names to the client's names for them. A client's name may be empty."""
        names = dict(self.mapping(key) or {})
        for ours, theirs in names.items():
            if ours not in known:
                self.table.fault(key, "names a key that is not ours", f"use {', '.join(known)}")
            if not isinstance(theirs, str):
                self.table.fault(key, "gives a name that is not a text", "give each name in quotes")
        return MappingProxyType(names)

    def tables(self, key: str, faults: list[Fault]) -> Iterator[Table]:
        if key not in self.table.names():
            return
        for number, entries in enumerate(self._list(key), start=1):
            if isinstance(entries, dict):
                yield Table(f"{self.table.where} {key} {number}", entries, faults)
            else:
                self.table.fault(key, "is not an array of tables", f"write it as [[client.{key}]]")

    def _list(self, key: str) -> list[Any]:
        value = self.table.any(key) if key in self.table.names() else []
        if not isinstance(value, list):
            self.table.fault(key, "is not a list", "write it between square brackets")
            return []
        return value

    def _formed(self, key: str, value: object, pattern: str, wanted: str) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            self.table.fault(key, "does not have the form that is asked for", f"give {wanted}")
            return ""
        return value

    def _chosen(self, key: str, value: object, choices: tuple[str, ...]) -> str:
        if value not in choices or not isinstance(value, str):
            self.table.fault(key, "is not one of its choices", f"choose from {', '.join(choices)}")
            return choices[0]
        return value
