"""The dose that words give as general practitioners, pharmacists and addictologists write them, in haste."""

from fractions import Fraction

import pytest

from cds_service.core.dose.text.free_text import what_is_said
from cds_service.core.model.dose import NOTHING, Span
from tests.builders import TABLET_OF_10_MG


@pytest.mark.parametrize(
    ("sentence", "low", "high"),
    [
        # "besoin 3 fois", "matin 3 fois" are no "en 3 fois"
        ("1 cp si besoin 3 fois par jour", 30, 30),
        ("2 cp si besoin 6 fois par jour maximum", 120, 120),
        ("1 cp, 6 max/j", 60, 60),
        # the last number of a list counts, whatever follows it
        ("matin 4 midi 4 soir 6 pilulier", 140, 140),
        ("matin 4, midi 4, soir 6\npilulier", 140, 140),
        ("matin quatre midi quatre soir six pas d'alcool", 140, 140),
        ("le matin 4 le midi 4 le soir 6 AR 3", 140, 140),
        ("1 matin 1 midi 1 soir 2 boîtes", 30, 30),
        # what is double and no dose
        ("2 cp matin midi et soir. Après double expertise", 60, 60),
        ("1 cp 3 fois par jour. Vision double possible", 30, 30),
        ("2 cp x 3/j, ne doublez pas la dose", 60, 60),
        # a time before meals is no hour of an intake; a grid at meals is a day, and no maximum
        ("2 cp matin midi et soir, 1 heure avant les repas", 60, 60),
        ("2 cp matin midi et soir, une demi-heure avant les repas", 60, 60),
        ("2-2-2 au cours des repas, pilulier", 60, 60),
        ("1-1-1 dose maximale autorisée 80 mg/j", 30, 30),
        # a number behind "renouvellement" is the dose, where a dose's unit, a rhythm or a moment follows
        ("Renouvellement : 4 cp x 3/j", 120, 120),
        ("renouvellement 120 mg/j", 120, 120),
        ("à renouveler 4-4-4", 120, 120),
        ("renouveler 4 matin 4 midi 4 soir", 120, 120),
        ("renouveler 2 fois : 4 cp matin midi soir", 120, 120),
        ("pilulier : 4-4-4", 120, 120),
        ("pilulier hebdomadaire 4 matin, 4 midi, 4 soir", 120, 120),
        # mg behind tablets are their strength, or the same again
        ("4 cp 10 mg matin midi et soir", 120, 120),
        ("4 cp sécables 10 mg x 3/j", 120, 120),
        ("2 cp (10 mg) x 3/j", 60, 60),
        ("2 cp (20 mg) x 3/j", 60, 60),
        ("2 cp 40 mg x 3/j", 60, 120),
        ("6 cp 10 mg/j", 60, 60),
        ("½ cp 10 mg matin midi soir", 15, 15),
        ("baclofène 10 mg, 2 matin, 2 midi, 2 soir", 60, 60),
        ("10 mg matin, 0 midi, 20 soir", 30, 30),
        # moments and hours as they are written in haste
        ("1 cp mat/mid/soir", 30, 30),
        ("2 cp matn midi soir", 60, 60),
        ("2 cp matin, mid, soir", 60, 60),
        ("4 cp au lever, 4 cp à midi, 4 cp à 18 heures", 120, 120),
        ("4 cp à 8 heures, à 14 heures et à 20 heures", 120, 120),
        ("4 cp vers 8h, vers 14h et vers 20h", 120, 120),
        ("8h00 4 cp, 14h00 4 cp, 20h00 4 cp", 120, 120),
        ("2 cp ttes les 6 heures", 80, 80),
        ("2 cp 3 fois, toutes les 8 heures d'intervalle", 60, 60),
        ("2 cp 3 fs/j", 60, 60),
        ("2/3 cp x 3/j", 60, 90),
        ("matin = 4, midi = 4, soir = 4", 120, 120),
        ("8h = 4, 14h = 4, 20h = 4", 120, 120),
        # a bare number is in the unit of the one before it; the first is in mg from 10 on
        ("40 mg matin, 5 midi, 40 soir", 85, 85),
        ("40 matin, 5 midi, 40 soir", 85, 85),
        ("1 cp matin, 12 soir", 130, 130),
        ("2 cp 3 fois par jours", 60, 60),
        ("2 cp 3 fois /jours", 60, 60),
        ("4 cp trois fois jour", 120, 120),
        ("60 mg/jr", 60, 60),
        ("2 cp * 3", 60, 60),
        ("3 * 40 mg / j", 120, 120),
        ("entre 3 et 6 cp par jour", 30, 60),
        ("2/4 cp x 3/j", 60, 120),
        ("3/4 cp x 2/j", 15, 15),
        # half a tablet without a space is no range
        ("1/2cp x3/jr pdt 1 sem", 15, 15),
        ("1/2cp matin et soir", 10, 10),
        ("1/3cp x 3/j", 30, 90),
        # halves, and what is added
        ("2 cp et 1/2 matin midi soir", 75, 75),
        ("2 comprimés et un demi matin midi et soir", 75, 75),
        ("2 cp x3/j + si besoin 6 cp", 120, 120),
        ("40 mg + 40 mg + 40 mg par jour", 120, 120),
        ("1 cp + 1/2 cp le soir", 15, 15),
        ("3 prises par jour de 4 cp", 120, 120),
    ],
)
def test_a_sentence_in_haste_gives_its_daily_dose(sentence: str, low: int, high: int) -> None:
    [parts] = what_is_said(sentence, TABLET_OF_10_MG).days
    assert sum(parts, NOTHING) == Span(Fraction(low), Fraction(high))


