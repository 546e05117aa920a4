"""What day it is in Paris. The core never asks: it is told."""

from datetime import date, datetime

from cds_service.core.fhir import PARIS


def today() -> date:
    return datetime.now(PARIS).date()
