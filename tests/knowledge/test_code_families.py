"""A code list says of each neighbour of its ICD codes what it means, in all three editions, or is refused."""

import re

import pytest

from cds_service.core.record.terminology import CodeList
from cds_service.knowledge.code_families import EDITIONS, families, unclear
from tests.known import known

FR, WHO, CM = EDITIONS


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("G40.*", ["G40"]),
        (r"R56\.8.*", ["R56.8"]),
        (r"F10\.[34]1.*", ["F10.31", "F10.41"]),
        ("F4[0-2].*", ["F40", "F41", "F42"]),
        (r"F1[0-1]\.[57].*", ["F10.5", "F10.7", "F11.5", "F11.7"]),
        ("(G40|G41).*", None),
        ("G40", None),
        ("G4.*", None),
        ("R56.8.*", None),
    ],
)
def test_the_families_of_a_pattern(pattern: str, expected: list[str] | None) -> None:
    assert families(pattern) == expected


def in_each(*patterns: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((system, re.compile(pattern)) for system in EDITIONS for pattern in patterns)


def problems(*lists: CodeList) -> list[str]:
    return [fault.problem for fault in unclear(lists)]


def test_a_child_without_a_rule_for_its_siblings_is_refused() -> None:
    alone = CodeList("seizure", frozenset({(FR, "F10.31")}), (), in_each("F11.*"))

    assert problems(alone) == [f"has F10.31 of {FR}, and no rule for F10 beside it"]


@pytest.mark.parametrize(
    ("excluded", "unsaid"),
    [
        (r"F10", "F10.0"),
        (r"F10(\.[^3].*)?", "F10.3"),
        (r"F10(\.[^3].*|\.3)?", "F10.30"),
        (r"F10(\.[^3].*|\.3(0.*)?)?", "F10.32"),
    ],
)
def test_each_sibling_on_each_level_wants_a_rule(excluded: str, unsaid: str) -> None:
    some = CodeList("seizure", frozenset({(FR, "F10.31")}), (), in_each(excluded))

    assert problems(some) == [f"has F10.31 of {FR}, and no rule for {unsaid} beside it"]


def test_the_rule_may_stand_with_the_codes_that_are_left_open() -> None:
    known = CodeList("seizure", frozenset({(FR, "F10.31")}), (), in_each("G40.*"))
    undecided = CodeList("seizure-undecided", frozenset({(FR, "F10.3")}), (), in_each(r"F10(\.[^3].*)?"))

    assert problems(known, undecided) == []


def test_what_stands_below_a_code_that_is_named_is_left_open_and_needs_no_rule() -> None:
    named = CodeList("seizure", frozenset({(FR, "R56")}), (), in_each(r"R56\.0.*"))

    assert problems(named) == []
    assert named.leaves_open(FR, "R56.8")
    assert named.leaves_open(FR, "R56.81")
    assert not named.leaves_open(FR, "R56.0")
    assert not named.leaves_open(FR, "R56")
    assert not named.leaves_open(WHO, "R56.8")
    assert not named.leaves_open(FR, "R560")


def test_a_list_that_forgets_an_edition_is_refused() -> None:
    assert problems(CodeList("seizure", frozenset({(FR, "R56")}))) == [
        f"says nothing of {WHO}",
        f"says nothing of {CM}",
    ]


def test_a_list_without_codes_of_icd_is_not_asked() -> None:
    snomed = "http://snomed.info/sct"

    assert problems(CodeList("seizure", frozenset({(snomed, "84757009")}))) == []


def test_a_code_below_one_of_another_system_is_not_left_open() -> None:
    named = CodeList("medicine", frozenset({("http://www.whocc.no/atc", "N07")}))

    assert not named.leaves_open("http://www.whocc.no/atc", "N07BB03")


def test_all_our_lists_say_what_their_neighbours_mean() -> None:
    """By the loader; and what is below a named code is left open, in each list of a history."""
    terminology = known().terminology

    names, is_read = terminology.lookup({"coding": [{"system": FR, "code": "R4588"}]})

    assert is_read
    assert names == {"suicidality-undecided"}
