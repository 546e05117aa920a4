"""What a draft replaces, what is asked, what ends, in the reference model: each row and number on either side."""

from dataclasses import replace

import pytest

from tests.reference.builders import EVENING, MORNING, OPEN, bounded, draft, line
from tests.reference.lines import AS_NEEDED, IN_2018, SPASTICITY, Line
from tests.reference.renewals import Reading, read

# --- what an unlinked draft replaces ----------------------------------------------------------


def replaces(record: list[Line], *drafts: Line) -> list[set[int]]:
    return [set(places) for places in read(record, drafts).replaces]


def test_40_twice_and_10_once_of_which_one_line_is_renewed() -> None:
    record = [line(80, 40), line(10, 10)]

    assert replaces(record, draft(10, 10)) == [{1}]
    assert replaces(record, draft(80, 40, brand="Zentiva")) == [{0}]
    ten = read(record, [draft(10, 10)])
    assert (set(ten.left), ten.before, ten.after, ten.fall, ten.asked) == ({0}, 90, 90, 0, "no")
    assert not ten.replaces_all


def test_its_own_strength_before_all_of_its_kind() -> None:
    record = [line(80, 40), line(10, 10)]

    assert replaces(record, draft(20, 10)) == [{1}]
    assert replaces(record, draft(60, 20)) == [{0, 1}]
    assert replaces(record, draft(10, None)) == [{0, 1}]
    assert replaces([line(10), line(10), line(30)], draft(10)) == [{0, 1, 2}]


def test_a_change_of_strength_is_a_replacement_whose_fall_is_said() -> None:
    swap = read([bounded(2, 120, 40)], [draft(90, 30)])

    assert (swap.before, swap.after, swap.fall, swap.rise) == (120, 90, 30, 0)
    assert (swap.asked, swap.only_the_sum, swap.total, swap.plan) == ("info", (), 210, "offered")
    assert read([line(30, 10)], [draft(30, 30)]).asked == "no"
    assert read([line(60, 20)], [draft(45, 10)]).fall == 15


def test_regular_and_as_needed() -> None:
    needed = line(20, kind=AS_NEEDED)

    assert replaces([OPEN, needed], draft(30)) == [{0}]
    assert replaces([OPEN, needed], draft(20, kind=AS_NEEDED)) == [{1}]
    assert replaces([OPEN], draft(20, kind=AS_NEEDED)) == [set()]
    beside = read([OPEN, needed], [draft(30)])
    assert (beside.before, beside.after, beside.asked) == (50, 50, "no")
    instead = read([line(60, kind=AS_NEEDED)], [draft(30)])
    assert (instead.replaces, instead.fall, instead.asked) == ((frozenset({0}),), 0, "info")


def test_both_lines_renewed_in_one_signing() -> None:
    both = read([line(80, 40), line(10, 10)], [draft(80, 40), draft(10, 10)])

    assert (set(both.replaces[0] | both.replaces[1]), both.after, both.asked) == ({0, 1}, 90, "no")


def test_an_unlinked_draft_beside_a_linked_one_is_a_line_of_that_signing() -> None:
    record = [line(80, 40), line(10, 10)]
    reading = read(record, [draft(80, 40, link=0), draft(20, 20)])

    assert (reading.replaces, len(reading.left), reading.after) == ((frozenset({0}), frozenset({1})), 0, 100)
    assert set(read(record, [draft(80, 40, link=0)]).left) == {1}


def test_a_companion_line_added_to_an_open_order() -> None:
    companion = read([line(80, 40)], [draft(10, 10)])

    assert (companion.after, companion.fall, companion.total) == (10, 70, 90)
    assert (companion.asked, companion.only_the_sum, companion.plan) == ("info", (80,), "none")


def test_lines_that_are_left_are_counted_and_asked_about() -> None:
    record = [line(80, 40), line(20, 10)]
    reading = read(record, [draft(10, 10)])

    assert (reading.after, reading.fall, reading.replaces_all, reading.plan) == (90, 10, True, "none")
    assert not read(record, [draft(20, 10)]).replaces_all
    assert not read([line(15, 40), line(20, 10)], [draft(25, 10)]).replaces_all


@pytest.mark.parametrize(("end", "named"), [(7, {0}), (8, set())])
def test_a_line_that_is_left_and_ends_within_7_days_is_named(end: int, named: set[int]) -> None:
    reading = read([bounded(end, 80, 40), line(10, 10, written=end - 28)], [draft(10, 10)])

    assert (set(reading.not_renewed), reading.fall) == (named, 0)


