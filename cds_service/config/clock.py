"""Today's date in Europe/Paris. The core never reads the clock: it gets the day as an argument."""

from datetime import date, datetime

from cds_service.core.record.fhir import PARIS


def today() -> date:
    return datetime.now(PARIS).date()
