"""Reads what a plan is asked with: the query of an address, or the options of the command.

What is wrong is a RequestError in the reader's language that names all faults at once.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from cds_service.core.plan_request import NoPlanError, PlanMade, PlanRequest, make_plan
from cds_service.core.plans import Shelf
from cds_service.errors import Fault, RequestError
from cds_service.loading import Knowledge
from cds_service.plan.sentences import Sentences

# The names of the query; those of the command have two hyphens before them.
FIELDS = ("from", "to", "on", "product", "step", "first")
FIRST_DAY, LAST_DAY = date(2012, 4, 24), date(2100, 12, 31)
MOST_MG = Fraction(1000)

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.,][0-9]{1,2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Given = Mapping[str, Sequence[str]]


def plan_of(given: Given, knowledge: Knowledge, today: date, say: Sentences) -> PlanMade:
    """The plan that is asked for. Raises RequestError."""
    request = read_request(given, today, say)
    try:
        return make_plan(request, Shelf(knowledge.rules, knowledge.terminology, request.on))
    except NoPlanError as refused:
        raise RequestError(_fault(refused.field, refused.reason, say, **refused.facts)) from refused


def read_request(given: Given, today: date, say: Sentences) -> PlanRequest:
    """The request; the day is today where none is given. Raises RequestError."""
    reader = _Reader(given, say)
    from_mg, to_mg = reader.dose("from"), reader.dose("to")
    step_mg, first_mg = reader.dose("step"), reader.dose("first")
    on, product = reader.day("on") or today, reader.text("product") or None
    for field, dose in (("from", from_mg), ("to", to_mg)):
        if dose is None and not reader.text(field):
            reader.refuse(field, "missing")
    if reader.faults or from_mg is None or to_mg is None:
        raise RequestError(*reader.faults)
    return PlanRequest(from_mg, to_mg, on, product, step_mg, first_mg)


class _Reader:
    """Takes one field after the other and notes what is wrong with each."""

    def __init__(self, given: Given, say: Sentences) -> None:
        self._given = given
        self._say = say
        self.faults: list[Fault] = []

    def text(self, field: str) -> str:
        """What is given, without the spaces around it; empty where nothing is."""
        values = [value.strip() for value in self._given.get(field, ())]
        if len(values) > 1:
            self.refuse(field, "given-twice")
        return values[0] if values else ""

    def dose(self, field: str) -> Fraction | None:
        written = self.text(field)
        if not written:
            return None
        if not _NUMBER.fullmatch(written):
            return self.refuse(field, "not-a-number")
        dose = Fraction(Decimal(written.replace(",", ".")))
        return dose if 0 <= dose <= MOST_MG else self.refuse(field, "out-of-range")

    def day(self, field: str) -> date | None:
        written = self.text(field)
        if not written:
            return None
        try:
            day = date.fromisoformat(written) if _DAY.fullmatch(written) else None
        except ValueError:
            day = None
        if day is None:
            return self.refuse(field, "not-a-date")
        return day if FIRST_DAY <= day <= LAST_DAY else self.refuse(field, "date-out-of-range")

    def refuse(self, field: str, reason: str) -> None:
        fault = _fault(field, reason, self._say)
        if fault not in self.faults:
            self.faults.append(fault)


def _fault(field: str, reason: str, say: Sentences, **facts: object) -> Fault:
    """With plain spaces, for it is also printed and sent as JSON."""
    problem, remedy = (say(f"{part}-{reason}", **facts).replace("\u00a0", " ") for part in ("error", "remedy"))
    return Fault(field, problem, remedy.rstrip("."))
