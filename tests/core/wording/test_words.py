"""Numbers, doses and dates as a reader of French or English expects them; ~ is a no-break space, _ a narrow one."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest

from cds_service.core.model.dose import Span, Term
from cds_service.core.model.findings import ToConfirm
from cds_service.core.wording import words

Write = Callable[[object, str], str]


def span(low: int | str, high: int | str) -> Span:
    return Span(Fraction(low), Fraction(high))


def with_marks(written: str) -> str:
    return written.replace("\u00a0", "~").replace("\u202f", "_")


@pytest.mark.parametrize(
    ("write", "value", "fr", "en"),
    [
        (words.number, Fraction(60), "60", "60"),
        (words.number, Fraction("37.5"), "37,5", "37.5"),
        (words.number, Fraction("26.6667"), "26,6667", "26.6667"),
        (words.number, Fraction(80, 3), "≈ 26,6667", "≈ 26.6667"),
        (words.number, Fraction(1200), "1_200", "1,200"),
        (words.span, span(60, 60), "60", "60"),
        (words.span, span(60, "92.5"), "60 à 92,5", "60 to 92.5"),
        (words.mg_per_day, Fraction(120), "120 mg/j", "120 mg/day"),
        (words.mg_per_day, span(60, 90), "60 à 90 mg/j", "60 to 90 mg/day"),
        (words.mg_per_day, Fraction(1000), "1_000 mg/j", "1,000 mg/day"),
        (words.mg_per_day, Fraction(1001), "plus de 1_000 mg/j", "more than 1,000 mg/day"),
        (words.mg_per_day, ToConfirm(span(120, 120)), "120 mg/j, à confirmer", "120 mg/day, to be confirmed"),
        (words.milligrams, Fraction(15), "15 mg", "15 mg"),
        (words.grams_per_day, Fraction(60), "60 g/j", "60 g/day"),
        (words.grams_per_day, span(50, 70), "50 à 70 g/j", "50 to 70 g/day"),
        (words.day, date(2021, 3, 4), "04/03/2021", "4 March 2021"),
        (words.short_day, date(2021, 3, 4), "04/03/2021", "4 Mar 2021"),
        (words.week_day, date(2021, 3, 4), "jeu.~04/03/2021", "Thu~4~Mar~2021"),
    ],
)
def test_values(write: Write, value: object, fr: str, en: str) -> None:
    assert [with_marks(write(value, language)) for language in ("fr", "en")] == [fr, en]


ONCE, THRICE = span(1, 1), span(3, 3)
TABLETS = {"units_per_intake": span(2, 2), "strength_mg": Fraction(20)}


@pytest.mark.parametrize(
    ("term", "fr", "en"),
    [
        (Term(span(40, 40), THRICE), "40 mg × 3 par jour", "40 mg × 3 a day"),
        (Term(span(20, 40), span(2, 3)), "20 à 40 mg × 2 à 3 par jour", "20 to 40 mg × 2 to 3 a day"),
        (Term(span(40, 40), ONCE, units_per_intake=span(2, 2)), "40 mg × 1 par jour", "40 mg × 1 a day"),
        (Term(span(40, 40), ONCE, strength_mg=Fraction(20)), "40 mg × 1 par jour", "40 mg × 1 a day"),
        (
            Term(span(40, 40), THRICE, span(2, 2), Fraction(20)),
            "2 comprimés de 20 mg × 3 par jour",
            "2 tablets of 20 mg × 3 a day",
        ),
        (
            Term(span(10, 10), ONCE, span(1, 1), Fraction(10)),
            "1 comprimé de 10 mg × 1 par jour",
            "1 tablet of 10 mg × 1 a day",
        ),
        (
            Term(span(15, 15), ONCE, span("1.5", "1.5"), Fraction(10)),
            "1,5 comprimé de 10 mg × 1 par jour",
            "1.5 tablets of 10 mg × 1 a day",
        ),
        (
            Term(span(20, 20), ONCE, span(4, 4), Fraction(5), in_ml=True),
            "4 ml à 5 mg/ml × 1 par jour",
            "4 ml of 5 mg/ml × 1 a day",
        ),
        (
            Term(span(40, 40), THRICE, as_needed=True, cap_mg_per_day=Fraction(100)),
            "40 mg × 3 par jour, au plus 100 mg/j, si besoin",
            "40 mg × 3 a day, at most 100 mg/day, as needed",
        ),
        (
            Term(span(60, 60), ONCE, weekdays=frozenset({4, 2, 0})),
            "60 mg × 1 par jour (lun., mer., ven.)",
            "60 mg × 1 a day (Mon, Wed, Fri)",
        ),
    ],
)
def test_a_part_of_a_dose(term: Term, fr: str, en: str) -> None:
    assert [words.term(term, language) for language in ("fr", "en")] == [fr, en]


@pytest.mark.parametrize(
    ("written", "fr", "en"),
    [
        ("120 mg/j : voir", "120~mg/j~: voir", "120~mg/j : voir"),
        ("2 × 20 mg", "2 ×~20~mg", "2 ×~20~mg"),
        ("dit « oui » ; non !", "dit «~oui~»~; non~!", "dit « oui » ; non !"),
        ("> 80 %", ">~80~%", ">~80 %"),
        ("sans rien", "sans rien", "sans rien"),
    ],
)
def test_a_line_does_not_break_before_a_unit_nor_in_french_before_a_mark(written: str, fr: str, en: str) -> None:
    assert [with_marks(words.typeset(written, language)) for language in ("fr", "en")] == [fr, en]


def test_the_first_letter_alone_changes() -> None:
    assert [words.capitalised(said) for said in ("été À l’Est", "a", "")] == ["Été À l’Est", "A", ""]
    assert [words.uncapitalised(said) for said in ("Été À l’EST", "A", "")] == ["été À l’EST", "a", ""]


def test_marks_between_parts_of_a_sentence() -> None:
    assert (words.COLON, words.SEMICOLON) == ({"fr": " : ", "en": ": "}, {"fr": " ; ", "en": "; "})


def test_the_language_of_the_machine_plays_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("babel.dates.LC_TIME", "de_DE")
    monkeypatch.setattr("babel.numbers.LC_NUMERIC", "de_DE")
    for written in (words.day, words.short_day, words.number):
        written.cache_clear()

    assert words.day(date(2021, 3, 4), "en") == "4 March 2021"
    assert words.short_day(date(2021, 5, 4), "en") == "4 May 2021"
    assert words.number(Fraction("37.5"), "en") == "37.5"
    assert words.term(Term(span(60, 60), ONCE, weekdays=frozenset({2})), "en").endswith("(Wed)")
