"""The traits of real life that situations must have, and whether a decision shows that they are there.

That is asked of what the service has read, not of what was drawn: a trait that nobody reads is not reached.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from cds_service.core.model.dose import NotComputable
from cds_service.core.model.findings import Decision
from cds_service.core.model.known import Known
from cds_service.core.model.order import Order
from tests.core.plans import real_life

Json = dict[str, Any]


@dataclass(frozen=True)
class Trait:
    """How a situation comes to have it, and how a decision shows it."""

    put: Callable[[st.DrawFn, Json], Json]
    seen: Callable[[Decision], bool]


@st.composite
def having(draw: st.DrawFn, situations: st.SearchStrategy[Json], name: str) -> Json:
    return with_traits(draw, draw(situations), {name})


def with_traits(draw: st.DrawFn, said: Json, names: Collection[str]) -> Json:
    """In the order of the table: what writes a line anew comes before what changes how it is written."""
    for name, trait in TRAITS.items():
        if name in names:
            said = trait.put(draw, said)
    return said


# --- whether a decision shows it -----------------------------------------------------------------


def _taken(decision: Decision) -> tuple[Order, ...]:
    known = decision.case.facts.taken_now
    return known.value.present if isinstance(known, Known) else ()


def _gap(decision: Decision) -> str | None:
    known = decision.case.facts.taken_now
    return known.gap if isinstance(known, Known) else getattr(known, "reason", None)


def _orders(decision: Decision) -> Iterator[Order]:
    yield from decision.case.orders
    yield from _taken(decision)


def _has_reference(decision: Decision, contained: bool) -> bool:
    named = [order.resource.get("medicationReference") for order in _orders(decision)]
    places = [reference["reference"] for reference in named if isinstance(reference, dict)]
    return any(place.startswith("#") is contained for place in places)


def _is_over(order: Order, on: date) -> bool:
    return not isinstance(order.dose, NotComputable) and (order.dose[-1].until or date.max) <= on


def _renews_unlinked(decision: Decision) -> bool:
    products = {order.medicine.product for order in _taken(decision)}
    return any(
        order.replaces == {order.reference} and order.medicine.product in products
        for order in decision.case.orders
        if not order.stops and order.reference not in {line.reference for line in _taken(decision)}
    )


def _intakes(order: Order) -> set[Fraction]:
    steps = () if isinstance(order.dose, NotComputable) else order.dose
    return {sum((term.intakes_per_day.high for term in step.terms), Fraction(0)) for step in steps}


def _requester(order: Order) -> object:
    return order.resource.get("requester")


def _two_requesters(decision: Decision) -> bool:
    theirs = [_requester(order) for order in _taken(decision)]
    mine = [_requester(order) for order in decision.case.orders]
    return any(one and other and one != other for one in theirs for other in mine)


def _replaces_another(decision: Decision) -> bool:
    references = {order.reference for order in decision.case.orders}
    return any(order.replaces & (references - {order.reference}) for order in decision.case.orders)


def _ends(order: Order) -> bool:
    return not isinstance(order.dose, NotComputable) and order.dose[-1].until is not None


def _says(rule: str) -> Callable[[Decision], bool]:
    return lambda decision: any(finding.rule == rule for finding in decision.findings)


TRAITS = {
    "an unlinked renewal": Trait(real_life.unlinked_renewal, _renews_unlinked),
    "four intakes a day": Trait(
        real_life.four_a_day, lambda it: any(4 in _intakes(order) for order in it.case.orders)
    ),
    "months of renewals": Trait(real_life.months_of_renewals, lambda it: any(map(_ends, _taken(it)))),
    "an order on record that is over": Trait(
        real_life.ended, lambda it: any(_is_over(order, it.case.on) for order in _taken(it))
    ),
    "a completed order on record": Trait(
        real_life.completed,
        lambda it: (
            _gap(it) == "end-unknown" or any(order.resource.get("status") == "completed" for order in _taken(it))
        ),
    ),
    "several lines on record": Trait(real_life.two_lines_on_record, lambda it: len(_taken(it)) > 1),
    "a record written by another": Trait(real_life.by_another, _two_requesters),
    "a MedicationStatement on record": Trait(
        real_life.statement,
        lambda it: any(order.resource.get("resourceType") == "MedicationStatement" for order in _taken(it)),
    ),
    "a patient under age": Trait(real_life.young, _says("not-adult")),
    "little consumption": Trait(real_life.drinks_little, _says("consumption-below-threshold")),
    "a start in the future": Trait(
        real_life.future, lambda it: any(order.begins > it.case.on for order in it.case.orders)
    ),
    "an order wholly in the past": Trait(
        real_life.past, lambda it: any(_is_over(order, it.case.on) for order in it.case.orders)
    ),
    "several drafts": Trait(real_life.two_drafts, lambda it: len(it.case.orders) > 1),
    "a draft that replaces a draft": Trait(real_life.replaces_a_draft, _replaces_another),
    "a contained medicine": Trait(real_life.contained, lambda it: _has_reference(it, contained=True)),
    "a medicine by reference": Trait(real_life.referenced, lambda it: _has_reference(it, contained=False)),
    "an unreadable entry": Trait(real_life.unreadable, lambda it: bool(it.case.unread)),
    "a resource of another patient": Trait(real_life.of_another_patient, lambda it: bool(it.case.strangers)),
}
