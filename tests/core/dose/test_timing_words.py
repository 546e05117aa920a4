"""The number of intakes a day that words give, wherever they stand; and words that give no number."""

from fractions import Fraction

import pytest

from cds_service.core.dose.timing_words import times_a_day
from cds_service.core.model.dose import Span


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ("3 fois par jour", 3, 3),
        ("Prendre 3 fois/jour au repas", 3, 3),
        ("trois fois par jour", 3, 3),
        ("3x/j", 3, 3),
        ("3 X / jour", 3, 3),
        ("x3/j", 3, 3),
        ("en 4 prises par jour", 4, 4),
        ("2 à 3 fois par jour", 2, 3),
        ("3-2 fois par jour", 2, 3),
        ("matin, midi et soir", 3, 3),
        ("avant le repas du soir", 1, 1),
        ("toutes les 8 heures", 3, 3),
        ("toutes les 4 à 6 h", 4, 6),
        ("3 times daily", 3, 3),
        ("TID (three times a day)", 3, 3),
        ("twice a day", 2, 2),
        ("once daily", 1, 1),
        ("t.i.d.", 3, 3),
        ("t.d.s.", 3, 3),
        ("q.o.d.", 0, 1),
        ("BID with meals", 2, 2),
        ("QOD", 0, 1),
        ("Q8H", 3, 3),
        ("Q12H", 2, 2),
        ("every 5 hours", 4, 5),
        ("every 48 hours", 0, 1),
        ("every hour", 24, 24),
        ("every 0 hours", 24, 24),
        ("1 fois par jour, puis 2 fois par jour", 1, 2),
        ("3 fois par jour dont une le soir", 3, 3),
    ],
)
def test_words_that_name_how_many_times_a_day(words: str, low: int, high: int) -> None:
    assert times_a_day(words) == Span(Fraction(low), Fraction(high))


@pytest.mark.parametrize(
    "words",
    [
        "",
        "comme d’habitude",
        "as directed",
        "2 comprimés par jour",
        "30 mg/j",
        "1,5 /j",
        "1-0-1 /j",
        "pendant 7 j",
        "tous les 3 jours",
        "3 times a week",
        "8h-12h-20h",
        "matin ou soir",
        "696544",
    ],
)
def test_words_that_name_no_number_of_times_a_day(words: str) -> None:
    assert times_a_day(words) is None


@pytest.mark.parametrize("words", ["3 " * 100_000, "1" * 200_000, "toutes les " * 20_000, "matin " * 50_000])
def test_words_made_to_be_slow_are_read_all_the_same(words: str) -> None:
    times_a_day(words)
