"""When the orders that are taken now were written: what was recorded later is news to a renewal."""

from datetime import date

from cds_service.core.model.known import Fact, Known
from cds_service.core.model.taken import TakenNow
from cds_service.core.record import fhir


def first_written(taken: Fact[TakenNow]) -> date | None:
    """The day on which the first of them was written; None if one does not say it, or none is known."""
    orders = taken.value.lines if isinstance(taken, Known) else ()
    written = [fhir.day(order.resource.get("authoredOn")) for order in orders]
    days = [day for day in written if day is not None]
    return min(days) if days and len(days) == len(written) else None
