"""The page that a physician who codes reads says of each code what the service makes of it."""

import pytest

from cds_service.core.model.case import FACTS
from docs.code_list_page import _Page, family_in_words
from docs.render import read
from tests.docs.pages import DOCS, KNOWLEDGE, text_of

DATA = read("code_lists.toml")
PAGE = _Page(KNOWLEDGE, DATA)


def test_every_list_of_a_history_is_on_the_page() -> None:
    assert {source.code_list for source in FACTS.values() if source.code_list} <= DATA["lists"].keys()


def test_every_code_has_a_label_and_every_label_a_code() -> None:
    shown = {row.removesuffix(" seul") for name in DATA["lists"] for row in PAGE.rows(name)}

    assert shown == DATA["labels"].keys()


def test_every_fact_says_where_it_is_entered() -> None:
    assert DATA["where"].keys() == FACTS.keys()


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("G40.*", "G40"),
        ("F2[0-9].*", "F20–F29"),
        (r"F10\.[34]1.*", "F10.31, F10.41"),
        (r"R56\.[19].*", "R56.1, R56.9"),
        (r"F1[0-9]\.[57].*", "F1x.5, F1x.7"),
    ],
)
def test_a_family_in_words(pattern: str, words: str) -> None:
    assert family_in_words(pattern) == words


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("F10.31, F10.41", "compte | compte | –"),
        ("F10.3 seul", "ouvert | ouvert | –"),
        ("R56 seul", "compte | compte | compte"),
        ("R56.1, R56.9", "ouvert | ouvert | compte"),
        ("R45.8 seul", "compte | compte | ouvert"),
        ("R45.81 seul", "compte | ouvert | –"),
        ("F00–F09", "compte | compte | en partie"),
        ("Z99.2", "compte | compte | compte"),
    ],
)
def test_a_row_says_what_the_service_makes_of_a_code(row: str, cells: str) -> None:
    (line,) = [line for line in text_of(DOCS / "code-lists.md").splitlines() if line.startswith(f"| {row} |")]

    assert line.endswith(f"| {cells} |")
