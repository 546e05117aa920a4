"""Decides which case a page shows: the one in the form, a ready-made one by its id, or the default case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cds_service.knowledge.loading import Knowledge
from cds_service.pages.demo import fields
from cds_service.pages.demo.cases import DEFAULT_CASE, ReadyCase, case_named
from cds_service.pages.demo.fields import FieldError, Fields
from cds_service.pages.demo.hook_request import request_of

MOST_ECHOED = 12


@dataclass(frozen=True, slots=True)
class CaseChoice:
    """The case of a page. `form` holds the values to show, `kept` the query parameters that lead back to this case.

    If the form is invalid, `fields` is None, `wrong` holds the reasons, and no request can be made.
    """

    form: Mapping[str, str]
    kept: tuple[tuple[str, str], ...]
    fields: Fields | None
    wrong: tuple[FieldError, ...] = ()
    ready: ReadyCase | None = None

    def request(self, knowledge: Knowledge) -> bytes | None:
        """The order-sign request: the recorded bytes, or one made from the fields; None if the form is invalid."""
        if self.fields is None:
            return None
        sent = self.ready.request if self.ready else None
        return sent or request_of(self.fields, knowledge)

    def request_on(self, day: date, knowledge: Knowledge) -> bytes | None:
        """Like `request`, with the same order and history on another day. A recorded request keeps its own dates."""
        if self.fields is None:
            return None
        sent = self.ready.request if self.ready else None
        return sent or request_of(self.fields.on_day(day), knowledge)


def chosen(given: Mapping[str, str], today: date) -> CaseChoice:
    """The case for these query parameters. Every submitted form has `act`; a form takes precedence over `case`.

    Fields without `act`, as in an address written by hand, change the ready-made case. What is wrong is said.
    """
    if "act" in given:
        return _from_form(given, today)
    name = given.get("case", DEFAULT_CASE)
    ready = case_named(name)
    if ready is None:
        wrong = (FieldError("case", "choice"),)
        return CaseChoice(dict.fromkeys(fields.NAMES, ""), (), None, wrong)
    changed = {field: given[field] for field in fields.NAMES if field in given}
    return _from_form(ready.fields(today) | changed, today) if changed else _from_case(ready, today)


def _from_form(given: Mapping[str, str], today: date) -> CaseChoice:
    read, wrong = fields.read(given, today)
    if read is None:
        shown = {name: given.get(name, "")[:MOST_ECHOED] for name in fields.NAMES}
        return CaseChoice(shown, (), None, wrong)
    written = fields.written(read)
    return CaseChoice(written, tuple(written.items()), read)


def _from_case(ready: ReadyCase, today: date) -> CaseChoice:
    form = ready.fields(today)
    read, wrong = fields.read(form, today)
    return CaseChoice(form, (("case", ready.id),), read, wrong, ready)
