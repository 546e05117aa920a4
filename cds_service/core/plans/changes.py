"""What a suggestion changes: the draft, a companion order beside it, a referral. The words of this folder.

The same changes are made to a case (changed_case.py) and, if they are offered, written as FHIR (fhir_out.py);
tests prove that what is written reads as the case that was judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cds_service.base.names import CANONICAL
from cds_service.core.model.order import Order
from cds_service.core.model.product import Product
from cds_service.core.plans.tablets import Tablet
from cds_service.core.plans.taper import Plan

Json = dict[str, Any]

PLANS = f"{CANONICAL}/plan"


@dataclass(frozen=True, slots=True)
class Update:
    """The draft of this reference with its part of a plan, another product, or both. For a plan a stop becomes one.

    `tablet` is the one of the plan that it orders. `prior` is the order of the record that it replaces from then on;
    empty if its own links stay as they are.
    """

    draft: str
    plan: Plan | None = None
    tablet: Tablet | None = None
    product: Product | None = None
    prior: str = ""

    @property
    def part(self) -> tuple[Plan, Tablet] | None:
        """The plan and the tablet of it that the draft orders; None where only the product changes."""
        return (self.plan, self.tablet) if self.plan and self.tablet else None


@dataclass(frozen=True, slots=True)
class Companion:
    """A second draft, for the tablets of a plan that the draft of this reference does not order. `prior` as of it."""

    draft: str
    plan: Plan
    tablet: Tablet
    product: Product
    prior: str = ""


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral to specialised addiction care: to be made, or made already by what the prescriber declares."""

    is_made: bool = False


Change = Update | Companion | Referral
Changes = Sequence[Change]


@dataclass(frozen=True, slots=True)
class Action:
    """What a client does: `update` a draft, `create` a new one.

    `text` is a key of cards/suggestions.toml; so is `left_out`, where the draft had something that this has not.
    """

    type: str
    resource: Json
    text: str
    left_out: str = ""


def draft_of(orders: Sequence[Order], reference: str) -> Order:
    """The draft that a change names."""
    return next(order for order in orders if order.reference == reference)


def group_of_plan(order: Order, on: date) -> str:
    """The value of the groupIdentifier that the two orders of a plan share, if the draft has none."""
    return f"{order.reference}/{on.isoformat()}"
