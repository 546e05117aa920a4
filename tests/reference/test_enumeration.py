"""The enumeration: the same each time, wide enough; and what the text promises of every reading of the model."""

import json
from collections import Counter
from dataclasses import replace
from functools import cache

from tests.reference.enumeration import HOW_MANY, Combination, combinations, request
from tests.reference.findings import differences, is_compared, must_come, must_not_come
from tests.reference.lines import STOPS, TODAY, Line
from tests.reference.renewals import Reading, read


@cache
def readings() -> list[tuple[Combination, Reading]]:
    return [(each, read(each.record, each.drafts, TODAY, each.list_has_both)) for each in combinations()]


def test_it_is_as_many_as_it_says_and_the_same_each_time() -> None:
    assert len(readings()) == sum(HOW_MANY.values())
    assert [each for each, _ in readings()] == list(combinations())


def test_every_answer_of_the_model_comes_often() -> None:
    answers = Counter(
        (name, answer)
        for _, reading in readings()
        for name, answer in [
            ("gap", reading.taken.gap_class), ("first", reading.taken.first), ("asked", reading.asked),
            ("plan", reading.plan), ("stop", reading.abrupt_stop), ("resumption", reading.resumption),
            ("all?", reading.replaces_all), ("two", reading.two_indications), ("cancel?", bool(reading.to_cancel)),
            ("left", bool(reading.left)), ("not renewed", bool(reading.not_renewed)),
        ]
    )  # fmt: skip

    assert len(answers) == 32
    assert min(answers.values()) >= 50, answers


def test_a_request_names_each_line_and_draft_once_and_is_json() -> None:
    for each, _ in readings():
        sent = json.loads(json.dumps(request(each)))
        drafts = [entry["resource"] for entry in sent["context"]["draftOrders"]["entry"]]
        lines = [entry["resource"] for entry in sent["prefetch"]["medications"]["entry"]]
        assert (len(drafts), len(lines)) == (len(each.drafts), len(each.record) + 1)
        assert len({resource["id"] for resource in drafts}) == len(drafts)


def test_the_order_of_drafts_and_of_record_entries_changes_nothing() -> None:
    for each, reading in readings():
        both = each.list_has_both
        back = read(each.record, each.drafts[::-1], TODAY, both)
        assert what_is_said(back) == what_is_said(reading), each
        turned = read(each.record[::-1], [_turned(d, len(each.record)) for d in each.drafts], TODAY, both)
        assert what_is_said(turned) == what_is_said(reading), each


def test_a_line_that_is_left_counts_in_full_beside_the_draft() -> None:
    for each, reading in readings():
        start = max(draft.began or 0 for draft in each.drafts)
        ordered = sum(draft.dose for draft in each.drafts if draft.status not in STOPS)
        left = sum(each.record[i].dose for i in reading.left if each.record[i].runs(start))
        assert reading.after >= ordered + left, each


def test_nothing_is_asked_of_a_signing_in_which_every_order_is_linked() -> None:
    for each, reading in readings():
        if all(draft.link is not None for draft in each.drafts):
            assert reading.asked == "no", each


def what_is_said(reading: Reading) -> tuple[object, ...]:
    return (
        reading.before, reading.after, reading.fall, reading.rise, reading.asked, reading.total, reading.only_the_sum,
        len(reading.left), len(reading.to_cancel), reading.replaces_all, len(reading.not_renewed),
        reading.two_indications, reading.abrupt_stop, reading.resumption, reading.plan,
    )  # fmt: skip


def _turned(draft: Line, lines: int) -> Line:
    return draft if draft.link is None else replace(draft, link=lines - 1 - draft.link)


def test_what_must_come_is_never_what_must_not() -> None:
    for each, reading in readings():
        assert not set(must_come(reading)) & must_not_come(reading, each), each


def test_a_difference_is_what_is_missing_too_low_or_not_due() -> None:
    change = Combination((Line(40, 120, written=-60),), (Line(30, 90),))
    reading = read(change.record, change.drafts)
    agreed = {"specialist-care": "warning", "dose-reduction-too-fast": "warning"}

    assert differences(reading, change, agreed) == {}
    assert set(differences(reading, change, {"specialist-care": "info"})) == {"dose-reduction-too-fast"}
    assert set(differences(reading, change, agreed | {"dose-reduction-too-fast": "info"})) == {
        "dose-reduction-too-fast"
    }
    assert differences(reading, change, agreed | {"resumption": "info"}) == {"resumption": "not due"}
    assert is_compared(change)
