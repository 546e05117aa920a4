"""Row 92: no pattern, and no function over words of a client, costs more than its text is long.

Twice a text of a size, and once a text of four times that size: the CPU of the second may be twice that of the first,
never so many seconds. A pattern that tries again from each place costs four times as much.
"""

import re
import time
from collections.abc import Callable

import pytest

from cds_service.core.facts.condition_words import spoken_of
from cds_service.core.orders.medication import _names_baclofen
from cds_service.pages.demo.identity import looks_like_identity
from tests.patterns import Used, hostile, used_patterns

SIZES = (500, 2_000, 8_000)
SUSPECT = 1.25
MOST = 1.6

KNOWN = [
    r"bipol\w+ (?:hip|prosth)",
    r"\{[^}]*\}",
    r"\[([^\]]*)\]\(([^)]*)\)",
    r"\s+$",
    r"[0-9]+ ?(?:mg|g)",
    r"(?:le |la )?(\w+)\s*:",
    r"x*y|a.*b",
]
"""Patterns that are quadratic, some of them ours once."""

MARKS = ("\u0301", "\u0323\u0301", "\u05b0\u05b4", "e\u0301", "é", "\ufdfa", "1 75 04 75 ", "a", " ", "[")


def cpu(work: Callable[[], object], times: int, rounds: int) -> int:
    """The least CPU time of some rounds of this many times."""
    spent = []
    for _ in range(rounds):
        began = time.thread_time_ns()
        for _ in range(times):
            work()
        spent.append(time.thread_time_ns() - began)
    return max(min(spent), 1)


def growth(ask: Callable[[str], object], small: str, large: str, rounds: int = 3) -> float:
    """The CPU of a text of four times the size, over four times that of the small one: 1 is linear, 4 quadratic."""
    return cpu(lambda: ask(large), 1, rounds) / cpu(lambda: ask(small), 4, rounds)


def chokes_on(used: Used) -> str:
    """The beginning of the first text that chokes the pattern; empty if none does.

    What is suspect at a first look is looked at in large, and three times.
    """
    for small, large, huge in zip(*(hostile(used.pattern, size) for size in SIZES), strict=True):
        suspect = growth(used.ask, small, large, rounds=1) > SUSPECT
        if suspect and all(growth(used.ask, large, huge, rounds=1) > MOST for _ in range(3)):
            return str(huge[:60])
    return ""


@pytest.mark.parametrize("used", list(used_patterns()), ids=str)
def test_row_92_a_pattern_costs_no_more_than_its_text_is_long(used: Used) -> None:
    assert chokes_on(used) == ""


@pytest.mark.parametrize("pattern", KNOWN)
def test_row_92_a_pattern_that_tries_again_from_each_place_is_found(pattern: str) -> None:
    assert chokes_on(Used("known", re.compile(pattern, re.IGNORECASE), "search"))


@pytest.mark.parametrize("read", [spoken_of, _names_baclofen, looks_like_identity])
@pytest.mark.parametrize("mark", MARKS, ids=ascii)
def test_row_92_words_of_a_client_cost_no_more_than_they_are_long(read: Callable[[str], object], mark: str) -> None:
    """Among them accents without end: to normalise them as one text takes quadratic time, and holds up everybody."""
    _, small, large = (("é" + mark * size)[:size] for size in SIZES)

    assert any(growth(read, small, large) <= MOST for _ in range(3))
