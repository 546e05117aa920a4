"""When the orders that are taken now were written: what is recorded later is news to who renews them."""

from cds_service.core.facts.written import first_written
from cds_service.core.model.known import Known, ReportedNone
from cds_service.core.model.taken import TakenNow


def test_where_nothing_is_taken_there_is_no_such_day() -> None:
    assert first_written(ReportedNone("medications")) is None
    assert first_written(Known(TakenNow(), "medications")) is None
