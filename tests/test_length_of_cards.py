"""How long the cards of all vignettes are, and that being short loses nothing of a finding."""

import json
import re
from statistics import median

import pytest

from cds_service.core.model.findings import FactValue
from cds_service.core.wording.texts import fact_in_words
from docs.cards_page import words_in
from tests.hook.card_contract import EXTENSION
from tests.vignette_answers import KNOWLEDGE, LANGUAGES, ToldCard, by_answer, plain, texts, told_cards


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_is_read_in_seconds(language: str) -> None:
    """Median of 60 words and never above 110, over the vignettes of up to four orders; numbers bind their units."""
    counts = {
        told.name: words_in(told.card["detail"])
        for told in told_cards()
        if told.language == language and len(json.loads(told.vignette.body())["context"]["draftOrders"]["entry"]) <= 4
    }

    assert median(counts.values()) <= 60
    assert not {name: count for name, count in counts.items() if count > 110}


def test_no_card_has_a_source_a_version_a_path_or_names_this_tool_a_ward() -> None:
    """A prescriber reads no FHIR, no HL7; "le service" is the hospital ward."""
    banned = re.compile(r"FHIR|HL7|[Ss]ource|[Vv]ersion|Élément|Element|\b[Ss]ervice|R4|\badressage|Instauration \d")
    for told in told_cards():
        said = re.sub("|".join(map(re.escape, not_of_ours(told))), "", f"{told.summary} {told.detail}")
        found = banned.search(said)
        assert not found, (told.name, found)


def not_of_ours(told: ToldCard) -> list[str]:
    """Why an entry was not read is of its format, for whoever looks after the software; a plan repeats a label."""
    keys = ("entry-unreadable", "fhir-version", "modifier-extension", "implicit-rules")
    labels = [plain(item["label"]) for item in told.card.get("suggestions", [])]
    reasons = [texts("reasons")[key][told.language].rstrip(".") for key in keys]
    older = {"fr": "FHIR DSTU2, lu comme R4", "en": "FHIR DSTU2, read as R4"}[told.language]
    return [older, *(text[1:] for text in (*labels, *reasons))]


def test_every_finding_of_an_answer_is_on_one_of_its_cards_with_its_own_indicator() -> None:
    for cards in by_answer():
        wanted = [item for item in cards[0].decision.findings if item.group is not None]
        shown = [found for told in cards for found in told.card["extension"][EXTENSION]["findings"]]
        assert sorted((item.rule, item.indicator.code) for item in wanted) == sorted(
            (found["id"], found["indicator"]) for found in shown
        ), cards[0].name


# In the extension only: the path of an element; and, in a line on another card, which rules were not judged.
NOT_IN_WORDS = {("dose-not-computable", "element"), ("check-incomplete", "rules")}


def test_every_number_fact_and_limit_of_a_finding_is_in_the_words_of_its_card() -> None:
    seen = set()
    for told in told_cards():
        said = f"{told.summary} {told.detail}".lower()
        for item in told.carried:
            for name, value in item.answer.facts.items():
                if (item.rule, name) not in NOT_IN_WORDS:
                    assert not [part for part in parts_of(name, value, told.language) if part not in said], (
                        told.name,
                        item.rule,
                        name,
                    )
                    seen.add(name)
    assert {"mg_per_day", "limit_mg_per_day", "fall_mg", "rise_mg", "step_mg", "grams", "product", "facts"} <= seen


def parts_of(name: str, value: FactValue, language: str) -> list[str]:
    """What of a fact must be read, in lower case: a number with its unit, or each word of a list."""
    if isinstance(value, tuple):
        return [plain(fact_in_words(name, (item,), KNOWLEDGE.texts, language)).lower() for item in value]
    written = plain(fact_in_words(name, value, KNOWLEDGE.texts, language)).lower().rstrip(".")
    return [written[1:] if name == "reason" else written]
