"""What some clients show alone: the summary of each card names product, dose, limit and what is wrong."""

import re

import pytest

from cds_service.core.model.findings import Finding, Group
from cds_service.core.wording.texts import fact_in_words
from tests.vignette_answers import KNOWLEDGE, LANGUAGES, ToldCard, plain, told_cards

# What was measured, and what it is held against; a summary has no room for the days of other orders.
NUMBERS = (
    "mg_per_day", "limit_mg_per_day", "fall_mg", "rise_mg", "before_mg_per_day", "last_mg_per_day", "grams",
    "limit_grams", "age", "product",
)  # fmt: skip
PRODUCTS = KNOWLEDGE.terminology.oral_names()
# Stops of a treatment whose dose nobody knows.
DOSE_UNKNOWN = {"S13"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_summary_names_the_medicine_and_says_what_is_wrong(language: str) -> None:
    for told in told_cards():
        if told.language == language:
            named = [name for name in ("baclo", *PRODUCTS) if name.lower() in told.summary.lower()]
            assert named, told.name
            assert len(re.findall(r"[^\W\d]{3,}", told.summary)) >= 3, told.name


def test_a_summary_has_the_numbers_of_the_finding_that_it_speaks_of() -> None:
    seen = set()
    for told in told_cards():
        left_out = [numbers_left_out(told, item) for item in spoken_of(told)]
        assert [] in left_out, (told.name, told.summary, left_out)
        seen |= {name for item in told.carried for name in NUMBERS if name in item.answer.facts}
    assert seen == {*NUMBERS}


def test_the_summary_of_a_dose_card_has_a_dose() -> None:
    doses = [told for told in told_cards() if told.group is Group.DOSE]
    without = [told.name for told in doses if not re.search(r"\d mg", told.summary)]

    assert {told.language for told in doses} == {*LANGUAGES}
    assert without
    assert {name for name in without if name.partition(" ")[0] not in DOSE_UNKNOWN} == set()


def spoken_of(told: ToldCard) -> list[Finding]:
    """What the summary speaks of: a finding that leads its card, else one of the card's topic."""
    leading = [item for item in told.carried if item.leads]
    return leading or [item for item in told.carried if item.rule == told.topic]


def numbers_left_out(told: ToldCard, item: Finding) -> list[str]:
    facts = {name: value for name, value in item.answer.facts.items() if name in NUMBERS}
    written = {name: fact_in_words(name, value, KNOWLEDGE.texts, told.language) for name, value in facts.items()}
    return [name for name, value in written.items() if plain(value) not in told.summary]