@pytest.mark.parametrize(
    ("record", "before"),
    [
        ([line(written=-90), line(written=-60), line(written=-28)], 30),
        ([line(written=-60), line(45, written=-28)], 45),
        ([line(60, 20, written=-60), line(90, 30, written=-28)], 90),
        ([line(80, 40), line(10)], 90),
        ([line(80, 40), line(10, written=-28)], 90),
        ([line(80, 40), line(60, 20, written=-28)], 140),
        ([line(80, 40, written=-12, requester="dr-b"), line(60, 20, written=-5)], 140),
    ],
    ids=[
        "a month each",
        "more of it",
        "another strength",
        "one signing",
        "a companion",
        "a great fall",
        "two prescribers",
    ],
)
def test_lines_of_the_record_were_signed_in_turn(record: list[Line], before: int) -> None:
    assert read(record, [draft(before)]).before == before
    assert read(record[::-1], [draft(before)]).before == before


def test_two_indications_add_up() -> None:
    spasticity = line(60, brand="Liorésal", reason=SPASTICITY)
    both = read([spasticity], [draft(40, 40)])

    assert (both.replaces, both.after, both.rise, both.plan) == ((frozenset(),), 100, 40, "none")
    assert (both.two_indications, both.asked) == (True, "no")
    unsaid = replace(spasticity, reason=None)
    assert read([unsaid], [draft(40, 40)], list_has_both=True).after == 100
    assert read([unsaid], [draft(40, 40)]).after == 40
    assert read([unsaid], [draft(40, brand="Liorésal")], list_has_both=True).after == 40


# --- whether it may be an addition ------------------------------------------------------------


def asked(record_line: Line, new: Line) -> str:
    return read([record_line], [new]).asked


def test_row_1_a_fall_beyond_the_step() -> None:
    assert asked(bounded(4, 60, 20), draft(45)) == "no"
    assert asked(bounded(4, 60, 20), draft(44)) == "info"
    assert asked(bounded(0, 60, 20), draft(44)) == "no"  # "has ended at the draft's start"


def test_row_2_another_requester() -> None:
    by_another = draft(requester="dr-b")

    assert asked(line(60, written=-9), draft(60, requester="dr-b")) == "info"  # two prescribers nine days apart
    assert asked(bounded(4, written=-27), by_another) == "to confirm"
    assert asked(bounded(4, written=-28), by_another) == "no"
    assert asked(bounded(3, written=-27), by_another) == "no"
    assert asked(bounded(4, written=-27), draft(requester=None)) == "no"


def test_row_3_moments_that_do_not_meet() -> None:
    evening = draft(40, 40, moments=EVENING)

    assert asked(bounded(8, 40, 40, moments=MORNING, written=-60), evening) == "to confirm"
    assert asked(bounded(7, 40, 40, moments=MORNING, written=-60), evening) == "no"
    assert asked(bounded(8, 40, 40, moments=MORNING | EVENING, written=-60), evening) == "no"
    assert asked(bounded(8, 40, 40, written=-60), evening) == "no"


def test_row_4_a_known_end_that_is_near() -> None:
    unknown = draft(requester=None)

    assert asked(bounded(14), unknown) == "no"
    assert asked(bounded(15), unknown) == "to confirm"
    assert asked(bounded(7), replace(unknown, brand="Zentiva")) == "no"
    assert asked(bounded(8), replace(unknown, brand="Zentiva")) == "to confirm"


def test_row_5_an_open_line_that_is_old_enough() -> None:
    assert asked(line(written=-7), draft(40)) == "no"
    assert asked(line(written=-6), draft(40)) == "to confirm"
    assert asked(line(written=-21), draft(requester=None)) == "no"
    assert asked(line(written=-20), draft(requester=None)) == "to confirm"
    assert asked(line(written=-7), draft(40, requester=None)) == "no"


def test_row_6_the_middle_of_a_three_month_prescription() -> None:
    assert asked(bounded(70, written=-14), draft(40)) == "no"
    assert asked(bounded(71, written=-13), draft(40)) == "to confirm"
    assert asked(bounded(70, 20, written=-14), draft(11)) == "no"
    assert asked(bounded(70, 20, written=-14), draft(10)) == "to confirm"
    assert asked(bounded(70, written=-14, requester=None), draft(40)) == "to confirm"


def test_what_is_asked_is_a_warning_above_the_maximum_or_300() -> None:
    assert asked(bounded(15, 150, 40, written=-13), draft(150, 40)) == "info"
    assert asked(bounded(15, 160, 40, written=-13), draft(160, 40)) == "warning"
    assert asked(bounded(14, 160, 40, written=-14), draft(160, 40)) == "no"
    assert read([bounded(15, 40, written=-13)], [draft(40)], IN_2018).asked == "to confirm"
    assert read([bounded(15, 50, written=-13)], [draft(50)], IN_2018).asked == "warning"


