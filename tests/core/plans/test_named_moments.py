"""The moments at which a dose is taken, by codes or by hours: a plan keeps each intake where it is."""

import pytest

from tests.core.plans.asking import TODAY
from tests.core.plans.signable.clicks import signing_of
from tests.vignette_cases import request

# What is taken, and the first day of its taper by 10 mg.
UNEVEN = [
    ("10 mg MORN + 10 mg NOON + 60 mg EVE", {"MORN": 10, "NOON": 10, "EVE": 50}),
    ("10 mg 08:00 + 10 mg 12:00 + 60 mg 20:00", {"MORN": 10, "NOON": 10, "EVE": 50}),
    ("10 mg 08:00&12:00 + 60 mg 20:00", {"MORN": 10, "NOON": 10, "EVE": 50}),
    ("60 mg 20:00 + 10 mg 12:00 + 10 mg 08:00", {"MORN": 10, "NOON": 10, "EVE": 50}),
    ("20 mg 07:30 + 60 mg 16:00", {"MORN": 20, "AFT": 50}),
    ("10 mg 20:00 + 70 mg 21:30", {"EVE": 10, "HS": 60}),
    # 21 h is evening or bedtime: it takes what another hour leaves
    ("10 mg 21:00 + 70 mg 19:00", {"EVE": 60, "HS": 10}),
    # two hours of one window: in their order
    ("10 mg 07:00 + 10 mg 09:00 + 60 mg 20:00", {"MORN": 10, "NOON": 10, "EVE": 50}),
    # an hour after midnight is the last of the day
    ("10 mg 19:00 + 10 mg 21:00 + 60 mg 02:00", {"MORN": 10, "NOON": 10, "EVE": 50}),
    ("10 mg 08:00&12:00&16:00 + 50 mg 20:00", {"MORN": 10, "NOON": 10, "AFT": 10, "EVE": 40}),
]


@pytest.mark.parametrize(("taken", "first"), UNEVEN)
def test_a_taper_lowers_the_great_intake_and_raises_none(taken: str, first: dict[str, int]) -> None:
    order = {"order": "Baclocur 10, 10 mg TID", "replaces": "taken-1"}
    signing = signing_of(
        request({"id": "moments", "on": TODAY, "orders": [order], "taken": [f"Baclocur 10, {taken}"]}), TODAY
    )
    (click,) = [click for click in signing.clicks if click.recommended]

    assert click.label.startswith("Décroissance 80")
    assert {intake.moment: int(intake.mg) for intake in click.levels[0].intakes} == first


@pytest.mark.parametrize(("code", "moment"), [("AM", "MORN"), ("PM", "AFT"), ("BED", "HS")])
def test_the_code_of_a_timing_names_a_moment(code: str, moment: str) -> None:
    coded = {
        "code": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation", "code": code}]}
    }
    dose = {"doseAndRate": [{"doseQuantity": {"value": 40, "unit": "mg", "code": "mg"}}]}
    noon = {"timing": {"repeat": {"timeOfDay": ["12:00:00"]}}}
    taken = {"order": "Baclocur 10, 40 mg QD", "fhir": {"dosageInstruction": [dose | {"timing": coded}, dose | noon]}}
    order = {"order": "Baclocur 10, 10 mg TID", "replaces": "taken-1"}
    signing = signing_of(request({"id": "coded", "on": TODAY, "orders": [order], "taken": [taken]}), TODAY)
    (click,) = [click for click in signing.clicks if click.recommended]

    assert {intake.moment for intake in click.levels[0].intakes} == {moment, "NOON"}
