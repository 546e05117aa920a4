"""The dose that free text gives, read alone, and in linear time."""

from fractions import Fraction
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.dose.text.free_text import what_is_said
from cds_service.core.dose.text.notes import changes_the_dose, is_dosage_in_words
from cds_service.core.dose.text.optional import makes_optional
from cds_service.core.model.dose import Span
from cds_service.core.model.medicine import Medicine
from tests.builders import TABLET_OF_10_MG

_NOTHING = Span(Fraction(0), Fraction(0))
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
        ("2 x 10 mg 3 fois par jour", 60, 60),
        ("2 CP, 3 FOIS PAR JOUR", 60, 60),
        ("1 à 2 cp 3×/j", 30, 60),
        ("1-2 cp 3x/j", 30, 60),
        ("1 ou 2 cp 3 fois par jour", 30, 60),
        ("1/2 cp matin et soir", 10, 10),
        ("½ cp matin et soir", 10, 10),
        ("2 cp et demi le matin", 25, 25),
        ("1,5 cp x 2", 30, 30),
        ("2.5 mg x4/j", 10, 10),
        ("60 mg/j", 60, 60),
        ("60 mg par jour en 3 prises", 60, 60),
        ("1 cp matin, 2 cp soir", 30, 30),
        ("1 cp le matin et 2 cp le soir", 30, 30),
        ("1 cp le matin, en fin de journée 2 cp le soir", 30, 30),  # no other day begins
        ("2 tablets 3 times a day", 60, 60),
        ("1 tab in the morning and at bedtime", 20, 20),
        ("  2   cp\t3 fois\npar jour ", 60, 60),
        ("2 tablets (20 mg total) in the morning, 1 at noon", 30, 30),
        ("1 cp le matin à 8 h, 14 h et 20 h", 30, 30),
        ("1 cp à 08:00, 12:00, 20:00", 30, 30),
        ("1 cp à 8 h le matin et 1 cp à 20 h le soir", 20, 20),
        ("1 cp au coucher à 1 h", 10, 10),
        # An hour is that of the moment beside it, up to two hours before its first and after its last.
        ("1 cp le matin à 3 h", 10, 10),
        ("1 cp le matin à 2 h", 20, 20),
        ("1 cp à midi, 15 h", 10, 10),
        ("1 cp à midi, 16 h", 20, 20),
        ("10 mg le matin, 20 le soir", 30, 30),
        ("3 fois par jour : 2 cp", 60, 60),
        ("1 cp le matin, repeat prescription x 3", 10, 10),
        ("1 cp, repeat dose x 3/day", 30, 30),
        ("1 cp le matin, prendre la tension 3 fois par jour", 10, 10),
        ("1 cp, à prendre sous contrôle 3 prises par jour", 30, 30),
        ("1 cp le matin pendant 7 jours et 2 cp le soir", 30, 30),
        ("pendant 7 jours, matin 1 cp, soir 2 cp", 30, 30),
        ("1 cp 3 fois par jour avec thiamine 500 mg 2 fois par jour", 30, 30),
    ],
)
def test_a_sentence_gives_its_daily_dose(sentence: str, low: int, high: int) -> None:
    [parts] = what_is_said(sentence, TABLET_OF_10_MG).days
    assert sum(parts, _NOTHING) == Span(Fraction(low), Fraction(high))


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("2 cp 3 fois par jour pendant 5 jours", [60]),
        ("2 cp 3 fois par jour puis 1 cp 3 fois par jour", [60, 30]),
        ("1 cp 3 fois par jour puis pendant 7 jours 2 cp au coucher", [30, 20]),
        ("2 gélules 3 fois par jour", [60]),
        ("2 à 1 cp 3 fois par jour", [60]),
        ("1 cp matin, 2 cp soir puis 3 cp matin", [30, 30]),
        ("1 cp matin, 1 cp soir puis 2 cp matin, 2 cp soir", [20, 40]),
        ("1 cp 3 fois par jour, soit 30 mg/j", [30, 30]),
        ("30 mg par jour, 3 fois par jour : 1 cp", [30, 30]),
        ("2 cp par jour, matin : 1 cp, soir : 1 cp", [20, 20]),
        ("1 cp matin la première semaine, 1 cp soir la deuxième semaine", [10, 10]),
        ("1 tablet in the morning the first week, 2 tablets in the evening the second week", [10, 20]),
        ("3 cp/j + 3 cp/j si besoin", [30, 60]),
        ("60 mg/j + 60 mg si besoin", [60, 120]),
    ],
)
def test_days_that_follow_one_another_are_read_apart(sentence: str, days: list[int]) -> None:
    said = what_is_said(sentence, TABLET_OF_10_MG)
    highs = [sum(part.high for part in parts) for parts in said.days]

    assert sorted(highs) == sorted(days)
    assert said.most_a_day == max(days)


