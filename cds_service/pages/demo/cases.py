"""Reads the ready-made cases of cases.toml, each as form fields, and says which one the first page shows.

One of them has a recorded request instead of fields.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

DEFAULT_CASE = "above-80"

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class ReadyCase:
    """A ready-made case. `on` None means today; `request`, if set, is judged instead of the fields."""

    id: str
    era: str
    on: date | None
    given: Mapping[str, str]
    request: bytes | None = None

    def fields(self, today: date) -> dict[str, str]:
        """The form values of this case, without empty ones."""
        return {"on": (self.on or today).isoformat(), **{name: value for name, value in self.given.items() if value}}


@cache
def ready_cases() -> tuple[ReadyCase, ...]:
    return tuple(_case(entry, _file()["common"]) for entry in _file()["case"])


@cache
def record_codes() -> Mapping[str, str]:
    """The condition code for each tick box of the form and, under "system", their code system."""
    codes: dict[str, str] = _file()["record"]
    return codes


def case_named(identity: str) -> ReadyCase | None:
    return next((case for case in ready_cases() if case.id == identity), None)


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((_FOLDER / "cases.toml").read_text("utf-8"))


def _case(entry: dict[str, Any], common: dict[str, str]) -> ReadyCase:
    name = entry.get("request")
    request = (_FOLDER / name).read_bytes() if name else None
    return ReadyCase(entry["id"], entry["era"], entry.get("on"), {**common, **entry["fields"]}, request)
