"""Which drafts a plan changes: each line with its part of it, and a companion for tablets that no line orders."""

from collections.abc import Iterator, Sequence

from cds_service.core.model.order import Order
from cds_service.core.plans.changes import Change, Companion, Update
from cds_service.core.plans.choice import Proposal
from cds_service.core.plans.links import prior_of


def changes_of_plan(orders: Sequence[Order], proposal: Proposal, taken: Sequence[Order]) -> Iterator[Change]:
    """The changes of the drafts, the coarse tablets first; each new order takes the place of what is taken."""
    plan, products = proposal.plan, proposal.products
    coarse_first = sorted(orders, key=lambda order: order.medicine.strength_mg or 0, reverse=True)
    for place, (tablet, product) in enumerate(zip(plan.tablets, products.in_order, strict=False)):
        if place < len(orders):
            order = coarse_first[place]
            other = product if product != order.medicine.product else None
            yield Update(order.reference, plan, tablet, other, prior_of(order, taken))
        else:
            yield Companion(orders[0].reference, plan, tablet, product, prior_of(orders[0], taken))
