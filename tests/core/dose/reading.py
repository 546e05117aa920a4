"""Reads dosages as tests write them."""

from datetime import date

from cds_service.core.dose.order_dose import read_dose
from cds_service.core.model.dose import NotComputable, Step, Steps
from cds_service.core.model.medicine import Medicine
from tests.builders import TABLET_OF_10_MG, TERMINOLOGY, Json, order_of

ON = date(2026, 3, 27)


def read(*dosages: str | Json, on: date = ON, medicine: Medicine = TABLET_OF_10_MG) -> Steps | NotComputable:
    return read_dose(order_of(*dosages), medicine, TERMINOLOGY, on).dose


def step_of(steps: Steps | NotComputable) -> Step:
    assert not isinstance(steps, NotComputable)
    [step] = steps
    return step


def reason_of(steps: Steps | NotComputable) -> str:
    assert isinstance(steps, NotComputable)
    return steps.reason
