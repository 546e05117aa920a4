"""A part of the service that is made to raise, and what its answer and its log must then say.

The only place where tests put something else in the place of our own code: a fault cannot be waited for.
"""

import io
import json
import logging
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cds_service.logs import JsonLines
from tests.card_contract import EXTENSION, Card
from tests.vignette_cases import Vignette

CARDS = Path(__file__).parents[2] / "cards"
FAULT = "check-not-done"

# What the log may say of a defect: its type, its place in the code, or the rule that it broke.
_DEFECT = re.compile(r"defect: RuntimeError in (rule [a-z-]+|[\w.<>]+:\d+)( while making suggestions)?")


def raises(*_: object, **__: object) -> Any:
    """Its message holds what a request says of a patient, as that of a real defect may."""
    raise RuntimeError("Durand, p1, 1980-01-01, F10.2, 270 mg/j")


def raises_where(whole: Callable[..., Any], is_broken: Callable[..., bool]) -> Callable[..., Any]:
    """`whole`, which raises for some of its arguments."""

    def part(*args: Any) -> Any:
        return raises() if is_broken(*args) else whole(*args)

    return part


@contextmanager
def broken(target: object, name: str, by: Callable[..., Any] = raises) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(target, name, by)
        yield


@contextmanager
def log_lines() -> Iterator[list[dict[str, Any]]]:
    """All that the service logs while the block runs, as whoever runs it reads it; filled at its end."""
    written, lines = io.StringIO(), list[dict[str, Any]]()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    ours = logging.getLogger("cds_service")
    ours.addHandler(handler)
    try:
        yield lines
    finally:
        ours.removeHandler(handler)
        lines += [json.loads(line) for line in written.getvalue().splitlines()]


def assert_defect_logged(lines: list[dict[str, Any]], vignette: Vignette) -> None:
    """Each line tells type and place; no value of the request is in it."""
    assert lines
    for line in lines:
        assert (line["level"], line["event"]) == ("error", "message")
        assert _DEFECT.fullmatch(line["message"]), line
        assert set(line) == {"time", "level", "event", "message", "request"}
    assert_no_value_of(vignette, lines)


def assert_no_value_of(vignette: Vignette, lines: list[dict[str, Any]]) -> None:
    written = json.dumps([{**line, "time": ""} for line in lines], ensure_ascii=False)
    assert not [value for value in _values(json.loads(vignette.body())) if value in written]
    assert "Durand" not in written


def _values(of: Any) -> Iterator[str]:
    """What a request says; bare words, such as the code `active`, say nothing of anybody."""
    if isinstance(of, dict | list):
        for part in of.values() if isinstance(of, dict) else of:
            yield from _values(part)
    elif isinstance(of, str) and not of.isalpha() and len(of) > 1:
        yield of


# --- what the answer says --------------------------------------------------------------------


def findings(cards: list[Card]) -> list[str]:
    """Every finding with all that it says, in an order that does not depend on what stands beside it."""
    said = [finding for card in cards for finding in card["extension"][EXTENSION]["findings"]]
    return sorted(json.dumps(finding, sort_keys=True) for finding in said)


def findings_but(cards: list[Card], *rules: str) -> list[str]:
    return [finding for finding in findings(cards) if json.loads(finding)["id"] not in rules]


def not_done(cards: list[Card], case: str) -> dict[str, Any]:
    """The facts of the one finding that says what was not done; its card warns, and ends no sentence in nothing."""
    [(card, finding)] = [
        (card, finding)
        for card in cards
        for finding in card["extension"][EXTENSION]["findings"]
        if finding["id"] == FAULT and case in finding["facts"]
    ]
    assert finding["indicator"] == "warning"
    assert card["indicator"] in ("warning", "critical")
    facts: dict[str, Any] = finding["facts"]
    return facts


def assert_named(cards: list[Card], names: set[str], language: str) -> None:
    """The card of the check says these parts in words."""
    [card] = [card for card in cards if FAULT in {item["id"] for item in card["extension"][EXTENSION]["findings"]}]
    for name in names:
        assert _words(name, language) in card["detail"].replace("\u00a0", " "), name


def _words(part: str, language: str) -> str:
    """A rule by its topic; a fact, or the suggestions, by its words."""
    cards = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in CARDS.glob("*.toml")}
    facts = dict(cards["facts"])
    for card in cards.values():
        facts |= card.get("facts", {})
    written: str = (facts[part] if part in facts else cards[part]["topic"])[language]
    return written[:1].lower() + written[1:]
