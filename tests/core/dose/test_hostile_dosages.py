"""Dosages beyond every limit, malformed, or with unsupported elements: no dose, but a reason naming the element."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from time import process_time

import pytest

from cds_service.core.dose.order_dose import read_dose
from cds_service.core.model.dose import NotComputable
from tests.builders import TABLET_OF_10_MG, TERMINOLOGY, Json, dosage_of, order_of
from tests.core.dose.reading import ON, read, reason_of, step_of


@pytest.mark.parametrize("wrong", [None, 5, "1 cp", [], {}, [5], [None], [{}, "x"], [[]]])
def test_a_dosage_of_a_wrong_shape_leaves_no_dose(wrong: object) -> None:
    order = {"dosageInstruction": wrong}

    assert isinstance(read_dose(order, TABLET_OF_10_MG, TERMINOLOGY, ON).dose, NotComputable)


def test_one_entry_that_is_no_dosage_spoils_the_others() -> None:
    order = {"dosageInstruction": [dosage_of("dose 10 mg | code TID"), "1 cp"]}

    assert reason_of(read_dose(order, TABLET_OF_10_MG, TERMINOLOGY, ON).dose) == "dosage-not-read"


def test_a_lone_dosage_need_not_be_in_a_list() -> None:
    order = {"dosageInstruction": dosage_of("dose 10 mg | code TID")}

    assert step_of(read_dose(order, TABLET_OF_10_MG, TERMINOLOGY, ON).dose).mg_per_day.high == 30


def test_more_than_a_hundred_dosages_are_too_many() -> None:
    assert step_of(read(*["dose 1 mg | code QD"] * 100)).mg_per_day.high == 100
    assert reason_of(read(*["dose 1 mg | code QD"] * 101)) == "too-many-dosages"


def test_more_than_a_thousand_days_one_by_one_are_too_many() -> None:
    days = [
        f"dose 1 mg | event {' '.join(str(ON + timedelta(days=400 * part + day)) for day in range(400))}"
        for part in range(3)
    ]

    assert isinstance(read(*days[:2]), tuple)
    assert read(*days) == NotComputable("too-many-dosages", "dosageInstruction", Fraction(3))
    assert reason_of(read(f"{days[0]} 2030-01-01")) == "timing-not-read"


@pytest.mark.parametrize(
    "dosage",
    [
        {**dosage_of("code TID"), "doseAndRate": [{"doseQuantity": {"value": 10**5000, "code": "mg"}}]},
        {
            **dosage_of("code TID"),
            "doseAndRate": [{"doseQuantity": {"value": Decimal("0." + "1" * 5000), "code": "mg"}}],
        },
        {**dosage_of("code TID"), "doseAndRate": [{"doseQuantity": {"value": Decimal("1e-400"), "code": "mg"}}]},
        {**dosage_of("code TID"), "doseAndRate": [{"doseQuantity": {"value": Decimal("NaN"), "code": "mg"}}]},
        {**dosage_of("code TID"), "doseAndRate": [{"doseQuantity": {"value": 2.5, "code": "mg"}}]},
        {**dosage_of("dose 1 mg"), "timing": {"repeat": {"frequency": 10**5000, "period": 1, "periodUnit": "d"}}},
        {
            **dosage_of("dose 1 mg"),
            "timing": {"repeat": {"frequency": 1, "period": Decimal("1e-300"), "periodUnit": "s"}},
        },
    ],
)
def test_a_number_that_does_not_occur_in_care_leaves_no_dose(dosage: Json) -> None:
    assert isinstance(read(dosage), NotComputable)


def test_a_count_of_any_size_is_a_number_of_days() -> None:
    dosage = {
        **dosage_of("dose 10 mg"),
        "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d", "count": 10**5000}},
    }

    assert step_of(read(dosage)).until == date.max


def test_the_most_that_an_order_may_hold_is_read_in_a_moment() -> None:
    def hundredth(number: int) -> Json:
        ratio = {"numerator": {"value": 1, "code": "mg"}, "denominator": {"value": 10**20 + number, "code": "s"}}
        period = {"start": str(ON + timedelta(days=number)), "end": str(ON + timedelta(days=900 - number))}
        return {"doseAndRate": [{"rateRatio": ratio}], "timing": {"repeat": {"boundsPeriod": period}}}

    order = [hundredth(number) for number in range(100)]
    started = process_time()

    steps = read(*order)

    assert isinstance(steps, tuple)
    assert process_time() - started < 2


@pytest.mark.parametrize("mg", ["1000.0001", "1000000000"])
def test_more_than_a_gram_a_day_is_asked_about_and_alerted_on_within_reason(mg: str) -> None:
    unread = read(f"dose {mg} mg | code QD")

    assert isinstance(unread, NotComputable)
    assert unread.reason == "dose-implausible"
    assert unread.possible_mg_per_day == min(Fraction(mg), Fraction(10_000))


@pytest.mark.parametrize(
    ("dosage", "element"),
    [
        ({"doseOnCall": True}, ""),
        ({"sequence": "1"}, ".sequence"),
        ({"asNeededBoolean": "yes"}, ".asNeededBoolean"),
        ({"asNeededCodeableConcept": "pain"}, ".asNeededCodeableConcept"),
        ({"maxDosePerPeriod": {"numerator": {"value": 1}}}, ".maxDosePerPeriod"),
        ({"maxDosePerAdministration": 5}, ".maxDosePerAdministration"),
        ({"text": 5}, ".text"),
        ({"patientInstruction": []}, ".patientInstruction"),
        ({"timing": "TID"}, ".timing"),
        ({"timing": {"repeat": "TID"}}, ".timing"),
        ({"timing": {}}, ".timing"),
        ({"timing": {"repeat": {"frequency": 3}}}, ".timing.repeat"),
        (
            {"timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "fortnight"}}},
            ".timing.repeat.periodUnit",
        ),
        ({"timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": ["d"]}}}, ".timing.repeat.periodUnit"),
        (
            {"timing": {"repeat": {"frequency": 3, "period": Decimal("0.5"), "periodUnit": "mo"}}},
            ".timing.repeat.periodUnit",
        ),
        ({"timing": {"repeat": {"when": "x"}}}, ".timing.repeat.when"),
        ({"timing": {"repeat": {"when": []}}}, ".timing.repeat.when"),
        ({"timing": {"repeat": {"extension": [{"url": "additional-when"}]}}}, ".timing.repeat.when"),
        ({"timing": {"repeat": {"timeOfDay": "8h"}}}, ".timing.repeat.timeOfDay"),
        ({"timing": {"repeat": {"dayOfWeek": [["mon"]]}}}, ".timing.repeat.dayOfWeek"),
        ({"timing": {"repeat": {"offset": "30"}}}, ".timing.repeat.offset"),
        ({"timing": {"repeat": {"count": 0}}}, ".timing.repeat.count"),
        ({"timing": {"repeat": {"boundsPeriod": 5}}}, ".timing.repeat.bounds"),
        ({"timing": {"event": ["soon"]}}, ".timing.event"),
        ({"timing": {"code": {"text": "TID"}}}, ".timing.code"),
        ({"doseAndRate": [{"doseQuantity": {"value": 5, "code": "mL"}}]}, None),
        ({"doseAndRate": [{"dose": 5}]}, ".doseAndRate"),
        ({"doseAndRate": [{"doseRange": {}}]}, ".doseAndRate"),
        ({"doseAndRate": [{"doseRange": {"low": {"value": 5, "code": "mg"}}}]}, ".doseAndRate"),
        ({"doseAndRate": [{"doseQuantity": {"code": "mg"}}]}, ".doseAndRate"),
        ({"doseAndRate": [{"doseQuantity": {"value": 0, "code": "mg"}}]}, ".doseAndRate"),
        ({"doseAndRate": [{"rateQuantity": {"value": 5, "code": "mL/h"}}]}, ".doseAndRate"),
        ({"doseAndRate": [{"rateRatio": 5}]}, ".doseAndRate"),
        ({"doseAndRate": [{"rateRatio": {"numerator": {"value": 5, "code": "mg"}}}]}, ".doseAndRate"),
        ({"doseAndRate": [{"rateQuantity": {"value": 5, "code": "mg/d"}}]}, ".timing"),
        ({"doseAndRate": [{"doseRange": 5}]}, ".doseAndRate"),
        ({"doseAndRate": [{"doseQuantity": {"value": 5, "code": "mg", "_value": {}}}]}, ".doseAndRate"),
        ({"doseAndRate": []}, ".doseAndRate"),
    ],
)
def test_what_is_not_read_is_named(dosage: Json, element: str | None) -> None:
    unread = read({**dosage_of("dose 10 mg | code QD"), **dosage})

    assert isinstance(unread, NotComputable)
    assert unread.element == ("medication" if element is None else f"dosageInstruction{element}")


@pytest.mark.parametrize(
    ("dosage", "high", "asked"),
    [
        (
            {"doseAndRate": [{"doseRange": {"low": {"value": 5, "code": "mg"}, "high": {"value": 4, "code": "mg"}}}]},
            5,
            "range-reversed",
        ),
        ({"doseQuantity": {"value": 40, "code": "mg"}}, 40, "doses-disagree"),
        ({"additionalInstruction": {"text": "augmenter"}}, 10, "instruction-changes-dose"),
        ({"additionalInstruction": {"coding": [{"display": "increase"}]}}, 10, "instruction-changes-dose"),
        ({"text": "40 mg par jour"}, 40, "text-disagrees"),
    ],
)
def test_what_contradicts_the_dose_is_judged_on_the_larger_reading_and_asked(
    dosage: Json, high: int, asked: str
) -> None:
    order = order_of({**dosage_of("dose 10 mg | code QD"), **dosage})
    reading = read_dose(order, TABLET_OF_10_MG, TERMINOLOGY, ON)

    assert step_of(reading.dose).mg_per_day.high == high
    assert [question.reason for question in reading.questions] == [asked]
