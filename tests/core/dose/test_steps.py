"""The daily dose of an order, beyond the table of dosages: terms, the calendar, sums."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from cds_service.core.dose.order_dose import read_dose
from cds_service.core.dose.sums import sum_steps
from cds_service.core.model.dose import NotComputable, Question, Span, Step, Term
from cds_service.core.model.medicine import Medicine
from tests.builders import TABLET_OF_10_MG, TERMINOLOGY, Json, dosage_of, order_of
from tests.core.dose.reading import ON, read, reason_of, step_of

# --- terms ---------------------------------------------------------------------------------------


def test_a_step_tells_the_terms_that_it_is_the_sum_of() -> None:
    step = step_of(read("dose 2 cp | code TID", "dose 5 mg | code BED | asNeeded"))

    assert step.mg_per_day == Span(Fraction(60), Fraction(65))
    assert [(term.units_per_intake, term.strength_mg, term.in_ml, term.as_needed) for term in step.terms] == [
        (Span(Fraction(2), Fraction(2)), Fraction(10), False, False),
        (None, None, False, True),
    ]


def test_tablets_to_hand_out_show_the_ordered_dose_in_tablets() -> None:
    step = step_of(read("ordered 20 mg | admin-amount 2 cp | code TID"))

    assert step.terms[0].units_per_intake == Span(Fraction(2), Fraction(2))


def test_a_range_in_tablets_is_shown_in_tablets() -> None:
    assert step_of(read("dose 0–2 cp | code TID")).terms[0].units_per_intake == Span(Fraction(0), Fraction(2))
    mixed = {"low": {"value": 5, "code": "mg"}, "high": {"value": 2, "unit": "cp"}}
    assert (
        step_of(read({**dosage_of("code TID"), "doseAndRate": [{"doseRange": mixed}]})).terms[0].units_per_intake
        is None
    )


def test_an_intake_that_is_capped_is_no_longer_a_number_of_tablets() -> None:
    term = step_of(read("dose 1–2 cp | code TID | maxPerAdministration 15 mg")).terms[0]

    assert (term.mg_per_intake.high, term.units_per_intake) == (Fraction(15), None)


def test_as_needed_within_a_daily_maximum_is_any_number_of_intakes_up_to_it() -> None:
    term = step_of(read("dose 25 mg | asNeeded | maxPerPeriod 60 mg / 24 h")).terms[0]

    assert term.intakes_per_day == Span(Fraction(0), Fraction(3))


def test_a_volume_is_shown_in_millilitres() -> None:
    solution = Medicine(None, None, Fraction(1))
    term = step_of(read("dose 5 mL | code TID", medicine=solution)).terms[0]

    assert (term.in_ml, term.units_per_intake, term.strength_mg) == (
        True,
        Span(Fraction(5), Fraction(5)),
        Fraction(1),
    )


def test_the_whole_dosage_in_words_may_be_a_plain_string() -> None:
    order = order_of("dose 2 cp | code TID", words="x")
    order["extension"][0] = {"url": order["extension"][0]["url"], "valueString": "3 cp 3 fois par jour"}
    reading = read_dose(order, TABLET_OF_10_MG, TERMINOLOGY, ON)

    assert step_of(reading.dose).mg_per_day == Span(Fraction(60), Fraction(90))
    assert reading.questions == (Question("text-disagrees", "rendered-dosage", contradicts=True),)


def test_a_rate_is_one_dose_for_the_whole_day() -> None:
    term = step_of(read("rate 10 mg / 8 h")).terms[0]

    assert (term.mg_per_intake.high, term.intakes_per_day) == (Fraction(30), Span(Fraction(1), Fraction(1)))


# --- the calendar --------------------------------------------------------------------------------


def test_neighbours_with_the_same_terms_are_one_step() -> None:
    step = step_of(
        read("sequence 1 | dose 10 mg | code TID | boundsDuration 2 d", "sequence 2 | dose 10 mg | code TID")
    )

    assert (step.since, step.until) == (ON, None)


def test_days_between_two_steps_hold_nothing() -> None:
    steps = read("dose 10 mg | code QD | boundsDuration 1 d", "dose 10 mg | code QD | boundsPeriod 2026-04-01")

    assert not isinstance(steps, NotComputable)
    assert [(step.since, step.until) for step in steps] == [(ON, date(2026, 3, 28)), (date(2026, 4, 1), None)]


@pytest.mark.parametrize(
    ("on", "length", "until"),
    [
        (date(2028, 2, 28), "1 d", date(2028, 2, 29)),
        (date(2028, 1, 31), "1 mo", date(2028, 2, 29)),
        (date(2027, 12, 15), "2 mo", date(2028, 2, 15)),
        (date(2028, 2, 29), "1 a", date(2029, 2, 28)),
        (date(2026, 3, 28), "2 d", date(2026, 3, 30)),  # the clocks go forward on the 29th
        (date(2026, 10, 24), "2 d", date(2026, 10, 26)),  # the clocks go back on the 25th
    ],
)
def test_lengths_are_counted_on_the_calendar(on: date, length: str, until: date) -> None:
    assert step_of(read(f"dose 10 mg | code TID | boundsDuration {length}", on=on)).until == until


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("90000 s / seconde / secondes / second / seconds", 2),
        ("1500 min / minute / minutes", 2),
        ("25 h / hr / heure / heures / hour / hours", 2),
        ("3 d / j / jour / jours / day / days", 3),
        ("1 wk / sem / semaine / semaines / week / weeks", 7),
        ("1 mo / mois / month / months", 31),
        ("1 a / an / ans / année / années / year / years", 365),
    ],
)
def test_the_unit_of_a_length_may_be_a_word_alone(words: str, days: int) -> None:
    value, *units = words.replace("/", "").split()

    lengths = {step_of(read(f"dose 10 mg | code QD | boundsDuration {value} unit:{unit}")).until for unit in units}

    assert lengths == {ON + timedelta(days=days)}


def test_a_length_of_a_hundred_years_is_the_longest() -> None:
    assert step_of(read("dose 10 mg | code TID | boundsDuration 36500 d")).until == ON + timedelta(days=36500)
    assert reason_of(read("dose 10 mg | code TID | boundsDuration 36501 d")) == "bounds-not-read"
    assert reason_of(read("dose 10 mg | code TID | boundsDuration 99999 mo")) == "bounds-not-read"
    assert reason_of(read("dose 10 mg | code TID | boundsDuration 1.5 mo")) == "bounds-not-read"


@pytest.mark.parametrize(
    "bounds",
    [
        {"boundsPeriod": 5},
        {"boundsPeriod": {"start": "yesterday"}},
        {"boundsPeriod": {"end": "9999-12-31"}},
        {"boundsPeriod": {"until": "2026-04-01"}},
        {"boundsDuration": {}},
        {"boundsDuration": {"value": 0, "code": "d"}},
        {"boundsDuration": {"value": 2, "code": "d", "comparator": ">"}},
        {"boundsDuration": {"value": 2, "code": "fortnight"}},
        {"boundsDuration": {"value": 2, "code": "d", "system": "x"}},
        {"boundsRange": []},
        {"boundsRange": {"middle": {}}},
        {"boundsRange": {"low": {}, "high": {"value": 2, "code": "d"}}},
        {"boundsPeriod": {"start": "2026-03-27"}, "boundsDuration": {"value": 2, "code": "d"}},
    ],
)
def test_bounds_that_cannot_be_read_leave_no_dose(bounds: Json) -> None:
    dosage = {
        **dosage_of("dose 10 mg"),
        "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d", **bounds}},
    }

    assert reason_of(read(dosage)) == "bounds-not-read"


def test_the_calendar_ends_with_the_year_9999_and_so_does_a_dose() -> None:
    last = "boundsPeriod 9999-12-30"

    assert step_of(read(f"dose 10 mg | code QD | {last}")).until is None
    assert step_of(read(f"dose 10 mg | code QD | {last} | count 500")).until == date.max
    assert step_of(read("dose 10 mg | event 9999-12-30")).until == date.max
    assert reason_of(read("dose 10 mg | event 9999-12-31")) == "bounds-not-read"
    assert step_of(read("dose 10 mg | code QD | boundsDuration 12 mo", on=date(9998, 6, 1))).until == date(9999, 6, 1)
    assert step_of(read("dose 10 mg | code QD | boundsDuration 12 mo", on=date(9999, 6, 1))).until == date.max
    assert step_of(read("dose 10 mg | code QD | boundsDuration 900 d", on=date(9999, 6, 1))).until == date.max


# --- one after the other -------------------------------------------------------------------------


def test_dosages_that_may_be_steps_or_parts_of_one_day_are_one_interval_up_to_their_sum() -> None:
    step = step_of(
        read(
            "sequence 1 | dose 30 mg | code BID | boundsPeriod 2026-04-01",
            "sequence 2 | dose 20 mg | code BID | boundsDuration 3 d",
            "sequence 2 | dose 5 mg | code QD",
            "sequence 3 | dose 10 mg | code BID",
        )
    )

    assert (step.since, step.until, step.mg_per_day) == (ON, None, Span(Fraction(5), Fraction(125)))
    assert [term.mg_per_intake.high for term in step.terms] == [30, 20, 5, 10]


def test_such_an_interval_begins_with_the_first_of_what_runs_together() -> None:
    step = step_of(
        read(
            "sequence 1 | dose 30 mg | code QD",
            "sequence 1 | dose 10 mg | code QD | boundsPeriod 2026-04-01",
            "sequence 2 | dose 20 mg | code QD",
        )
    )

    assert (step.since, step.mg_per_day) == (ON, Span(Fraction(10), Fraction(60)))


@pytest.mark.parametrize("last", ["count 5", "count 5 | asNeeded"])
def test_a_number_of_intakes_in_such_an_interval_may_leave_a_day_without(last: str) -> None:
    step = step_of(read("sequence 1 | dose 30 mg | code BID", f"sequence 2 | dose 20 mg | code BID | {last}"))

    assert step.mg_per_day == Span(Fraction(0), Fraction(100))


def test_a_sequence_that_is_dated_before_the_one_it_follows_runs_beside_it() -> None:
    steps = read(
        "sequence 1 | dose 30 mg | code QD | boundsPeriod 2026-03-27 to 2026-03-29",
        "sequence 2 | dose 20 mg | code QD | boundsPeriod 2026-03-28 to 2026-03-28",
    )

    assert not isinstance(steps, NotComputable)
    assert [step.mg_per_day.high for step in steps] == [30, 50, 30]


def test_steps_in_words_that_follow_one_another_are_not_added() -> None:
    order = [f"sequence {number} | text {mg} mg par jour" for number, mg in enumerate((120, 110, 100), start=1)]

    assert read(*order) == NotComputable("dose-missing", "dosageInstruction.doseAndRate", Fraction(120))


def test_what_may_be_taken_beside_a_dosage_that_is_not_read_is_added() -> None:
    unread = read(
        "dose 10 mg | text 40 mg par jour",
        "sequence 1 | dose 30 mg | code BID",
        "sequence 1 | dose 5 mg | code BID",
        "sequence 2 | dose 20 mg | code QD",
    )

    assert isinstance(unread, NotComputable)
    assert unread.possible_mg_per_day == 40 + 70


# --- sums ----------------------------------------------------------------------------------------


def constant(mg: int, since: int, until: int | None) -> Step:
    term = Term(Span(Fraction(mg), Fraction(mg)), Span(Fraction(1), Fraction(1)))
    return Step(
        ON + timedelta(days=since), None if until is None else ON + timedelta(days=until), term.mg_per_day, (term,)
    )


def test_steps_that_overlap_are_added_day_by_day() -> None:
    summed = sum_steps([constant(10, 0, None), constant(20, 2, 5), constant(40, 4, 9), constant(5, 20, 20)])

    assert [((step.since - ON).days, int(step.mg_per_day.high)) for step in summed] == [
        (0, 10),
        (2, 30),
        (4, 70),
        (5, 50),
        (9, 10),
    ]


def test_no_steps_are_no_dose() -> None:
    assert sum_steps([]) == ()