def test_a_linked_draft_is_never_asked_about() -> None:
    assert read([line(60, written=-9)], [draft(60, requester="dr-b", link=0)]).asked == "no"
    assert read([line(60, written=-1)], [draft(60, link=0), draft(10, 20)]).asked == "no"


def test_what_the_question_leaves_of_a_plan() -> None:
    assert read([line(120, 40)], [draft(90, 30)]).plan == "offered"
    assert read([line(90, 30, written=-6)], [draft(95, 40)]).plan == "none"
    assert read([line(120, 40)], [draft(60, 30)]).plan == "none"
    assert read([line(60, 20)], [draft(90, 30)]).plan == "recommended"


# --- what ends --------------------------------------------------------------------------------


def stop(record: list[Line], status: str, *others: Line) -> Reading:
    return read(record, [draft(status=status, link=0), *others])


def test_a_stop_of_what_is_taken() -> None:
    assert stop([OPEN], "cancelled").abrupt_stop == "warning"
    assert stop([line(80, 40)], "stopped").abrupt_stop == "warning"
    assert stop([line(90, 30)], "stopped").abrupt_stop == "critical"
    assert stop([line(10)], "stopped").abrupt_stop is None
    assert stop([line(11)], "stopped").abrupt_stop == "warning"


def test_a_cancelled_order_that_nobody_ever_took_and_a_stop_of_what_has_ended_are_nothing() -> None:
    for never in (line(320, 40, written=-1), bounded(0, 120, 40), line(120, written=-400), line(120, began=3)):
        for status in ("cancelled", "stopped", "completed"):
            assert stop([never], status).abrupt_stop is None
    assert stop([bounded(-1, 120, 40)], "stopped").fall == 0


@pytest.mark.parametrize(("end", "answer"), [(6, None), (7, "warning"), (None, "critical")])
def test_completed(end: int | None, answer: str | None) -> None:
    assert stop([line(120, 40, end=end)], "completed").abrupt_stop == answer


def test_discharge_with_the_line_stopped_and_another_brand_begun_is_one_change() -> None:
    change = stop([line(80, 40)], "stopped", draft(80, brand="Zentiva"))

    assert (change.abrupt_stop, change.fall, change.rise, change.asked, change.after) == (None, 0, 0, "no", 80)
    lower = stop([line(120, 40), line(10)], "stopped", draft(60, 20))
    assert (lower.abrupt_stop, set(lower.left), lower.fall) == (None, {1}, 60)


def test_each_line_of_a_signing_replaces_all_of_its_kind_that_is_not_named() -> None:
    record = [line(80, 40), line(10, 10)]

    assert replaces(record, draft(80, 40), draft(20, 20)) == [{0, 1}, {0, 1}]
    needed = line(20, kind=AS_NEEDED)
    assert replaces([needed], replace(needed, status="stopped", link=0), draft(30)) == [set()]


def test_a_link_to_the_line_of_another_indication_replaces_it() -> None:
    spasticity = line(60, brand="Liorésal", reason=SPASTICITY)

    assert not read([spasticity], [draft(40, 40, link=0)]).two_indications


def test_days_are_counted_to_the_start_of_the_draft() -> None:
    later = draft(requester="dr-b", began=5)

    assert asked(bounded(9, written=-27), later) == "to confirm"
    assert asked(bounded(8, written=-27), later) == "no"


def test_of_several_drafts_a_line_is_held_against_the_one_that_is_it_again() -> None:
    record = [bounded(70, 40, 40, written=-14), bounded(70, 10, 10, written=-14)]

    assert read(record, [draft(40, 40), draft(10)]).asked == "no"


def test_either_a_fall_or_another_strength_holds_a_plan_back() -> None:
    assert read([line(60, 20)], [draft(40, 20)]).plan == "offered"
    assert read([bounded(71, 60, 20, written=-13)], [draft(60, 10)]).plan == "offered"
    assert read([bounded(71, 60, 20, written=-13)], [draft(60, 20)]).plan == "recommended"


def test_the_edges_of_what_is_left() -> None:
    assert read([line(20, 40), line(25)], [draft(29)]).replaces_all
    assert not read([line(20, 40), line(25)], [draft(30)]).replaces_all
    ahead = line(40, 20, written=-1, began=2, end=6)
    assert not read([bounded(5), ahead], [draft()]).not_renewed
