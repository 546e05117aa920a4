"""Reads the request for a plan from a query string or from the options of the command.

Errors are reported as one RequestError with all faults, in the reader's language.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from cds_service.base.errors import Fault, RequestError
from cds_service.core.plans.intakes import Share, Shares
from cds_service.core.plans.plan_request import NoPlanError, PlanMade, PlanRequest, make_plan
from cds_service.core.plans.products import ProductCatalogue
from cds_service.core.plans.tablets import IN_TIME_ORDER, MOMENTS, MOST_INTAKES
from cds_service.knowledge.loading import Knowledge
from cds_service.pages.sentences import Sentences

# Query parameters; the command has the same names as options.
FIELDS = ("from", "to", "intakes", "on", "product", "step", "careful")
FIRST_DAY, LAST_DAY = date(2012, 4, 24), date(2100, 12, 31)
MOST_MG = Fraction(1000)

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.,][0-9]{1,2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

T = TypeVar("T")
Given = Mapping[str, Sequence[str]]


def plan_of(given: Given, knowledge: Knowledge, today: date, say: Sentences) -> PlanMade:
    """The plan that is asked for. Raises RequestError."""
    request = read_request(given, today, say)
    try:
        return make_plan(request, ProductCatalogue(knowledge.rules, knowledge.terminology, request.on))
    except NoPlanError as refused:
        raise RequestError(_fault(refused.field, refused.reason, say, **refused.facts)) from refused


def read_request(given: Given, today: date, say: Sentences) -> PlanRequest:
    """Reads the request. Without a day it is today. Raises RequestError with all faults."""
    reader = _Reader(given, say)
    from_mg, to_mg, step_mg = (reader.value(field, _dose) for field in ("from", "to", "step"))
    on, product = reader.value("on", _day) or today, reader.text("product") or None
    careful, intakes = reader.value("careful", _is_careful), reader.value("intakes", _intakes)
    reader.refuse_missing({"from": from_mg, "to": to_mg})
    if reader.faults or from_mg is None or to_mg is None:
        raise RequestError(*reader.faults)
    return PlanRequest(from_mg, to_mg, on, product, step_mg, careful is not False, intakes or ())


class _WrongError(ValueError):
    """A wrong value. `reason` is part of the keys `error-<reason>` and `remedy-<reason>` of cards/plan.toml."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _dose(written: str) -> Fraction:
    if not _NUMBER.fullmatch(written):
        raise _WrongError("not-a-number")
    dose = Fraction(Decimal(written.replace(",", ".")))
    if not 0 <= dose <= MOST_MG:
        raise _WrongError("out-of-range")
    return dose


def _day(written: str) -> date:
    try:
        day = date.fromisoformat(written if _DAY.fullmatch(written) else "")
    except ValueError:
        raise _WrongError("not-a-date") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise _WrongError("date-out-of-range")
    return day


def _is_careful(written: str) -> bool:
    if written not in ("yes", "no"):
        raise _WrongError("not-a-choice")
    return written == "yes"


def _intakes(written: str) -> Shares:
    """`40-40-40`, or with moments `morning:40-evening:40`. Raises _WrongError."""
    parts = [part.rpartition(":") for part in written.split("-")]
    if len(parts) > MOST_INTAKES:
        raise _WrongError("too-many-intakes")
    moments = tuple(moment for moment, colon, _ in parts if colon) or MOMENTS[len(parts)]
    if len(moments) != len(parts) or moments != tuple(filter(moments.__contains__, IN_TIME_ORDER)):
        raise _WrongError("not-intakes")
    return tuple(Share(moment, _dose(mg)) for moment, (_, _, mg) in zip(moments, parts, strict=True))


class _Reader:
    """Reads one field after another and collects the faults."""

    def __init__(self, given: Given, say: Sentences) -> None:
        self._given = given
        self._say = say
        self.faults: list[Fault] = []

    def text(self, field: str) -> str:
        """The value of a field without surrounding spaces; empty if absent. A field given twice is a fault."""
        values = [value.strip() for value in self._given.get(field, ())]
        if len(values) > 1:
            self.refuse(field, "given-twice")
        return values[0] if values else ""

    def value(self, field: str, read: Callable[[str], T]) -> T | None:
        """The parsed value of a field; None if it is absent or wrong."""
        written = self.text(field)
        try:
            return read(written) if written else None
        except _WrongError as wrong:
            self.refuse(field, wrong.reason)
            return None

    def refuse_missing(self, needed: Mapping[str, Fraction | None]) -> None:
        for field, dose in needed.items():
            if dose is None and not self.text(field):
                self.refuse(field, "missing")

    def refuse(self, field: str, reason: str) -> None:
        fault = _fault(field, reason, self._say)
        if fault not in self.faults:
            self.faults.append(fault)


def _fault(field: str, reason: str, say: Sentences, **facts: object) -> Fault:
    """A fault in words, with plain spaces, since it is also printed and sent as JSON."""
    problem, remedy = (say(f"{part}-{reason}", **facts).replace("\u00a0", " ") for part in ("error", "remedy"))
    return Fault(field, problem, remedy.rstrip("."))
