"""Every shape of dosage in tests/dosages.toml gives the daily dose that is written beside it."""

import tomllib
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from cds_service.core.dose.order_dose import read_dose
from cds_service.core.model.dose import DoseReading, NotComputable, Span, Step, Steps
from tests.builders import MEDICINES, TERMINOLOGY, Json, order_of

TABLE = tomllib.loads(Path(__file__).parents[2].joinpath("dosages.toml").read_text(encoding="utf-8"))["dosages"]
ON = date(2026, 3, 27)

# Rows of the dossier about several orders, the supply or the status: tested elsewhere, with the code that reads them.
NOT_OF_ONE_DOSAGE = {"E40", "E41", "E42", "E43", "E44", "E45", "E46", "E47", "E49", "E50"}

# What is asked where a dosage gives two doses, of which the larger is judged. The others give no second dose, but
# words that change the dose may.
CONTRADICT = {
    "cap-below-dose", "count-below-a-day", "doses-disagree", "moments-differ", "period-without-unit",
    "range-reversed", "sequence-unclear", "text-disagrees", "timings-disagree", "units-differ",
}  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['id']}: {' + '.join(row['fhir'])}")
def test_a_dosage_gives_the_daily_dose_in_its_row(row: Json) -> None:
    order = order_of(*row["fhir"], words=row.get("words", ""))

    read = read_dose(order, MEDICINES[row.get("medicine", "Baclocur 10 mg")], TERMINOLOGY, ON)

    assert written(read.dose) + asked(read) == row["dose"]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['id']}: {' + '.join(row['fhir'])}")
def test_a_question_says_whether_a_dosage_gives_two_doses(row: Json) -> None:
    order = order_of(*row["fhir"], words=row.get("words", ""))

    read = read_dose(order, MEDICINES[row.get("medicine", "Baclocur 10 mg")], TERMINOLOGY, ON)

    of_elements = [question for question in read.questions if question.reason != "instruction-changes-dose"]
    assert all(question.contradicts == (question.reason in CONTRADICT) for question in of_elements)


def test_each_row_of_the_dossier_that_speaks_of_one_dosage_is_in_the_table() -> None:
    expected = {f"E{number}" for number in range(1, 51)} - NOT_OF_ONE_DOSAGE

    assert expected <= {row["id"] for row in TABLE}


def written(steps: Steps | NotComputable) -> str:
    """In a pharmacist's notation: `60`, `0–60`, `120 (2 d), 80`, `not computable: …`."""
    if isinstance(steps, NotComputable):
        perhaps = "" if steps.possible_mg_per_day is None else f", perhaps {steps.possible_mg_per_day}"
        return f"not computable: {steps.reason}{perhaps}"
    return ", ".join(f"{_span(step.mg_per_day)}{_length(step)}" for step in steps)


def asked(read: DoseReading) -> str:
    """`; asked: cap-below-dose`: what is to be confirmed, by key of cards/reasons.toml."""
    reasons = dict.fromkeys(question.reason for question in read.questions)
    return f"; asked: {', '.join(reasons)}" if reasons else ""


def _span(mg: Span) -> str:
    return f"{Fraction(mg.low)}" if mg.low == mg.high else f"{mg.low}–{mg.high}"


def _length(step: Step) -> str:
    return "" if step.until is None else f" ({(step.until - step.since).days} d)"