@pytest.mark.parametrize(
    "sentence", ["2 cp matin midi soir, 20 cp", "1 cp matin soir 3 semaines", "2 cp 3 fs/j", "2 cp matin midi soir"]
)
def test_a_supply_and_a_length_are_no_amount(sentence: str) -> None:
    said = what_is_said(sentence, TABLET_OF_10_MG)

    assert (said.amounts, said.number_left) == ([], False)


@pytest.mark.parametrize("sentence", ["2 cp matin midi soir, 19 cp", "matin midi et soir 10 gouttes"])
def test_another_amount_is(sentence: str) -> None:
    said = what_is_said(sentence, TABLET_OF_10_MG)

    assert said.amounts or said.number_left


@pytest.mark.parametrize(
    ("sentence", "most"),
    [
        # what follows is taken as often as what stood before it
        ("60 mg/j puis 120", 120),
        ("120 mg puis 100 mg puis 80 mg par jour", 120),
        ("2 cp x3/j pdt 7j puis 4", 120),
        ("2-2-2 puis 4 cp", 120),
        ("2 cp matin midi et soir puis 4 cp", 120),
        ("2 cp matin midi et soir puis 1 cp si besoin", 60),
        ("60 mg la première semaine puis 120 mg", 120),
        # what a change rises to
        ("15 mg/j puis augmenter de 10 mg tous les 3 jours jusqu'à 80", 80),
        ("2 cp x3/j, jusqu'à 120 mg", 120),
        ("3 cp/j, dose max 12 cp/j, augmentation progressive", 120),
        ("augmenter par paliers jusqu'à la dose de 120 mg", 120),
        ("1 cp x 3/j à doubler si besoin", 60),
        ("1 cp x 3/j, tripler si craving", 90),
        ("1 cp x 3/j, ne pas doubler", 30),
        ("1 cp x 3/j sans doubler la prise oubliée", 30),
        ("1 cp x3/j puis 2 cp x3/j, doubler si besoin", 60),
        ("3 x 40 mg", 120),
        ("3 prises de 4 cp", 120),
        ("1 cp le soir, 14 cp", 10),
    ],
)
def test_the_highest_dose_that_words_come_to(sentence: str, most: int) -> None:
    assert what_is_said(sentence, TABLET_OF_10_MG).most_a_day == most
