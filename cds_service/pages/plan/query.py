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
from cds_service.config.clock import FIRST_DAY
from cds_service.core.plans.held_plan import MOST_MG, MOST_VISITS, HeldLevel, HeldPlan, levels_read
from cds_service.core.plans.intakes import Share, Shares
from cds_service.core.plans.plan_request import NoPlanError, PlanMade, PlanRequest, make_plan
from cds_service.core.plans.products import ProductCatalogue
from cds_service.core.plans.tablets import IN_TIME_ORDER, MOMENTS, MOST_INTAKES
from cds_service.knowledge.loading import Knowledge
from cds_service.pages.sentences import Sentences

# Query parameters; the command has the same names as options.
FIELDS = ("from", "to", "intakes", "on", "product", "step", "careful")
# Those by which an address holds a plan.
HELD_FIELDS = ("finer", "levels", "visits", "reserve")
LAST_DAY = date(2100, 12, 31)

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.,][0-9]{1,2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAYS = re.compile(r"[0-9]{1,3}")

T = TypeVar("T")
Given = Mapping[str, Sequence[str]]


def plan_of(given: Given, knowledge: Knowledge, today: date, say: Sentences) -> PlanMade:
    """The plan that is asked for. Raises RequestError."""
    request = read_request(given, today, say)
    try:
        return make_plan(request, ProductCatalogue(knowledge.rules, knowledge.terminology, request.on))
    except NoPlanError as refused:
        raise RequestError(fault_of(refused.field, refused.reason, say, **refused.facts)) from refused


def read_request(given: Given, today: date, say: Sentences) -> PlanRequest:
    """Reads the request. Without a day it is today. Raises RequestError with all faults."""
    reader = _Reader(given, say)
    from_mg, to_mg, step_mg = (reader.value(field, dose_of) for field in ("from", "to", "step"))
    on, product = reader.value("on", day_of) or today, reader.text("product") or None
    careful, intakes = reader.value("careful", _is_careful), reader.value("intakes", _intakes)
    held = _held(reader, on)
    reader.refuse_missing({"from": from_mg, "to": to_mg})
    if reader.faults or from_mg is None or to_mg is None:
        raise RequestError(*reader.faults)
    return PlanRequest(from_mg, to_mg, on, product, step_mg, careful is not False, intakes or (), held)


class WrongError(ValueError):
    """A wrong value. `reason` is part of the keys `error-<reason>` and `remedy-<reason>` of cards/plan.toml."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def dose_of(written: str) -> Fraction:
    if not _NUMBER.fullmatch(written):
        raise WrongError("not-a-number")
    dose = Fraction(Decimal(written.replace(",", ".")))
    if not 0 <= dose <= MOST_MG:
        raise WrongError("out-of-range")
    return dose


def day_of(written: str) -> date:
    try:
        day = date.fromisoformat(written if _DAY.fullmatch(written) else "")
    except ValueError:
        raise WrongError("not-a-date") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise WrongError("date-out-of-range")
    return day


def _is_careful(written: str) -> bool:
    if written not in ("yes", "no"):
        raise WrongError("not-a-choice")
    return written == "yes"


def _intakes(written: str) -> Shares:
    """`40-40-40`, or with moments `morning:40-evening:40`. Raises WrongError."""
    parts = [part.rpartition(":") for part in written.split("-")]
    if len(parts) > MOST_INTAKES:
        raise WrongError("too-many-intakes")
    moments = tuple(moment for moment, colon, _ in parts if colon) or MOMENTS[len(parts)]
    if len(moments) != len(parts) or moments != tuple(filter(moments.__contains__, IN_TIME_ORDER)):
        raise WrongError("not-intakes")
    return tuple(Share(moment, dose_of(mg)) for moment, (_, _, mg) in zip(moments, parts, strict=True))


def _held(reader: "_Reader", begins: date) -> HeldPlan | None:
    """The plan that an address holds; None for one that holds none."""
    levels, visits = reader.value("levels", _levels), reader.value("visits", _visits)
    reserve = reader.value("reserve", days_of)
    if levels is None:
        return None
    if visits is None or visits[0] <= begins:
        reader.refuse("visits", "not-visits")
        return None
    return HeldPlan(levels, visits, reader.text("finer"), reserve)


def _levels(written: str) -> tuple[HeldLevel, ...]:
    try:
        return levels_read(written)
    except ValueError:
        raise WrongError("not-levels") from None


def _visits(written: str) -> tuple[date, ...]:
    visits = tuple(day_of(part) for part in written.split("_"))
    if len(visits) > MOST_VISITS or list(visits) != sorted(set(visits)):
        raise WrongError("not-visits")
    return visits


def days_of(written: str) -> int:
    if not _DAYS.fullmatch(written):
        raise WrongError("not-days")
    return int(written)


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
        except WrongError as wrong:
            self.refuse(field, wrong.reason)
            return None

    def refuse_missing(self, needed: Mapping[str, Fraction | None]) -> None:
        for field, dose in needed.items():
            if dose is None and not self.text(field):
                self.refuse(field, "missing")

    def refuse(self, field: str, reason: str) -> None:
        fault = fault_of(field, reason, self._say)
        if fault not in self.faults:
            self.faults.append(fault)


def fault_of(field: str, reason: str, say: Sentences, **facts: object) -> Fault:
    """A fault in words, with plain spaces, since it is also printed and sent as JSON."""
    problem, remedy = (say(f"{part}-{reason}", **facts).replace("\u00a0", " ") for part in ("error", "remedy"))
    return Fault(field, problem, remedy.rstrip("."))
