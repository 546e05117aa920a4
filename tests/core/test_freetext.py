"""What words say of a dose: understood whole or not at all, and in linear time."""

from fractions import Fraction
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.freetext import changes_the_dose, makes_optional, reading_of
from cds_service.core.model import Medicine, Span
from tests.builders import TABLET_OF_10_MG

_WORDS = ["1", "2", "½", "1/2", "0", "3", "cp", "mg", "à", "-", "ou", "matin", "et", ",", "x", "/j", "par jour", "."]


@pytest.mark.parametrize(
    ("sentence", "low", "high"),
    [
        ("1 cp matin midi et soir", 30, 30),
        ("1 cp matin, midi et soir.", 30, 30),
        ("1 cp le matin et au coucher", 20, 20),
        ("1 comprimé matin-midi-soir", 30, 30),
        ("10 mg x 3/j", 30, 30),
        ("10 mg 3x/jour", 30, 30),
        ("2 cp 3 fois par jour", 60, 60),
        ("2 CP, 3 FOIS PAR JOUR", 60, 60),
        ("1 à 2 cp 3×/j", 30, 60),
        ("1-2 cp 3x/j", 30, 60),
        ("1 ou 2 cp 3 fois par jour", 30, 60),
        ("1/2 cp matin et soir", 10, 10),
        ("½ cp matin et soir", 10, 10),
        ("1,5 cp x 2", 30, 30),
        ("2.5 mg x4/j", 10, 10),
        ("60 mg/j", 60, 60),
        ("60 mg par jour en 3 prises", 60, 60),
        ("1 cp matin, 2 cp soir", 30, 30),
        ("1 cp le matin et 2 cp le soir", 30, 30),
        ("2 tablets 3 times a day", 60, 60),
        ("1 tab in the morning and at bedtime", 20, 20),
        ("  2   cp\t3 fois\npar jour ", 60, 60),
    ],
)
def test_a_sentence_that_is_understood_whole_gives_its_daily_dose(sentence: str, low: int, high: int) -> None:
    assert reading_of(sentence, TABLET_OF_10_MG) == Span(Fraction(low), Fraction(high))


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "comme d’habitude",
        "2 cp",
        "3 fois par jour",
        "2 cp 3 fois par jour pendant 5 jours",
        "2 cp 3 fois par jour puis 1 cp 3 fois par jour",
        "2 cp 3 fois par jour,",
        "2 cp 3 fois par jour et",
        "2 cp 3 fois par jour 4",
        "ne pas prendre 2 cp 3 fois par jour",
        "2 gélules 3 fois par jour",
        "2 mg/kg 3 fois par jour",
        "2 à 1 cp 3 fois par jour",
        "1/0 cp matin",
        "2 cp matinée",
        "1234567 mg x 3/j",
        "2 cp" + " " * 200 + "3 fois par jour",
    ],
)
def test_a_sentence_that_is_not_understood_whole_gives_nothing(sentence: str) -> None:
    assert reading_of(sentence, TABLET_OF_10_MG) is None


def test_tablets_of_an_unknown_strength_give_nothing_but_milligrams_do() -> None:
    assert reading_of("2 cp x 3/j", Medicine(None)) is None
    assert reading_of("20 mg x 3/j", Medicine(None)) == Span(Fraction(60), Fraction(60))


@pytest.mark.parametrize("words", ["Si besoin", "si nécessaire", "au besoin", "as needed", "selon la douleur"])
def test_words_that_make_an_intake_optional(words: str) -> None:
    assert makes_optional(words)
    assert not changes_the_dose(words)


@pytest.mark.parametrize(
    "words",
    ["jusqu’à 80 mg", "Augmenter par paliers", "diminuer", "doubler si échec", "réduire", "REDUCE", "increase weekly",
     "titrate", "à adapter", "up to 80 mg", "decrease by 5 mg", "taper off", "adjust", "majorer", "ajuster"],
)  # fmt: skip
def test_words_that_announce_another_dose(words: str) -> None:
    assert changes_the_dose(words)
    assert not makes_optional(words)


@pytest.mark.parametrize("words", ["au cours du repas", "avec un verre d’eau", "with food", ""])
def test_words_that_say_nothing_of_the_dose(words: str) -> None:
    assert not changes_the_dose(words)
    assert not makes_optional(words)


@pytest.mark.parametrize(
    "attack",
    ["1 cp matin" + " matin" * 30 + " x", "1 cp " + "le " * 60, "1 cp x 3/j, " * 16, "1" * 199, "1/" * 99, "½" * 199],
)  # fmt: skip
def test_a_sentence_made_to_be_slow_is_refused_at_once(attack: str) -> None:
    started = process_time()

    reading_of(attack, TABLET_OF_10_MG)

    assert process_time() - started < 0.05


@given(words=st.lists(st.sampled_from(_WORDS), max_size=20))
def test_any_jumble_of_these_words_is_read_or_refused(words: list[str]) -> None:
    read = reading_of(" ".join(words), TABLET_OF_10_MG)

    assert read is None or 0 <= read.low <= read.high
