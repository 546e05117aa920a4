"""Reads the form that changes a plan: a row a level, the visits, the first day. Faults are reported all at once."""

from collections.abc import Iterator
from datetime import date

from cds_service.base.errors import Fault, RequestError
from cds_service.core.plans.edited_plan import Edit, EditedLevel, edited
from cds_service.core.plans.plan_request import NoPlanError, PlanMade, PlanRequest
from cds_service.core.plans.products import ProductCatalogue
from cds_service.knowledge.loading import Knowledge
from cds_service.pages.plan.query import Given, WrongError, day_of, days_of, dose_of, fault_of
from cds_service.pages.sentences import Sentences

# The names of the fields; each of the first three has a value a row.
EDIT_FIELDS = ("mg", "days", "visit", "halved", "begins", "edit")


def edited_request(given: Given, made: PlanMade, knowledge: Knowledge, say: Sentences) -> PlanRequest:
    """The request whose address holds the plan as the form has it. Raises RequestError."""
    edit = _read(given, made, say)
    try:
        return edited(made, edit, ProductCatalogue(knowledge.rules, knowledge.terminology, edit.on))
    except NoPlanError as refused:
        raise RequestError(fault_of(refused.field, refused.reason, say, **refused.facts)) from refused


def _read(given: Given, made: PlanMade, say: Sentences) -> Edit:
    faults: list[Fault] = []
    levels = list(_levels(given, say, faults))
    visits, begins = list(_days(given, "visit", say, faults)), list(_days(given, "begins", say, faults))
    if faults:
        raise RequestError(*dict.fromkeys(faults))
    return Edit(tuple(levels), tuple(visits), begins[0] if begins else made.request.on)


def _levels(given: Given, say: Sentences, faults: list[Fault]) -> Iterator[EditedLevel]:
    """The rows that are filled in; a row whose dose or whose days are empty is left out."""
    for number, (mg, days) in enumerate(zip(given["mg"], given["days"], strict=False)):
        if mg.strip() and days.strip():
            try:
                yield EditedLevel(dose_of(mg.strip()), days_of(days.strip()), str(number) in given["halved"])
            except WrongError as wrong:
                faults.append(fault_of("levels", wrong.reason, say))


def _days(given: Given, field: str, say: Sentences, faults: list[Fault]) -> Iterator[date]:
    for written in filter(None, map(str.strip, given[field])):
        try:
            yield day_of(written)
        except WrongError as wrong:
            faults.append(fault_of("visits" if field == "visit" else "on", wrong.reason, say))
