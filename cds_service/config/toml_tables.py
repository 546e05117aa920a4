"""Reads a TOML file table by table, and reports missing, unknown and wrongly typed keys as faults."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from cds_service.base.errors import Fault

T = TypeVar("T")


class Table:
    """One table of a TOML file. Each key is read once; `finish` reports the keys that were not read."""

    def __init__(self, where: str, entries: Mapping[str, Any], faults: list[Fault]) -> None:
        self.where = where
        self.faults = faults
        self._entries = dict(entries)

    def text(self, key: str) -> str:
        value = self._take(key, str, "a text in quotes", "")
        if key not in self.faulty() and not value.strip():
            self.fault(key, "is empty", "write the text")
        return value

    def date(self, key: str) -> date:
        value = self._take(key, date, "a date such as 2021-03-04", date.max)
        return value.date() if isinstance(value, datetime) else value

    def boolean(self, key: str) -> bool:
        """True or False; False when the key is absent."""
        return self._take(key, bool, "true or false", False) if key in self._entries else False

    def table(self, key: str) -> "Table":
        return Table(f"{self.where} {key}", self._take(key, dict, "a table", {}), self.faults)

    def optional_table(self, key: str) -> "Table":
        return self.table(key) if key in self._entries else Table(f"{self.where} {key}", {}, self.faults)

    def tables(self, key: str) -> Iterator["Table"]:
        """Each table of an array such as [[change]], numbered from 1."""
        for number, entries in enumerate(self._take(key, list, f"one [[{key}]] or more", []), start=1):
            if isinstance(entries, dict):
                yield Table(f"{self.where} {key} {number}", entries, self.faults)
            else:
                self.fault(key, "is not an array of tables", f"write it as [[{key}]]")

    def texts(self, key: str) -> list[str]:
        value = self._take(key, list, "a list of texts", [])
        if not all(isinstance(item, str) for item in value):
            self.fault(key, "has the wrong type", "give a list of texts")
            return []
        return value

    def any(self, key: str) -> Any:
        return self._entries.pop(key, None)

    def names(self) -> list[str]:
        return list(self._entries)

    def fault(self, key: str, problem: str, remedy: str) -> None:
        self.faults.append(Fault(f"{self.where}, {key}" if key else self.where, problem, remedy))

    def finish(self) -> None:
        for key in self._entries:
            self.fault(key, "is not a known key", "correct its spelling or delete it")

    def faulty(self) -> set[str]:
        """The keys of this table that have faults so far."""
        return {fault.where.removeprefix(f"{self.where}, ") for fault in self.faults}

    def _take(self, key: str, kind: type[T], wanted: str, instead: T) -> T:
        if key not in self._entries:
            self.fault(key, "is missing", f"add {key} = {wanted}")
            return instead
        value = self._entries.pop(key)
        if not isinstance(value, kind):
            self.fault(key, "has the wrong type", f"give {wanted}")
            return instead
        return value


def read_toml(path: Path, faults: list[Fault]) -> Table:
    """Reads a file; an empty table, with a fault, if it cannot be read. Decimals stay exact."""
    where = f"{path.parent.name}/{path.name}"
    try:
        entries = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as problem:
        faults.append(Fault(where, f"is not valid TOML: {problem}", "correct the line that it names"))
        entries = {}
    except (OSError, UnicodeDecodeError) as problem:
        faults.append(Fault(where, f"cannot be read ({type(problem).__name__})", "make it readable UTF-8"))
        entries = {}
    return Table(where, entries, faults)
