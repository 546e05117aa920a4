"""An instant of FHIR is converted to the day in Paris, whatever time zone it is written in."""

from datetime import date

import pytest

from cds_service.core.record import fhir
from tests.core.dose.reading import read, reason_of, step_of


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2022-05-10", "2022-05-10"),
        ("2022-05", "2022-05-01"),
        ("2022", "2022-01-01"),
        ("2022-05-10T21:59:59Z", "2022-05-10"),
        ("2022-05-10T22:00:00Z", "2022-05-11"),
        ("2022-01-10T22:59:59.999Z", "2022-01-10"),
        ("2022-01-10T23:00:00.000Z", "2022-01-11"),
        ("2022-05-10T23:30:00-05:00", "2022-05-11"),
        ("2022-05-11T04:00:00+11:00", "2022-05-10"),
        ("2022-05-10T23:30:00+02:00", "2022-05-10"),
        ("2022-05-10T23:30:00", "2022-05-10"),
        # An unreadable time keeps the day as written; so do dates at the ends of the calendar.
        ("2022-05-10T24:00:00Z", "2022-05-10"),
        ("2022-05-10Tmorning", "2022-05-10"),
        ("9999-12-31T23:30:00Z", "9999-12-31"),
        ("0001-01-01T00:30:00+14:00", "0001-01-01"),
    ],
)
def test_a_moment_is_a_day_in_paris(written: str, day: str) -> None:
    assert fhir.day(written) == date.fromisoformat(day)


def test_a_month_and_a_year_end_on_their_last_day_and_a_moment_on_its_own() -> None:
    ends = [fhir.last_day(written) for written in ("2024-02", "2022", "2022-05-20T22:30:00Z")]

    assert ends == [date(2024, 2, 29), date(2022, 12, 31), date(2022, 5, 21)]


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_period_at_an_end_of_the_calendar_is_read_by_the_clock(year: str) -> None:
    dosage = f"dose 10 mg | code TID | boundsPeriod {year}-01-01T08:00:00 to {year}-01-03T07:59:59"

    step = step_of(read(dosage))

    assert (step.since, step.until) == (date(int(year), 1, 1), date(int(year), 1, 3))


def test_a_period_that_ends_before_it_begins_by_the_clock_of_paris_is_not_read() -> None:
    written = "boundsPeriod 2026-03-30T23:00:00+02:00 to 2026-03-29T08:00:00Z"

    assert reason_of(read(f"dose 10 mg | code TID | {written}")) == "bounds-not-read"
