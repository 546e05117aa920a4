"""Writes the facts and the source of a finding as JSON values, numbers to six decimals."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.core.model.dose import Span
from cds_service.core.model.findings import FactValue, Source, ToConfirm

_DECIMALS = Decimal("0.000001")


def as_json(value: FactValue) -> Any:
    """A number, a string, a list, `{"low", "high"}` or `{"to_confirm"}`."""
    if isinstance(value, ToConfirm):
        return {"to_confirm": as_json(value.mg_per_day)}
    if isinstance(value, Span):
        if value.low == value.high:
            return as_json(value.high)
        return {"low": as_json(value.low), "high": as_json(value.high)}
    if isinstance(value, Fraction):
        return _number(value)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def source_as_json(source: Source) -> dict[str, str]:
    """A source as the extension of a card and a plan give it."""
    return {
        "title": source.title,
        "url": source.url,
        "published": source.published.isoformat(),
        "where": source.where,
        "link": source.link,
    }


def _number(value: Fraction) -> int | Decimal:
    if value.denominator == 1:
        return value.numerator
    decimal = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_DECIMALS)
    return decimal.normalize()
