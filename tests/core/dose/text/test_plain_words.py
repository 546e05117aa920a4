"""Words that mean the same are made the same, before anything is read in them."""

from fractions import Fraction

import pytest

from cds_service.core.dose.text.plain_words import MOST_CHARACTERS, is_too_long, number_of, plain


@pytest.mark.parametrize(
    ("words", "plainer"),
    [
        ("8 am", "8h"),
        ("12 am", "0h"),
        ("11:30 a.m.", "11h30"),
        ("12 pm", "12h"),
        ("1 pm", "13h"),
        ("4:30 p.m.", "16h30"),
        ("10 mg bis in die", "10 mg 2 times daily"),
        ("10 mg ter in die", "10 mg 3 times daily"),
        ("10 mg quater in die", "10 mg 4 times daily"),
        ("10 mg T.I.D.", "10 mg tid"),
        ("10 mg b. i. d", "10 mg bid"),
        ("quatre (4) cp", "4 cp"),
        ("vingt-cinq mg", "25 mg"),
        ("4cpx3/j", "4cp x 3/j"),
        ("un quart de comprimé", "1/4 comprimé"),
        ("trois quarts de comprimé", "3/4 comprimé"),
        ("2 et demi", "2 1/2"),
        ("un demi-comprimé", "1/2 comprimé"),
        ("half a tablet", "1/2 tablet"),
        ("**2 cp** le soir", " 2 cp le soir"),
        ("1 – 2 cp", "1 - 2 cp"),
        ("max. 60 mg", "max 60 mg"),
        ("1 tablet (10 mg total)", "1 tablet (10 mg)"),
        ("le soir au coucher", "le coucher"),
        ("2 cp\t\u00a0le\n soir", "2 cp le soir"),
        ("1 cp biquotidien", "1 cp 2 fois par jour"),
        ("1 cp en tri-quotidien", "1 cp 3 fois par jour"),
        ("1 cp quadriquotidien", "1 cp 4 fois par jour"),
        ("1cpx3/jx28j", "1cp x 3/j x28j"),
        ("1 cp à 8, 12 et 20h", "1 cp à 8h, 12h et 20h"),
        ("1 cp à chaque repas", "1 cp aux 3 repas"),
        ("1 cp avant les 2 repas principaux", "1 cp aux 2 repas"),
        ("1 cp au cours des repas", "1 cp aux repas"),
        ("1 cp m-m-s", "1 cp matin midi soir"),
        ("20 000 µg", "20000 µg"),
        # Slips: a letter in place of a figure, and letters of UTF-8 that were read as Latin.
        ("4O mg", "40 mg"),
        ("O,5 cp", "0,5 cp"),
        ("l cp", "1 cp"),
        ("IV cp", "4 cp"),
        ("4 cp½", "4 cp ½"),
        ("120 mg journaliers", "120 mg/j"),
        ("6 cp journalières", "6 cp/j"),
        ("30 mg puis ↑ 10 mg", "30 mg puis augmenter de 10 mg"),
        ("↓ 10 mg", " diminuer de 10 mg"),
        ("2.1.2", "2-1-2"),
        ("2.1.2.1", "2-1-2-1"),
        ("voir 4.2.1.3.2", "voir 4.2.1.3.2"),
        ("le 1.2.26", "le 1.2.26"),
        ("1 + 1/2 cp", "1 1/2 cp"),
        ("2 cp + 1/2 cp", "2 cp + 1/2 cp"),
        ("1 et 1/2 le soir", "1 1/2 le soir"),
        ("la moitié d’un comprimé", "1/2 comprimé"),
        ("3 demi-comprimés", "3 x 1/2 comprimés"),
        ("nonante mg", "90 mg"),
        ("matin : rien, soir : 2", "matin : 0 cp, soir : 2"),
        ("rien au coucher", "0 cp au coucher"),
        ("matin .....1 cp", "matin 1 cp"),
        ("2cp8h, 1cp a 20h30", "2cp à 8h, 1cp à 20h30"),
        ("1 cp 3 foi / jour", "1 cp 3 fois / jour"),
        ("à renouveler 2 fois max par 24h", "à 3 fois par 24h"),
        ("à renouveler 2 fois", "à renouveler 2 fois"),
        ("1 cp avant chaque repas et au coucher", "1 cp 4 fois par jour"),
        ("1 gÃ©lule Ã\u00a0 midi", "1 gélule à midi"),
    ],
)
def test_words_are_made_plain(words: str, plainer: str) -> None:
    assert plain(words) == plainer


@pytest.mark.parametrize(
    "dosage", ["Thiamine 500 mg/j", "oxazépam 10 mg le soir", "vitamine B6 250 mg", "paracétamol 1 cp x 3/j"]
)
def test_the_dosage_of_another_medicine_is_not_read(dosage: str) -> None:
    assert plain(f"{dosage}. Baclofène 10 mg") == ". baclofène 10 mg"


def test_words_are_read_up_to_five_thousand_characters() -> None:
    words = "a" * MOST_CHARACTERS

    assert MOST_CHARACTERS == 5000
    assert (is_too_long(words), is_too_long(words + "b")) == (False, True)
    assert plain(words + "b") == words


@pytest.mark.parametrize(
    ("written", "number"),
    [("2", "2"), ("1,5", "3/2"), ("1.5", "3/2"), ("1/2", "1/2"), ("½", "1/2"), ("1½", "3/2"), ("1 1/2", "3/2")],
)
def test_numbers_are_read_exactly(written: str, number: str) -> None:
    assert number_of(written) == Fraction(number)
