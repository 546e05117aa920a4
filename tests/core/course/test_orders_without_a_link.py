"""What holds for every signing without a link: over lines of the record and drafts, drawn at random."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import read_case
from cds_service.core.course.course import DoseTrend
from cds_service.core.course.readings import courses
from cds_service.core.model.case import Case
from cds_service.core.model.findings import Decision, Indicator
from cds_service.core.model.known import Known
from cds_service.core.rules.decide import decide
from cds_service.http.json_reader import read_hook
from tests.known import known
from tests.vignette_cases import request

KNOWLEDGE = known()
ON = date(2026, 10, 5)
encode = msgspec.json.Encoder(decimal_format="number").encode

Said = dict[str, Any]

products = st.sampled_from(["Baclocur 10", "Baclocur 20", "Baclocur 40", "Zentiva 10", "Liorésal 10"])
doses = st.sampled_from(["10 mg QD", "30 mg QD", "60 mg QD", "90 mg QD", "160 mg QD", "40 mg MORN", "40 mg EVE"])
ends = st.sampled_from([None, None, -12, -5, -2, 3, 6, 9, 30])


@st.composite
def lines(draw: st.DrawFn) -> Said:
    written = draw(st.sampled_from([1, 2, 3, 6, 8, 13, 20, 27, 60, 400]))
    until = draw(ends)
    bound = "" if until is None or until <= -written else f" until {day(ON, until)}"
    said = {"order": f"{draw(products)}, {draw(doses)} from {day(ON, -written)}{bound}", "written": day(ON, -written)}
    requester = draw(st.sampled_from([None, "dr-a", "dr-b"]))
    return said | ({"fhir": {"requester": {"reference": f"Practitioner/{requester}"}}} if requester else {})


def day(on: date, days: int) -> date:
    return on + timedelta(days=days)


@st.composite
def drafts(draw: st.DrawFn) -> Said:
    return {"order": f"{draw(products)}, {draw(doses)}"}


@st.composite
def signings(draw: st.DrawFn) -> Said:
    return {
        "id": "drawn",
        "on": ON,
        "taken": draw(st.lists(lines(), min_size=0, max_size=3)),
        "orders": draw(st.lists(drafts(), min_size=1, max_size=2)),
    }


def case_of(hook: Mapping[str, Any], on: date = ON) -> Case:
    return read_case(read_hook(encode(hook), PREFETCH_KEYS), KNOWLEDGE.terminology, KNOWLEDGE.rules, on)


def decided(said: Said) -> Decision:
    return decide(case_of(request(said), said["on"]), KNOWLEDGE.rules)


def what_is_said(decision: Decision) -> set[tuple[str, str, str]]:
    return {(found.rule, found.answer.case, found.indicator.code) for found in decision.findings}


def worst(decision: Decision) -> Indicator | None:
    dose = [found.indicator for found in decision.findings if found.rule != "no-abrupt-stop"]
    return max(dose, default=None)


@given(said=signings())
def test_the_order_of_drafts_and_of_lines_changes_nothing(said: Said) -> None:
    taken = [line | {"id": f"taken-{number}"} for number, line in enumerate(said["taken"], start=1)]
    orders = [draft | {"id": f"draft-{number}"} for number, draft in enumerate(said["orders"], start=1)]
    there, back = said | {"taken": taken, "orders": orders}, said | {"taken": taken[::-1], "orders": orders[::-1]}

    assert what_is_said(decided(back)) == what_is_said(decided(there))


@given(said=signings(), weeks=st.integers(1, 40))
def test_shifting_all_days_by_whole_weeks_changes_nothing_but_the_days(said: Said, weeks: int) -> None:
    by = timedelta(weeks=weeks)
    shifted = said | {"on": ON + by, "taken": [_shifted(line, by) for line in said["taken"]]}

    assert what_is_said(decided(shifted)) == what_is_said(decided(said))


def _shifted(line: Said, by: timedelta) -> Said:
    words = line["order"].split(" ")
    moved = [str(date.fromisoformat(word) + by) if word.count("-") == 2 else word for word in words]
    return line | {"order": " ".join(moved), "written": line["written"] + by}


@given(said=signings())
def test_a_line_that_is_left_counts_in_full_beside_the_draft(said: Said) -> None:
    case = case_of(request(said))
    for course in courses(case):
        left = [line for line in course.signed.replaced.left if line.ends is None or line.ends > ON]
        for line in (line for line in left if line.began <= ON):
            assert line.reference in course.orders
        doses = [order.dose for order in (*course.signed.ordering, *(line for line in left if line.began <= ON))]
        whole = sum(steps[0].mg_per_day.high for steps in doses if isinstance(steps, tuple))
        assert course.peak.high >= whole


@given(line=lines())
def test_a_link_to_what_is_renewed_changes_no_alarm_of_an_unchanged_dose(line: Said) -> None:
    """Silence does not become critical, nor critical silence."""
    dose = line["order"].split(", ")[1].split(" from")[0]
    draft = {"order": f"{line['order'].split(', ')[0]}, {dose}"}
    base = {"id": "drawn", "on": ON, "taken": [line]}
    without, linked = (decided(base | {"orders": [draft | link]}) for link in ({}, {"replaces": "taken-1"}))

    assert {worst(without), worst(linked)} != {None, Indicator.CRITICAL}
    assert (worst(without) is Indicator.CRITICAL) == (worst(linked) is Indicator.CRITICAL)


@given(said=signings())
def test_only_the_sum_is_judged_on_the_reading_addition(said: Said) -> None:
    limits = {"specialist-care", "daily-dose-above-maximum", "daily-dose-above-recommended", "dosage-to-confirm"}

    assert {found.rule for found in decided(said).findings if found.answer.if_addition} <= limits


@given(said=signings())
def test_what_is_not_known_any_more_is_never_silence(said: Said) -> None:
    known = decided(said)
    unknown = decided(said | {"records": {"medications": "not sent"}})

    assert not what_is_said(known) - what_is_said(unknown) or any(found.group for found in unknown.findings)


def test_more_lines_than_any_record_has_are_read_in_part_and_said() -> None:
    many = [
        {"order": "Baclocur 10, 1 cp TID", "written": day(ON, -number), "id": f"t{number}"} for number in range(300)
    ]
    case = case_of(request({"id": "many", "on": ON, "taken": many, "orders": ["Baclocur 10, 1 cp TID"]}))

    assert isinstance(case.facts.taken_now, Known)
    assert case.facts.taken_now.gap == "too-many"


def test_after_days_without_the_dose_is_compared_with_nothing() -> None:
    """Ten days without: neither a first prescription, nor a fall or a rise of what was taken before."""
    ended = {"order": f"Baclocur 10, 2 cp TID until {day(ON, -11)}", "written": day(ON, -60)}
    case = case_of(request({"id": "gap", "on": ON, "taken": [ended], "orders": ["Baclocur 10, 1 cp TID"]}))

    (course,) = courses(case)
    assert course.trend is DoseTrend.RESUMED
    assert course.fall_mg == course.rise_mg == 0
