"""Writes numbers, doses, dates and lists as a reader of French or English expects them."""

import re
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal

from cds_service.core.model.dose import EVERY_DAY, Span, Term
from cds_service.core.model.findings import ToConfirm

_LOCALES = {"fr": Locale("fr", "FR"), "en": Locale("en", "GB")}
_DATES = {"fr": "dd/MM/yyyy", "en": "d MMMM yyyy"}
_SHORT_DATES = {"fr": "dd/MM/yyyy", "en": "d MMM yyyy"}
_PER_DAY = {"fr": "mg/j", "en": "mg/day"}
_GRAMS = {"fr": "g/j", "en": "g/day"}
_RANGE = {"fr": "{} à {}", "en": "{} to {}"}
_TO_CONFIRM = {"fr": ", à confirmer", "en": ", to be confirmed"}
_MORE_THAN = {"fr": "plus de ", "en": "more than "}
_TABLETS = {"fr": {"one": "comprimé", "other": "comprimés"}, "en": {"one": "tablet", "other": "tablets"}}
_TABLETS_OF = {"fr": "{} de {} mg", "en": "{} of {} mg"}
_ML_OF = {"fr": "{} ml à {} mg/ml", "en": "{} ml of {} mg/ml"}
_AS_NEEDED = {"fr": ", si besoin", "en": ", as needed"}
_CAP = {"fr": ", au plus {}", "en": ", at most {}"}
_TIMES = {"fr": "{} × {} par jour", "en": "{} × {} a day"}

# A higher dose is written as "more than" this; it raises an alert as implausible anyway.
_MOST_MG = Fraction(1000)
COLON = {"fr": " : ", "en": ": "}
SEMICOLON = {"fr": " ; ", "en": "; "}

NO_BREAK = "\u00a0"
_DECIMALS = Decimal("0.0001")


@lru_cache(maxsize=1024)
def number(value: Fraction, language: str) -> str:
    """A number with at most four decimals, without trailing zeros; a rounded one is marked ≈."""
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    rounded = decimal.quantize(_DECIMALS, ROUND_HALF_EVEN)
    figure = format_decimal(rounded, format="#,##0.####", locale=_LOCALES[language])
    return figure if Fraction(rounded) == value else f"≈ {figure}"


def span(value: Span, language: str) -> str:
    """`60` or `60 à 90`."""
    if value.low == value.high:
        return number(value.high, language)
    return _RANGE[language].format(number(value.low, language), number(value.high, language))


def mg_per_day(value: Span | ToConfirm | Fraction, language: str) -> str:
    """`120 mg/j`, `60 à 90 mg/j`, `120 mg/j, à confirmer`."""
    if isinstance(value, ToConfirm):
        return mg_per_day(value.mg_per_day, language) + _TO_CONFIRM[language]
    if isinstance(value, Fraction):
        value = Span(value, value)
    if value.high > _MOST_MG:
        return f"{_MORE_THAN[language]}{number(_MOST_MG, language)} {_PER_DAY[language]}"
    return f"{span(value, language)} {_PER_DAY[language]}"


def milligrams(value: Fraction, language: str) -> str:
    """`15 mg`."""
    return f"{number(value, language)} mg"


def grams_per_day(value: Span | Fraction, language: str) -> str:
    """`60 g/j`, `50 à 70 g/j`."""
    interval = Span(value, value) if isinstance(value, Fraction) else value
    return f"{span(interval, language)} {_GRAMS[language]}"


@lru_cache(maxsize=512)
def day(value: date, language: str) -> str:
    """`04/03/2021` in French, `4 March 2021` in English: day and month cannot be confused."""
    return format_date(value, format=_DATES[language], locale=_LOCALES[language])


@lru_cache(maxsize=512)
def short_day(value: date, language: str) -> str:
    """The same for a table: `04/03/2021`, `4 Mar 2021`."""
    return format_date(value, format=_SHORT_DATES[language], locale=_LOCALES[language])


def is_one(number: Fraction, language: str) -> bool:
    """Whether a number takes the singular: up to one and, in French, below two."""
    return number < 2 if language == "fr" else number <= 1


@lru_cache(maxsize=512)
def week_day(value: date, language: str) -> str:
    """The same with the day of the week: `jeu. 04/03/2021`, `Thu 4 Mar 2021`; a line does not break in it."""
    written = f"{format_date(value, format='EEE', locale=_LOCALES[language])} {short_day(value, language)}"
    return written.replace(" ", NO_BREAK)


def term(value: Term, language: str) -> str:
    """`2 comprimés de 20 mg × 3 par jour`, `40 mg × 3 par jour, si besoin`."""
    written = _TIMES[language].format(_one_intake(value, language), span(value.intakes_per_day, language))
    if value.weekdays != EVERY_DAY:
        names = get_day_names("abbreviated", locale=_LOCALES[language])
        written += f" ({', '.join(names[day] for day in sorted(value.weekdays))})"
    if value.cap_mg_per_day is not None:
        written += _CAP[language].format(mg_per_day(value.cap_mg_per_day, language))
    return written + (_AS_NEEDED[language] if value.as_needed else "")


def _one_intake(value: Term, language: str) -> str:
    if value.units_per_intake is None or value.strength_mg is None:
        return f"{span(value.mg_per_intake, language)} mg"
    count, strength = span(value.units_per_intake, language), number(value.strength_mg, language)
    if value.in_ml:
        return _ML_OF[language].format(count, strength)
    form = _LOCALES[language].plural_form(float_free(value.units_per_intake.high))
    return _TABLETS_OF[language].format(f"{count} {_TABLETS[language][form]}", strength)


def float_free(value: Fraction) -> Decimal:
    """The value as a Decimal for the plural rules of Babel, without passing through a float."""
    return Decimal(value.numerator) / Decimal(value.denominator)


@lru_cache(maxsize=2048)
def typeset(written: str, language: str) -> str:
    """Puts no-break spaces between a number and its unit and, in French, before punctuation marks."""
    bound = re.sub(r"(?<=[\d×≈<>]) (?=\w)", NO_BREAK, written)
    if language != "fr":
        return bound
    return re.sub(r"« ", "«" + NO_BREAK, re.sub(r" (?=[:;!?»%])", NO_BREAK, bound))


def uncapitalised(written: str) -> str:
    return written[:1].lower() + written[1:]


def capitalised(written: str) -> str:
    return written[:1].upper() + written[1:]
