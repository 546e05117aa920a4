"""Every shape of dosage of the published guides, in dosages-of-guides.toml, ends as a pharmacist would have it."""

import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from cds_service.core.dose.order_dose import read_dose
from cds_service.core.model.dose import DoseReading
from tests.builders import TABLET_OF_10_MG, TERMINOLOGY, Json, order_of
from tests.core.dose.test_dosage_table import asked, written

TABLE = tomllib.loads(Path(__file__).parents[2].joinpath("dosages-of-guides.toml").read_text(encoding="utf-8"))[
    "dosages"
]
ON = date(2026, 6, 15)
FRENCH = [row for row in TABLE if row["guide"] == "ePrescription (ANS)"]


def read(row: Json) -> DoseReading:
    on = row.get("on", ON)
    order = order_of(*row["fhir"], words=row.get("words", "")) | {"authoredOn": on.isoformat()}
    return read_dose(order, TABLET_OF_10_MG, TERMINOLOGY, on, on)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['guide']} {row['id']}")
def test_a_dosage_of_a_guide_is_read_asked_or_refused_as_its_row_says(row: Json) -> None:
    reading = read(row)

    assert written(reading.dose) + asked(reading) == row["dose"]
    assert row["why"].partition(":")[0] == outcome(row["dose"])


def outcome(dose: str) -> str:
    """What a row comes to; a dose that may be meant is a reading to confirm, where a person sees one."""
    if "asked" in dose or "perhaps" in dose:
        return "asked"
    return "refused" if "not computable" in dose else "read"


def test_all_examples_of_the_french_guide_are_here() -> None:
    assert len({row["id"] for row in FRENCH}) == len(FRENCH) == 83
    assert Counter(outcome(row["dose"]) for row in FRENCH) == {"read": 42, "refused": 32, "asked": 9}
