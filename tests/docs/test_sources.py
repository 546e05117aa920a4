"""No sentence of the five texts is lost, each place that it went to exists, and no card says what no text says."""

from collections.abc import Iterator
from typing import Any

import pytest

from cds_service.core.model.ruleset import RuleChange
from docs.sources_page import card_sentences, named, plan_sentences, read_sources, rule_places
from tests.docs.pages import KNOWLEDGE

DATA = read_sources()
TEXTS = {text["id"]: text for text in DATA["text"]}
STATEMENTS = [(text["id"], said) for text in DATA["text"] for said in text["statement"]]
SENTENCES = card_sentences(KNOWLEDGE) | plan_sentences(KNOWLEDGE)
PLACES = rule_places(KNOWLEDGE) | SENTENCES.keys()

# Counted a second time, by hand, in the texts.
COUNTED = {"S000": 15, "S001": 30, "S002": 15, "S003": 11, "S004": 12}


def name(statement: tuple[str, Any]) -> str:
    return f"{statement[0]}.{statement[1]['number']}"


def patterns() -> Iterator[str]:
    for entry in (*(said for _, said in STATEMENTS), *DATA["ours"]):
        yield from entry.get("in", [])


def test_no_sentence_number_of_a_text_is_missing() -> None:
    numbers = {text: [said["number"] for said in TEXTS[text]["statement"]] for text in TEXTS}

    assert {text: TEXTS[text]["sentences"] for text in TEXTS} == COUNTED
    assert numbers == {text: list(range(1, count + 1)) for text, count in COUNTED.items()}


@pytest.mark.parametrize("statement", STATEMENTS, ids=name)
def test_a_statement_says_where_it_stands_what_it_says_and_where_it_went(statement: tuple[str, Any]) -> None:
    _, said = statement

    assert set(said) <= {"number", "place", "heading", "says", "kind", "in", "why_not"}
    assert all(said[key].strip() for key in ("place", "heading", "says"))
    assert said["kind"] in {"binds", "advises", "tells"}
    assert said["kind"] == "tells" or said.get("in") or said.get("why_not"), "it binds or advises, and went nowhere"


@pytest.mark.parametrize("pattern", sorted(set(patterns())))
def test_each_place_that_is_named_is_there(pattern: str) -> None:
    assert named([pattern], PLACES)


@pytest.mark.parametrize("place", SENTENCES)
def test_each_sentence_of_a_card_names_its_statement_or_a_note(place: str) -> None:
    """The sentences on what a text says and on what to do; what was found is of the patient."""
    assert named(patterns(), [place]), SENTENCES[place]


CHANGES = [(rule.id, change) for rule in KNOWLEDGE.rules.rules for change in rule.changes]


@pytest.mark.parametrize(("rule", "change"), CHANGES, ids=lambda part: part if isinstance(part, str) else "")
def test_a_change_cites_the_text_and_the_paragraph_of_a_statement_that_names_it(
    rule: str, change: RuleChange
) -> None:
    """Other documents (the public drug base, HL7, our own choices) are not gone through sentence by sentence."""
    text = next((text for text in DATA["text"] if text["title"] == change.source.title), None)
    if text is None:
        assert not change.source.title.startswith(("ANSM", "Afssaps", "Lettre")), (
            "a text that docs/sources.toml lacks"
        )
        return
    place = f"{rule}@{change.since.isoformat()}"

    paragraphs = {said["place"] for said in text["statement"] if named(said.get("in", []), [place])}
    assert set(change.source.where.split(" ; ")) <= paragraphs
