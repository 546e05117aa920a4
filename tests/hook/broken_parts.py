"""Makes a part of the service raise an exception, and says what its answer and its log must then contain.

This is the only place where tests replace our own code: an internal defect cannot be provoked by a request.
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

from cds_service.telemetry.logs import JsonLines
from tests.hook.card_contract import EXTENSION, Card
from tests.vignette_cases import Vignette

CARDS = Path(__file__).parents[2] / "cards"
FAULT = "check-not-done"

# What the log may contain about a defect: its type, its place in the code, or the rule in which it occurred.
_DEFECT = re.compile(r"defect: RuntimeError in (rule [a-z-]+|[\w.<>]+:\d+)( while making suggestions)?")


def raises(*_: object, **__: object) -> Any:
    """Raises with a message that contains data of the patient, as a real defect may."""
    raise RuntimeError("Durand, p1, 1980-01-01, F10.2, 270 mg/j")


def raises_where(whole: Callable[..., Any], is_broken: Callable[..., bool]) -> Callable[..., Any]:
    """`whole`, made to raise for some of its arguments."""

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
    """What the service logs while the block runs, as an operator reads it; filled when the block ends."""
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
    """Each line gives type and place, and no value of the request."""
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
    """The values of a request; bare words, such as the code `active`, identify nobody and are left out."""
    if isinstance(of, dict | list):
        for part in of.values() if isinstance(of, dict) else of:
            yield from _values(part)
    elif isinstance(of, str) and not of.isalpha() and len(of) > 1:
        yield of


# --- what the answer says --------------------------------------------------------------------


def findings(cards: list[Card]) -> list[str]:
    """Every finding with all its content, in an order that does not depend on the other findings."""
    said = [finding for card in cards for finding in card["extension"][EXTENSION]["findings"]]
    return sorted(json.dumps(finding, sort_keys=True) for finding in said)


def findings_but(cards: list[Card], *rules: str) -> list[str]:
    return [finding for finding in findings(cards) if json.loads(finding)["id"] not in rules]


def not_done(cards: list[Card], case: str) -> dict[str, Any]:
    """The facts of the one finding that reports what was not done; its card is a warning with no empty sentence."""
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
    """The card of the check names these parts in words."""
    [card] = [card for card in cards if FAULT in {item["id"] for item in card["extension"][EXTENSION]["findings"]}]
    for name in names:
        assert _words(name, language) in card["detail"].replace("\u00a0", " "), name


def _words(part: str, language: str) -> str:
    """A rule by its topic; a fact, or the suggestions, by its words."""
    cards = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in CARDS.glob("*.toml")}
    facts = dict(cards["facts"])
    for card in cards.values():
        facts |= card.get("facts", {})
    written: str = (cards.get(part, {}).get("topic") or facts[part])[language]
    return written[:1].lower() + written[1:]
