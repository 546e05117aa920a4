"""Today's date in Europe/Paris, and the first day that has rules.

The core never reads the clock: it gets the day as an argument.
"""

from datetime import date, datetime

from cds_service.core.record.fhir import PARIS

FIRST_DAY = date(2012, 4, 24)
"""The first day that has rules."""


def today() -> date:
    return datetime.now(PARIS).date()