@pytest.mark.parametrize("between", ["puis", "puis pendant 7 jours", "pendant 7 jours puis"])
def test_what_follows_is_taken_as_often_also_where_it_has_a_length(between: str) -> None:
    assert what_is_said(f"2 cp 3 fois par jour {between} 3 cp", TABLET_OF_10_MG).most_a_day == 90


@pytest.mark.parametrize(
    "sentence",
    ["", "comme d’habitude", "2 cp", "3 fois par jour", "2 mg/kg 3 fois par jour", "2 mg/ml", "1234567 mg x 3/j",
     "1/0 cp matin", "le 12/05/2022 à 8 h", "12-05-22", "06 12 34 56 78", "boîte de 30 comprimés, 1 fois par jour",
     "70 kg, 45 ans, 60 g/j d’alcool", "2 verres par jour", "QSP 1 mois", "max 80 mg/j",
     "Thiamine 500 mg/j", "Seresta 1-0-1", "1 h 2 h 3 h", "10 mg QOD", "ne pas prendre 2 cp 3 fois par jour"],
)  # fmt: skip
def test_a_sentence_without_the_dose_of_a_day_gives_none(sentence: str) -> None:
    assert what_is_said(sentence, TABLET_OF_10_MG).days == []


def test_tablets_of_an_unknown_strength_give_nothing_but_milligrams_do() -> None:
    assert what_is_said("2 cp x 3/j", Medicine(None)).days == []
    assert what_is_said("20 mg x 3/j", Medicine(None)).days == [(Span(Fraction(60), Fraction(60)),)]
    assert what_is_said("20 mg (2 cp) x 3/j", Medicine(None)).most_a_day == 60
    assert what_is_said("2 cp de 20 mg x 3/j", Medicine(None)).most_a_day == 120
    assert what_is_said("2 cp de Lioresal 20 mg x 3/j", Medicine(None)).most_a_day == 120


@pytest.mark.parametrize(
    ("sentence", "times"),
    [("4 fois par jour", [4]), ("sans dépasser 4 fois par jour", []), ("4 fois par jour max", [])],
)
def test_the_most_intakes_of_a_day_are_not_those_of_each_day(sentence: str, times: list[int]) -> None:
    assert what_is_said(sentence, TABLET_OF_10_MG).times == times


@pytest.mark.parametrize(
    ("sentence", "splits"),
    [
        ("30 mg par jour", []),
        ("30 mg par jour, 5 cp", []),
        ("30 mg par jour en 3 prises", [3]),
        ("30 mg en 3 prises par jour", [3]),
        ("30 mg par jour, 1 cp en 3 prises", [3]),
    ],
)
def test_the_dose_of_a_day_is_divided_by_what_stands_behind_it(sentence: str, splits: list[int]) -> None:
    assert what_is_said(sentence, TABLET_OF_10_MG).splits == splits


@pytest.mark.parametrize(
    ("sentence", "most"),
    [
        ("1 cp si besoin, max 80 mg/j", 80),
        ("1 cp si besoin, max 20 mg par prise", None),
        ("1 cp 3 fois par jour, max 80 mg/j", 30),
        ("1 cp 3 fois par jour si besoin, max 80 mg/j", 30),
        ("3 prises par jour. 1 cp si besoin, max 80 mg/j", None),
        ("1 cp 3 fois par jour. 1 cp si besoin, max 120 mg/j", 120),
        ("1 cp x3/j + 1 cp si besoin, max 120 mg/j", 120),
        ("60 mg par jour en 3 prises, 1 cp si besoin, max 120 mg/j", 120),
        ("1 cp si besoin max 6 cp/j", 60),
        ("1 cp si besoin (maximum 6 cp par jour)", 60),
        ("1 cp max 3 fois par jour", 30),
        ("1 cp si envie de boire, max 6 cp/j", 60),
        ("si besoin, maximum 12 cp", 120),
        ("si besoin, maximum 12 cp par prise", None),
        ("max 80 mg/j", 80),
        ("12 cp maximum par jour", 120),
        ("2 cp le soir, max 80 mg/j", 20),
    ],
)
def test_a_maximum_is_a_daily_dose_only_where_nothing_else_says_how_often(sentence: str, most: int | None) -> None:
    assert what_is_said(sentence, TABLET_OF_10_MG).most_a_day == most


