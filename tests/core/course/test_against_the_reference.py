"""The product against the reference model (tests/reference), over its enumeration.

Where they may differ is listed by name, with the reason; each was settled in docs/decisions.md.
"""

import json
from collections.abc import Callable, Mapping

import pytest

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import read_case
from cds_service.core.course.readings import courses
from cds_service.core.model.case import Case
from cds_service.core.model.findings import Indicator
from cds_service.core.model.known import Known
from cds_service.core.plans.permission import Permission, permission
from cds_service.core.rules.decide import decide
from cds_service.http.json_reader import read_hook
from cds_service.knowledge.loading import Knowledge
from tests.known import known
from tests.reference.enumeration import ON, Combination, combinations, request
from tests.reference.findings import differences, is_compared
from tests.reference.lines import STOPS, TODAY
from tests.reference.renewals import Reading, read

Pair = tuple[Combination, Reading]

PART = 6  # one combination in so many: all of them take half a minute
LONGEST_PRESCRIPTION = 366


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


def compared() -> list[Pair]:
    chosen = [each for each in list(combinations())[::PART] if is_compared(each)]
    return [(each, read(each.record, each.drafts, TODAY, each.list_has_both)) for each in chosen]


def case_of(each: Combination, knowledge: Knowledge) -> Case:
    hook = read_hook(json.dumps(request(each)).encode(), PREFETCH_KEYS)
    return read_case(hook, knowledge.terminology, knowledge.rules, ON)


def findings_of(case: Case, knowledge: Knowledge) -> dict[str, str]:
    worst: dict[str, Indicator] = {}
    for found in decide(case, knowledge.rules).findings:
        if found.group is not None:
            worst[found.rule] = max(found.indicator, worst.get(found.rule, found.indicator))
    return {rule: indicator.code for rule, indicator in worst.items()}


# --- where they may differ --------------------------------------------------------------------


def _begins_later(pair: Pair) -> bool:
    """A line that begins later counts on its own day; in the model from the draft on."""
    return bool(pair[1].taken.ahead)


def _signs_nothing(pair: Pair) -> bool:
    """Stops that end nothing: the model judges what goes on."""
    return all(draft.status in STOPS for draft in pair[0].drafts)


def _are_alike(pair: Pair) -> bool:
    """Of two drafts of one strength and dose the model takes both for the line again, the product one of them."""
    drafts = [(draft.strength, draft.dose) for draft in pair[0].drafts]
    return len(set(drafts)) < len(drafts)


def _was_stopped_long_ago(pair: Pair) -> bool:
    """A stop without its day, of an order older than a prescription can last, is left out."""
    over = [line for line in pair[0].record if line.status in ("stopped", "on-hold", "completed")]
    return any(line.written is not None and line.written < -LONGEST_PRESCRIPTION for line in over)


def _is_completed_today(pair: Pair) -> bool:
    """A completed order whose last day is today has ended."""
    return any(line.status == "completed" and line.end == 1 for line in pair[0].record)


def _has_a_stop_beside_it(pair: Pair) -> bool:
    """A line completed near its end beside a new order is replaced without a question."""
    return any(draft.status in STOPS for draft in pair[0].drafts)


MAY_DIFFER: Mapping[str, Callable[[Pair], bool]] = {
    rule.__name__: rule
    for rule in (
        _begins_later,
        _signs_nothing,
        _are_alike,
        _was_stopped_long_ago,
        _is_completed_today,
        _has_a_stop_beside_it,
    )
}


def may_differ(pair: Pair) -> bool:
    return any(rule(pair) for rule in MAY_DIFFER.values())


def test_the_product_finds_what_the_reference_model_asks_for(knowledge: Knowledge) -> None:
    found = {
        index: difference
        for index, (each, reading) in enumerate(compared())
        if (difference := differences(reading, each, findings_of(case_of(each, knowledge), knowledge)))
        and not may_differ((each, reading))
    }

    assert found == {}


def test_a_plan_is_recommended_offered_or_not_made_as_in_the_reference_model(knowledge: Knowledge) -> None:
    for each, reading in compared():
        case = case_of(each, knowledge)
        course = next(courses(case), None)
        one_draft = len(each.drafts) == 1 and each.drafts[0].status not in STOPS
        if course is not None and one_draft and not may_differ((each, reading)):
            permitted = permission(case, course, tuple(courses(case)))
            most = permitted.name.lower() if isinstance(permitted, Permission) else "none"
            assert most == reading.plan, (each, reading, permitted)


def test_few_differ_and_most_are_compared(knowledge: Knowledge) -> None:
    """Else the list of differences would say anything."""
    pairs = compared()
    alike = [pair for pair in pairs if not may_differ(pair)]
    case = case_of(pairs[0][0], knowledge)

    assert len(pairs) > 1000
    assert len(alike) > len(pairs) * 3 / 5
    assert isinstance(case.facts.taken_now, Known) or case.orders
