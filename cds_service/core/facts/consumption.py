"""Reads how much alcohol the patient drinks, in grams a day, from recent Observations."""

import re
from datetime import date
from fractions import Fraction

from cds_service.core.dose.quantity import number
from cds_service.core.model.dose import Span
from cds_service.core.model.known import Fact, Known, Unknown
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Records
from cds_service.core.record.remembered import remembered
from cds_service.core.record.terminology import ListName, Terminology

# A drink is 10 g of alcohol in France and 14 g in the text of the LOINC code: the interval holds both.
_GRAMS_PER_DRINK = Span(Fraction(10), Fraction(14))
_GRAMS = {"g/d": Fraction(1), "g/(24.h)": Fraction(1), "g/wk": Fraction(1, 7)}
_DRINKS = {"/d": Fraction(1), "/wk": Fraction(1, 7)}
_DRINKS_PER_DAY = {ListName.ALCOHOL_DRINKS_PER_DAY: Fraction(1), ListName.ALCOHOL_DRINKS_PER_WEEK: Fraction(1, 7)}
# Drinks per drinking day say nothing of a mean by themselves.
_LISTS = {*_DRINKS_PER_DAY, ListName.ALCOHOL_CONSUMPTION, ListName.ALCOHOL_DRINKS_PER_DRINKING_DAY}
_ABOUT_ALCOHOL = re.compile(r"alcool|alcohol", re.IGNORECASE)
_ANNOTATION = re.compile(r"\{[^{}]*\}")
_FINAL = {"final", "amended", "corrected", "preliminary"}


def read_consumption(records: Records, terminology: Terminology, on: date, window_days: int) -> Fact[Span]:
    """The highest consumption of the last `window_days`, in g a day; unknown if none can be read."""
    found = [
        grams
        for observation in records.resources
        if observation.get("resourceType") == "Observation" and _is_recent(observation, on, window_days)
        if (grams := grams_per_day(observation, terminology)) is not None
    ]
    if found:
        return Known(max(found, key=lambda span: (span.high, span.low)), records.key)
    return Unknown(records.gap or "none-on-record", records.key)


def _is_recent(observation: Resource, on: date, window_days: int) -> bool:
    if "status" in observation and fhir.text(observation["status"]) not in _FINAL:
        return False
    period = fhir.as_object(observation.get("effectivePeriod"))
    day = fhir.day(observation.get("effectiveDateTime")) or fhir.day(period.get("end") or period.get("start"))
    return day is not None and 0 <= (on - day).days <= window_days


def grams_per_day(observation: Resource, terminology: Terminology) -> Span | None:
    """What an Observation says of the consumption of alcohol; None if it is about something else or unreadable."""
    return _grams_of((observation.get("code"), observation.get("valueQuantity")), terminology)


@remembered
def _grams_of(said: tuple[object, object], terminology: Terminology) -> Span | None:
    """The same of its code and its value."""
    code, value = said
    codings = list(fhir.codings(code))
    names = {name for name in _LISTS if terminology.has(name, codings)}
    if not names and not _ABOUT_ALCOHOL.search(fhir.words(code)):
        return None
    return _grams_in(fhir.as_object(value), names)


def _grams_in(quantity: Resource, names: set[ListName]) -> Span | None:
    """A Quantity in grams a day: as it is given, or from the drinks that the code of the Observation counts."""
    value = number(quantity.get("value"))
    unit = fhir.text(quantity.get("code")) or fhir.text(quantity.get("unit"))
    if value is None or value < 0 or quantity.get("comparator") is not None:
        return None
    if unit in _GRAMS:
        return Span(value * _GRAMS[unit], value * _GRAMS[unit])
    drinks = _drinks_per_day(names, _ANNOTATION.sub("", unit))
    return None if drinks is None else Span(value * drinks, value * drinks) * _GRAMS_PER_DRINK


def _drinks_per_day(names: set[ListName], unit: str) -> Fraction | None:
    """What to multiply a number of drinks by; the code says it, and the unit may not contradict it."""
    by_code = {_DRINKS_PER_DAY[name] for name in names if name in _DRINKS_PER_DAY}
    by_unit = _DRINKS.get(unit.removeprefix("1"))
    fit = by_code if by_unit is None else by_code & {by_unit}
    return next(iter(fit)) if len(fit) == 1 else None
