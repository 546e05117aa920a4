"""What is taken now, in the reference model: each number of the text on either side."""

from dataclasses import replace

import pytest

from tests.reference.builders import OPEN, bounded, draft, line
from tests.reference.lines import IN_2018
from tests.reference.renewals import read


@pytest.mark.parametrize(
    ("end", "gap", "fall", "resumption"),
    [
        (1, "runs", 30, None),
        (0, "runs", 30, None),
        (-3, "as if it ran", 30, None),
        (-4, "4-7", 30, "info"),
        (-7, "4-7", 30, "info"),
        (-8, "8-30", None, "warning"),
        (-30, "8-30", None, "warning"),
        (-31, "none", None, None),
    ],
)
def test_gaps(end: int, gap: str, fall: int | None, resumption: str | None) -> None:
    reading = read([bounded(end, 120, 40)], [draft(90, 30)])

    assert (reading.taken.gap_class, reading.fall, reading.resumption) == (gap, fall, resumption)
    assert reading.taken.first == ("yes" if gap == "none" else "no")


def test_a_gap_of_days_speaks_only_above_80_and_no_plan_starts_from_it() -> None:
    assert read([bounded(-4, 80, 40)], [draft(80, 40)]).resumption is None
    assert read([bounded(-4, 90, 30)], [draft(90, 30)]).resumption == "info"
    assert read([bounded(-3)], [draft()]).plan == "recommended"
    assert read([bounded(-4)], [draft()]).plan == "none"


def test_120_mg_again_after_25_days_without() -> None:
    again = read([bounded(-25, 120, 40)], [draft(120, 40)])

    assert (again.resumption, again.rise, again.plan) == ("warning", None, "offered")
    assert read([bounded(-25, 120, 40)], [draft(120, 40)], IN_2018).resumption == "info"
    assert read([bounded(-25, 120, 40)], [draft(20)]).resumption == "info"
    assert read([bounded(-25, 120, 40)], [draft(21)]).resumption == "warning"


def test_lines_that_ended_within_3_days_of_each_other_ended_together() -> None:
    assert read([bounded(-1), bounded(-4, 40, 40)], [draft()]).before == 70
    assert read([bounded(-1), bounded(-5, 40, 40)], [draft()]).before == 30
    assert read([bounded(1), bounded(0, 40, 40)], [draft()]).before == 30


def test_a_slip_of_yesterday_corrected_today_both_ways() -> None:
    up = read([bounded(0), line(300, 40, written=-1)], [draft()])
    down = read([bounded(0), line(10, written=-1)], [draft()])

    for corrected in (up, down):
        assert (corrected.before, corrected.after, corrected.fall, corrected.rise) == (30, 30, 0, 0)
        assert set(corrected.to_cancel) == {1}
    assert (up.asked, down.asked) == ("warning", "to confirm")  # 330 if it is not cancelled


@pytest.mark.parametrize(("written", "before"), [(-2, 30), (-3, 120)])
def test_a_line_is_taken_from_its_third_day_in_place_of_what_it_replaces(written: int, before: int) -> None:
    assert read([OPEN, line(120, 40, written=written)], [draft()]).before == before


def test_a_written_line_carries_on_an_older_one_that_ran_to_within_3_days_of_its_beginning() -> None:
    assert read([bounded(-5), line(40, written=-2)], [draft()]).taken.gap_class == "as if it ran"
    assert read([bounded(-6), line(40, written=-2)], [draft()]).taken.gap_class == "4-7"


def test_who_ends_the_line_that_carries_on_stops_the_dose_carried_on() -> None:
    for status in ("stopped", "cancelled", "completed", "doNotPerform"):
        stop = draft(status=status, link=1)
        assert read([bounded(-1, 120, 40), line(90, 30, written=-1)], [stop]).abrupt_stop == "critical"
        assert read([bounded(-9, 120, 40), line(90, 30, written=-1)], [stop]).abrupt_stop is None


def test_whether_a_draft_is_a_first_prescription() -> None:
    slip = line(120, 40, written=-1)

    assert read([], [draft()]).taken.first == "yes"
    assert read([slip], [draft()]).taken.first == "unknown"
    assert read([slip], [draft()]).plan == "offered"
    assert read([bounded(-300), slip], [draft()]).taken.first == "yes"
    assert read([bounded(-3), slip], [draft()]).taken.first == "no"


def test_no_plan_starts_from_a_line_of_less_than_7_days_unless_one_of_its_dose_precedes_it() -> None:
    assert read([line(written=-7)], [draft(90)]).plan == "recommended"
    assert read([line(written=-6)], [draft(90)]).plan == "none"
    assert read([bounded(-6, 45), line(60, written=-6)], [draft(120)]).plan != "none"
    assert read([bounded(-6, 44), line(60, written=-6)], [draft(120)]).plan == "none"
    assert read([bounded(-10, 60), line(60, written=-6)], [draft(120)]).plan == "none"


def test_an_open_order_of_three_years_ago() -> None:
    old = line(60, written=-1100)

    assert read([old], [draft(60)]).resumption == "info"
    assert read([old], [draft(61)]).resumption == "warning"
    assert read([old], [draft(20)]).resumption is None
    assert (read([old], [draft(90)]).plan, read([old], [draft(30)]).fall) == ("none", None)
    assert read([replace(old, written=-365)], [draft(30)]).fall == 30
    assert read([replace(old, written=-366)], [draft(30)]).fall is None
    assert read([old, bounded(-200)], [draft()]).taken.first == "yes"
    assert read([old, OPEN], [draft()]).before == 30


@pytest.mark.parametrize("status", ["stopped", "on-hold", "completed"])
def test_a_stop_without_its_day_is_unknown(status: str) -> None:
    assert read([line(status=status)], [draft()]).taken.gap_class == "unknown"
    assert read([bounded(5, status=status)], [draft()]).taken.gap_class == "unknown"
    assert read([bounded(-2, status=status)], [draft()]).before == 30
    assert read([bounded(-2, status=status), OPEN], [draft()]).before == 30


def test_a_line_that_begins_later_counts_from_its_start_and_can_be_replaced() -> None:
    later = line(40, 20, written=-1, began=5)

    assert read([bounded(5), later], [draft()]).after == 70
    assert read([bounded(5, 20), later], [draft(40, 20)]).replaces == (frozenset({1}),)
    assert read([later], [draft()]).taken.first == "yes"


def test_a_line_of_today_is_written_and_one_of_tomorrow_is_neither_taken_nor_written() -> None:
    today, tomorrow = read([line(written=0)], [draft()]).taken, read([line(written=-1, began=1)], [draft()]).taken

    assert (set(today.written), set(today.ahead)) == ({0}, set())
    assert (set(tomorrow.written), set(tomorrow.ahead)) == (set(), {0})
    assert not read([bounded(-200, status="completed"), bounded(5)], [draft()]).taken.ahead


def test_the_edges_of_a_gap() -> None:
    assert read([bounded(-1)], [draft()]).taken.gap_class == "as if it ran"
    assert read([bounded(1, status="stopped")], [draft()]).taken.gap_class == "unknown"
    assert not read([bounded(-31)], [draft()]).taken.lines
    later = read([bounded(-30)], [draft(began=1)]).taken
    assert (later.gap_class, later.first) == ("none", "yes")
