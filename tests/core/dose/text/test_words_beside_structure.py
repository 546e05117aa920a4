"""Text beside a structured dosage: each sentence of tests/sentences.toml agrees with the dosage or contradicts it."""

import tomllib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from cds_service.core.dose.order_dose import read_dose
from cds_service.core.model.dose import NotComputable
from tests.builders import RENDERED, TABLET_OF_10_MG, TERMINOLOGY, Json, order_of
from tests.core.dose.reading import ON

STRUCTURES = tomllib.loads(Path(__file__).parents[3].joinpath("sentences.toml").read_text(encoding="utf-8"))[
    "structures"
]


def _in_dosage(element: str, words: str, fhir: list[str]) -> Json:
    order = order_of(*fhir)
    for dosage in order["dosageInstruction"]:
        dosage[element] = words
    return order


PLACES: dict[str, Callable[[str, list[str]], Json]] = {
    "text": lambda words, fhir: _in_dosage("text", words, fhir),
    "patientInstruction": lambda words, fhir: _in_dosage("patientInstruction", words, fhir),
    "rendered": lambda words, fhir: order_of(*fhir) | {"extension": [{"url": RENDERED, "valueMarkdown": words}]},
    "note": lambda words, fhir: order_of(*fhir) | {"note": [{"text": f"Prescription textuelle: {words}"}]},
}


def _sentences(kind: str) -> list[object]:
    rows = [(structure["fhir"], row) for structure in STRUCTURES for row in structure.get(kind, [])]
    said = [(fhir, [row] if isinstance(row, str) else [row[0], Fraction(row[1])]) for fhir, row in rows]
    return [pytest.param(fhir, *row, id=f"{fhir[0]}: {row[0]}") for fhir, row in said]


def asked(order: Json) -> tuple[set[str], Fraction]:
    """What is asked about the dose of an order, and the highest dose that is judged."""
    read = read_dose(order, TABLET_OF_10_MG, TERMINOLOGY, ON)

    assert not isinstance(read.dose, NotComputable), read.dose
    return {question.reason for question in read.questions}, max(step.mg_per_day.high for step in read.dose)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("fhir", "words"), _sentences("agree"))
def test_words_that_agree_leave_the_dose_as_it_is(place: str, fhir: list[str], words: str) -> None:
    assert asked(PLACES[place](words, fhir)) == (set(), asked(order_of(*fhir))[1])


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("fhir", "words", "perhaps"), _sentences("disagree"))
def test_words_that_say_another_dose_are_asked_about(
    place: str, fhir: list[str], words: str, perhaps: Fraction
) -> None:
    assert asked(PLACES[place](words, fhir)) == ({"text-disagrees"}, perhaps)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("fhir", "words", "perhaps"), _sentences("changes"))
def test_words_that_announce_another_dose_are_asked_about(
    place: str, fhir: list[str], words: str, perhaps: Fraction
) -> None:
    assert asked(PLACES[place](words, fhir)) == ({"instruction-changes-dose"}, perhaps)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("fhir", "words"), _sentences("unread"))
def test_words_that_are_not_read_to_their_end_are_asked_about(place: str, fhir: list[str], words: str) -> None:
    assert asked(PLACES[place](words, fhir)) == ({"words-not-read"}, asked(order_of(*fhir))[1])


@pytest.mark.parametrize(
    ("translated", "reasons"),
    [("20 mg three times a day", set()), ("Take 40 mg three times a day", {"text-disagrees"})],
)
def test_a_translation_is_read_like_the_text(translated: str, reasons: set[str]) -> None:
    parts = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": translated}]
    order = _in_dosage("text", "20 mg 3 fois par jour", ["dose 20 mg | code TID"])
    order["dosageInstruction"][0]["_text"] = {"extension": [{"url": "x", "extension": parts}]}

    assert asked(order)[0] == reasons


@pytest.mark.parametrize(
    ("note", "high"),
    [
        ("2 cp 3 fois par jour", 60),
        ("Take 40 mg 3 times a day", 120),
        ("2 cp 3 fois par jour jusqu’ici, bien toléré", 60),
        ("Le patient prenait 120 mg/j", 60),
        ("Revoir dans 3 mois, adapter au besoin", 60),
        ("90 comprimés par boîte", 60),
    ],
)
def test_a_note_without_a_heading_counts_where_it_says_a_dose_of_now(note: str, high: int) -> None:
    order = order_of("dose 20 mg | code TID") | {"note": [{"text": note}]}

    assert asked(order)[1] == high


def test_words_too_long_to_be_read_to_their_end_are_said() -> None:
    assert asked(order_of("dose 1 cp | code TID", words="x " * 3000)) == ({"words-not-read"}, Fraction(30))


def test_a_taper_that_the_structure_says_too_may_be_announced_in_words() -> None:
    taper = ["sequence 1 | dose 20 mg | code TID | boundsDuration 7 d", "sequence 2 | dose 10 mg | code TID"]
    words = "60 mg par jour pendant 7 jours puis diminuer à 30 mg par jour"

    assert asked(order_of(*taper, words=words)) == (set(), Fraction(60))
    assert asked(order_of(taper[0], words=words)) == ({"instruction-changes-dose"}, Fraction(60))


def test_words_of_one_step_are_held_against_that_step() -> None:
    """The second step is 60 mg, but the text that says so is on the first."""
    order = order_of(
        "sequence 1 | dose 1 cp | code TID | boundsDuration 7 d | text Prendre 2 cp 3 fois par jour",
        "sequence 2 | dose 2 cp | code TID",
    )

    assert asked(order) == ({"text-disagrees"}, Fraction(60))


def test_words_of_the_whole_day_may_stand_in_one_of_its_parts() -> None:
    """Without them nobody could tell whether the second line is a step or a part of the day."""
    lines = [
        "sequence 1 | dose 2 cp | when MORN | boundsPeriod 2026-03-27 to 2026-06-27",
        "sequence 2 | dose 1 cp | when EVE",
    ]
    words = "2 comprimés à avaler le matin et 1 comprimé à avaler le soir."

    assert asked(order_of(*lines)) == ({"sequence-unclear"}, Fraction(30))
    assert asked(order_of(f"{lines[0]} | text {words}", lines[1])) == (set(), Fraction(30))
