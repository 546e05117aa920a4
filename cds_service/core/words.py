"""Writes numbers, doses, dates and lists as a reader of French or English expects them."""

import re
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from cds_service.core.model import AtLeast, Span

LANGUAGES = ("fr", "en")

_LOCALES = {"fr": Locale("fr", "FR"), "en": Locale("en", "GB")}
_DATES = {"fr": "dd/MM/yyyy", "en": "d MMMM yyyy"}
_PER_DAY = {"fr": "mg/j", "en": "mg/day"}
_RANGE = {"fr": "{} à {}", "en": "{} to {}"}
_OR_MORE = {"fr": " ou plus", "en": " or more"}
_MORE_THAN = {"fr": "plus de ", "en": "more than "}
_TABLETS = {"fr": {"one": "comprimé", "other": "comprimés"}, "en": {"one": "tablet", "other": "tablets"}}
_TABLETS_OF = {"fr": "{} de {} mg", "en": "{} of {} mg"}
_TIMES = {"fr": "{} × {} par jour", "en": "{} × {} a day"}

# A figure longer than this does not help a reader; such a dose is alerted on as implausible anyway.
_MOST_MG = Fraction(1000)
_NO_BREAK = "\u00a0"
_DECIMALS = Decimal("0.0001")


@lru_cache(maxsize=1024)
def number(value: Fraction, language: str) -> str:
    """At most four decimals, without trailing zeros; a value that they do not hold exactly is marked ≈."""
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    rounded = decimal.quantize(_DECIMALS, ROUND_HALF_EVEN)
    figure = format_decimal(rounded, format="#,##0.####", locale=_LOCALES[language])
    return figure if Fraction(rounded) == value else f"≈ {figure}"


def span(value: Span, language: str) -> str:
    """`60` or `60 à 90`."""
    if value.low == value.high:
        return number(value.high, language)
    return _RANGE[language].format(number(value.low, language), number(value.high, language))


def mg_per_day(value: Span | AtLeast | Fraction, language: str) -> str:
    """`120 mg/j`, `60 à 90 mg/j`, `120 mg/j ou plus`."""
    if isinstance(value, AtLeast):
        return mg_per_day(value.mg_per_day, language) + _OR_MORE[language]
    if isinstance(value, Fraction):
        value = Span(value, value)
    if value.high > _MOST_MG:
        return f"{_MORE_THAN[language]}{number(_MOST_MG, language)} {_PER_DAY[language]}"
    return f"{span(value, language)} {_PER_DAY[language]}"


def day(value: date, language: str) -> str:
    """`04/03/2021` in French, `4 March 2021` in English: no order of figures to mistake."""
    return format_date(value, format=_DATES[language], locale=_LOCALES[language])


def intake(units: Span | None, strength_mg: Fraction | None, mg: Span, times: Span, language: str) -> str:
    """`2 comprimés de 20 mg × 3 par jour`, or `40 mg × 3 par jour`."""
    if units is None or strength_mg is None:
        what = f"{span(mg, language)} mg"
    else:
        form = _LOCALES[language].plural_form(float_free(units.high))
        counted = f"{span(units, language)} {_TABLETS[language].get(form, _TABLETS[language]['other'])}"
        what = _TABLETS_OF[language].format(counted, number(strength_mg, language))
    return _TIMES[language].format(what, span(times, language))


def float_free(value: Fraction) -> Decimal:
    """A number whose plural Babel can tell, without passing through a binary fraction."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def typeset(written: str, language: str) -> str:
    """Binds a number to what it counts and, in French, a mark to the word before it, so that no line breaks there."""
    bound = re.sub(r"(?<=[\d×≈]) (?=\w)", _NO_BREAK, written)
    if language != "fr":
        return bound
    return re.sub(r"« ", "«" + _NO_BREAK, re.sub(r" (?=[:;!?»%])", _NO_BREAK, bound))
