"""What the rules do, and how prescribers answer: the counts, and the drawing of them."""

from datetime import date, timedelta

import pytest

from cds_service.pages.insights import chart
from cds_service.pages.insights.figures import ENOUGH_ANSWERS, Tally, figures
from cds_service.pages.insights.query import first_monday
from cds_service.store.statistics import WeekOfFinding

MONDAY = date(2026, 11, 16)


def row(finding: str, shown: int, accepted: int = 0, week: date = MONDAY, **reasons: int) -> WeekOfFinding:
    return WeekOfFinding(week, finding, "warning", shown, accepted, reasons, shown - accepted - sum(reasons.values()))


# --- the counts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "overridden", "marked"),
    [
        (2, 18, True),
        (3, 18, False),
        (2, 17, False),
        (0, 20, True),
        (0, 19, False),
        (100, 900, True),
        (101, 899, False),
    ],
)
def test_a_rule_is_marked_from_nine_overrides_in_ten_of_enough_answers(
    accepted: int, overridden: int, marked: bool
) -> None:
    assert ENOUGH_ANSWERS == 20
    assert Tally(5_000, accepted, {"none": overridden}).is_mostly_overridden is marked


def test_silence_is_neither_acceptance_nor_override() -> None:
    counted = figures([row("a", 100, accepted=5, none=15)], MONDAY, MONDAY + timedelta(days=7)).total

    assert (counted.unanswered, counted.answered, counted.override_percent) == (80, 20, 75)
    assert Tally(7).override_percent is None


def test_the_rules_to_look_at_come_first_then_those_that_speak_most() -> None:
    rows = [row("often", 500), row("marked", 30, none=30), row("sometimes", 40), row("often", 1)]

    found = figures(rows, MONDAY, MONDAY + timedelta(days=7))

    assert [(rule.finding, rule.tally.shown) for rule in found.rules] == [
        ("marked", 30), ("often", 501), ("sometimes", 40),
    ]  # fmt: skip
    assert [rule.finding for rule in found.mostly_overridden] == ["marked"]


def test_a_week_without_a_card_is_a_week_too() -> None:
    since = MONDAY - timedelta(days=21)
    rows = [row("a", 3, week=since), row("b", 4), row("a", 5)]

    everything = figures(rows, since, MONDAY + timedelta(days=7))
    one_rule = figures(rows, since, MONDAY + timedelta(days=7), "a")

    assert [(week, tally.shown) for week, tally in everything.weeks] == [
        (since, 3), (since + timedelta(days=7), 0), (since + timedelta(days=14), 0), (MONDAY, 9),
    ]  # fmt: skip
    assert [tally.shown for _, tally in one_rule.weeks] == [3, 0, 0, 5]
    assert one_rule.total.shown == 12


@pytest.mark.parametrize(
    "asked", ["2026-11-23", "2012-04-23", "yesterday", "2026-1-1", "20261120", "2026-02-30", "²026-11-20"]
)
def test_what_is_no_past_day_is_refused(asked: str) -> None:
    assert first_monday(asked, date(2026, 11, 22)) is None


def test_a_period_begins_on_a_monday() -> None:
    assert first_monday("2026-11-20", date(2026, 11, 22)) == MONDAY
    assert first_monday("", date(2026, 11, 22)) == MONDAY - timedelta(weeks=25)


# --- the drawing -----------------------------------------------------------------------------


def test_a_bar_is_as_long_as_its_numbers_say() -> None:
    boxes = list(chart.bar(Tally(200, 50, {"none": 100})))

    assert [(box.ending, box.x, box.width) for box in boxes] == [
        ("accepted", "0.00%", "25.00%"), ("overridden", "25.00%", "50.00%"), ("unanswered", "75.00%", "25.00%"),
    ]  # fmt: skip


@pytest.mark.parametrize("highest", [0, 1, 4, 7, 51, 99, 1_234, 987_654])
def test_columns_stand_on_the_grid_and_are_as_high_as_their_number(highest: int) -> None:
    weeks = [Tally(highest, highest // 3, {"none": highest // 4}), Tally(), Tally(highest // 2)]

    lines = list(chart.grid(weeks))
    pixels = (float(lines[0].y) - float(lines[-1].y)) / lines[-1].number
    heights: dict[str, float] = {}
    for box in chart.columns(weeks):
        heights[box.x] = heights.get(box.x, 0.0) + float(box.height)

    assert lines[-1].number >= highest
    assert len(lines) <= 6
    drawn = [height / pixels for _, height in sorted(heights.items(), key=lambda box: float(box[0][:-1]))]
    assert drawn == pytest.approx([number for number in (highest, highest // 2) if number], rel=0.02, abs=0.1)