@pytest.mark.parametrize(
    "note",
    ["Prescription textuelle: voir protocole", "Posologie : 2 le matin", "2 cp 3 fois par jour",
     "Take 40 mg twice a day", "augmenter de 10 mg tous les 3 jours"],
)  # fmt: skip
def test_a_note_that_says_how_much_to_take(note: str) -> None:
    assert is_dosage_in_words(note)


@pytest.mark.parametrize(
    "note",
    ["à jeun", "patient connu du service", "Le patient prenait 60 mg/j",
     "traité par 2 cp 3 fois par jour depuis 2020", "à réévaluer, adapter au besoin", "boîte de 30 comprimés"],
)  # fmt: skip
def test_a_note_that_does_not(note: str) -> None:
    assert not is_dosage_in_words(note)


@pytest.mark.parametrize("words", ["Si besoin", "si nécessaire", "au besoin", "as needed", "selon la douleur"])
def test_words_that_make_an_intake_optional(words: str) -> None:
    assert makes_optional(words)
    assert not changes_the_dose(words)


@pytest.mark.parametrize(
    "words",
    ["jusqu’à 80 mg", "jusqu’à la dose de 80 mg", "jusqu’au maximum toléré", "réduire de 10 mg",
     "Augmenter par paliers", "diminuer", "doubler si échec", "réduire", "REDUCE",
     "increase weekly",
     "titrate", "à adapter", "up to 80 mg", "up to 3 tablets", "jusqu’à 6 cp par jour",
     "decrease by 5 mg", "taper off", "adjust", "majorer", "ajuster"],
)  # fmt: skip
def test_words_that_announce_another_dose(words: str) -> None:
    assert changes_the_dose(words)
    assert not makes_optional(words)


@pytest.mark.parametrize(
    "words",
    ["au cours du repas", "avec un verre d’eau", "with food", "", "pour réduire votre consommation d’alcool",
     "diminuer l’envie de boire", "reduces your drinking", "à titre systématique", "jusqu’au 15 juin",
     "dépression majeure", "jusqu’à la prochaine consultation", "jusqu'à nouvel ordre", "jusqu’à 3 mois",
     "jusqu’à réévaluation", "jusqu'à sortie", "jusqu’à 3 fois par jour",
     "up to 3 (three) times a day", "up to 3x/day"],
)  # fmt: skip
def test_words_that_say_nothing_of_the_dose(words: str) -> None:
    assert not changes_the_dose(words)
    assert not makes_optional(words)


@pytest.mark.parametrize(
    "attack",
    ["1 cp matin" + " matin" * 30 + " x", "1 cp " + "le " * 60, "1 cp x 3/j, " * 16, "1" * 199, "1/" * 99, "½" * 199,
     "thiamine 1 , " * 9, "thiamine 1" + ", et" * 30, "8h, " * 50, "8h 14h-" * 30, "/8h" * 60, "repeat x 2 ta " * 12,
     "1 cp + si besoin" + " si besoin" * 20, "renouveler 1 " * 16, "2/4 cp * " * 22,
     "1 cp 10 mg (" * 16, "1 cp + " * 28, "2 cp m, " * 25, "1 cp puis " * 20, "8 heures " * 22],
)  # fmt: skip
def test_a_sentence_made_to_be_slow_costs_what_others_of_its_length_cost(attack: str) -> None:
    ordinary = "2 cp le matin et 1 cp le soir. " * 170

    assert _cost(attack * 50) < 20 * _cost(ordinary)


def _cost(words: str) -> float:
    """CPU seconds, the lowest of three runs."""

    def once() -> float:
        started = process_time()
        what_is_said(words, TABLET_OF_10_MG)
        return process_time() - started

    return min(once() for _ in range(3))


@given(words=st.lists(st.sampled_from(_WORDS), max_size=20))
def test_any_jumble_of_these_words_is_read_or_refused(words: list[str]) -> None:
    said = what_is_said(" ".join(words), TABLET_OF_10_MG)

    spans = [*(part for parts in said.days for part in parts), *said.amounts]
    assert [span for span in spans if not 0 <= span.low <= span.high] == []
